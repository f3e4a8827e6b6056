"""What the OpenAPI document says is what the server answers, to requests that somebody made up."""

import pytest

from bench.fuzz import fuzzed

CASES = 200


@pytest.mark.filterwarnings("ignore:Overriding standard format")
def test_made_up_requests_get_documented_answers_that_tell_nothing_of_the_inside(server: str) -> None:
    made, wrong = fuzzed(server, CASES)
    assert dict(wrong) == {}
    assert made > CASES / 2
