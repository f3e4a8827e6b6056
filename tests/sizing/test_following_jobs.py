"""Work on the results of a counted job is a job; what is to run in every place is placed in each."""

import pytest

from domain.workload import Location, Traffic, Volume, Workload, WorkloadSpec
from sizing.together import cadences_of, specs_of

SPEECH = Workload(
    task_type="batch_inference", domain="speech", use_case="transcription",
    volume=Volume(amount=9000, unit="audio_hours", per="total"),
)  # fmt: skip


def request(*workloads: Workload, **fields: object) -> WorkloadSpec:
    return WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm", "workloads": workloads, **fields})


def test_a_summary_of_every_call_is_a_job_within_the_same_week() -> None:
    summary = Workload(task_type="inference", domain="llm", use_case="summarization")
    made = specs_of(request(summary, SPEECH, deadline_hours=168.0))
    assert [one.task_type for one in made] == ["batch_inference", "batch_inference"]
    assert made[0].volume == Volume(amount=54_000, unit="requests", per="total")
    assert {one.deadline_hours for one in made} == {168.0}


@pytest.mark.parametrize(
    "served",
    [
        Workload(task_type="inference", domain="llm", use_case="chatbot"),
        Workload(task_type="inference", domain="llm", use_case="summarization", traffic=Traffic(users=40)),
    ],
)
def test_what_people_use_stays_a_service(served: Workload) -> None:
    assert [one.task_type for one in specs_of(request(served, SPEECH))] == ["inference", "batch_inference"]


def test_what_runs_in_every_place_has_a_spec_for_each() -> None:
    everywhere = Location(jurisdictions=("US", "EU"), everywhere=True)
    alone = WorkloadSpec(task_type="inference", domain="llm", location=everywhere)
    assert [one.location.jurisdictions for one in specs_of(alone)] == [("US",), ("EU",)]
    assert cadences_of(alone) == (None, None)
    anywhere = alone.model_copy(update={"location": Location(jurisdictions=("US", "EU"))})
    assert specs_of(anywhere) == ()
