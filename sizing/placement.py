"""What to recommend: the plan that an expert would sign, and the choices beside it.

The first is the cheapest plan that keeps every rule of `rules.py`, of the first model (in the order given) that can be
placed. Where no plan keeps them all, rules give way from the last, and `Placement.dropped` says which, why and what
keeping it would cost. Among plans that break the same, the preferred precisions come first, then the cost: an hour's of
a service, the whole of a job. Every tie ends in provider and name.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from domain.base import HOURS_PER_MONTH
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import DroppedRule, Placement, PlacementOption
from domain.workload import Budget, WorkloadSpec
from sizing import standards
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import budget_notes, paid_hours
from sizing.candidates import (
    Candidate,
    behind_for_its_licence,
    candidates,
    each_choice,
    is_requested,
    model_refusal,
    primary_request,
)
from sizing.choices import (
    FEWEST_OPTIONS,
    WORTH_AT_MOST,
    as_fine,
    chosen_plans,
    fastest,
    takes_the_fastest,
    topped_up,
    with_others,
)
from sizing.constraints import names_gpu
from sizing.cpu_placement import place_on_cpu
from sizing.currency import DEFAULT_RATES, Rates
from sizing.demand import demand_notes, volume_notes
from sizing.market import market_of
from sizing.memory import GIB
from sizing.pictures import most_pixels
from sizing.plans import Plan, Plans
from sizing.reasons import actual_format, option_reasons
from sizing.rules import is_ported
from sizing.search import Found, Reach, plans_of, search, whole_hours
from sizing.stopping import idle_hours_paid, stays_on
from sizing.units_of_work import unit_notes
from sizing.variants import variant_notes

MOST_BETTER_MODELS, MOST_TRIED = 2, 5
MOST_OTHER_MODELS = 5
UNCHECKED_DEADLINE = "The deadline could not be checked, since it was not said how much work there is"


def place(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> Placement:
    """The options, or none when nothing meets every constraint. Raises InvalidInput for a currency without a rate.

    `models` are candidates in the order of relevance; the first that can be placed is used.
    """
    if spec.gpu_needed is False:
        return place_on_cpu(spec, models, offers, rates)
    found = search(spec, models, offers, rates)
    rejected = _rejected_models(spec, models)
    best = found.best
    if best is None or found.candidate is None:
        return Placement(rejected=rejected, assumptions=_assumptions(spec, models, found, rates))
    best = fastest(best, found.plans) if takes_the_fastest(spec) else best
    chosen = chosen_plans(best, found.plans, _better_plans(spec, found, best))
    chosen = with_others(chosen, _other_choices(spec, models, found))
    for candidate in _next_models(spec, found):
        if len(chosen) >= FEWEST_OPTIONS:
            break
        chosen = topped_up(chosen, _plans(spec, candidate, found))
    options = tuple(option_of(spec, label, plan, best, found) for label, plan in chosen)
    return Placement(
        options=options,
        rejected={**rejected, **_rejected_gpus(spec, found, best)},
        assumptions=(
            *_assumptions(spec, models, found, rates),
            *_port_notes(spec, found, best),
            *_pace_notes(spec, best),
            *_idle_notes(spec, best),
        ),
        dropped=_dropped(spec, models, offers, rates, found, options[0]),
        market=market_of(found, chosen),
    )


def first_option(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> PlacementOption | None:
    """The first rank of `place`, without the alternatives."""
    if spec.gpu_needed is False:
        return next(iter(place_on_cpu(spec, models, offers, rates).options), None)
    found = search(spec, models, offers, rates, best_only=not takes_the_fastest(spec))
    best = found.best
    best = fastest(best, found.plans) if best is not None and takes_the_fastest(spec) else best
    return None if best is None else option_of(spec, "recommended", best, best, found)


def _dropped(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates, found: Found,
    first: PlacementOption,
) -> tuple[DroppedRule, ...]:  # fmt: skip
    """The rules that the first option breaks; with the price of keeping one where only the budget forbids it."""
    if not first.breaks:
        return ()
    kept: dict[str, float] = {}
    if spec.budget.amount is not None:
        richer = search(spec.model_copy(update={"budget": Budget()}), models, offers, rates, best_only=True)
        sound = richer.best
        if sound is not None and found.best is not None and sound.tier[0] < found.best.tier[0]:
            still = {b.rule for b in option_of(spec, "recommended", sound, sound, richer).breaks}
            month = sound.price_per_hour_usd * found.budget.hours_per_month
            kept = {b.rule: month for b in first.breaks if b.rule not in still}
    return tuple(DroppedRule(rule=b.rule, words=b.words, kept_at_usd_per_month=kept.get(b.rule)) for b in first.breaks)


def option_of(spec: WorkloadSpec, label: str, plan: Plan, best: Plan, found: Found) -> PlacementOption:
    """The plan in words and with its proof."""
    deployment, footprint, budget = plan.deployment, plan.variant.footprint, found.budget
    hours = whole_hours(spec, deployment)
    stays = stays_on(spec, plan.offer.provider)
    month = HOURS_PER_MONTH if stays else paid_hours(spec, hours, budget.hours_per_month)
    paid = hours if hours is None or not stays else max(hours, idle_hours_paid(spec) or 0.0)
    proof = footprint.proof(plan.gpu, plan.gpu_count, deployment)
    card = plan.variant.candidate.card
    return PlacementOption(
        label=label,
        offer=plan.offer,
        nodes=deployment.nodes,
        model=card,
        runs=plan.variant.candidate.name,
        quantization=actual_format(plan),
        tensor_parallel=deployment.tensor_parallel,
        pipeline_parallel=deployment.pipeline_parallel,
        replicas=deployment.replicas,
        zero_stage=deployment.zero_stage,
        requests_per_replica=deployment.batch,
        picture_pixels=most_pixels(spec, card.key) if card else None,
        gpus=plan.gpus,
        proof=proof,
        throughput=footprint.throughput(plan.gpu, plan.gpu_count, deployment),
        price_per_hour_usd=plan.price_per_hour_usd,
        hours_per_month=month,
        price_per_month_usd=plan.price_per_hour_usd * month,
        job_hours=hours,
        job_cost_usd=None if paid is None else plan.price_per_hour_usd * paid,
        served=footprint.served(deployment),
        taken_for="speed" if plan is best and takes_the_fastest(spec) else "price",
        breaks=found.broken(plan),
        reasons=option_reasons(spec, label, plan, best, proof),
    )


def _better_plans(spec: WorkloadSpec, found: Found, best: Plan) -> list[Plans]:
    """Plans of larger models the user might prefer; none when the user named the model."""
    if spec.models or found.candidate is None or not found.candidate.is_language:
        return []
    larger = [c for c in found.considered if c.params_b > best.variant.candidate.params_b * 1.5]
    # Of a service only those that `as_fine` can be true of, where that is known of a group before it is looked at.
    compared_by_price = not (best.tier[0] or found.book.is_job or found.budget.judges_the_job)
    within = Reach(best.cost * WORTH_AT_MOST, best.tier[1]) if compared_by_price else None
    tried = sorted(larger, key=lambda c: -c.params_b)[:MOST_TRIED]
    each = (_plans(spec, candidate, found, within=within) for candidate in tried)
    sound = (plans for plans in each if as_fine(best, plans).any())
    return list(islice(sound, MOST_BETTER_MODELS))


def _other_choices(spec: WorkloadSpec, models: Sequence[ModelCard], found: Found) -> Iterator[Plan]:
    """The best plan of each of the models that the user named beside the one that is taken, to choose from."""
    if all(model.choice is None for model in spec.models):
        return
    for one in (one for welcome in each_choice(spec) for one in welcome):
        considered = candidates(one, models)
        if found.candidate not in considered:
            each = (_plans(spec, candidate, found, best_only=True).best for candidate in considered)
            yield from islice(filter(None, each), 1)


def _next_models(spec: WorkloadSpec, found: Found) -> list[Candidate]:
    """For where the first model leaves less than three offers; none when the user named the model."""
    if spec.models or found.candidate is None:
        return []
    return [c for c in found.considered if c != found.candidate][:MOST_OTHER_MODELS]


def _plans(
    spec: WorkloadSpec, candidate: Candidate, found: Found, *, best_only: bool = False, within: Reach | None = None
) -> Plans:
    return plans_of(spec, candidate, found.allowed, found.budget, found.book, best_only=best_only, within=within)


def _assumptions(spec: WorkloadSpec, models: Sequence[ModelCard], found: Found, rates: Rates) -> tuple[str, ...]:
    model = variant_notes(spec, found.candidate) if found.candidate else ()
    traffic = demand_notes(spec) if found.candidate is None or found.candidate.is_language else ()
    work = (*unit_notes(spec), *volume_notes(spec))
    return (*model, *_beside(spec, models), *traffic, *work, *_deadline_notes(spec, found), *budget_notes(spec, rates))


def _port_notes(spec: WorkloadSpec, found: Found, best: Plan) -> Iterator[str]:
    """What is saved on machines whose code is built for another maker or processor than most, unasked."""
    if not is_ported(spec, best.gpu):
        return
    plans = found.plans
    usual = plans.by_layout(not is_ported(spec, one.group.gpu) for one in plans.laid) > 0
    row = plans.first(usual & (plans.bits <= best.tier[0]) & (plans.precision <= best.tier[1]), plans.rank)
    other = "on NVIDIA's GPUs beside x86 processors, which most code is built for"
    if row is None:
        yield f"{best.gpu.name} was not asked for: no plan {other}, keeps the same rules at the same precision."
        return
    plan = plans.plan(row)
    if plan.cost <= best.cost:
        broken = ", ".join(one.words for one in found.broken(plan))
        yield f"{best.gpu.name} was not asked for; what is cheaper {other}, gives up: {broken}."
        return
    more, unit = plan.cost / best.cost - 1, "" if spec.task_type in JOB_TASKS else " an hour"
    yield (
        f"{best.gpu.name} was not asked for; it is first since the best plan {other}, {plan.gpus} x {plan.gpu.name}, "
        f"costs ${plan.cost:,.2f}{unit} instead of ${best.cost:,.2f}, {more:.0%} more."
    )


def _pace_notes(spec: WorkloadSpec, best: Plan) -> Iterator[str]:
    """A pace that would be slow for anybody who did not want the cheapest."""
    pace, least = best.deployment.per_user, standards.TOKENS_PER_S_PER_USER
    said = spec.traffic.tokens_per_second_per_user is not None or spec.task_type in JOB_TASKS
    if spec.priorities.cost == "high" and not said and pace is not None and pace < least:
        yield (
            f"The cheapest is wanted, so rule R6 is not held: each request gets {pace:.0f} tokens a second, where "
            f"{least:g} are usual; say how many are needed, and the plan keeps them."
        )


def _idle_notes(spec: WorkloadSpec, best: Plan) -> Iterator[str]:
    """Machines that cannot be had for the hours alone in which they work."""
    if stays_on(spec, best.offer.provider):
        yield (
            f"The machines of {best.offer.provider} are ordered and given back by hand, so they are counted for the "
            "whole month, and not for the hours alone in which they work."
        )


def _deadline_notes(spec: WorkloadSpec, found: Found) -> Iterator[str]:
    """A deadline that nothing can be held against, because the amount of work is not known."""
    best = found.best
    is_job = spec.task_type in JOB_TASKS and spec.deadline_hours is not None
    if is_job and best is not None and best.deployment.job_hours is None:
        yield f"{UNCHECKED_DEADLINE}: say how many items there are, and the plan is made to be done in time."


def _beside(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Iterator[str]:
    """What the other models the user named need: the placement is for the largest."""
    primary = primary_request(spec, models)
    for requested in spec.models:
        card = next((m for m in models if is_requested(requested, m) and m.params_b), None)
        if primary is None or requested == primary or requested.choice is not None:
            continue
        known = f"about {card.params_b * 2e9 / GIB:.1f} GiB of 16-bit weights" if card and card.params_b else "memory"
        terms = " Its licence does not allow commercial use." if behind_for_its_licence(spec, requested, models) else ""
        yield f"The options are for {primary.name}; {requested.name} needs {known} of its own beside it.{terms}"


def _rejected_models(spec: WorkloadSpec, models: Sequence[ModelCard]) -> dict[str, str]:
    """Models the user named that the licence rules out, and named models beyond the one that is placed."""
    rejected: dict[str, str] = {}
    for requested in spec.models:
        for model in models:
            if is_requested(requested, model) and (reason := model_refusal(spec, model)) is not None:
                rejected[model.key] = reason
    return dict(sorted(rejected.items()))


def _rejected_gpus(spec: WorkloadSpec, found: Found, best: Plan) -> dict[str, str]:
    """GPUs the user named that the first choice does not use, with what they would cost."""
    rejected: dict[str, str] = {}
    for name in spec.gpu.models:
        if names_gpu(name, best.gpu):
            continue
        plans = found.plans
        named = plans.by_layout(names_gpu(name, one.group.gpu) for one in plans.laid) > 0
        row = plans.first(named, plans.rank)
        if row is None:
            rejected[name] = "no offer of it meets every constraint"
            continue
        chosen = f"${best.price_per_hour_usd:,.2f} with {best.gpu.name}"
        rejected[name] = f"its cheapest plan costs ${plans.price[row]:,.2f} an hour, {chosen}"
    return rejected
