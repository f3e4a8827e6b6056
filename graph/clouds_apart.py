"""Clouds that stand apart from their maker's other regions: where one was asked for that the catalogue does not hold,
no region of the same maker is in its place, and that is the first thing to say."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.choices import place
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from graph.understanding.mentions.line import Line
from graph.understanding.stance.read import stances_of
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stance

NO_WISH: frozenset[Stance] = (UNWANTED | SPOKEN_OF) - {"at_hand"}


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


def clouds_apart_asked(lines: Iterable[Line]) -> tuple[CloudApart, ...]:
    """Those that are wished for, in the order of the file."""
    named = [
        (cloud, line, line.place_at(found.start()))
        for line in lines for cloud in clouds_apart() for found in cloud.written.finditer(line.text.raw)
    ]  # fmt: skip
    wished = {cloud.called for cloud, line, place in named if stances_of(line).of(place, place) not in NO_WISH}
    return tuple(cloud for cloud in clouds_apart() if cloud.called in wished)


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


@lru_cache
def clouds_apart() -> tuple[CloudApart, ...]:
    """As the file has them."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[CloudApart, ...])
