"""How large a model is taken whose name and size were left to us: the largest that the machines or the budget bear."""

from collections.abc import Callable, Iterator, Sequence

from domain.models import ModelCard
from domain.placement import Placement, PlacementOption
from domain.workload import WorkloadSpec
from graph.queries import larger_sizes

Placed = Callable[[Sequence[ModelCard]], Placement]
Own = Callable[[Sequence[ModelCard]], tuple[PlacementOption, ...]]
FOUR_BITS = ("awq", "gptq", "int4", "nf4")
"""Formats that a model of the common size does not need: what a larger one gains they take back in part."""


def of_common_size(spec: WorkloadSpec, models: Sequence[ModelCard]) -> tuple[ModelCard, ...]:
    """Those of the larger classes behind all others: they come first only where something bears them."""
    late = [model for models_of in _classes(spec, models) for model in models_of]
    return (*(model for model in models if model not in late), *late)


def largest_on_own(
    spec: WorkloadSpec, models: Sequence[ModelCard], placed: Own, usual: tuple[PlacementOption, ...]
) -> tuple[PlacementOption, ...]:
    """The plan on machines at hand with the largest class of models that keeps the rules which the usual one keeps."""
    if not spec.owned and spec.hosting != "existing_cluster":
        return usual
    for larger in reversed(list(_classes(spec, models))):
        found = placed(larger) if larger else ()
        if found and _keeps(found[0], usual[:1]):
            return found
    return usual


def largest_in_budget(
    spec: WorkloadSpec, models: Sequence[ModelCard], placed: Placed, usual: Placement
) -> Placement:  # fmt: skip
    """The plan with a larger model, where a budget was said that bears one which keeps the rules of the usual plan."""
    if spec.budget.amount is None or not usual.options:
        return usual
    for larger in reversed(list(_classes(spec, models))):
        others = [model for model in models if model not in larger]
        found = placed((*larger, *others)) if larger else Placement()
        if found.options and found.options[0].model in larger and _keeps(found.options[0], usual.options[:1]):
            return found
    return usual


def _classes(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Iterator[list[ModelCard]]:
    """The models of each larger class, the smaller class first."""
    for least, most in larger_sizes(spec):
        yield [model for model in models if model.params_b is not None and least <= model.params_b <= most]


def _keeps(option: PlacementOption, usual: Sequence[PlacementOption]) -> bool:
    """No rule given up, nor the size paid for with four bits a weight."""
    if option.quantization in FOUR_BITS:
        return False
    return not usual or {item.rule for item in option.breaks} <= {item.rule for item in usual[0].breaks}
