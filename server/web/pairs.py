"""The choices of a plan, two at a time."""

from collections.abc import Iterator
from itertools import combinations

from artifacts.choices import ON_SITE, duration, hourly, machines, place
from artifacts.notation import count, dollars, figure
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import Choice, DeploymentPlan
from server.web.compared import Row

MILLISECONDS = 1000


class Pair(Frozen):
    """Two choices, property by property."""

    one: str
    other: str
    rows: tuple[Row, ...]


def pairs(plan: DeploymentPlan) -> tuple[Pair, ...]:
    """Every two of the choices, the first with each of the others before these among themselves."""
    options = {recommendation.rank: recommendation.option for recommendation in plan.recommendations}
    told = [(choice.label, _told(choice, options[choice.rank])) for choice in plan.choices if choice.rank in options]
    return tuple(
        Pair(one=one, other=other, rows=tuple(_rows(left, right)))
        for (one, left), (other, right) in combinations(told, 2)
    )


def _rows(left: dict[str, str], right: dict[str, str]) -> Iterator[Row]:
    for what in dict.fromkeys((*left, *right)):
        one, other = left.get(what, ""), right.get(what, "")
        if one or other:
            yield Row(what=what, before=one or "not known", after=other or "not known")


def _told(choice: Choice, option: PlacementOption) -> dict[str, str]:
    rented, proof, served = choice.where != ON_SITE, option.proof, option.served
    memory = ""
    if proof is not None and proof.usable_gib:
        share = proof.total_gib / proof.usable_gib
        memory = f"{figure(proof.total_gib)} of {figure(proof.usable_gib)} GiB, {share:.0%}"
    ttft = served.ttft_ms if served else None
    pace = served.tokens_per_s_per_user if served else None
    split = [count(option.replicas, "copy").replace("copys", "copies")]
    split += [f"tensor parallel {option.tensor_parallel}"] if option.tensor_parallel > 1 else []
    split += [f"pipeline parallel {option.pipeline_parallel}"] if option.pipeline_parallel > 1 else []
    return {
        "GPUs": machines(option),
        "Machines": f"{option.nodes} x {option.offer.instance_type}",
        "Where": place(option) if rented else choice.where,
        "Price": f"{dollars(choice.usd)} {choice.a_per}" if rented else "no rent",
        "An hour": hourly(option.price_per_hour_usd) if rented else "no rent",
        "Model": choice.model,
        "Number format": choice.precision or "",
        "Laid out as": ", ".join(split),
        "Speed of each user": f"{pace:.0f} tok/s" if pace is not None else "",
        "First token": f"{figure(ttft / MILLISECONDS, 2)} s" if ttft is not None else "",
        "An answer": f"{figure(choice.answer_ms, 0)} ms" if choice.answer_ms is not None else "",
        "Time of the job": duration(option.job_hours) if option.job_hours is not None else "",
        "Memory of a GPU": memory,
        "Gives up": "; ".join(choice.gives_up) or "nothing",
        "Price is": f"{choice.price_kind}, of {choice.price_as_of.isoformat()}" if rented else "",
    }
