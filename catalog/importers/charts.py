"""A chart as somebody lists it, and the package we make of it: names checked, versions ordered, category ours."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from catalog.importers.versions import rank_of, released
from catalog.quarantine import Doubt
from catalog.starter import Chart
from domain.base import Frozen, Source
from domain.names import squash
from domain.own_files import own_yaml
from domain.packages import Package

CATEGORIES = Path(__file__).with_name("chart_categories.yaml")
OTHER = "other"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
LONGEST_TEXT = 500
MOST_KEYWORDS = 20


class ListedChart(NamedTuple):
    """What an index or a hub says of a chart; `versions` with the app's version of each, in the list's order."""

    line: int
    name: str
    repository: str
    repository_url: str | None
    versions: Mapping[str, str | None]
    description: str
    keywords: tuple[str, ...]
    category: str | None
    display_name: str | None = None
    home: str | None = None
    license: str | None = None
    deprecated: bool = False
    official: bool = False
    stars: int | None = None
    library: bool = False


class _Categories(Frozen):
    words: dict[str, str]
    published: dict[str, str]
    numbers: dict[int, str]


def package_of(listed: ListedChart, curated: Mapping[str, Chart], source: Source) -> Chart | None:
    """The chart at its newest release; of one that the starter catalogue describes, its description there.

    Null where the starter catalogue has a newer version. Raises Doubt.
    """
    if not is_name(listed.name):
        raise Doubt("no-such-name", f"{listed.name[:60]} is no name of a chart")
    if listed.library:
        raise Doubt("library-chart", "other charts are made with it; it installs nothing")
    versions = released(listed.versions)
    if not versions:
        raise Doubt("no-released-version", f"none of its {len(listed.versions)} versions is a release")
    key = f"{listed.repository}/{listed.name}"
    ours = curated.get(key)
    if ours is not None and _newer(ours.package.version, versions[0]):
        return None
    fresh = {
        "version": versions[0],
        "app_version": plain(listed.versions[versions[0]] or "") or None,
        "deprecated": listed.deprecated,
        "source": source,
    }
    if ours is not None:
        stars = listed.stars if listed.stars is not None else ours.package.stars
        return Chart(
            package=ours.package.model_copy(update={**fresh, "stars": stars}), aliases=ours.aliases, versions=versions
        )
    return Chart(
        package=Package(
            key=key,
            name=listed.name,
            display_name=plain(listed.display_name or "") or listed.name,
            repository=listed.repository,
            repository_url=listed.repository_url,
            category=category_of(listed),
            description=plain(listed.description),
            keywords=tuple(dict.fromkeys(plain(word).lower() for word in listed.keywords if word.strip()))[
                :MOST_KEYWORDS
            ],
            license=plain(listed.license or "") or None,
            official=listed.official,
            stars=listed.stars,
            home=listed.home if listed.home and re.match(r"https?://[^\s\"'<>]+$", listed.home) else None,
            **fresh,
        ),
        versions=versions,
    )


def is_name(name: str) -> bool:
    """Whether a chart or repository can be called so."""
    return NAME.fullmatch(name) is not None and ".." not in name


def climbs(name: str) -> bool:
    """Whether the name would leave the folder it is put in: no publisher writes that by mistake."""
    return "/" in name or "\\" in name or ".." in name


def category_of(listed: ListedChart) -> str:
    """Our category for it."""
    known = _categories()
    words = {word.lower().strip().replace(" ", "-") for word in (listed.name, *listed.keywords)}
    words |= set(listed.name.lower().split("-"))
    by_word = next((category for word, category in known.words.items() if word in words), None)
    published = listed.category or ""
    by_publisher = (
        known.numbers.get(int(published)) if published.isdecimal() else known.published.get(squash(published))
    )
    return by_word or by_publisher or OTHER


def plain(text: str) -> str:
    """A stranger's words in one bounded line, without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:LONGEST_TEXT].strip()


def _newer(one: str, other: str) -> bool:
    ranks = rank_of(one), rank_of(other)
    return ranks[0] is not None and ranks[1] is not None and ranks[0] > ranks[1]


@lru_cache
def _categories() -> _Categories:
    return own_yaml(CATEGORIES, _Categories)
