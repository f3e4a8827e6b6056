"""Clouds that stand apart from their maker's other regions: where one was asked for that the catalogue does not hold,
no region of the same maker is in its place, and that is the first thing to say."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.choices import place
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption

NO_WISH = re.compile(r"\b(?:no|not|never|without|cannot|than|instead|left|leave|leaving|from)\b|n't", re.IGNORECASE)
BEFORE = 3
"""Words before a name that may turn it."""


class CloudApart(Frozen):
    """See the file beside this one."""

    names: tuple[str, ...]
    called: str
    of: str
    apart: str
    source: str

    @property
    def written(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.names))})\b", re.IGNORECASE)


def clouds_apart_asked(turns: Sequence[str]) -> tuple[CloudApart, ...]:
    """Those that are wished for, in the order of the file."""
    return tuple(cloud for cloud in clouds_apart() if any(_is_wished(cloud, turn) for turn in turns))


def apart_told(asked: Sequence[CloudApart], option: PlacementOption | None) -> str:
    """That the plan is not there; empty where none was asked for, or nothing is rented."""
    if not asked or (option is not None and option.is_own):
        return ""
    first = asked[0]
    why = f"the catalogue holds no machine and no price of it, and it is {first.apart}"
    if option is None:
        return f"No plan for {first.called}: {why}."
    return (
        f"Not met, no plan for {first.called}: {why}. What follows is at {place(option)}, which is outside of it: take "
        f"it for the GPUs and the size alone, and ask {first.of} which of them it has there, and at which price."
    )


def apart_sources(asked: Sequence[CloudApart]) -> tuple[str, ...]:
    """Who says that they are apart."""
    return tuple(f"{cloud.called} is {cloud.apart}. (Source: {cloud.source}.)" for cloud in asked)


def _is_wished(cloud: CloudApart, turn: str) -> bool:
    return any(
        NO_WISH.search(" ".join(re.split(r"[.;!?]\s", turn[: found.start()])[-1].split()[-BEFORE:])) is None
        for found in cloud.written.finditer(turn)
    )


@lru_cache
def clouds_apart() -> tuple[CloudApart, ...]:
    """As the file has them."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[CloudApart, ...])
