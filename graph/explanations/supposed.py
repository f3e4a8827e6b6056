"""Answers to what a question supposes: the plan with it in one sentence, and what differs from the one that stands."""

from collections.abc import Sequence

from artifacts.buying import bought_instead
from artifacts.choices import machines, place, will_do
from artifacts.notation import bullets, count, figure, money, plain, rate
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from graph.changes import moved_fields
from graph.explanations.later import GOES_DOWN, GOES_ON
from graph.savings import spent

NOT_KEPT = "The plan stands as it was; say it as a wish (“plan for that”) to change it."
MOST_RELAXATIONS = 2
LEAST_USD = 0.005
DIFFERS = frozenset({"save", "saves", "saved", "saving", "savings", "cheaper", "dearer", "difference"})
"""Words of a question what a change does to the price."""
CONDITION = frozenset({"would", "could", "if", "with", "without", "by", "at", "on"})
"""With which it supposes another one."""
MOST_OF_DIFFERENCE = 8
PRICES = ("Machines a month: ", "All workloads together: ", "All parts together: ", "The job costs ")
"""How the line of the changes begins that tells old and new price."""


def supposed(before: DeploymentPlan, after: DeploymentPlan, changes: Sequence[str], *, closed: bool = False) -> str:
    """What is supposed, what the plan would be with it, and the difference in money; `closed`: yes or no first."""
    told = _supposed(before, after, changes)
    if not closed or told.startswith(("Yes", "No", "It is already")):
        return told
    return f"{'Yes' if after.recommendations else 'No'}. {told}"


def _supposed(before: DeploymentPlan, after: DeploymentPlan, changes: Sequence[str]) -> str:
    moved = " ".join(plain(sentence) for sentence in moved_fields(before.spec, after.spec, changes, was=False))
    if not after.recommendations:
        nearest = bullets(plain(one.explanation) for one in after.relaxations[:MOST_RELAXATIONS])
        ways = f" What would do:\n\n{nearest}\n\n" if nearest else " "
        return f"{moved} With that nothing fits.{ways}{NOT_KEPT}"
    verdict = plain(after.verdict) if after.verdict.startswith("No") and after.verdict != before.verdict else ""
    if {*changes} <= {"precision", "models"} and before.recommendations and _is_it_already(before, after):
        return f"It is already: {plain(after.answer)} Nothing would change."
    told = [verdict, f"Then: {plain(after.answer)}", _difference(before, after)]
    if "hosting" in changes and before.recommendations and before.recommendations[0].option.is_own:
        told = [verdict, _difference(before, after), f"Rented it would be: {plain(after.answer)}"]
        moved = ""
    first = after.recommendations[0].option
    if first.offer.pricing == "spot" and "pricing" in changes:
        told.append(GOES_DOWN if first.job_hours is None else GOES_ON)
    if "hours_per_month" in changes and not after.recommendations[0].option.is_own:
        told.append(_between_hours(after.recommendations[0].option))
    return " ".join(part for part in (moved, *told) if part) + f"\n\n{NOT_KEPT}"


def _between_hours(option: PlacementOption) -> str:
    """What it takes to give the machines back outside the hours, and that a term does not go by them."""
    loaded = option.proof.weights_gib * option.tensor_parallel * option.pipeline_parallel if option.proof else 0.0
    cold = f" and loads {figure(loaded, 0)} GiB of weights before the first answer" if loaded >= 1 else ""
    return (
        "That counts on machines given back outside those hours: each start needs one that is free to rent"
        f"{cold}; at a reserved price every hour is paid for, used or not."
    )


def difference_told(plan: DeploymentPlan, asked: Sequence[str]) -> str:
    """What the last change made of the price, old and new total with their difference, where a question of few words
    asks for nothing else; empty where it asks for another thing, or nothing was changed."""
    said = {word for word in asked if word.isalpha()}
    if (
        said & CONDITION
        or not said & DIFFERS
        or len(said) > MOST_OF_DIFFERENCE
        or not plan.changes
        or not plan.recommendations
    ):
        return ""
    moved = next((line for line in plan.changes if line.startswith(PRICES)), "")
    first = plan.recommendations[0].option
    total = plan.together.usd_per_month if plan.together is not None else spent(first)
    period = "a month" if first.job_cost_usd is None or plan.together is not None else "for the job"
    if not moved:
        return f"Nothing: the machines cost what they did before the last change, {money(total)} {period} then and now."
    return f"By the last change: {plain(moved)}"


