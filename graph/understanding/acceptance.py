"""Takes up what was spoken of before: "use that one then" after "why not MI300X?"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from graph.explanations.question import thing_refused, things_of
from graph.understanding.claims import Claim
from graph.understanding.draft import Draft
from graph.understanding.marked import Marked

LOOK_BACK = 3
"""Turns ago that a thing can have been spoken of: questions about it may lie between."""
_FIELDS = (
    "gpu.models", "gpu.min_count", "gpu.min_vram_gb", "location.providers", "location.regions",
    "location.jurisdictions", "models", "pricing", "precision", "components.wanted", "hours_per_month",
)  # fmt: skip
_ACCEPTS = re.compile(
    r"(?:^|(?<= [,.;!]) |(?<=(?: ok| so|and|yes)) |(?<=(?:then|well|good|cool|fine|sure|nice)) |(?<=great) )"
    r"(?:(?:ok|okay|yes|yeah|alright|all right|right|fine|good|great|cool|sure|so|and|then|well|perfect|nice|let us|"
    r"we|i|you|will|would|can|could|should|shall|may|want to|like to|going to|to|better|rather|definitely|just|"
    r"in that case|please|now|,) )*"
    r"(?:use|take|go (?:with|for|ahead with)|going with|switch to|pick|choose|do|run (?:it )?(?:on|with)|try|prefer|"
    r"want|have|make it|book|plan (?:with|for|on)|settle (?:on|for)|change to|move to|opt for|try it (?:on|with)) "
    r"(?:that|this|it|those|these|them|the same|the latter)(?: (?:one|ones|option|card|gpu|gpus|model|provider|cloud|"
    r"setup|machine|instead|then|please|now|here|too|thing|way|idea|price))*"
    r"(?= (?:[,.;!?]|but|and|with|for)(?: |$)|$)"
)


def accepts(line: Marked) -> bool:
    """The turn takes up something without naming it."""
    return _ACCEPTS.search(line.text.strip()) is not None


def spoken_of(turns: Sequence[str]) -> list[tuple[int, str]]:
    """The turns before the newest, latest first, in words that name their things alone."""
    before = list(enumerate(turns[:-1]))[1:][-LOOK_BACK:]  # the first is the request itself
    return [(turn, things_of(thing_refused(words))) for turn, words in reversed(before) if words.strip()]


def taken_up(claims: Iterable[Claim]) -> list[Claim]:
    """Of what a turn names, what can be taken up from it: of several of a kind, the one named last."""
    kept: dict[str, Claim] = {}
    for claim in claims:
        if claim.field not in _FIELDS or claim.operation not in ("set", "add", "exclude") or claim.value is None:
            continue
        held = kept.get(claim.field)
        if held is None or (held.strength, held.span.start) <= (claim.strength, claim.span.start):
            kept[claim.field] = replace(claim, operation="add") if claim.operation == "exclude" else claim
    return list(kept.values())


def quoted_whole(draft: Draft, turns: Sequence[str]) -> None:
    """Words that were put together from a turn are no quote of it: the turn that takes them up is."""
    newest = len(turns) - 1
    for field, evidence in draft.evidence.items():
        if evidence.turn < newest and turns[evidence.turn] and evidence.quote not in turns[evidence.turn]:
            draft.evidence[field] = evidence.model_copy(update={"quote": turns[newest].strip()[:120], "turn": newest})
