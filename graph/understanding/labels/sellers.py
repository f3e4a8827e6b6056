"""Who may rent out the machines: kinds of seller that are ruled out, let in, or the only ones."""

from collections.abc import Iterator, Sequence
from typing import get_args

from domain.offers import NODE_TIERS, SellerTier
from graph.understanding.labels.sections import book, together
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import Claim, Operation
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.phrases import Match, Word, Words
from graph.understanding.text.words import covered

TABLE, FIELD = "labels/sellers", "location.sellers"
TIERS: tuple[SellerTier, ...] = get_args(SellerTier)


def seller_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """ "Anything goes" lets all in; "VMs only" also rules all others out; a kind of seller alone says nothing."""
    for match in book(TABLE, "anybody").longest(line.words):
        if stances.of(match.last, match.last) != "asked":
            yield from _claims(line, match, TIERS, "permit")
    idioms = covered(book(TABLE, "not_meant").find(line.as_written))
    ended, stance = -1, None
    for match in book(TABLE, FIELD).longest(line.as_written):
        if match.first in idioms:
            continue
        tiers = match.value.split()
        stance = stance if match.first == ended + 1 and stance else stances.of(match.first, match.first)
        ended = match.last
        if stance in UNWANTED and not NODE_TIERS.isdisjoint(tiers):
            continue  # "not on a VM": a way to run it, whoever sells it
        if stance in UNWANTED:
            yield from _claims(line, match, tiers, "exclude")
        elif stance in ("wanted", "asked", "at_hand"):
            said = _said_of(line, match)
            if "alone" in said:
                yield from _claims(line, match, tiers, "add")
                yield from _claims(line, match, [tier for tier in TIERS if tier not in tiers], "exclude")
            elif "ok" in said and stance == "wanted":
                yield from _claims(line, match, tiers, "permit")


def _claims(line: Line, match: Match[str], tiers: Sequence[str], operation: Operation) -> Iterator[Claim]:
    for tier in tiers:
        yield Claim(FIELD, tier, line.span(match.first, match.last), operation)


def _said_of(line: Line, match: Match[str]) -> frozenset[str]:
    """What stands beside the kind of seller, which is one word for it."""
    first, last = line.sentence(match.first)
    before, here, after = (
        line.words[first : match.first],
        line.words[match.first],
        line.words[match.last + 1 : last + 1],
    )
    view = Words((*before, Word("<it>", here.sentence, here.clause), *after))
    at = len(before)
    return frozenset(one.value for one in together(TABLE, "alone", "ok").find(view) if one.first <= at <= one.last)
