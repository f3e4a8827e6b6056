"""Takes up what was spoken of before: "use that one then" after "why not MI300X?"."""

from collections.abc import Iterable
from dataclasses import replace

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import Claim

LOOK_BACK = 3
"""Turns ago that a thing can have been spoken of: questions about it may lie between."""
FIELDS = (
    "gpu.models", "gpu.min_count", "gpu.min_vram_gb", "location.providers", "location.regions",
    "location.jurisdictions", "models", "pricing", "precision", "components.wanted", "hours_per_month",
)  # fmt: skip


AIMS = frozenset({"for", "to", "on", "with", "have"})
"""Words by which "this" is what a figure is told of: "we have $150 for this"."""


def accepts(line: Line) -> bool:
    """The turn takes up something without naming it."""
    told = bool(line.quantities)
    return any(
        not (told and line.words[match.first].text in AIMS) for match in book("corrections", "accepts").find(line.words)
    )


def taken_up(claims: Iterable[Claim]) -> list[Claim]:
    """Of what an earlier turn names, as if it were wanted, what can be taken up: of several of a kind the last."""
    kept: dict[str, Claim] = {}
    for claim in claims:
        if claim.field not in FIELDS or claim.operation not in ("set", "add", "exclude") or claim.value is None:
            continue
        held = kept.get(claim.field)
        if held is None or (held.strength, held.span.start) <= (claim.strength, claim.span.start):
            kept[claim.field] = replace(claim, operation="add") if claim.operation == "exclude" else claim
    return list(kept.values())
