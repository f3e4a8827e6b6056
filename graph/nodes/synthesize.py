"""Assembles the plan: every fact in it is a row the tools returned or a figure sizing computed."""

import asyncio
import re
from collections.abc import Iterable
from typing import Literal

from langgraph.runtime import Runtime

from artifacts.answers import api_is_cheaper
from artifacts.choices import CHOICES, answer, nearest_of, purchase_note, three_choices
from artifacts.clusters import kind_of_own_cluster, runs_in_cluster
from artifacts.disks import disks_of, stays_between
from artifacts.engines import engine_sources, thinking_note
from artifacts.figures_asked import bill_told, late_note
from artifacts.markdown import plan_markdown
from artifacts.proportion import RELIED_ON, proportion_of
from artifacts.sanity import check_each, check_first
from artifacts.slurm import uses_slurm
from artifacts.steps import deployment_steps, next_step, scene_of, without_serving_charts
from artifacts.steps_together import deployed_workloads, scenes_of, together_steps
from artifacts.surroundings import one_zone_note, reservation_note
from artifacts.together import together_answer
from artifacts.tradeoffs import tradeoffs
from artifacts.tuned import untuned_notes
from artifacts.wiring import Scene
from catalog.hosted import hosted_beside
from catalog.hosted_sellers import admitted
from catalog.reference import Reference, load_reference
from catalog.services import service_prices
from domain.base import Source
from domain.errors import DatabaseUnavailable
from domain.hosted import HostedComparison
from domain.models import ModelCard
from domain.parts import Retrieval, Together
from domain.placement import Placement, PlacementOption, Relaxation
from domain.plan import CostBreakdown, DeploymentPlan, Gap, ModelChoice, Recommendation, StackComponent
from domain.queries import ToolName
from domain.workload import WorkloadSpec
from graph.cautions import attested_by_nobody, cautions
from graph.changes import is_as_it_was, is_cheaper, moved_fields, plan_changes
from graph.clouds_apart import apart_sources, apart_told, clouds_apart_asked
from graph.constraints_held import unkept
from graph.context import ArchitectContext, context_of
from graph.described import rents_nothing
from graph.due import work_until_due
from graph.helper_machines import helper_machines, pays_for_cluster
from graph.left_over import demands_told, language_told, left_over
from graph.left_over import told as told_left_over
from graph.narrative import title, understanding
from graph.not_weighed import not_repeated, not_taken_into_account
from graph.place_costs import bound_to_seller, place_costs_told
from graph.programmes import asks_who_attests, attested_told, level_told
from graph.queries import size_note, to_place
from graph.revised_reply import is_new_request, revision_reply
from graph.savings import savings_of, savings_told
from graph.several import copies_note, limit_usd_per_month, over_budget, workload_specs
from graph.stack import Role, needed_roles, roles_at
from graph.stack_fitting import components, fitted
from graph.stack_scale import kubernetes_answer, scale_note
from graph.stand_ins import borrowed, reservation, reserved, seen_to_fail
from graph.state import ArchitectState, Reply
from graph.understanding.mentions.line import Line
from graph.understanding.stance.experience import ran_out_of_memory
from graph.understanding.stance.stance import Stances
from graph.unknown_hardware import unknown_held
from graph.unmet_wishes import other_store_told, unmet_wishes
from graph.verdicts import verdict
from graph.whole_bill import above_the_budget, stays_on, with_bill
from graph.without_gpu import without_gpu
from sizing.candidates import model_refusal
from sizing.choices import OTHER_MODEL
from sizing.cost import cost_breakdown
from sizing.following_jobs import following_notes
from sizing.longest_request import longest_note, with_longest_request
from sizing.misses import is_near
from sizing.model_makers import origins_note
from sizing.recurring import one_run, recurring_run
from sizing.relaxing import is_nobodys_to_give
from sizing.retrieval import needs_retrieval, retrieval
from sizing.search_service import needs_store, search_service
from sizing.seller_owners import owners_note
from sizing.stages import shared_time_note
from sizing.unit_cost import hosted_comparison

