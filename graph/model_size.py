"""How large a model is taken whose name and size were left to us: the largest that the machines or the budget bear,
and that what is rented anyway bears."""

from collections.abc import Callable, Iterator, Sequence

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.workload import Budget, WorkloadSpec
from graph.queries import larger_sizes
from sizing.choices import SAVES
from sizing.placement import first_option

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


def largest_borne(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], usual: Placement, placed: Placed
) -> Placement:  # fmt: skip
    """The plan with the larger model that is borne, where there is one."""
    if not usual.options:
        return usual
    first = usual.options[0]
    found = with_larger_model(spec, models, offers, first)
    better = found or next((one for one in usual.options if _is_better(one, first)), None)
    if better is None:
        return usual
    return placed((*(m for m in models if m == better.model), *(m for m in models if m != better.model)))


def _is_better(option: PlacementOption, first: PlacementOption) -> bool:
    """A larger model of whatever kind that costs no more and keeps what the first keeps."""
    costs_no_more = option.price_per_hour_usd <= first.price_per_hour_usd
    return option.label == "better" and option.model != first.model and costs_no_more and _keeps(option, (first,))


def with_larger_model(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], usual: PlacementOption
) -> PlacementOption | None:
    """A plan with a larger model that keeps the rules of the usual one and costs no more, the largest class first and
    in it the cheapest; of the first larger class also one within a budget that was said. Nobody signs a plan beside
    which a better one stands that costs less."""
    best = usual
    for number, larger in enumerate(_classes(spec, models)):
        within_budget = spec.budget.amount is not None and not number
        capped = spec if within_budget else _for_no_more_than(spec, best.price_per_hour_usd)
        for model in larger:
            found = first_option(capped, (model,), offers)
            if found is not None and _keeps(found, (best,)):
                best = found
                if within_budget:
                    break
                capped = _for_no_more_than(spec, best.price_per_hour_usd * SAVES)
    return best if best is not usual else None


def _for_no_more_than(spec: WorkloadSpec, price_per_hour_usd: float) -> WorkloadSpec:
    return spec.model_copy(update={"budget": Budget(amount=price_per_hour_usd, period="hour", currency="USD")})


def _classes(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Iterator[list[ModelCard]]:
    """The models of each larger class, the smaller class first."""
    for least, most in larger_sizes(spec):
        yield [model for model in models if model.params_b is not None and least <= model.params_b <= most]


def _keeps(option: PlacementOption, usual: Sequence[PlacementOption]) -> bool:
    """No rule given up, nor the size paid for with four bits a weight."""
    if option.quantization in FOUR_BITS:
        return False
    return not usual or {item.rule for item in option.breaks} <= {item.rule for item in usual[0].breaks}
