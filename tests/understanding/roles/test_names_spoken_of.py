"""Providers and models that are asked about, spoken of in passing, or only told of."""

import pytest

from graph.understanding.roles.claim import claims_of
from graph.understanding.roles.names import name_proposals
from graph.understanding.stance.read import stances_of
from tests.understanding.labels.reading import read


def named(raw: str, field: str) -> list[str]:
    line = read(raw)
    claims = claims_of(tuple(name_proposals(line, stances_of(line))))
    return [str(getattr(c.value, "name", c.value)) for c in claims if c.field == field and c.operation == "add"]


@pytest.mark.parametrize(
    ("raw", "providers"),
    [
        ("Should we use AWS?", ["aws"]),
        ("We have leftover azure credits", ["azure"]),
        ("We only have contracts with Nebius", ["nebius"]),
        ("GCP has it for $4/hr", []),
        ("Many services, like Lambda, are expensive", []),
        ("We burn $11k a month on Bedrock", []),
        ("A Google Cloud certified architect", []),
    ],
)
def test_a_provider_asked_about_is_one_to_look_at_and_one_in_passing_is_none(raw: str, providers: list[str]) -> None:
    assert named(raw, "location.providers") == providers


def test_a_message_that_wishes_no_model_is_about_those_it_tells_of() -> None:
    assert named("I tried LightGCN, but it ran out of memory", "models") == ["LightGCN"]
    assert named("We used Llama 3 8B. Now deploy Qwen3 8B", "models") == ["Qwen3 8B"]
