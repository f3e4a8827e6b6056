"""What a spec implies without anybody saying it, and how sure it is."""

import pytest

from domain.workload import RequestedModel, WorkloadSpec
from graph.understanding.labels.implications import complete, confidence_of, settling
from graph.understanding.merge.draft import Draft, taken_apart
from graph.understanding.roles.claim import WEAK, Claim
from tests.understanding.labels.reading import read

NOTHING = read("x")


def completed(models: tuple[str, ...] = (), **scalars: str | float | bool) -> Draft:
    draft = taken_apart(WorkloadSpec(models=tuple(RequestedModel(name=name) for name in models)))
    draft.scalars.update({name.replace("__", "."): value for name, value in scalars.items()})
    complete(draft, NOTHING, (), 0)
    return draft


@pytest.mark.parametrize(
    ("said", "task"),
    [
        ({"domain": "speech", "use_case": "transcription", "dataset__items": 900}, "batch_inference"),
        ({"domain": "speech", "deadline_hours": 12.0}, "batch_inference"),
        ({"domain": "vision", "dataset__size_gb": 40.0}, "training"),
        ({"domain": "reinforcement_learning"}, "training"),
        ({"domain": "tabular", "traffic__users": 40}, "inference"),
        ({"domain": "time_series"}, "training"),
        ({"domain": "llm", "models": ("Qwen3 8B",)}, "inference"),
        ({"domain": "time_series", "models": ("Chronos",)}, "inference"),
        ({"domain": "llm", "use_case": "chatbot"}, "inference"),
        ({"domain": "scientific"}, "batch_inference"),
        ({"domain": "llm"}, None),
        ({}, None),
    ],
)
def test_the_task_follows_from_what_is_known(said: dict[str, object], task: str | None) -> None:
    draft = completed(**said)  # type: ignore[arg-type]
    assert draft.scalars["task_type"] == task
    assert draft.assumed("task_type") == (task is not None)


def test_people_of_whom_a_table_is_scored_are_its_rows() -> None:
    draft = completed(task_type="batch_inference", domain="tabular", traffic__users=12_000_000)
    assert (draft.scalars["dataset.items"], draft.scalars["traffic.users"]) == (12_000_000, None)
    live = completed(task_type="inference", domain="tabular", traffic__users=12_000_000)
    assert (live.scalars["dataset.items"], live.scalars["traffic.users"]) == (None, 12_000_000)


def test_a_hint_fills_what_nothing_else_implies() -> None:
    hint = Claim("task_type", "inference", read("automatic").span(0, 0), strength=WEAK)
    draft = taken_apart(WorkloadSpec())
    complete(draft, read("automatic"), (hint,), 0)
    assert draft.scalars["task_type"] == "inference"
    assert draft.evidence["task_type"].quote == "automatic"
    assert settling((hint,)) == ()


def test_the_kind_of_data_is_only_hinted_at_where_there_are_data() -> None:
    hint = Claim("dataset.modality", "images", read("photos").span(0, 0), strength=WEAK)
    for amount, kind in ((None, None), (3000, "images")):
        draft = taken_apart(WorkloadSpec())
        draft.scalars["dataset.items"] = amount
        complete(draft, read("photos"), (hint,), 0)
        assert draft.scalars["dataset.modality"] == kind


@pytest.mark.parametrize(("domain", "needed"), [("llm", True), ("tabular", False)])
def test_the_domain_says_whether_a_gpu_is_needed(domain: str, needed: bool) -> None:
    assert completed(domain=domain, task_type="inference").scalars["gpu_needed"] is needed


def test_a_method_is_the_use_case_where_a_model_is_adapted_and_goes_where_one_is_served() -> None:
    adapted = completed(task_type="fine_tuning", domain="llm", training__method="qlora")
    served = completed(task_type="inference", domain="llm", training__method="lora")
    assert adapted.scalars["use_case"] == "qlora"
    assert served.scalars["training.method"] is None
    assert served.scalars["use_case"] is None


def test_a_model_says_what_it_is_for() -> None:
    draft = completed(models=("Whisper large v3",), task_type="inference", domain="speech")
    assert draft.scalars["use_case"] == "transcription"
    assert draft.assumed("use_case")


def test_what_is_guessed_makes_the_reading_less_sure() -> None:
    assert confidence_of(completed()) == "low"
    assert confidence_of(completed(domain="scientific")) == "medium"
    assert confidence_of(completed(task_type="rag", domain="llm")) == "high"


def test_retrieval_over_documents_is_done_with_a_language_model() -> None:
    assert completed(task_type="rag").scalars["domain"] == "llm"
