"""Messages that nobody reads to their end: as far as they are read nothing is lost, and what follows is named."""

from domain.workload import WorkloadSpec
from graph.understanding.passes import MOST_MODELS, MOST_TOKENS
from tests.understanding.talking import small_reader

REQUEST = "Serve Mistral 7B to 50 users. "


def read(message: str) -> tuple[WorkloadSpec, list[str]]:
    reading = small_reader().read_at_once([message], WorkloadSpec(), None, False)
    return reading.spec, [one.quote for one in reading.unplaced]


def test_what_follows_the_words_that_are_read_is_named() -> None:
    spec, unplaced = read(REQUEST + "well " * (MOST_TOKENS + 100) + "and on AWS")
    assert (spec.traffic.users, spec.location.providers) == (50, ())
    assert unplaced == [("well " * 16).strip()]


def test_a_long_letter_is_read_to_its_end() -> None:
    letter = REQUEST + "We look forward to your answer and remain yours. " * 190
    spec, unplaced = read(letter + "It must run on AWS.")
    assert len(letter) > 9000
    assert (spec.traffic.users, spec.location.providers, unplaced) == (50, ("aws",), [])


def test_models_behind_those_that_are_looked_up_are_named() -> None:
    spec, unplaced = read("Serve " + ", ".join(f"acme/chat{number}-7b" for number in range(MOST_MODELS + 2)) + ".")
    assert len(spec.models) == MOST_MODELS
    assert " ".join(unplaced).count("acme/chat4") == 2
