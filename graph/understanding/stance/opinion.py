"""A learned opinion on hardware that no cue bears on: wished for, at hand, or only told of.

People tell what they have in more ways than phrases can list ("hardware: RTX 4060 Ti 16GB, 32gb ram"). The words near a
card or a size, those of its sentence and those of the message each count a little, by the weights of
`stance_weights.yaml`; `python -m evals.told_hardware` fits them and says how well they do on requests left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import sqrt

from domain.base import Frozen
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name
from graph.understanding.text.phrases import Word
from graph.understanding.vocabulary import table

FEWEST_WORDS = 12
"""Of a message: a shorter one orders, or answers what was asked."""
MOST_WORDS = 400
REACH = 5
"""Places on either side that are near."""
SMALLEST, LARGEST = 4, 1024
"""Gigabytes or cores that are a machine's."""
TOLD, OWN = 0.4, 0.4
"""Sums from which on hardware is told of, and at hand. By fits that left their request out, 39 of 45 mentions that were
told of pass the first, and 1 of 189 that were wished for."""
Features = Mapping[str, Sequence[str]]


class Weights(Frozen):
    """What a word counts where it stands; a group counts by the root of its size, so that long messages say no more."""

    always: float
    kind: dict[str, float]
    near: dict[str, float]
    sentence: dict[str, float]
    message: dict[str, float]

    def weigh(self, found: Features) -> float:
        total = self.always
        for group, weights in (
            ("kind", self.kind), ("near", self.near), ("sentence", self.sentence), ("message", self.message),
        ):  # fmt: skip
            words = found[group]
            total += sum(weights.get(word, 0.0) for word in words) / sqrt(max(1, len(words)))
        return total


@lru_cache
def _weights() -> Mapping[str, Weights]:
    return table("stance_weights", dict[str, Weights])


def opinions(line: Line, silent: Sequence[bool]) -> Iterator[tuple[int, bool]]:
    """The places of hardware that is told of, of those that are `silent`, and whether it is at hand."""
    if len(line.words) < FEWEST_WORDS:
        return
    message: Sequence[str] | None = None
    for place, mention in enumerate(line.mentions[:MOST_WORDS]):
        if mention is None or not silent[place] or not is_hardware(mention):
            continue
        message = words_said(line.words[:MOST_WORDS]) if message is None else message
        found = features_at(line, place, message)
        if _weights()["told"].weigh(found) > TOLD:
            yield place, isinstance(mention, Name) and _weights()["own"].weigh(found) > OWN


def is_hardware(mention: Mention) -> bool:
    """A card or machine by name, a number of them, or an amount of memory or cores that a machine has."""
    if isinstance(mention, Name):
        return _kind(mention) == "gpu"
    if mention.dimension == "count":
        return mention.noun in ("gpus", "nodes")
    return mention.dimension in ("bytes", "cores") and SMALLEST <= mention.low <= LARGEST and not mention.per


def _kind(mention: Mention | None) -> str:
    """A machine that is rented by its name is spoken of as the cards in it are."""
    if isinstance(mention, Name):
        return "gpu" if mention.named[0].family == "instance" else mention.kind
    return mention.dimension if mention else ""


def words_said(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(sorted({word.text for word in words}))


def features_at(line: Line, place: int, message: Sequence[str]) -> Features:
    """The words that bear on the mention at a place; those near it by their side, and whether they open its clause."""
    first, last = line.sentence(place)
    last = min(last, first + MOST_WORDS)
    near = {f"[ {line.words[line.clause(place)[0]].text}", f"[[ {line.words[first].text}"}
    for away in range(1, REACH + 1):
        sign = "" if away == 1 else ".. "
        if place - away >= first:
            near.add(f"{line.words[place - away].text} {sign}_")
        if place + away <= last:
            near.add(f"_ {sign}{line.words[place + away].text}")
    mention = line.mentions[place]
    sentence = words_said(line.words[first : last + 1])
    return {"kind": (_kind(mention),), "near": tuple(sorted(near)), "sentence": sentence, "message": message}
