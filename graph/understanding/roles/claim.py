"""A claim: one thing the newest turn says about one field of the spec, with the words that say it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from domain.workload import OwnedHardware, RequestedModel
from graph.understanding.mentions.line import Span
from graph.understanding.mentions.mention import Mention

Value = str | float | int | bool | RequestedModel | OwnedHardware
Operation = Literal["set", "add", "exclude", "withdraw", "drop", "scale", "permit"]

ASKED_ABOUT = "hardware asked about"
"""The role of hardware that a question is about: it is wanted only where the message also sets the terms of a plan."""
WEAK, MEDIUM, STRONG, EXPLICIT = 1, 2, 3, 4
"""A hint; usual words; plain words; words that mean nothing else."""
MUCH_BETTER = 1.2
"""Of two figures for one field, one that is better supported by so much is the one that is meant."""

PLAIN_SUM = 4.0
"""How well words support a sum that is a budget by them alone."""


@dataclass(frozen=True)
class Claim:
    """`set` gives a field its value, `add` one more to what stands, `exclude` rules a value out, `withdraw` takes the
    field (or the one value) back, `drop` takes a value back for another one, `scale` multiplies what stands,
    `permit` ends that a value is ruled out, and adds one that was not."""

    field: str
    value: Value | None
    span: Span
    operation: Operation = "set"
    strength: int = STRONG
    assumption: str | None = None
    """Why this is a guess, in a sentence for the user; null when the user said it."""


@dataclass(frozen=True)
class Proposal:
    """One reading of some mentions: the claims they would make together, and how well the words support it.

    Each mention is given to one proposal only, the best supported over the whole message; of equals the one that
    covers more mentions, then the one whose role is first by name.
    """

    role: str
    mentions: tuple[Mention, ...]
    claims: tuple[Claim, ...]
    score: float
    hardware: OwnedHardware | None = None
    """All that is said of the cards that it asks about, or that are not at hand."""


def assigned(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The proposals that win their mentions; what one sets that another is much better supported for is left out."""
    ranked = sorted(proposals, key=lambda p: (-p.score, -len(p.mentions), p.role, _start(p)))
    taken: set[Mention] = set()
    best: dict[str, float] = {}
    won: list[Proposal] = []
    for proposal in ranked:
        if taken & set(proposal.mentions):
            continue
        taken.update(proposal.mentions)
        kept = tuple(c for c in proposal.claims if best.get(c.field, 0.0) - proposal.score < MUCH_BETTER)
        won.append(replace(proposal, claims=kept))
        for claim in kept:
            if claim.operation == "set" and claim.strength > WEAK:
                best.setdefault(claim.field, proposal.score)
    return tuple(won)


def is_plainly_allowed(proposal: Proposal) -> bool:
    """A sum whose own words make it what may be spent: "the whole thing may cost 500 euros"."""
    return proposal.role == "budget" and bool(proposal.claims) and proposal.score >= PLAIN_SUM


def claims_of(proposals: Sequence[Proposal]) -> tuple[Claim, ...]:
    """Their claims, in the order of the message."""
    claims = (claim for proposal in proposals for claim in proposal.claims)
    return tuple(sorted(claims, key=lambda claim: (claim.span.start, claim.span.end, claim.field, str(claim.value))))


def _start(proposal: Proposal) -> int:
    return min((claim.span.start for claim in proposal.claims), default=0)
