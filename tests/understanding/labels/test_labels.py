"""What words alone settle: every phrase of the labels' vocabulary in a short sentence."""

from pathlib import Path

import pytest
import yaml

from graph.understanding.labels.words import label_claims
from graph.understanding.roles.claim import Claim
from graph.understanding.stance.read import stances_of
from tests.understanding.labels.reading import read

TABLE = yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
SAID = [
    (field, value, text) for field, values in TABLE["said"].items() for value, texts in values.items() for text in texts
]
UNSAID = [(field, text) for field, texts in TABLE["unsaid"].items() for text in texts]
WITHDRAWN = [(field, text) for field, texts in TABLE["withdrawn"].items() for text in texts]


def claims_of(raw: str) -> tuple[Claim, ...]:
    line = read(raw)
    return label_claims(line, stances_of(line))


@pytest.mark.parametrize(("field", "value", "text"), SAID)
def test_words_say_their_value(field: str, value: str | bool | float, text: str) -> None:
    assert (field, value) in {(c.field, c.value) for c in claims_of(text) if c.operation in ("set", "add")}


@pytest.mark.parametrize(("field", "text"), UNSAID)
def test_an_expression_is_not_its_words(field: str, text: str) -> None:
    assert field not in {claim.field for claim in claims_of(text) if claim.operation in ("set", "add")}


@pytest.mark.parametrize(("field", "text"), WITHDRAWN)
def test_a_whole_field_is_taken_back(field: str, text: str) -> None:
    assert (field, None, "withdraw") in {(claim.field, claim.value, claim.operation) for claim in claims_of(text)}


def test_a_denied_value_is_ruled_out_or_taken_back() -> None:
    said = {(claim.field, claim.value, claim.operation) for claim in claims_of("no monitoring, HIPAA is not required")}
    assert {("components.wanted", "observability", "exclude"), ("compliance", "hipaa", "withdraw")} <= said
