"""A job that comes back: in a cluster a CronJob, on one machine a script that starts the machine, runs and stops it."""

import os
import subprocess
from pathlib import Path

import pytest

from artifacts.disks import stays_between
from artifacts.giving_back import between_runs
from artifacts.steps import deployment_steps
from domain.plan import Recommendation, Step
from domain.workload import Availability, Components, Dataset, Volume, WorkloadSpec
from tests.artifacts.printed import Printed, at, entries, printed
from tests.artifacts.sample_plan import H100, component, offer, option, package, proof

AGAIN = WorkloadSpec(task_type="fine_tuning", domain="llm", every="day", orchestration="kubernetes")
ALONE = AGAIN.model_copy(update={"orchestration": None})


def read(spec: WorkloadSpec) -> Printed:
    placed = option(offer=offer("aws", vcpu=192, ram_gib=2048.0), job_hours=2.0, proof=proof(mode="lora"))
    steps = deployment_steps(Recommendation(rank=1, option=placed), (), spec)
    return printed(command for step in steps for command in step.commands)


@pytest.mark.parametrize(
    ("spec", "schedule"),
    [
        (AGAIN, "0 1 * * *"),
        (AGAIN.model_copy(update={"every": "week"}), "0 1 * * 0"),
        (AGAIN.model_copy(update={"every": "month"}), "0 1 1 * *"),
        (
            WorkloadSpec(
                task_type="batch_inference",
                orchestration="kubernetes",
                volume=Volume(amount=10_000, unit="documents", per="day"),
            ),
            "0 1 * * *",
        ),
    ],
)
def test_it_starts_by_itself_and_never_twice_at_once(spec: WorkloadSpec, schedule: str) -> None:
    found = read(spec)
    [again] = found.of_kind("CronJob")
    assert not found.of_kind("Job")
    assert at(again, "spec.schedule") == schedule
    assert at(again, "spec.concurrencyPolicy") == "Forbid"
    assert at(again, "spec.timeZone") == "Etc/UTC"
    assert at(again, "spec.successfulJobsHistoryLimit")
    assert any("create job" in command and "--from=cronjob/" in command for command in found.commands)


def test_a_run_does_not_go_on_from_the_last_run_and_a_second_try_does_from_the_first() -> None:
    [again] = read(AGAIN).of_kind("CronJob")
    told = {str(at(one, "name")): one for one in entries(again, "spec.jobTemplate.spec.template.spec.containers.0.env")}
    assert at(told["OUTPUT"], "value") == "/data/runs/$(RUN)"
    assert "job-name" in str(at(told["RUN"], "valueFrom.fieldRef.fieldPath"))


