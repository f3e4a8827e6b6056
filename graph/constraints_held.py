"""Whether what a revision asks for holds in the plan made of it: from the fields that it moved and the names that it
refuses to the first choices. What does not hold is said before anything else."""

from collections.abc import Iterator, Sequence

from artifacts.notation import figure, money
from domain.names import squash
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.stance.stance import UNWANTED, Stances
from sizing.budget import budget_of
from sizing.constraints import names_gpu

SLACK = 1.005


def unkept(plan: DeploymentPlan, fields: Sequence[str], line: Line, stances: Stances) -> str:
    """What of the newest message the first choice, or that of a workload, does not keep, as sentences; empty where all
    of it holds, or nothing was found and the verdict says so. `fields` are those that it moved."""
    firsts = _firsts(plan)
    if not firsts:
        return ""
    told = [*_of_fields(plan, fields, firsts), *_of_names(line, stances, firsts)]
    return " ".join(dict.fromkeys(told))


def _firsts(plan: DeploymentPlan) -> list[PlacementOption]:
    if plan.together is not None:
        return [placed.option for placed in plan.together.workloads if placed.option is not None]
    return [plan.recommendations[0].option] if plan.recommendations else []


def _of_fields(plan: DeploymentPlan, fields: Sequence[str], firsts: Sequence[PlacementOption]) -> Iterator[str]:
    """A constraint that was moved and that a first choice breaks."""
    spec = plan.spec
    rented = [one for one in firsts if not one.is_own]
    for one in rented:
        offer, place = one.offer, spec.location
        if "location.providers" in fields and place.providers and offer.provider not in place.providers:
            yield f"No: the first choice is at {offer.provider}, and you asked for {', '.join(place.providers)}."
        if "location.excluded_providers" in fields and offer.provider in place.excluded_providers:
            yield f"No: the first choice is still at {offer.provider}, which you left out."
        card, wanted = offer.gpu, spec.gpu.models if "gpu.models" in fields else ()
        if card is not None and wanted and not any(names_gpu(name, card) for name in wanted):
            yield f"No: the first choice runs on {card.name}, and you asked for {', '.join(wanted)}."
        if "pricing" in fields and spec.pricing and offer.pricing != spec.pricing:
            yield f"No: the first choice is {offer.terms}, and you asked for {spec.pricing.replace('_', '-')} prices."
    if "hosting" in fields and spec.hosting == "on_premises" and rented:
        yield f"No: {rented[0].offer.provider} is no place of your own, and you asked for your premises."
    most = spec.gpu.max_count
    if "gpu.max_count" in fields and most and any((one.held_gpus or 0) > most for one in firsts):
        yield f"No: the first choice takes {max(one.held_gpus or 0 for one in firsts)} GPUs, and you allow {most}."
    if "deadline_hours" in fields and spec.deadline_hours:
        late = [one.job_hours for one in firsts if one.job_hours and one.job_hours > spec.deadline_hours * SLACK]
        if late:
            yield f"No: the job takes {figure(max(late), 1)} h, and you allow {figure(spec.deadline_hours, 1)} h."
    if any(field.startswith("budget") for field in fields):
        yield from _of_the_budget(spec, plan, firsts)


def _of_the_budget(spec: WorkloadSpec, plan: DeploymentPlan, firsts: Sequence[PlacementOption]) -> Iterator[str]:
    """Money that was named and that the plan goes beyond; or that one run of a job goes beyond and the month does
    not."""
    limit = budget_of(spec)
    if limit.amount_usd is None:
        return
    first = firsts[0]
    if plan.together is not None:
        spent = plan.together.spent_usd(limit.period)
    else:
        spent = limit.spent_usd(first.price_per_hour_usd, first.job_hours)
    period = {"hour": " an hour", "month": " a month", "total": ""}[limit.period]
    if spent > limit.amount_usd * SLACK:
        yield f"No: it costs {money(spent)}{period}, above the {money(limit.amount_usd)} that you named."
    elif spec.every and limit.period == "month" and (first.job_cost_usd or 0.0) > limit.amount_usd * SLACK:
        yield (
            f"{money(limit.amount_usd)} is read as what a month may cost, and {money(spent)} a month is within it; "
            f"one run costs {money(first.job_cost_usd or 0.0)}, more than that: say “{money(limit.amount_usd)} a run” "
            "if you mean one."
        )


def _of_names(line: Line, stances: Stances, firsts: Sequence[PlacementOption]) -> Iterator[str]:
    """A seller, a card or a region that the message does without, and that a first choice has."""
    for at, name in line.names:
        if stances.of(at, at) not in UNWANTED:
            continue
        for one in firsts:
            if one.is_own or not _has(one, name):
                continue
            if name.kind == "provider" and name.named[0].family == "instance":
                yield (
                    f"No: the first choice is still {one.offer.instance_type}. Kinds of machines are not left out by "
                    "name: say it of the card, the seller or the place."
                )
            else:
                yield (
                    f"Still {name.written}: it is no longer required, and of all that is allowed now the first choice "
                    f"has it. To leave it out say “not {name.written}”."
                )


def _has(option: PlacementOption, name: Name) -> bool:
    offer, named = option.offer, {one.name for one in name.named}
    match name.kind:
        case "provider":
            if name.named[0].family == "instance":
                return squash(offer.instance_type).startswith(squash(name.written))
            return name.named[0].family != "service" and offer.provider in named
        case "gpu":
            return offer.gpu is not None and any(names_gpu(one, offer.gpu) for one in named)
        case "region":
            return offer.region in named
    return False
