"""Names of places: countries, states, cities, languages' and peoples' adjectives, and unions of countries."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import pycountry
from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages

from domain.base import Frozen
from graph.understanding.mentions.mention import Named
from graph.understanding.vocabulary import table

CODES_PEOPLE_USE = {"GB": "UK"}
SHORTEST_CITY = 3
SHORTEST_PROVINCE = 5
"""Letters; a shorter one may be a word."""
ADJECTIVE = "adjective"
"""The `family` of a place named by an adjective: "German only" may be a language, "German cloud" is a place."""

TOWN = "town"
"""The `family` of a place named by a town, or by a part of its country: no less than a region of it."""


class _Group(Frozen):
    codes: tuple[str, ...]
    names: tuple[str, ...]


class _Places(Frozen):
    names: Mapping[str, tuple[str, ...]]
    adjectives: Mapping[str, tuple[str, ...]]
    spelt_in: tuple[str, ...]
    states_of: tuple[str, ...]
    provinces_of: tuple[str, ...]
    ordinary: frozenset[str]
    groups: tuple[_Group, ...]
    members: Mapping[str, tuple[str, ...]]
    codes: frozenset[str]
    cities: Mapping[str, tuple[str, ...]]


@lru_cache
def places() -> _Places:
    """The vocabulary of places, read once."""
    return table("places", _Places)


def jurisdiction(country: str) -> str:
    """The code that a country goes by: "UK", not the ISO code."""
    return CODES_PEOPLE_USE.get(country, country)


def members_of(union: str) -> tuple[str, ...]:
    """The countries of a union by its code ("EU"); none for a country."""
    return places().members.get(union, ())


def countries() -> Iterator[tuple[str, Named]]:
    """Every way to write a country, a union or a group of countries, the plainest first."""
    for code, names in places().names.items():
        yield from ((name, Named("place", code)) for name in names)
    for group in places().groups:
        yield from ((name, Named("place", code)) for name in group.names for code in group.codes)
    yield from ((code.lower(), Named("place", code)) for code in sorted(places().codes))
    for code, names in places().adjectives.items():
        yield from ((name, Named("place", code, family=ADJECTIVE)) for name in names)
    for language in ("en", *places().spelt_in):
        territories = Locale(language).territories
        for country in sorted(_countries()):
            yield territories[country], Named("place", jurisdiction(country))
    yield from ((entry.name, Named("place", jurisdiction(entry.alpha_2))) for entry in pycountry.countries)
    yield from ((name, Named("place", jurisdiction(code), family=ADJECTIVE)) for name, code in _adjectives())


def towns() -> Iterator[tuple[str, Named]]:
    """Cities, and the states of some countries."""
    for code, names in places().cities.items():
        yield from ((name, Named("place", jurisdiction(code), family=TOWN)) for name in names)
    for zone, country in sorted(get_global("zone_territories").items()):
        if country in _countries() and zone.count("/") == 1:
            yield zone.split("/")[1].replace("_", " "), Named("place", jurisdiction(country), family=TOWN)
    for language in places().spelt_in:
        for zone, spelt in Locale(language).time_zones.items():
            if (country := get_global("zone_territories").get(zone)) in _countries() and len(
                spelt.get("city", "")
            ) > SHORTEST_CITY:
                yield spelt["city"], Named("place", jurisdiction(country), family=TOWN)
    for country in places().states_of:
        yield from ((state, Named("place", jurisdiction(country), family=TOWN)) for state in _parts_of(country))
    for country in places().provinces_of:
        long = (name for name in _parts_of(country) if len(name) >= SHORTEST_PROVINCE)
        yield from ((name, Named("place", jurisdiction(country), family=TOWN)) for name in long)


def _parts_of(country: str) -> Iterator[str]:
    """Names of a country's states, provinces or prefectures."""
    return (part.name for part in pycountry.subdivisions if part.country_code == country)


def _adjectives() -> Iterator[tuple[str, str]]:
    """ "Austrian" of Austria, and the official languages that are named after their country: "Polish" of Poland."""
    english, likely = Locale("en"), get_global("likely_subtags")
    for country in sorted(_countries()):
        name = english.territories[country]
        if name.endswith("a"):
            yield f"{name}n", country
        for code in get_official_languages(country, de_facto=True):
            language = english.languages.get(code, "")
            shared = language[:3] == name[:3] or (language[:2] == name[:2] and likely.get(code, "").endswith(country))
            if language and shared and not f"{name} ".startswith(f"{language} "):
                yield language, country


@lru_cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)
