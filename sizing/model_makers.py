"""Where the makers of models sit, for who rules out models by that: `model_makers.yaml`."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.models import ModelCard
from domain.own_files import own_yaml
from domain.workload import ModelOrigin

_ISO = {"UK": "GB"}
"""Codes that people use in another's place."""


class Makers(Frozen):
    """By country (ISO 3166): owners on the Hub, and words of names; the members of unions."""

    owners: Mapping[str, frozenset[str]]
    families: Mapping[str, frozenset[str]]
    unions: Mapping[str, frozenset[str]]


@lru_cache
def makers() -> Makers:
    return own_yaml(Path(__file__).with_suffix(".yaml"), Makers)


def countries_of(key: str) -> frozenset[str]:
    """Those of a model's owner and of the weights that its name tells of; empty: not known."""
    known = makers()
    owner, _, name = key.partition("/")
    words = set(re.split(r"[^a-z]+", (name or owner).lower()))
    of_owner = {country for country, owners in known.owners.items() if owner in owners}
    return frozenset(of_owner | {country for country, families in known.families.items() if words & families})


def origin_refusal(origin: ModelOrigin, model: ModelCard) -> str | None:
    """Why its maker's country rules the model out; null when it does not. Who limits origins takes no unknown one."""
    if not origin.allowed and not origin.excluded:
        return None
    sits = countries_of(model.key)
    if not sits:
        return "where its maker sits is not known"
    if ruled_out := sits & with_members(origin.excluded):
        return f"its maker sits in {' and '.join(sorted(ruled_out))}, which was ruled out"
    if origin.allowed and not sits <= with_members(origin.allowed):
        return f"its maker sits in {' and '.join(sorted(sits))}, asked was {' or '.join(origin.allowed)}"
    return None


def origins_note(origin: ModelOrigin, keys: Iterable[str]) -> str:
    """Where the makers of the models of a plan sit, for who limits that; empty where nobody does."""
    if not origin.allowed and not origin.excluded:
        return ""
    told = (f"{key} {' and '.join(sorted(countries_of(key))) or 'not known'}" for key in dict.fromkeys(keys))
    return f"Makers of the models by country: {'; '.join(told)}. By the catalogue's list: check what each is built on."


def with_members(places: Iterable[str]) -> frozenset[str]:
    """Countries by their ISO codes, of a union its members."""
    codes = (_ISO.get(told, told) for told in places)
    return frozenset(code for told in codes for code in makers().unions.get(told, frozenset({told})))
