"""What can be said of a request that nothing fits: the plan that comes nearest, and what would have to give way."""

from artifacts.notation import bullets, plain
from domain.base import Frozen
from domain.placement import Placement
from domain.plan import Recommendation
from graph.explanations.evidence import Standing
from graph.explanations.wording import name

CHEAPEST_FIRST = ("budget", "unit_price")
"""Fields whose relaxation keeps what was asked for and only costs more."""


class Nearest(Frozen):
    """The question asked of the nearest plan, and the sentence that says which that is."""

    standing: Standing
    told: str


def nearest(standing: Standing) -> Nearest | None:
    """The plan that only costs more, else the first that was found; null where nothing would do at all."""
    found = sorted(standing.plan.relaxations, key=lambda one: not one.field.startswith(CHEAPEST_FIRST))
    if not found:
        return None
    one = found[0]
    plan = standing.plan.model_copy(
        update={"recommendations": (Recommendation(rank=1, option=one.option),), "relaxations": (), "cost": None}
    )
    placement = Placement(options=(one.option,))
    runs_on = name(one.option)
    told = (
        f"Nothing fits as it stands; the answer is of the nearest that does. {plain(one.explanation)} It is {runs_on}."
    )
    return Nearest(standing=standing.model_copy(update={"plan": plan, "placement": placement}), told=told)


def nothing_fits(standing: Standing) -> str:
    """What to relax, when there is nothing to explain."""
    lines = bullets(plain(relaxation.explanation) for relaxation in standing.plan.relaxations)
    return f"Nothing in the catalogue fits the constraints as they stand.\n\n{lines}"
