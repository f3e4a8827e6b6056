"""Whose data it is, who relies on it, who may host it and on which terms: what requests say of these."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from domain.workload import WorkloadSpec
from tests.understanding.talking import converse, starter_reader

PATHS = {
    "sensitive": "sensitive", "stakes": "stakes", "sellers": "location.sellers", "pricing": "pricing",
    "excluded_sellers": "location.excluded_sellers", "pricing_allowed": "pricing_allowed",
    "providers": "location.providers", "cost": "priorities.cost",
}  # fmt: skip
ALWAYS = ("sensitive", "stakes", "sellers", "excluded_sellers", "pricing_allowed", "pricing")
TABLE = yaml.safe_load(Path(__file__).with_name("trust.yaml").read_text(encoding="utf-8"))
REQUESTS = [(text, wanted) for lines in TABLE.values() for text, wanted in lines]
Value = str | Sequence[str] | None


def value_of(spec: WorkloadSpec, name: str) -> Value:
    value: object = spec
    for step in PATHS[name].split("."):
        value = getattr(value, step)
    return sorted(value) if isinstance(value, tuple) else value if isinstance(value, str) else None


@pytest.mark.parametrize(("text", "wanted"), REQUESTS, ids=[text[:50] for text, _ in REQUESTS])
def test_a_request_says_whom_it_may_be_trusted_to(text: str, wanted: Mapping[str, Value]) -> None:
    spec = starter_reader().read_at_once((text,), WorkloadSpec(), None, False).spec
    names = dict.fromkeys((*ALWAYS, *wanted))
    expected = {name: wanted.get(name) or None for name in names}
    assert {name: value_of(spec, name) or None for name in names} == expected


LATER = [
    ("Summarise patients' records", "all of the data is anonymised", "sensitive", None),
    ("Summarise patients' records", "there are our internal guidelines, too", "sensitive", ["company", "medical"]),
    ("Summarise patients' records", "make it 13B", "sensitive", ["medical"]),
    ("Summarise patients' records", "drop the privacy requirement", "sensitive", None),
    ("An 8B as a hobby", "it goes to production now", "stakes", "production"),
    ("Serve an 8B in production", "it's only a demo", "stakes", "hobby"),
    ("An 8B, no marketplace hosts", "a marketplace is fine after all", "excluded_sellers", None),
    ("An 8B, no marketplace hosts", "a marketplace is fine after all", "sellers", ["marketplace"]),
    ("An 8B, marketplace is fine", "no marketplace please", "sellers", None),
    ("An 8B, marketplace is fine", "no marketplace please", "excluded_sellers", ["marketplace"]),
    ("Train an 8B, spot is fine", "on-demand only", "pricing_allowed", None),
    ("Train an 8B, spot is fine", "no spot", "pricing_allowed", None),
    ("Train an 8B, spot is fine", "use spot", "pricing", "spot"),
    ("Train an 8B, on-demand only", "spot is fine", "pricing", None),
    ("Train an 8B on spot", "spot is fine", "pricing", "spot"),
]


@pytest.mark.parametrize(("first", "later", "name", "wanted"), LATER, ids=[f"{a} / {b}" for a, b, _, _ in LATER])
async def test_a_later_turn_revises_it(first: str, later: str, name: str, wanted: Value) -> None:
    spec = (await converse([first, later], starter_reader()))[0].spec
    assert (value_of(spec, name) or None) == wanted


async def test_what_is_said_of_it_quotes_the_words() -> None:
    turns = ["Summarise patients' records as a hobby, no marketplace hosts, spot is fine"]
    evidence = (await converse(turns, starter_reader()))[0].spec.evidence
    quotes = {
        name: evidence[PATHS[name]].quote for name in ("sensitive", "stakes", "excluded_sellers", "pricing_allowed")
    }
    assert quotes == {
        "sensitive": "patients", "stakes": "hobby", "excluded_sellers": "marketplace",
        "pricing_allowed": "spot is fine",
    }  # fmt: skip