_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")
RECOMMENDATIONS = 3
"""Beside hardware at hand."""
MODELS = 5
ABOUT = 1.02
"""A bill of so many times the budget is at it; what is above is told to the dollar."""

WITHOUT: dict[ToolName, str] = {
    "compute": "no GPU recommendation and no cost in this plan",
    "packages": "no Kubernetes components in this plan",
    "models": "no models in this plan; memory is reckoned for a reference workload",
    "cluster": "the nodes you already have are not taken into account",
}


async def synthesize(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """Recommendations, models, stack, steps, cost, trade-offs, cautions, gaps and sources, as one plan."""
    context = await context_of(runtime)
    spec, placement = state["working_spec"], state["placement"]
    to_choose = (OTHER_MODEL,) if any(model.choice is not None for model in spec.models) else ()
    chosen = sum(option.label in (*CHOICES, *to_choose) for option in placement.options if not option.is_own)
    most = max(RECOMMENDATIONS, chosen) + sum(option.is_own for option in placement.options)
    together = state.get("together")
    beside = together.workloads[0].retrieval if together else None
    beside = beside or _retrieval(state, spec, next(iter(placement.options), None))
    share = beside.generator_memory_fraction if beside else None
    recommendations = tuple(
        Recommendation(
            rank=rank,
            option=option
            if together and rank == 1
            else with_longest_request(option, spec, share if rank == 1 else None),
        )
        for rank, option in enumerate(placement.options[:most], start=1)
    )
    first = recommendations[0].option if recommendations else None
    if first is not None and together is None:
        first = await _within_budget(state, context, first, beside)
        recommendations = (recommendations[0].model_copy(update={"option": first}), *recommendations[1:])
    models = _model_choices(state, first.model if first else None)
    shown, relaxed = recommendations, None
    if first is None and together is None and placement.relaxations and not placement.own_part:
        relaxed = nearest_of(placement.relaxations)
    if relaxed is not None and (is_nobodys_to_give(relaxed) or not is_near(spec, relaxed)):
        relaxed = None  # no steps for what nobody would carry out
    if relaxed is not None:
        shown = (Recommendation(rank=1, option=with_longest_request(relaxed.option, spec)),)
    made = shown[0].option if shown else None
    candidates = without_serving_charts(_candidates(state, spec, made), spec)
    stack, later = fitted(candidates, _scenes(spec, made, beside, together))
    heard = state["turns"][-1:] if "plan" in state else state["turns"]
    left = left_over(heard, spec, state.get("left_over", ()), _moved(state, spec))
    several = workload_specs(spec) if together else ()
    due = work_until_due(spec, first, beside) if together is None else ""
    carried_out = next((one.option for one in deployed_workloads(together, several)), first) if together else first
    assumed = (
        *language_told(heard), *((due,) if due else ()), *_assumptions(spec, placement, carried_out),
        *following_notes(several, spec.workloads), *shared_time_note(several),
    )  # fmt: skip
    spec_told = spec.model_copy(update={"unplaced": not_repeated(spec.unplaced, assumed)})
    if together is None:
        steps = deployment_steps(_with_room_for(shown, beside), stack, spec, beside)
    else:
        steps = together_steps(together, several, stack)
    reference = await load_reference(context.database)
    cost: CostBreakdown | None = None
    hosted: HostedComparison | None = None
    runs = recurring_run(spec, first) if first else None
    if first is not None:
        prices, cards = await hosted_beside(context.database, first.model)
        known, unproven = admitted(prices, spec, reference)
        hosted = hosted_comparison(first, one_run(spec) or spec, known, cards, unproven)
        cost = cost_breakdown(
            first, spec, await service_prices(context.database, first.offer.provider),
            helpers=await helper_machines(context, first, spec, stack), beside=beside, recurring=runs,
            in_cluster=pays_for_cluster(first, spec), disks=disks_of(first, spec, stack, steps),
            stays=stays_on(together, first, stays_between(first, spec)),
        )  # fmt: skip

    together = with_bill(together, cost)
    to_run = _with_first(to_place(spec, state["models"].items), first)
    offers = state["offers"].items if "offers" in state else ()
    bill = await above_the_budget(context, spec, cost, first, to_run, offers) if together is None else ""
    told = await verdict(context, spec, to_run, placement, "\n".join(heard), hosted, together, beside, runs, bill)
    unproved = first is not None and together is None and borrowed(spec, first) is not None
    failed = bool(spec.owned) and ran_out_of_memory(context.grammar.line("\n".join(heard)))
    told = seen_to_fail(told, first) if failed else told
    told = reserved("" if unproved else told, reservation(spec, first) if together is None else "")
    answered = (
        _should_it_not_do(
            answer(spec, placement.options, placement.relaxations, placement.own_part), spec, first, reference, hosted
        ),
        attested_by_nobody(spec, first),
        bill_told(cost, first, comes_back=runs is not None) if first and not bill else "",
    )  # fmt: skip
    held_by = {one.provider: one.programmes for one in reference.providers}
    attested = attested_told(spec, first, held_by, "\n".join(heard))
    if attested:
        left = tuple(phrase for phrase in left if not asks_who_attests(phrase))
    apart = clouds_apart_asked(map(context.grammar.line, heard))
    beyond = apart_told(apart, first), "" if apart else level_told(spec, first, "\n".join(heard))
    if apart:
        attested = ""
        left = tuple(phrase for phrase in left if not any(cloud.written.search(phrase) for cloud in apart))
    runs_of_each = [one_run(one) or one for one in several or (spec,)]
    doubt = check_each(runs_of_each, together) if together else check_first(runs_of_each[0], first, hosted)
    place_costs = "" if together else await place_costs_told(context, spec, to_run, first)
    late = late_note(spec, first) if first and together is None else ""
    unmet = demands_told(heard, (*(words.quote for words in spec_told.unplaced), *left)) if recommendations else ""
    asked_beside_it = kubernetes_answer(spec, carried_out), await without_gpu(context, spec, to_run)
    draft = DeploymentPlan(
        title=title(spec),
        verdict=" ".join(filter(None, (*beyond, unmet, doubt, attested, *asked_beside_it, told))),
        answer=together_answer(together) if together else _without_said(" ".join(filter(None, answered)), told),
        choices=three_choices([item.option for item in recommendations], spec),
        hosted=hosted,
        retrieval=beside,
        together=together,
        recurring=runs,
        next_step=" ".join(filter(None, (_for_nearest(relaxed), next_step(steps)))),
        understanding=understanding(spec),
        spec=spec,
        assumptions=assumed,
        not_taken_into_account=(
            *not_taken_into_account(spec_told, first, together, hosted, beside),
            *unmet_wishes(spec, state["packages"], first),
            *other_store_told(spec, beside),
            *told_left_over(left),
        ),
        recommendations=recommendations,
        market=None if first is None or together or rents_nothing(spec) else placement.market,
        models=models,
        stack=stack,
        worth_adding=later,
        steps=steps,
        cost=cost,
        tradeoffs=tradeoffs(placement, spec),
        cautions=(
            *state.get("notes", ()),
            *((place_costs,) if place_costs and bound_to_seller(spec.location) else ()),
            *apart_sources(apart),
            *((late,) if late and "upper end" not in told else ()),
            *over_budget(together, spec),
            *copies_note(together, spec),
            *untuned_notes(together, several),
            *owners_note(spec.location, offers),
            *(note for note in (purchase_note(spec, placement.options),) if note),
            *filter(None, (origins_note(spec.model_origin, _run_models(first, beside, together)),)),
            *cautions(spec, state["turns"], tuple(c.model for c in models), first),
            *((place_costs,) if place_costs and not bound_to_seller(spec.location) else ()),
        ),
        relaxations=placement.relaxations,
        gaps=_gaps(state),
        catalog=context.catalog,
        engine=state["engine"],
    )
    savings = await _savings(state, context, first)
    back = tuple(sentence for sentence in (state.get("taken_back", ""),) if sentence)
    changes = (*back, *plan_changes(state.get("plan"), draft, state.get("changes", ()), savings))
    in_use = context.reader.name == state["engine"]  # a language model that could not read is not asked to phrase
    words = await context.reader.phrase(draft) if in_use else draft.understanding
    plan = draft.model_copy(update={"understanding": words, "sources": _sources(draft), "changes": changes})
    return {**_replied(state, plan, await _unkept(state, context, plan)), "left_over": left}


async def _unkept(state: ArchitectState, context: ArchitectContext, plan: DeploymentPlan) -> str:
    """What a revision asks for and the plan made of it does not keep."""
    if "plan" not in state or state.get("taken_back"):
        return ""
    board = await asyncio.to_thread(context.grammar.board, state["turns"], state["plan"].spec, None)
    line, stances = board.get("line", Line), board.get("stances", Stances)
    return unkept(plan, state.get("changes", ()), line, stances)


def _moved(state: ArchitectState, spec: WorkloadSpec) -> tuple[str, ...]:
    """What a revision changed, with the words that were said of it before and the parts that stood."""
    before, fields = state.get("plan"), state.get("changes", ())
    if before is None:
        return ()
    was = (words.quote for field, words in before.spec.evidence.items() if field in fields)
    return (*moved_fields(before.spec, spec, fields), *was, *(part.package.name for part in before.stack))


async def _within_budget(
    state: ArchitectState, context: ArchitectContext, option: PlacementOption, beside: Retrieval | None
) -> PlacementOption:
    """Without a cluster around it where only that brings the whole bill to the budget: what is held against the budget
    is chosen with it. What has to survive a failure, or was asked for with Kubernetes, keeps its cluster."""
    spec, limit = state["working_spec"], limit_usd_per_month(state["working_spec"])
    relied_on = proportion_of(option, spec).rule == RELIED_ON
    if limit is None or option.is_own or option.nodes > 1 or option.job_cost_usd is not None or not relied_on:
        return option
    alone = option.model_copy(update={"goes_alone": True})
    if proportion_of(alone, spec).scale != "machine":
        return option
    prices = await service_prices(context.database, option.offer.provider)
    bills = []
    for one in (option, alone):
        stack, _ = fitted(without_serving_charts(_candidates(state, spec, one), spec), _scenes(spec, one, beside, None))
        helpers = await helper_machines(context, one, spec, stack)
        bills.append(
            cost_breakdown(
                one, spec, prices, helpers=helpers, beside=beside, in_cluster=pays_for_cluster(one, spec),
                disks=disks_of(one, spec, stack), stays=stays_between(one, spec),
            ).monthly_usd
        )  # fmt: skip
    return alone if bills[1] <= limit * ABOUT and limit < bills[0] else option


def _replied(state: ArchitectState, plan: DeploymentPlan, missed: str) -> ArchitectState:
    """The whole plan; of a revision what came of it: the plan is there to be shown."""
    before, turn = state.get("plan"), len(state["turns"]) - 1
    if before is None or is_new_request(plan, turn):
        return {"plan": plan, "reply": Reply(response_type="deployment_plan", response=plan_markdown(plan))}
    stays = is_as_it_was(before, plan) and not state.get("taken_back")
    kind: Literal["answer", "deployment_plan"] = "answer" if stays else "deployment_plan"
    return {"plan": plan, "reply": Reply(response_type=kind, response=revision_reply(before, plan, turn, missed))}


async def _savings(state: ArchitectState, context: ArchitectContext, first: PlacementOption | None) -> tuple[str, ...]:
    """What to give up for a lower bill, where this turn asked for one and the standing plan cannot be undercut."""
    before, spec = state.get("plan"), state["working_spec"]
    if before is None or first is None or first.is_own or is_cheaper(before, first):
        return ()
    said = spec.evidence.get("priorities.cost")
    if spec.priorities.cost != "high" or said is None or said.turn != len(state["turns"]) - 1:
        return ()
    try:
        found = await savings_of(context, spec, state["models"].items, first)
    except DatabaseUnavailable:  # the plan stands without it; a tool that failed is one of its gaps already
        return ()
    return savings_told(found, first, spec)


def _retrieval(state: ArchitectState, spec: WorkloadSpec, first: PlacementOption | None) -> Retrieval | None:
    found = state.get("offers")
    if first is not None and needs_store(spec):
        return search_service(spec, first, state["models"].items, found.items if found else ())
    if first is None or not needs_retrieval(spec):
        return None
    return retrieval(spec, first, state["models"].items, found.items if found else ())


def _with_room_for(recommendations: tuple[Recommendation, ...], beside: Retrieval | None) -> Recommendation | None:
    """The first recommendation as it has to be started beside what shares its GPUs."""
    if not recommendations:
        return None
    first = recommendations[0]
    share, proof = beside.generator_memory_fraction if beside else None, first.option.proof
    if share is None or proof is None:
        return first
    shared = first.option.model_copy(update={"proof": proof.model_copy(update={"memory_fraction": share})})
    return first.model_copy(update={"option": shared})


def _without_said(answered: str, told: str) -> str:
    """The answer without the sentences that the verdict above it holds word for word."""
    return " ".join(sentence for sentence in _SENTENCES.split(answered) if sentence not in told)


def _should_it_not_do(
    answered: str, spec: WorkloadSpec, first: PlacementOption | None, reference: Reference,
    hosted: HostedComparison | None,
) -> str:  # fmt: skip
    """The answer, which is only for the case that hardware at hand of which there are no figures does not do, or that
    machines are wanted all the same where an API was asked about and is cheaper."""
    asks = spec.question is not None and spec.question.asks("api", "own", "hosted")
    if asks and first is not None and not first.is_own and api_is_cheaper(hosted, first):
        return f"On machines all the same: {answered[:1].lower()}{answered[1:]}"
    unknown = unknown_held(spec, reference) if first is not None and first.label != "own hardware" else ()
    if not unknown:
        return answered
    alone = len(unknown) == 1 and (unknown[0].count or 1) == 1
    return f"Should {'it' if alone else 'they'} not do: {answered[:1].lower()}{answered[1:]}"


def _for_nearest(relaxed: Relaxation | None) -> str:
    """What gives way in the plan that the steps are for, where nothing meets all that was asked."""
    if relaxed is None:
        return ""
    what = relaxed.field.replace(".", " ").replace("_", " ")
    proposed, current = (said.removesuffix(".0") for said in (relaxed.proposed, relaxed.current))
    if relaxed.field == "pricing":
        proposed = relaxed.option.offer.pricing.replace("_", " ")
    return f"For the nearest that works ({what} {proposed} instead of {current}):"


def _with_first(models: tuple[ModelCard, ...], first: PlacementOption | None) -> tuple[ModelCard, ...]:
    """The models with the one that is placed in front: what is judged is what the plan runs."""
    if first is None or first.model is None:
        return models
    return tuple(sorted(models, key=lambda model: model != first.model))


def _assumptions(spec: WorkloadSpec, placement: Placement, first: PlacementOption | None) -> tuple[str, ...]:
    model = first.model if first else None
    said = (
        *spec.assumptions,
        size_note(spec, model),
        *placement.assumptions,
        longest_note(first, spec),
        thinking_note(first),
        scale_note(spec, first),
        one_zone_note(first, spec) if first else None,
        reservation_note(first) if first else None,
    )
    return tuple(dict.fromkeys(sentence for sentence in said if sentence))


def _model_choices(state: ArchitectState, placed: ModelCard | None) -> tuple[ModelChoice, ...]:
    """The model the first recommendation runs, then the others as the search ranked them."""
    spec = state["working_spec"]
    usable = [model for model in state["models"].items if model_refusal(spec, model) is None]
    heads = {model.domain: model.key for model in reversed(usable)}
    ordered = sorted(
        usable, key=lambda model: (placed is None or model.key != placed.key, heads[model.domain] != model.key)
    )
    return tuple(
        ModelChoice(rank=rank, model=model, reason=_why(model, placed, spec))
        for rank, model in enumerate(ordered[:MODELS], start=1)
    )


def _why(model: ModelCard, placed: ModelCard | None, spec: WorkloadSpec) -> str:
    reasons = []
    if placed is not None and model.key == placed.key:
        reasons.append("runs on the first recommendation")
    if spec.models and any(model.family in named.name.lower().replace(" ", "-") for named in spec.models):
        reasons.append("of the family you named")
    if spec.use_case in model.use_cases:
        reasons.append(f"made for {spec.use_case.replace('_', ' ')}" if spec.use_case else "")
    if spec.domain and model.domain != spec.domain:
        reasons.append(f"{model.domain} model beside the {spec.domain} one")
    if not reasons:
        reasons.append(f"near the request by meaning, {model.domain}")
    return "; ".join(reason for reason in reasons if reason)


def _candidates(state: ArchitectState, spec: WorkloadSpec, first: PlacementOption | None) -> tuple[StackComponent, ...]:
    """The charts that may serve all workloads on the machine that was chosen; none where it cannot be a node, or Slurm
    runs it."""
    if uses_slurm(spec) or (first is not None and not runs_in_cluster(first)):
        return ()
    vendor = first.offer.gpu.vendor if first and first.offer.gpu else None
    own = first is not None and first.is_own
    at_home = own or spec.hosting == "existing_cluster"
    cluster = (kind_of_own_cluster(first, spec) if first else spec.cluster) if at_home else None
    roles: dict[str, Role] = {}
    for one in (spec, *workload_specs(spec)[1:]):
        for role in roles_at(needed_roles(one, vendor), cluster, own=own):
            roles.setdefault(role.role, role)
    return components(roles.values(), state["packages"].items)


def _scenes(
    spec: WorkloadSpec, first: PlacementOption | None, beside: Retrieval | None, together: Together | None
) -> tuple[Scene, ...]:
    if together is not None:
        return scenes_of(together, workload_specs(spec))
    return (scene_of(first, spec, beside),) if first is not None else ()


def _gaps(state: ArchitectState) -> tuple[Gap, ...]:
    results = {key: state[key] for key in ("offers", "packages", "models", "cluster") if key in state}
    tools: dict[str, ToolName] = {"offers": "compute", "packages": "packages", "models": "models", "cluster": "cluster"}
    return tuple(
        Gap(tool=tools[key], status=result.status, error=result.error or result.status, consequence=WITHOUT[tools[key]])
        for key, result in results.items()
        if result.status in ("failed", "timeout")
    )


def _run_models(
    first: PlacementOption | None, beside: Retrieval | None, together: Together | None
) -> Iterable[str]:  # fmt: skip
    """Keys of all models that the plan runs."""
    placed = [(one.option, one.retrieval) for one in together.workloads] if together else [(first, beside)]
    for option, parts in placed:
        if option is not None and option.model is not None:
            yield option.model.key
        yield from (part.model for part in (parts.parts if parts else ()) if part.model)


def _sources(plan: DeploymentPlan) -> tuple[Source, ...]:
    """Every source a row or a price of the plan cites, each once, by name."""

    def cited() -> Iterable[Source | None]:
        for recommendation in plan.recommendations:
            yield recommendation.option.offer.source
            yield recommendation.option.offer.gpu.source if recommendation.option.offer.gpu else None
        runs = [one.option for one in plan.together.workloads] if plan.together else []
        runs += [plan.recommendations[0].option] if plan.recommendations and not runs else []
        for option in runs:
            yield from engine_sources(option) if option is not None else ()
        yield from (choice.model.source for choice in plan.models)
        yield from (component.package.source for component in plan.stack)
        yield from (line.source for line in plan.cost.lines) if plan.cost else ()

    return tuple(sorted({source for source in cited() if source}, key=lambda s: (s.name, s.url or "", s.as_of)))
