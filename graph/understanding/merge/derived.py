"""Totals that were worked out from a count of pieces: they go with the count when a later turn changes it."""

import math

from domain.workload import WorkloadSpec
from graph.understanding.mentions.numbers import numbers_in
from graph.understanding.merge.draft import Draft
from graph.understanding.text.tokens import tokens_of

COUNT = "dataset.items"
TOTALS = ("training.tokens", "volume.amount")


def follow_the_count(draft: Draft, standing: WorkloadSpec) -> None:
    """ "60,000 tickets of 800 tokens each" were 48 million tokens; of 200,000 tickets they are 160 million."""
    _follow_the_length(draft, standing)
    _follow_the_volume(draft, standing)
    _follow_the_streams(draft, standing)
    counted, before, now = standing.evidence.get(COUNT), standing.dataset.items, draft.scalars[COUNT]
    if counted is None or not before or not isinstance(now, int | float) or now == before:
        return
    for path in TOTALS:
        said, total = standing.evidence.get(path), draft.scalars[path]
        group, _, leaf = path.partition(".")
        stands = total is not None and total == getattr(getattr(standing, group), leaf)
        together = said is not None and said.turn == counted.turn and said.quote.startswith(counted.quote)
        if together and stands and isinstance(total, int | float):
            draft.scalars[path] = total * now / before


def _follow_the_length(draft: Draft, standing: WorkloadSpec) -> None:
    """Of the same tickets at 2,000 tokens each they are 120 million."""
    field = "context_tokens" if standing.context_tokens else "traffic.input_tokens"
    before, now = standing.context_tokens or standing.traffic.input_tokens, draft.scalars[field]
    many, total = standing.dataset.items, standing.training.tokens
    if not before or not many or not total or not isinstance(now, int | float) or now == before:
        return
    if math.isclose(total, many * before) and draft.scalars["training.tokens"] == total:
        draft.scalars["training.tokens"] = total * now / before


def _follow_the_volume(draft: Draft, standing: WorkloadSpec) -> None:
    """The rate that was worked out from an amount for a period goes with the amount."""
    said, rate = standing.evidence.get("volume.amount"), standing.traffic.requests_per_second
    before, now = standing.volume.amount, draft.scalars["volume.amount"]
    if said is None or not before or not isinstance(now, int | float) or now == before:
        return
    of_it = rate is not None and standing.evidence.get("traffic.requests_per_second") == said
    if of_it and rate and draft.scalars["traffic.requests_per_second"] == rate:
        draft.scalars["traffic.requests_per_second"] = rate * now / before


def _follow_the_streams(draft: Draft, standing: WorkloadSpec) -> None:
    """So many pictures a second of each camera: they go with the number of cameras; those of cameras that are added
    come on top, "12 more cameras at 25 fps"."""
    rate, before = standing.traffic.requests_per_second, standing.traffic.concurrent_users
    now, each = draft.scalars["traffic.concurrent_users"], standing.evidence.get("traffic.requests_per_second")
    if not rate or not before or each is None or not isinstance(now, int | float) or now == before:
        return
    newest, said_now = draft.scalars["traffic.requests_per_second"], draft.evidence.get("traffic.requests_per_second")
    if now > before and isinstance(newest, int | float) and newest != rate and said_now is not None:
        figures = numbers_in(tokens_of(said_now.quote), ())
        if any(math.isclose(number.high * (now - before), newest) for number in figures):
            draft.scalars["traffic.requests_per_second"] = newest + rate
            return
    said = numbers_in(tokens_of(each.quote), ())
    of_each = any(math.isclose(number.high * before, rate) for number in said) and before > 1
    if of_each and draft.scalars["traffic.requests_per_second"] == rate:
        draft.scalars["traffic.requests_per_second"] = rate * now / before
