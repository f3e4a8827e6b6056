"""Traffic, or the amount of work of a job, where nobody said it: does it change what comes first? Found by placing the
plausible ends of `unsaid_load.yaml`, so that nobody is asked or told what makes no difference."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

from artifacts.notation import count
from domain.base import Frozen
from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.offers import Offer
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.workload import Dataset, Domain, TaskType, Traffic, Volume, WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import models_for, offers_for
from graph.places import with_region_names
from graph.queries import compute_query, model_queries, to_place
from graph.understanding.merge.clarification import assume
from sizing.placement import first_option


class Load(Frozen):
    """An amount of work in the fields of the spec that hold it."""

    traffic: Traffic = Traffic()
    volume: Volume = Volume()
    dataset: Dataset = Dataset()

    def on(self, spec: WorkloadSpec) -> WorkloadSpec:
        """The spec with this much to do."""
        parts = {name: getattr(spec, name) for name in type(self).model_fields}
        said = {name: getattr(self, name).model_dump(exclude_unset=True) for name in parts}
        return spec.model_copy(update={name: part.model_copy(update=said[name]) for name, part in parts.items()})


class LoadRule(Frozen):
    tasks: tuple[TaskType, ...]
    domains: tuple[Domain, ...] = ()
    field: str
    what: str
    low: Load
    high: Load
    at: str

    def holds(self, spec: WorkloadSpec) -> bool:
        return spec.task_type in self.tasks and (not self.domains or spec.domain in self.domains)


class _Rules(Frozen):
    said: tuple[str, ...]
    rules: tuple[LoadRule, ...]


@lru_cache
def load_rules() -> _Rules:
    """The file, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), _Rules)


async def fields_that_decide(context: ArchitectContext, spec: WorkloadSpec) -> tuple[str, ...]:
    """The load to ask for beside other questions: unsaid, and at its ends other machines come first."""
    rule = _rule_for(spec) if spec.task_type is not None else None
    if rule is None:
        return ()
    working = assume(spec)
    try:
        offers = await offers_for(context, compute_query(working))
        found = [await models_for(context, query) for query in model_queries(working, context.settings.hf_top_k)]
    except DatabaseUnavailable:  # then it is not asked for
        return ()
    placed = await with_region_names(working, context.database)
    models = to_place(placed, chain.from_iterable(found))
    low = await asyncio.to_thread(first_option, rule.low.on(placed), models, offers)
    if low is None:
        return ()
    high = await asyncio.to_thread(first_option, rule.high.on(placed), _same(low, models), offers)
    return (rule.field,) if _what(low) != _what(high) else ()


async def load_note(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], first: PlacementOption
) -> str | None:
    """What the plan assumes of an unsaid load that other machines would come first at; null where none would.

    `models` and `offers` are those that `first` was placed among.
    """
    rule = _rule_for(spec)
    if rule is None:
        return None
    high = await asyncio.to_thread(first_option, rule.high.on(spec), _same(first, models), offers)
    if _what(high) == _what(first):
        return None
    return f"{rule.what} was not said: {rule.at}, {_told(high)}."


def _rule_for(spec: WorkloadSpec) -> LoadRule | None:
    """How far the load of such a workload goes; null where it was said."""
    rules = load_rules()
    if any(_at(spec, path) is not None for path in rules.said):
        return None
    return next((rule for rule in rules.rules if rule.holds(spec)), None)


def _at(spec: WorkloadSpec, path: str) -> object:
    part, _, leaf = path.partition(".")
    return getattr(getattr(spec, part), leaf)


def _same(option: PlacementOption, models: Sequence[ModelCard]) -> Sequence[ModelCard]:
    """The model that was placed, so that the ends are compared in nothing but their load."""
    return [option.model] if option.model else models


def _what(option: PlacementOption | None) -> tuple[object, ...]:
    """What is recommended, as far as its user sees a difference."""
    if option is None:
        return ()
    model = option.model.key if option.model else None
    return option.offer.key, option.gpus, option.nodes, model, option.quantization


def _told(option: PlacementOption | None) -> str:
    if option is None:
        return "nothing meets every constraint"
    offer = option.offer
    machines = f"{option.nodes} x {offer.instance_type} at {offer.provider}"
    size = count(option.gpus, "GPU") if offer.gpu else "no GPU"
    return f"{machines} ({offer.region}, {offer.terms}; {size}) would come first"
