"""A job that comes back is a CronJob that never runs twice at once, and each training has a folder of its own."""

import pytest

from artifacts.steps import deployment_steps
from domain.plan import Recommendation
from domain.workload import Components, Volume, WorkloadSpec
from tests.artifacts.printed import Printed, at, entries, printed
from tests.artifacts.sample_plan import offer, option, proof

AGAIN = WorkloadSpec(task_type="fine_tuning", domain="llm", every="day")


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
            WorkloadSpec(task_type="batch_inference", volume=Volume(amount=10_000, unit="documents", per="day")),
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
