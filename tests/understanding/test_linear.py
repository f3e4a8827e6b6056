"""Time grows with the length of a message and no faster, whatever it holds: counted in function calls, not timed."""

import cProfile

import pytest

from domain.workload import WorkloadSpec
from evals.hostile_texts import HOSTILE
from tests.understanding.talking import starter_reader

LENGTHS = (4_000, 8_000)
LONGEST = 10_000
AT_MOST = 2.3
"""Times the work, for twice the length."""
MOST_CALLS = 1_450_000
"""For a message of the greatest length; most kinds take 850,000."""
COUNTED = [*sorted(HOSTILE)[::2], "chinese"]
"""Sixty-two kinds; `python -m bench reader` reads them all."""


def read(text: str) -> None:
    starter_reader().read_at_once([text], WorkloadSpec(), None, False)


def work_of(text: str) -> int:
    """Calls of functions, those of Python's own included: the same in every run and on every machine."""
    profile = cProfile.Profile()
    profile.enable()
    read(text)
    profile.disable()
    return sum(entry.callcount for entry in profile.getstats())


@pytest.fixture(scope="module", autouse=True)
def _tables_are_loaded() -> None:
    read("Serve Llama 3.3 70B to 200 users on 2x H100 in Germany, under $5k a month")


@pytest.mark.parametrize("kind", COUNTED)
def test_twice_the_length_is_at_most_about_twice_the_work(kind: str) -> None:
    short, long = (work_of(HOSTILE[kind](length)) for length in LENGTHS)
    assert long <= AT_MOST * short


@pytest.mark.parametrize("kind", ["many_sizes", "distinct_models"])
def test_an_endless_list_is_not_read_once_more_for_every_workload_it_may_name(kind: str) -> None:
    read(HOSTILE[kind](LENGTHS[0]))  # the tables that only such a list needs are loaded
    assert work_of(HOSTILE[kind](LONGEST)) <= MOST_CALLS


@pytest.mark.parametrize("kind", sorted(HOSTILE.keys() - {*COUNTED}))
def test_anything_can_be_read(kind: str) -> None:
    read(HOSTILE[kind](LENGTHS[0]))
