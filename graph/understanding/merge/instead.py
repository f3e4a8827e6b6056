"""A load that takes the place of the one that stands, said in another unit: "300 users instead" of "150 concurrent"."""

from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.merge.corrections import Turn
from graph.understanding.merge.draft import Draft
from graph.understanding.roles.claim import MEDIUM, Claim

PEOPLE, AT_ONCE = "traffic.users", "traffic.concurrent_users"
LOADS = (PEOPLE, AT_ONCE, "traffic.requests_per_second")


def in_its_place(draft: Draft, said: Turn, claims: Sequence[Claim]) -> Sequence[Claim]:
    """The claims of a turn, the figure of a load in the unit of the one that it changes; what is said "instead" takes
    back a load in any other unit."""
    new = [claim for claim in claims if claim.field in LOADS and claim.operation == "set" and claim.strength >= MEDIUM]
    standing = [field for field in LOADS if draft.scalars[field] is not None]
    if not new or not standing or any(claim.field in standing for claim in new):
        return claims
    changed = {said.word(claim).sentence for claim in new}
    if {claim.field for claim in new} == {PEOPLE} and AT_ONCE in standing and changed & said.changing:
        kept = [claim for claim in claims if claim.field != "traffic.users_per"]
        return [replace(claim, field=AT_ONCE) if claim in new else claim for claim in kept]
    if not changed & said.replacing:
        return claims
    return [*claims, *(Claim(field, None, new[0].span, "withdraw") for field in standing)]
