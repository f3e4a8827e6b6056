"""Small work gets its machine and a container, and nothing that nobody looks at; a service gets the whole stack."""

import re
import subprocess

import pytest

from artifacts.proportion import is_kubernetes_needed, on_one_machine, proportion_of
from artifacts.stack_steps import used_and_later
from artifacts.steps import deployment_steps, scene_of
from domain.plan import Recommendation, Step
from domain.workload import Availability, Components, Dataset, Priorities, Traffic, Volume, WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, component, offer, option, package, proof

TUNE = WorkloadSpec(task_type="fine_tuning")
OWN = offer("own hardware")
A_JOB = option(job_hours=12.4, replicas=1, proof=proof(mode="lora", optimizer_gib=0.9))
SERVE = WorkloadSpec(task_type="inference")
AROUND = ("gateway-helm", "cert-manager", "kube-prometheus-stack", "kueue", "mlflow", "keda")


def steps(option_: object, spec: WorkloadSpec) -> tuple[Step, ...]:
    return deployment_steps(Recommendation.model_validate({"rank": 1, "option": option_}), (), spec)


def text(option_: object, spec: WorkloadSpec) -> str:
    return "\n".join(command for step in steps(option_, spec) for command in step.commands)


@pytest.mark.parametrize(
    ("option_", "spec", "rule"),
    [
        (A_JOB, TUNE, "one job"),
        (A_JOB, TUNE.model_copy(update={"every": "day"}), "comes back"),
        (option(job_hours=3.0, schedule="0 1 * * *"), TUNE, "comes back"),
        (option(), SERVE.model_copy(update={"stakes": "hobby"}), "hobby"),
        (option(), SERVE.model_copy(update={"traffic": Traffic(users=1)}), "few people"),
        (option(), SERVE.model_copy(update={"volume": Volume(amount=40, unit="requests", per="day")}), "little work"),
        (option(), SERVE.model_copy(update={"stakes": "hobby", "compliance": ("gdpr",)}), "hobby"),
        (option(offer=OWN), SERVE, "own machine"),
        (option(offer=OWN), SERVE.model_copy(update={"traffic": Traffic(requests_per_second=30)}), "own machine"),
        (option(), SERVE.model_copy(update={"priorities": Priorities(cost="high")}), "cheapest"),
        (option(goes_alone=True), SERVE, "budget"),
        (option(goes_alone=True), SERVE.model_copy(update={"components": Components(wanted=("vllm",))}), "budget"),
    ],
)
def test_small_work_gets_no_cluster_and_names_the_rule(option_: object, spec: WorkloadSpec, rule: str) -> None:
    found = steps(option_, spec)
    commands = "\n".join(command for step in found for command in step.commands)
    assert not re.search(r"\b(kubectl|helm|k3s|eksctl)\b", commands)
    assert "docker run" in commands
    assert len(found) <= 9
    assert any(f'rule "{rule}"' in step.detail and "Worth adding later" in step.detail for step in found)


@pytest.mark.parametrize(
    ("changes", "spec", "rule"),
    [
        ({"nodes": 2, "gpus": 16}, TUNE, "several machines"),
        ({}, SERVE.model_copy(update={"availability": Availability(uptime_percent=99.9)}), "availability"),
        ({}, SERVE.model_copy(update={"stakes": "hobby", "availability": Availability(zones=2)}), "availability"),
        (
            {},
            SERVE.model_copy(update={"stakes": "hobby", "availability": Availability(min_replicas=2)}),
            "availability",
        ),
        ({}, SERVE.model_copy(update={"stakes": "hobby", "compliance": ("hipaa",)}), "compliance"),
        ({"nodes": 2, "gpus": 16}, TUNE.model_copy(update={"every": "day"}), "several machines"),
        ({"job_hours": 3.0}, TUNE.model_copy(update={"dataset": Dataset(size_gb=2000)}), "large data"),
        ({}, SERVE.model_copy(update={"traffic": Traffic(users=200)}), "relied on"),
        ({}, SERVE.model_copy(update={"volume": Volume(amount=90_000, unit="requests", per="day")}), "relied on"),
        ({}, SERVE, "relied on"),
    ],
)
def test_what_others_rely_on_or_takes_several_machines_gets_a_cluster(
    changes: dict[str, object], spec: WorkloadSpec, rule: str
) -> None:
    found = proportion_of(option(**changes), spec)
    assert (found.scale, found.rule) == ("cluster", rule)


def test_a_cluster_that_is_there_is_used_for_small_work_without_anything_around_it() -> None:
    spec = SERVE.model_copy(update={"cluster": "k3s"})
    stack = tuple(component(package(name, key=f"any/{name}")) for name in (*AROUND, "gpu-operator"))
    assert proportion_of(option(offer=OWN), spec).scale == "small cluster"
    kept, later = used_and_later(stack, [scene_of(option(offer=OWN), spec)])
    assert {part.package.name for part in kept} == {"gpu-operator"}
    assert all(part.reason.startswith("once ") for part in later)


def test_what_was_asked_for_by_name_is_there_for_small_work_too() -> None:
    spec = TUNE.model_copy(update={"components": Components(wanted=("mlflow",))})
    stack = tuple(component(package(name, key=f"any/{name}"), wanted=name == "mlflow") for name in AROUND)
    kept, _ = used_and_later(stack, [scene_of(A_JOB, spec)])
    assert [part.package.name for part in kept] == ["mlflow"]


def test_whether_kubernetes_is_needed_is_answered_by_the_rule_of_the_plan() -> None:
    own = option(offer=OWN)
    assert is_kubernetes_needed(own, SERVE).startswith("No: ")
    assert is_kubernetes_needed(option(nodes=2), SERVE).startswith("Yes: ")
    assert on_one_machine(own, SERVE)
    with_k3s = SERVE.model_copy(update={"cluster": "k3s"})
    assert "A cluster is there" in is_kubernetes_needed(own, with_k3s)


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure", "hyperstack", "own hardware"])
def test_its_commands_are_valid_shell_and_hold_no_secret(provider: str) -> None:
    for option_, spec in ((A_JOB, TUNE), (option(), SERVE.model_copy(update={"stakes": "hobby"}))):
        made = text(option_.model_copy(update={"offer": offer(provider)}), spec)
        subprocess.run(["bash", "-n"], input=made, text=True, check=True)


def test_each_copy_has_gpus_and_a_port_of_its_own() -> None:
    found = text(option(offer=OWN, replicas=2, tensor_parallel=4), SERVE)
    script = f"docker() {{ printf '%s ' \"$@\"; echo; }}\nexport HF_TOKEN=t\n{_runs(found)}"
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    assert '--gpus "device=0,1,2,3"' in shown
    assert '--gpus "device=4,5,6,7"' in shown
    assert "127.0.0.1:8000:8000" in shown
    assert "127.0.0.1:8001:8000" in shown


def test_a_job_reads_and_keeps_its_files_on_the_machine_s_disk() -> None:
    found = text(A_JOB, TUNE)
    assert '--volume "$HOME/stack8s:/data"' in found
    assert "stack8s/dataset/" in found
    assert LLAMA.key in found


def _runs(commands: str) -> str:
    return commands[commands.index("for copy in") : commands.index("done") + 4]
