"""What a revision changed in the plan, and which of the user's words did it."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.choices import repeated
from artifacts.notation import count, figure, money, words
from domain.base import Frozen, value_at
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import OwnedHardware, TaskType, Workload, WorkloadSpec
from graph.changes_together import all_together, first_option, listed, same_workloads, together_costs
from sizing.budget import budget_of
from sizing.precision import FORMATS

OPEN = "open"
OF_ONE_TURN = frozenset({"question", "unplaced"})
"""Fields that say what a turn held, and no constraint that stands."""

TOLD_WITH = {
    "budget.currency": "budget.amount", "budget.period": "budget.amount", "volume.unit": "volume.amount",
    "volume.per": "volume.amount",
}  # fmt: skip
"""Fields that are no sentence of their own: the figure that they belong to is told with them."""

TRAINED: tuple[TaskType, ...] = ("training", "fine_tuning")
LOADS = ("models", "traffic", "dataset", "volume", "training")
TIMES = ("hours_per_month", "deadline_hours")
"""Fields of one of several workloads that a later turn may revise: loads, and times that it may have for itself."""


class FieldWords(Frozen):
    """How a field of the spec is told."""

    name: str
    unit: str = "{}"


PARTS = "components.wanted"
METHODS = {"train": "all weights", "lora": "adapters (LoRA)", "qlora": "adapters on 4-bit weights (QLoRA)"}
"""What is trained, by the mode of the placement."""
LOSES = ": fewer bits take less memory and lose some quality, which the catalogue does not measure"


def plan_changes(
    before: DeploymentPlan | None,
    after: DeploymentPlan,
    changed_fields: tuple[str, ...],
    savings: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """One sentence a change: the constraints moved, then what moved with them. Empty for a first plan.

    `savings` close it where the user asked for less and nothing cheaper was found.
    """
    if before is None:
        return ()
    there = _there_already(before, after) if PARTS in changed_fields else {}
    asked = {*after.spec.components.wanted} - {*before.spec.components.wanted}
    fields = tuple(field for field in changed_fields if field != PARTS or not asked or asked - {*there})
    moved = [*there.values(), *moved_fields(before.spec, after.spec, fields)]
    outcome = came_of_it(before, after)
    said = tuple(sentence for sentence in (*moved, *outcome) if sentence)
    return (*said, *(savings or _unmoved(after, said, outcome)))


def _there_already(before: DeploymentPlan, after: DeploymentPlan) -> dict[str, str]:
    """Of each component that is wanted now and that the plan had, and has, the chart that is it or brings it along."""
    keys, told = {part.package.key for part in after.stack}, dict[str, str]()
    for wish in after.spec.components.wanted:
        name = wish.replace("_", "-")
        for part in before.stack if wish not in before.spec.components.wanted else ():
            is_it = name == part.package.name or wish.replace("_", " ") == part.role
            if part.package.key in keys and (is_it or name in part.package.keywords):
                has = f"{part.package.name} ({part.role}) has it"
                has = f"it is its {part.role}" if name == part.package.name else has
                told.setdefault(wish, f"{wish.replace('_', ' ')} is in the plan already, {has}: nothing is added.")
    return told


def moved_fields(
    before: WorkloadSpec, after: WorkloadSpec, changed_fields: Collection[str], *, was: bool = True
) -> list[str]:
    """One sentence a constraint that moved; `was`: of what was open it says so."""
    told: list[str] = []
    for field in changed_fields:
        if field == "workloads":
            told += _moved_workloads(before, after)
        elif TOLD_WITH.get(field, "") in changed_fields:
            continue
        elif field not in OF_ONE_TURN:
            told.append(_moved(before, after, field, was=was))
    return [sentence for sentence in told if sentence]


def is_as_it_was(before: DeploymentPlan | None, after: DeploymentPlan) -> bool:
    """Whether the plan is the one that stood: no constraint moved, and nothing came of it."""
    if before is None or came_of_it(before, after):
        return False
    spoken = dict.fromkeys(("evidence", "question", "unplaced", "confidence"))
    one, other = (spec.model_dump(exclude=set(spoken)) for spec in (before.spec, after.spec))
    return one == other


def is_cheaper(before: DeploymentPlan | None, after: PlacementOption) -> bool:
    """Whether the first recommendation costs less than the one it replaces."""
    first = first_option(before) if before else None
    return first is None or after.price_per_hour_usd < first.price_per_hour_usd


@lru_cache
def field_words() -> dict[str, FieldWords]:
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, FieldWords])


def came_of_it(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """What moved in the plan itself."""
    of_all = all_together(before, after)
    return [
        *of_all,
        *_first_choice(before, after),
        *_runs(before, after),
        *_other_choices(before, after),
        *_components(before, after),
    ]


def _runs(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """What a job comes to in a month, where it is run as often no longer."""
    old, new = first_option(before), first_option(after)
    if old is None or new is None or before.spec.every == after.spec.every or after.together is not None:
        return []
    was, now = (repeated(one, spec).lstrip("; ") for one, spec in ((old, before.spec), (new, after.spec)))
    return [f"{now[:1].upper()}{now[1:]}, instead of {was or 'once'}."] if now else []


def _moved(before: WorkloadSpec, after: WorkloadSpec, field: str, *, was: bool = True) -> str:
    old, new = value_words(before, field), value_words(after, field)
    if old == new:
        return ""
    named = _named(field)
    quote = f" (“{after.evidence[field].quote}”)" if field in after.evidence else ""
    if old == OPEN:
        return f"{named.name}: {named.unit.format(new)}{quote}{', which was open before' if was else ''}."
    if new == OPEN:
        return f"{named.name}: open again, no longer {named.unit.format(old)}{quote}."
    return f"{named.name}: {named.unit.format(new)} instead of {named.unit.format(old)}{quote}."


def told_field(spec: WorkloadSpec, field: str) -> str:
    """A field with its value: "Concurrent users 60"; empty where it is open."""
    value, named = value_words(spec, field), _named(field)
    return "" if value == OPEN else f"{named.name} {named.unit.format(value)}"


def _named(field: str) -> FieldWords:
    return field_words().get(field) or FieldWords(name=field.replace("_", " ").replace(".", " "))


def _moved_workloads(before: WorkloadSpec, after: WorkloadSpec) -> list[str]:
    """What each of several workloads is told anew."""
    if len(before.workloads) != len(after.workloads):
        kept = {one.quote for one in after.workloads}
        left = [] if kept else _left(before.workloads, after)
        gone = [one for one in before.workloads if one.quote not in kept and one not in left]
        return listed("Left out", [_item_words(one) for one in gone])
    told = []
    for old, new in zip(before.workloads, after.workloads, strict=True):
        was, now = (WorkloadSpec(**{name: getattr(one, name) for name in (*LOADS, *TIMES)}) for one in (old, new))
        moved = tuple(_moved(was, now, field) for field in _leaves(now))
        if old.every != new.every:
            moved = (*moved, f"How often it runs: each {new.every} instead of {old.every or OPEN}.")
        told += [f"{_item_words(new)}: {sentence[:1].lower()}{sentence[1:]}" for sentence in moved if sentence]
    return told


def _left(workloads: Sequence[Workload], spec: WorkloadSpec) -> list[Workload]:
    """Of several workloads the one that is all of the request now: of those for the same use that with its load."""
    is_now = (spec.domain, spec.use_case, spec.models)
    alike = [one for one in workloads if (one.domain, one.use_case, one.models) == is_now]
    return alike if len(alike) < 2 else [one for one in alike if one.traffic == spec.traffic]


def _leaves(spec: WorkloadSpec) -> list[str]:
    """The fields of a workload's load, by their paths."""
    groups = (name for name in LOADS if name != "models")
    return ["models", *TIMES, *(f"{name}.{leaf}" for name in groups for leaf in type(getattr(spec, name)).model_fields)]


