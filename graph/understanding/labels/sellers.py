"""Who may rent out the machines: kinds of seller that are ruled out, let in, or the only ones."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import get_args

from domain.offers import NODE_TIERS, SellerTier
from graph.understanding.labels.book import phrases, word_classes
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import Claim, Operation
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.phrases import Match, PhraseBook, Word, Words
from graph.understanding.vocabulary import table

FIELD = "location.sellers"
TIERS: tuple[SellerTier, ...] = get_args(SellerTier)


@lru_cache
def _books() -> Mapping[str, PhraseBook[str]]:
    read = table("labels/sellers", dict[str, dict[str, str] | str])
    books = {name: [(phrase, name) for phrase in phrases(text)] for name, text in read.items() if isinstance(text, str)}
    named = read[FIELD]
    assert isinstance(named, dict)
    books[FIELD] = [(phrase, tiers) for tiers, text in named.items() for phrase in phrases(text)]
    return {name: PhraseBook(f"labels/sellers {name}", entries, word_classes()) for name, entries in books.items()}


def seller_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """ "Anything goes" lets all in; "VMs only" also rules all others out; a kind of seller alone says nothing."""
    books = _books()
    for match in books["anybody"].longest(line.words):
        if stances.of(match.last, match.last) != "asked":
            yield from _claims(line, match, TIERS, "permit")
    idioms = {at for match in books["not_meant"].find(line.as_written) for at in range(match.first, match.last + 1)}
    ended, stance = -1, None
    for match in books[FIELD].longest(line.as_written):
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
    found = (one for name in ("alone", "ok") for one in _books()[name].find(view))
    return frozenset(one.value for one in found if one.first <= at <= one.last)
