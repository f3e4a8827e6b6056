"""No figure is lost between a request and its workloads."""

import pytest

from domain.workload import WorkloadSpec
from graph.understanding.merge.accounted import ASSIGNED
from tests.understanding.labels.test_workloads import SEVERAL
from tests.understanding.talking import starter_reader

SAID_APART = [
    "Two-tower recommender. 9M users, 2M items. 1 TB of clicks per day, a daily retrain must fit in a 2h window. "
    "Ranker serves 6k QPS at p99 30 ms.",
    "Two things. My team of 8 needs a copilot, and the marketing people (3 of them) want to make pictures.",
    "2,000 hours of podcasts a week through whisper large-v3, at night. Besides 25 live streams, at most 2 s delay.",
    "Fine-tune Qwen3-8B on 25k tickets of 900 tokens overnight. Then 15 people use it, first token within 800 ms.",
]


def read(text: str) -> WorkloadSpec:
    return starter_reader().read_at_once((text,), WorkloadSpec(), None, False).spec


@pytest.mark.parametrize("text", [*(text for text, _ in SEVERAL), *SAID_APART])
def test_every_quoted_figure_of_the_whole_is_that_of_a_workload_or_named_as_left(text: str) -> None:
    spec = read(text)
    assert len(spec.workloads) > 1
    of_parts = [words.quote for path, words in spec.evidence.items() if path.startswith("workloads.")]
    told = [*of_parts, *(left.quote for left in spec.unplaced)]
    for path, words in spec.evidence.items():
        if path.startswith(ASSIGNED) and any(sign.isdigit() for sign in words.quote):
            assert any(words.quote in other or other in words.quote for other in told), path


def test_a_load_is_that_of_what_answers_and_the_data_of_what_learns() -> None:
    trains, answers = sorted(read(SAID_APART[0]).workloads, key=lambda one: str(one.task_type), reverse=True)
    assert (trains.every, trains.dataset.size_gb, trains.deadline_hours) == ("day", 1000, 2)
    assert answers.dataset.size_gb is None
    assert (answers.traffic.requests_per_second, answers.traffic.latency_percentile) == (6000, 99)