def value_words(spec: WorkloadSpec, path: str) -> str:
    """A field of the spec as a sentence tells it."""
    value = value_at(spec, path)
    if path == "budget.amount" and spec.budget.amount is not None:
        return _sum(spec.budget.amount, spec.budget.currency, spec.budget.period)
    if path == "volume.amount" and spec.volume.amount is not None:
        return _sum(spec.volume.amount, spec.volume.unit, spec.volume.per)
    if isinstance(value, tuple):
        return ", ".join(_item_words(item) for item in value) or OPEN
    if value is None:
        return OPEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return figure(value) if isinstance(value, int | float) else words(str(value))


def _sum(amount: float, unit: str | None, period: str | None) -> str:
    """ "12,000 audio hours", "500 images a day", "3,000 EUR a month"."""
    per = "" if period is None else " in all" if period == "total" else f" a {period}"
    return f"{figure(amount)}{f' {words(unit)}' if unit else ''}{per}"


def _item_words(item: object) -> str:
    if isinstance(item, OwnedHardware):
        nodes = "" if item.nodes is None else f"{count(item.nodes, 'machine')} of "
        memory = "" if item.vram_gb is None else f" with {figure(item.vram_gb)} GB"
        cards = f"{item.count:,} x " if item.count else ""
        return f"{nodes}{cards}{item.gpu or item.note or 'GPU'}{memory}"
    if isinstance(item, Workload):
        named = words(item.use_case or item.domain or item.quote or str(item.task_type))
        return f"{named}, {words(item.task_type)}" if item.task_type in TRAINED and item.use_case else named
    return str(getattr(item, "name", item))