def test_its_runs_wait_in_the_user_s_queue() -> None:
    [again] = read(AGAIN.model_copy(update={"components": Components(present=("kueue",))})).of_kind("CronJob")
    assert "kueue.x-k8s.io/queue-name" in str(at(again, "spec.jobTemplate.metadata.labels"))
    assert "kueue" not in str(at(again, "metadata.labels"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a crontab, and with tools that write down how they were called: `wait` of docker says how a run ended."""
    programs = tmp_path / "bin"
    programs.mkdir()
    log = tmp_path / "log"
    answers = {"aws": "echo i-1", "gcloud": "echo 10.0.0.9", "docker": '[ "$1" != wait ] || cat "$HOME/ended"'}
    for name in ("aws", "gcloud", "az", "sky", "ssh", "rsync", "crontab", "docker"):
        does = answers.get(name, ":")
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n{does}\n')
        (programs / name).chmod(0o755)
    return tmp_path


def commands_of(provider: str, spec: WorkloadSpec, title: str, pricing: str = "on_demand") -> str:
    rented = offer(provider, pricing=pricing, seller="hyperscaler")
    placed = option(offer=rented, job_hours=2.0, proof=proof(mode="lora"))
    steps = deployment_steps(Recommendation(rank=1, option=placed), (), spec)
    return "\n".join(command for step in steps if step.title == title for command in step.commands)


def ran(script: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {"HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}", "MACHINE": "me@old",
                   "DATASET": "data", "ZONE": "z", "HF_TOKEN": "t"}  # fmt: skip
    return subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, cwd=home)


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure"])
def test_a_rented_machine_is_started_for_a_run_and_stopped_however_it_ends(provider: str, home: Path) -> None:
    setup = ran(commands_of(provider, ALONE, "Start the machine for each run"), home)
    assert setup.returncode == 0, setup.stderr
    log = home / "log"
    assert "stop" in log.read_text() or "deallocate" in log.read_text()
    log.unlink()
    assert ran(f"bash {home}/.stack8s/one-run.sh", home).returncode == 0
    done = [line for line in log.read_text().splitlines() if not line.startswith(("crontab", "aws ec2 describe"))]
    order = [next(i for i, line in enumerate(done) if word in line)
             for word in (" start", "me@", "rsync", "run-again.sh", "checkpoints/final")]  # fmt: skip
    assert order == sorted(order), done
    assert any(word in done[-1] for word in ("stop", "deallocate")), done
    (home / "bin/rsync").write_text("#!/bin/sh\nexit 12\n")
    assert ran(f"bash {home}/.stack8s/one-run.sh", home).returncode != 0
    assert any(word in log.read_text().splitlines()[-1] for word in ("stop", "deallocate"))


def test_a_run_on_the_machine_fails_where_its_container_does_and_keeps_what_the_run_before_made(home: Path) -> None:
    assert ran(f"mkdir -p {home}/stack8s\n{commands_of('aws', ALONE, 'Let it run again')}", home).returncode == 0
    (home / "stack8s/checkpoints/final").mkdir(parents=True)
    (home / "ended").write_text("0\n")
    run = f"bash {home}/stack8s/run-again.sh"
    assert ran(run, home).returncode == 0
    moved, started, *_ = (home / "log").read_text().splitlines()
    assert "mv /data/checkpoints /data/runs/" in moved
    assert started == "docker start stack8s"
    (home / "ended").write_text("137\n")
    assert ran(run, home).returncode == 1


@pytest.mark.parametrize(
    ("provider", "title", "told"),
    [("lambda", "Start the machine for each run", "sky launch"), ("massedcompute", "Let it run again", "run-again.sh")],
)
def test_where_no_machine_can_be_stopped_it_is_rented_anew_or_its_rent_is_told(
    provider: str, title: str, told: str
) -> None:
    assert told in commands_of(provider, ALONE, title)
    placed = option(offer=offer(provider), job_hours=2.0, proof=proof(mode="lora"))
    text = "\n".join(step.detail for step in deployment_steps(Recommendation(rank=1, option=placed), (), ALONE))
    assert "gives back after it" in text if provider == "lambda" else "paid for all month: $" in text


BATCH = WorkloadSpec(task_type="batch_inference", domain="llm", every="week")


def container(provider: str, gpu: str) -> list[Step]:
    sold = offer(provider, gpu=H100.model_copy(update={"name": gpu}), seller="containers", instance_type=f"1x_{gpu}")
    placed = option(offer=sold, job_hours=2.0, proof=proof(mode="lora"))
    return [*deployment_steps(Recommendation(rank=1, option=placed), (), BATCH)]


@pytest.mark.parametrize(("provider", "gpu"), [("runpod", "RTX-A5000"), ("vast", "RTX-3090")])
def test_a_rented_container_comes_back_by_itself_and_none_is_kept_between(provider: str, gpu: str, home: Path) -> None:
    steps = container(provider, gpu)
    [again] = [step for step in steps if step.title == "Start the machine for each run"]
    assert ran("\n".join(again.commands), home).returncode == 0
    run, log = f"bash {home}/.stack8s/one-run.sh", home / "log"
    log.unlink()
    assert ran(run, home).returncode == 0
    assert not log.exists(), "nothing came in: nothing is rented"
    (home / "dataset/monday").mkdir()
    (home / "dataset/monday/one.wav").write_text("a recording")
    assert ran(run, home).returncode == 0
    launched, _, taken, down = log.read_text().splitlines()[:2] + log.read_text().splitlines()[-2:]
    assert launched.startswith("sky launch")
    assert taken.startswith("rsync")
    assert down.startswith("sky down")
    assert not [*(home / "dataset").rglob("*.wav")]
    assert [path.name for path in (home / "read").rglob("*.wav")] == ["one.wav"]
    assert "each later run rents its own" in steps[-1].detail


def test_a_container_that_nothing_can_start_again_says_so_and_what_it_costs() -> None:
    [again] = [step for step in container("salad", "RTX-3090") if step.title == "Let it run again"]
    assert "paid for all month: $" in again.detail


def test_a_spot_machine_that_is_stopped_is_asked_for_so_and_its_request_is_ended() -> None:
    assert "SpotInstanceType=persistent" in commands_of("aws", ALONE, "Rent the machine", "spot")
    back = commands_of("aws", ALONE, "Give back what was rented", "spot")
    assert back.index("cancel-spot-instance-requests") < back.index("terminate-instances")


def test_machines_of_a_pool_that_stay_on_between_the_runs_cost_their_whole_month() -> None:
    placed = option(offer=offer("aws", price_per_hour_usd=10.0), nodes=2, job_hours=2.0, schedule="0 1 * * *")
    told, _ = between_runs(placed, existing=False)
    by_hand, _ = between_runs(
        placed.model_copy(update={"offer": offer("verda", price_per_hour_usd=10.0)}), existing=False
    )
    assert "the $14,600.00 a month that the plan counts" in by_hand
    assert "cost $14,600" in told


HOURS = option(hours_per_month=200.0)
SERVE = WorkloadSpec(task_type="inference", domain="llm")


@pytest.mark.parametrize(
    ("provider", "spec", "on", "off"),
    [
        ("aws", SERVE, "--nodes 1 --nodes-min 0", "--nodes 0 --nodes-min 0"),
        ("gcp", SERVE, "--num-nodes $(( (1 + ", "--num-nodes $(( (0 + "),
        ("azure", SERVE, "--node-count 1", "--node-count 0"),
        ("aws", SERVE.model_copy(update={"stakes": "hobby"}), "aws ec2 start-instances", "aws ec2 stop-instances"),
        ("hyperstack", SERVE, "hibernate-restore", "hibernate?retain_ip"),
        ("runpod", SERVE, '"action": "start"', '"action": "stop"'),
    ],
)
def test_a_service_of_some_hours_is_started_and_stopped_around_them(
    provider: str, spec: WorkloadSpec, on: str, off: str
) -> None:
    where = offer(provider, seller="containers" if provider == "runpod" else "virtual_machines")
    steps = deployment_steps(Recommendation(rank=1, option=HOURS.model_copy(update={"offer": where})), (), spec)
    [step] = [step for step in steps if step.title == "Stop it outside its hours"]
    text = "\n".join(step.commands)
    before, _, after = text.partition("\nelse\n")
    assert on in before
    assert off in after
    assert "200 h a month" in step.detail
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def test_what_runs_all_month_or_is_one_s_own_is_not_stopped() -> None:
    for one in (option(), HOURS.model_copy(update={"offer": offer("own hardware")})):
        titles = [step.title for step in deployment_steps(Recommendation(rank=1, option=one), (), SERVE)]
        assert "Stop it outside its hours" not in titles


def test_a_pool_that_follows_its_pods_is_emptied_by_stopping_them() -> None:
    """Resized to nothing it would be filled again for the pods that wait; AKS refuses to resize it."""
    keda, prometheus = (component(package(name, key=f"any/{name}")) for name in ("keda", "kube-prometheus-stack"))
    few = SERVE.model_copy(update={"availability": Availability(scale_to_zero=True)})
    for provider, stays in (("gcp", False), ("azure", False), ("aws", True)):
        where = HOURS.model_copy(update={"offer": offer(provider)})
        steps = deployment_steps(Recommendation(rank=1, option=where), (prometheus, keda), few)
        [step] = [step for step in steps if step.title == "Stop it outside its hours"]
        text = "\n".join(step.commands)
        assert ("paused-replicas=0" in text) is not stays, provider
        assert ("resize" in text or "nodepool scale" in text or "scale nodegroup" in text) is stays, provider


@pytest.mark.parametrize(
    ("provider", "seller", "spec", "stays"),
    [
        ("aws", "hyperscaler", SERVE, "cluster"),
        ("aws", "hyperscaler", SERVE.model_copy(update={"stakes": "hobby"}), "disks"),
        ("runpod", "containers", SERVE, "disks"),
        ("lambda", "virtual_machines", SERVE, "nothing"),
        ("aws", "hyperscaler", ALONE, "disks"),
        ("aws", "hyperscaler", AGAIN, "cluster"),
        ("lambda", "virtual_machines", ALONE, "nothing"),
        ("runpod", "containers", ALONE, "nothing"),
        ("aws", "hyperscaler", ALONE.model_copy(update={"every": None}), "nothing"),
    ],
)
def test_what_the_steps_leave_standing_is_what_the_bill_counts(
    provider: str, seller: str, spec: WorkloadSpec, stays: str
) -> None:
    """A cluster whose pool is emptied, a machine that is stopped, or all of it given back."""
    gpu = H100.model_copy(update={"name": "RTX-A5000"}) if provider == "runpod" else H100
    where = offer(provider, seller=seller, gpu=gpu)
    job = {"job_hours": 2.0, "proof": proof(mode="lora")} if spec.task_type == "fine_tuning" else {}
    placed = option(offer=where, hours_per_month=200.0, **job)
    assert stays_between(placed, spec) == stays
    text = "\n".join(
        line for step in deployment_steps(Recommendation(rank=1, option=placed), (), spec) for line in step.commands
    )
    emptied, stopped = "scale nodegroup" in text, any(word in text for word in ("stop-instances", '"action": "stop"'))
    assert (emptied, stopped) == (stays == "cluster", stays == "disks")


@pytest.mark.parametrize("provider", ["aws", "runpod"])
def test_what_lies_in_an_object_store_is_not_said_to_be_gone(provider: str) -> None:
    """Two terabytes go through a bucket, which no command of the plan deletes; two gigabytes do not."""
    for size, told in ((2000, True), (2, False)):
        data = ALONE.model_copy(update={"every": None, "dataset": Dataset(size_gb=size), "orchestration": "kubernetes"})
        where = offer(provider, seller="containers" if provider == "runpod" else "hyperscaler")
        placed = option(offer=where, job_hours=2.0, proof=proof(mode="lora"))
        *_, last = deployment_steps(Recommendation(rank=1, option=placed), (), data)
        assert ("object store for it stays there" in last.detail) is told
