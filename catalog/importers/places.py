"""Regions in somebody else's spelling: their country, and the law that holds there."""

import re
from functools import lru_cache
from pathlib import Path

from catalog.files import csv_rows
from catalog.importers.unsaid import unsaid
from catalog.starter import Region

REGIONS = Path(__file__).with_name("regions.csv")
ADDRESS = re.compile(r"(?:(?P<place>.+), )?(?P<country>[A-Z]{2}), [A-Z]{2}")
"""How Vast says it: "Oregon, US, NA", and ", CA, NA" where only the country is known."""


def region_named(provider: str, text: str) -> Region:
    """The region; without country and jurisdictions where nothing tells them."""
    text = text.strip().strip(",").strip()
    known = _known().get((provider, text))
    if known is not None:
        display_name, country = known
        return _region(provider, text, display_name, country)
    if found := ADDRESS.fullmatch(text):
        return _region(provider, text, found["place"], found["country"])
    if re.fullmatch(r"[A-Z]{2}", text):
        return _region(provider, text, None, text)
    return Region(provider=provider, name=text or "global")


def _region(provider: str, name: str, display_name: str | None, country: str) -> Region:
    unions = tuple(union for union, members in unsaid().unions.items() if country in members)
    return Region(
        provider=provider,
        name=name,
        display_name=display_name,
        country=country,
        jurisdictions=(*unions, country),
    )


@lru_cache
def _known() -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (str(cells["provider"]), str(cells["region"])): (str(cells["display_name"]), str(cells["country"]))
        for _, cells in csv_rows(REGIONS, ("provider", "region", "display_name", "country"))
    }