def _first_choice(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    old, new = first_option(before), first_option(after)
    if old is None:
        return [f"Now something fits: {_offer(new)}."] if new else []
    if new is None:
        return ["Nothing fits the changed constraints; what to relax is named instead."]
    if before.together is None and after.together is None:
        return _choice_changed(old, new, after)
    return [
        f"{name}: {sentence[:1].lower()}{sentence[1:]}"
        for name, was, now in same_workloads(before, after)
        for sentence in _choice_changed(was, now, after)
    ]


def _choice_changed(old: PlacementOption, new: PlacementOption, after: DeploymentPlan) -> list[str]:
    """What moved in what is recommended for the same work."""
    outcome = []
    if _offer(old) != _offer(new):
        outcome.append(f"First recommendation: {_offer(new)} instead of {_offer(old)}.")
    ends = old.job_cost_usd is not None and new.job_cost_usd is not None
    if old.price_per_month_usd != new.price_per_month_usd and not ends:
        outcome.append(_price_change(old, new))
    if ends and (old.job_cost_usd, old.job_hours) != (new.job_cost_usd, new.job_hours):
        outcome.append(f"The job costs {_of_the_job(new)} instead of {_of_the_job(old)}.")
    if _model(old) != _model(new):
        if (old.model, old.runs) == (new.model, new.runs) and old.quantization and new.quantization:
            dearer = new.price_per_month_usd > old.price_per_month_usd and not after.spec.priorities.cost
            first = ", which comes first as long as it fits: say “make it cheaper” to put cost first" if dearer else ""
            if new.quantization in METHODS and old.quantization in METHODS:
                outcome.append(f"Trained: {METHODS[new.quantization]} instead of {METHODS[old.quantization]}.")
            else:
                fewer = LOSES if _whole_bits(new.quantization) < _whole_bits(old.quantization) else ""
                outcome.append(f"It runs at {new.quantization} instead of {old.quantization}{first}{fewer}.")
        else:
            outcome.append(f"It runs {_model(new)} instead of {_model(old)}.")
    outcome += [*_because(old, new, after), *_gives_way(old, new)]
    if old.replicas != new.replicas:
        outcome.append(f"It runs {count(new.replicas, 'replica')} instead of {old.replicas:,}.")
    return outcome


def _whole_bits(quantization: str) -> int:
    """Bits of a parameter without its scales: of two formats of four bits neither is finer. Zero: a way of training,
    no format."""
    return int(FORMATS[quantization].bits) if quantization in FORMATS else 0


def _because(old: PlacementOption, new: PlacementOption, after: DeploymentPlan) -> list[str]:
    """Why another machine comes first: what the one of before would cost or take under what was asked now."""
    if _offer(old) == _offer(new) or old.is_own:
        return []
    monthly = after.spec.budget.period in (None, "month")
    limit, times = budget_of(after.spec).amount_usd if monthly else None, -(-new.replicas // max(1, old.replicas))
    usd = times * old.price_per_month_usd
    if times > 1 and limit is not None and old.job_hours is None and usd > limit >= new.price_per_month_usd:
        return [f"Because {times} times {_offer(old)} would be {money(usd)} a month, above the budget."]
    hours, most = old.job_hours, after.spec.deadline_hours
    slow = next((one for one in old.throughput if one.metric == "training_hours"), None)
    if hours is None or most is None or slow is None or not slow.value:
        return []
    longest = hours * slow.high / slow.value
    if hours <= most < longest and (new.job_hours or hours) < hours:
        return [
            f"Because {_offer(old)} takes about {figure(hours, 1)} h, up to {figure(longest, 1)} h at the upper end "
            f"of the estimate, over the {figure(most)} h."
        ]
    return []


def _gives_way(old: PlacementOption, new: PlacementOption) -> list[str]:
    """What each user loses or gains in speed, and rules that the first choice kept and the new one does not."""
    kept = {broken.rule for broken in old.breaks}
    was, now = ((one.served.tokens_per_s_per_user if one.served else None) or 0.0 for one in (old, new))
    way = ("Slower" if round(now) < round(was) else "Faster") if now and was and round(now) != round(was) else ""
    pace = [f"{way}: {figure(now, 0)} tokens a second for each user instead of {figure(was, 0)}."] if way else []
    return pace + listed("What gives way", [f"{one.words} ({one.rule})" for one in new.breaks if one.rule not in kept])


def _of_the_job(option: PlacementOption) -> str:
    hours = "" if option.job_hours is None else f" in about {figure(option.job_hours, 1)} h"
    return f"{money(option.job_cost_usd)}{hours}"


def _price_change(old: PlacementOption, new: PlacementOption) -> str:
    difference = new.price_per_month_usd - old.price_per_month_usd
    share = f", {figure(100 * abs(difference) / old.price_per_month_usd, 0)} %" if old.price_per_month_usd else ""
    way = "more" if difference > 0 else "less"
    return (
        f"Machines a month: {money(new.price_per_month_usd)} instead of {money(old.price_per_month_usd)} "
        f"({money(abs(difference))}{share} {way})."
    )


def _other_choices(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """What came and went below the first rank; of several workloads each has its own."""
    if not before.recommendations or not after.recommendations:
        return []
    if before.together is not None or after.together is not None:
        return []
    old, new = ([_offer(item.option) for item in plan.recommendations] for plan in (before, after))
    came, went = [o for o in new[1:] if o not in old], [o for o in old[1:] if o not in new]
    return [*listed("Also recommended now", came), *listed("No longer recommended", went)]


def _components(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """Charts that came and went; one that the steps start by a manifest of their own is still there."""
    old, new = ([component.package.name for component in plan.stack] for plan in (before, after))
    commands = "\n".join(command for step in after.steps for command in step.commands)
    gone = [name for name in old if name not in new and f"name: {name}\n" not in commands]
    why, came = _why_parts(before, after), [name for name in new if name not in old]
    return [
        f"{line.removesuffix('.')}{why}."
        for line in (*listed("Components added", came), *listed("Components removed", gone))
    ]


def _why_parts(before: DeploymentPlan, after: DeploymentPlan) -> str:
    """Why parts come or go that nobody spoke of: what else is planned, or on other machines; empty where they were
    spoken of."""
    old, new = first_option(before), first_option(after)
    if before.spec.components != after.spec.components or new is None or old is None:
        return ""
    if _names(before) != _names(after):
        return ", because of the workloads that stand now"
    if old.offer.provider != new.offer.provider:
        return f", because of the machines, which are {'your own' if new.is_own else f'at {new.offer.provider}'} now"
    if old.nodes != new.nodes:
        return f", because it runs on {count(new.nodes, 'machine')} now"
    return ", because of the machines, which are others now" if old.offer.key != new.offer.key else ""


def _names(plan: DeploymentPlan) -> tuple[str, ...]:
    return tuple(one.name for one in plan.together.workloads) if plan.together else (plan.spec.task_type or "",)


def _unmoved(after: DeploymentPlan, said: tuple[str, ...], outcome: list[str]) -> tuple[str, ...]:
    """A revision without consequences says that there are none."""
    if outcome:
        return ()
    first = first_option(after)
    if first is None:
        return () if said else ("Nothing in the plan changed: still nothing fits.",)
    what = "The recommendations stay as they are" if said else "Nothing in the plan changed"
    if after.together is not None:
        return (f"{what}: {'; '.join(together_costs(after.together))}.",)
    return (f"{what}: {_offer(first)} is still the first choice, {_paid(first)}.",)


def _paid(option: PlacementOption) -> str:
    """Its price: of a job that ends, with its time."""
    if option.job_cost_usd is None or option.job_hours is None:
        return f"at {money(option.price_per_month_usd)} a month"
    return f"at {money(option.job_cost_usd)} for the job of about {figure(option.job_hours, 1)} h"


def _model(option: PlacementOption) -> str:
    model = option.model.key if option.model else option.runs or "the workload"
    return f"{model} at {option.quantization}" if option.quantization not in (None, "train") else model


def _offer(option: PlacementOption) -> str:
    offer = option.offer
    return f"{option.nodes} x {offer.provider} {offer.instance_type} ({offer.region}, {offer.terms})"