def one_machine_less(option: PlacementOption) -> str:
    """What a service costs with one of its machines less, and what that leaves."""
    less = option.price_per_month_usd / option.nodes
    copies = option.replicas - -(-option.replicas // option.nodes)
    left = (
        f"{count(copies, 'replica')} of {option.replicas} would answer, and nothing else while it is down"
        if copies == 1
        else f"{copies} of {option.replicas} replicas would answer"
    )
    return (
        f"{money(less)} a month: {money(option.price_per_month_usd - less)} instead of "
        f"{money(option.price_per_month_usd)} with {count(option.nodes - 1, 'machine')} in place of {option.nodes}; "
        f"{left}. Say “with {count(option.nodes - 1, 'machine')}” to have it planned."
    )


def another_machine(option: PlacementOption) -> str:
    """What a service costs with a second machine like its only one."""
    month = option.price_per_month_usd
    return (
        f"{money(month)} a month more: the plan rents one, {money(month)}; two of the same are {money(2 * month)} and "
        "answer twice as many at once. Say “with 2 machines” to have it planned."
    )


def fewest(before: DeploymentPlan, after: DeploymentPlan | None) -> str:
    """Whether all of what is at hand is needed: the plan on the fewest that do, and what the others are for."""
    first = before.recommendations[0].option
    held = first.held_gpus or first.gpus
    now = f"The plan runs on {first.gpus} of your {count(held, 'GPU')}"
    if after is None:
        return f"Yes: on fewer nothing fits as the constraints stand. {now}."
    new = after.recommendations[0].option
    if new.gpus >= first.gpus:
        free = held - first.gpus
        spare = f" The other {free} stay free: room for more load, or to go on when a machine fails." if free else ""
        return f"No: {machines(new)} do. {now}: {plain(will_do(first))}.{spare}"
    copies = f", {count(first.replicas, 'replica')} there" if first.replicas != new.replicas else ""
    return f"No: {machines(new)} do: {plain(will_do(new))}. {now}{copies}: {plain(will_do(first))}."


def _difference(before: DeploymentPlan, after: DeploymentPlan) -> str:
    """In USD, against the first recommendation that stands."""
    if not before.recommendations:
        return ""
    if before.together is not None and after.together is not None:
        told = _of_all(before.together.usd_per_month, after.together.usd_per_month)
        power = _power_of(before)
        if power is None:
            return told
        still = f"Without rent there is still power, about {money(power)} a month for the cards at full load."
        if after.together.usd_per_month == before.together.usd_per_month:
            return f"{told} {still}"
        least = after.together.usd_per_month - before.together.usd_per_month - power
        verdict = "Keeping what you have" if least > 0 else "Renting"
        return f"{verdict} is {money(abs(least))} a month cheaper: {told} {still}"
    old, new = before.recommendations[0].option, after.recommendations[0].option
    if (parts := _of_parts(before.retrieval, after.retrieval)) is not None:
        return parts
    if before.together is not None and new.job_cost_usd is None:
        return _of_all(before.together.usd_per_month, new.price_per_month_usd)
    if old.is_own and new.is_own:
        free = (new.held_gpus or new.gpus) - new.gpus
        spare = f"; {free} GPUs stay free" if free > 0 else ""
        if _same(old, new) and old.gpus == new.gpus:
            return f"The same GPUs as now, no rent{spare}."
        held = (new.held_gpus or new.gpus) > (old.held_gpus or old.gpus)
        stands = f"As it stands {machines(old)} do, {plain(will_do(old))}{spare}."
        return f"{stands} More cards bring nothing here." if held and not _is_faster(old, new) else stands
    if (old.job_cost_usd is None) != (new.job_cost_usd is None):
        return ""
    if old.is_own and new.job_cost_usd is None:
        return _rented_instead(before, old, new)
    was, more = spent(old), spent(new) - spent(old)
    period = "a month" if new.job_cost_usd is None else "for the job"
    if abs(more) < LEAST_USD:
        what = "The machines and the price stay the same" if _same(old, new) else "The price stays the same"
        return f"{what}, {money(was)} {period}{_time(old, new)}."
    share = f", {figure(100 * abs(more) / was, 0)} %" if was else ""
    way = "more" if more > 0 else "less"
    now = "" if _same(old, new) else f", now {machines(old)} at {plain(place(old))}"
    return (
        f"That is {money(spent(new))} instead of {money(was)} {period} ({money(abs(more))}{share} {way}{now})"
        f"{_time(old, new)}."
    )


def _power_of(before: DeploymentPlan) -> float | None:
    """Of several workloads on hardware at hand, what the power of its cards comes to; null where some is rented, or it
    is not known."""
    options = [one.option for one in (before.together.workloads if before.together else ()) if one.option]
    found = [bought_instead(one, before.spec) for one in options if one.is_own]
    paid = sum(one.power_usd_per_month for one in found if one is not None)
    return paid if paid and len(found) == len(options) else None


def _is_it_already(before: DeploymentPlan, after: DeploymentPlan) -> bool:
    """Whether the first choice is the same in the same format."""
    old, new = before.recommendations[0].option, after.recommendations[0].option
    keys = [one.model.key if one.model else None for one in (old, new)]
    return _same(old, new) and keys[0] == keys[1] and old.quantization == new.quantization


def _rented_instead(before: DeploymentPlan, old: PlacementOption, new: PlacementOption) -> str:
    """Against hardware at hand, for which no rent is paid, but the power."""
    found = bought_instead(old, before.spec)
    rent = f"{money(new.price_per_month_usd)} a month of rent, against none now"
    if found is None or found.kilowatts is None:
        return f"That is {rent}."
    power = found.power_usd_per_month
    least = new.price_per_month_usd - power
    assumed = " assumed" if found.is_assumed else ""
    verdict = f"Keeping what you have is {money(least)} a month cheaper" if least > 0 else (
        f"Renting is {money(-least)} a month cheaper"
    )  # fmt: skip
    return (
        f"{verdict}: {rent} but about {money(power)} for the power of {old.gpus} cards at full load "
        f"({rate(found.usd_per_kwh)} a kWh{assumed}); space and care of your own not counted."
    )


def _of_parts(old: Retrieval | None, new: Retrieval | None) -> str | None:
    """Of a service that searches, what its parts cost together."""
    if old is None or new is None or not old.usd_per_month or not new.usd_per_month:
        return None
    return _of_all(old.usd_per_month, new.usd_per_month)


def _of_all(was: float, now: float) -> str:
    """What all workloads cost a month."""
    if abs(now - was) < LEAST_USD:
        return f"All of them together cost what they did, {money(was)} a month."
    share = f", {figure(100 * abs(now - was) / was, 0)} %" if was else ""
    way = "more" if now > was else "less"
    return f"All of them together: {money(now)} a month instead of {money(was)} ({money(abs(now - was))}{share} {way})."


def _is_faster(old: PlacementOption, new: PlacementOption) -> bool:
    """Whether each user gets more, or more of them are served at once."""
    was, now = old.served, new.served
    if was is None or now is None:
        return (new.job_hours or 0.0) < (old.job_hours or 0.0)
    faster = (now.tokens_per_s_per_user or 0.0) > 1.05 * (was.tokens_per_s_per_user or 0.0)
    return faster or now.in_flight > was.in_flight


def _time(old: PlacementOption, new: PlacementOption) -> str:
    if old.job_hours is None or new.job_hours is None or round(old.job_hours, 1) == round(new.job_hours, 1):
        return ""
    return f", {figure(new.job_hours, 1)} h instead of {figure(old.job_hours, 1)} h"


def _same(one: PlacementOption, other: PlacementOption) -> bool:
    return (one.offer.key, one.nodes) == (other.offer.key, other.nodes)
