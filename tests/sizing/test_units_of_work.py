"""Work is counted in what people name: a book is many pieces, a conversation several answers, a call of an API one."""

import pytest

from artifacts.figures_asked import piece_line
from domain.workload import WorkloadSpec
from sizing.amount_of_work import runs_each
from sizing.demand import demand_of
from sizing.units_of_work import unit_notes
from tests.artifacts.sample_plan import option


def counted(words: str, **said: object) -> WorkloadSpec:
    """A volume of a hundred of these a day, or as many items of a job's data."""
    job = said.get("task_type") == "batch_inference"
    amount = {"dataset": {"items": 100}} if job else {"volume": {"amount": 100, "unit": "items", "per": "day"}}
    field = "dataset.items" if job else "volume.amount"
    evidence = {field: {"quote": f"100 {words}", "turn": 0}}
    return WorkloadSpec.model_validate({"task_type": "inference", **amount, "evidence": evidence, **said})


SPEECH = {"domain": "speech", "use_case": "transcription"}
SUMMARIES = {"domain": "llm", "use_case": "summarization", "task_type": "batch_inference"}
VECTORS = {"domain": "embeddings", "task_type": "batch_inference"}


@pytest.mark.parametrize(("words", "said", "runs"), [
    ("audiobooks a day", {"domain": "speech", "use_case": "text_to_speech"}, 702),
    ("podcast episodes per day", SPEECH, 60),
    ("phone calls", SPEECH, 13),
    ("recordings", SPEECH, 1),
    ("episodes of 45 minutes", {**SPEECH, "volume": {"amount": 75, "unit": "audio_hours", "per": "day"}}, 1),
    ("support conversations", {"domain": "llm", "use_case": "chatbot"}, 6),
    ("chats", {"domain": "llm", "use_case": "chatbot", "traffic": {"input_tokens": 900}}, 1),
    ("API calls", {"domain": "llm"}, 1),
    ("model calls", {"domain": "llm"}, 1),
    ("calls", {"domain": "llm", "traffic": {"calls_each": 2}}, 2),
    ("novels", SUMMARIES, 11),
    ("conversations", SUMMARIES, 1),
    ("research papers", VECTORS, 18),
    ("contracts", {**VECTORS, "traffic": {"input_tokens": 300}}, 1),
    ("product titles", VECTORS, 1),
    ("documents", {"domain": "vision"}, 1),
])  # fmt: skip
def test_one_is_as_many_runs_as_it_is_long(words: str, said: dict[str, object], runs: int) -> None:
    spec = counted(words, **said)
    assert runs_each(spec) == runs
    assert bool(unit_notes(spec)) == (runs > 1 and not spec.traffic.calls_each)


def test_the_load_is_of_the_runs() -> None:
    books = demand_of(counted("audiobooks", domain="speech", use_case="text_to_speech")).requests_per_s
    items = demand_of(counted("audio clips", domain="speech", use_case="text_to_speech")).requests_per_s
    assert books is not None
    assert items is not None
    assert books == pytest.approx(702 * items)


def test_questions_are_not_as_long_as_what_they_are_asked_of() -> None:
    """Twenty queries a second over contracts are twenty runs."""
    spec = WorkloadSpec.model_validate({
        "task_type": "inference", "domain": "embeddings", "use_case": "search", "dataset": {"items": 3_000_000},
        "traffic": {"requests_per_second": 20},
        "evidence": {"dataset.items": {"quote": "3 million contracts", "turn": 0},
                     "traffic.requests_per_second": {"quote": "20 queries per second", "turn": 0}},
    })  # fmt: skip
    assert demand_of(spec).requests_per_s == 20


@pytest.mark.parametrize("words", ["books", "texts"])
def test_the_price_of_one_is_of_what_was_counted(words: str) -> None:
    """A book is eleven runs, and still one book."""
    spec = counted(words, **{**SUMMARIES, "dataset": {"items": 100, "modality": "documents"}})
    job = option().model_copy(update={"job_hours": 1.0, "job_cost_usd": 1.0})
    assert "$0.01 ($1.00 for 100)" in piece_line(spec, job, None, None)
