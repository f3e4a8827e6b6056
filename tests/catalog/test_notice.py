"""NOTICE names whoever asks to be named, and nothing ships without a licence to ship it."""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTS_ONLY = {"public datasheet", "public documentation", "public price list", "version numbers only", "various"}
"""Figures that their publishers show to everybody; the texts beside them are our own."""


def sources() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted((ROOT / "catalog" / "starter").glob("*/sources.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def to_name(source: dict[str, str]) -> str | None:
    """The project that collected the fact: said in the licence, else the repository that is cited."""
    collected = re.search(r"collected by ([\w.-]+/[\w.-]+)", source["licence"])
    cited = re.match(r"https://github\.com/([\w.-]+/[\w.-]+)", source["url"])
    return collected[1] if collected else cited[1] if cited else None


@pytest.fixture(scope="module")
def notice() -> str:
    return (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_collection_under_a_licence_is_named(notice: str) -> None:
    licensed = [source for source in sources() if source["licence"] not in FACTS_ONLY]
    unnamed = {name for source in licensed if (name := to_name(source)) and name not in notice}
    assert unnamed == set()
    assert "litellm" in notice.lower()


def test_attribution_is_given_as_it_is_asked_for(notice: str) -> None:
    """CC BY asks for the author, the licence's address and that changes were made."""
    said = notice[notice.index("Creative Commons Attribution 4.0") : notice.index("MIT License")]
    collectors = {to_name(source) for source in sources() if source["licence"].startswith("CC-BY")}
    assert collectors
    assert all(name is not None and name in said for name in collectors)
    assert "https://creativecommons.org/licenses/by/4.0/" in said
    assert said.count("Changes:") == len(collectors)


def test_no_fact_comes_from_a_source_without_a_licence() -> None:
    unlicensed = [source for source in sources() if re.search("none|unknown", source["licence"], re.IGNORECASE)]
    assert unlicensed == []
    assert all(source["licence"] for source in sources())
