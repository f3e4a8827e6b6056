"""A place that is preferred within a wider one ("the EU, Frankfurt ideally"): taken where a plan can be had there, and
what the rest of the wider one would save, or what the place would cost, is said."""

from collections.abc import Iterator

from domain.placement import PlacementOption
from domain.workload import Budget, WorkloadSpec
from graph.described import rents_nothing
from graph.explanations.wording import costs
from graph.home import HOPED_FOR
from sizing.rules import weight_of

EQUAL = 1.01
"""Times the price, up to which nothing is saved."""
NEARNESS = 2.0
"""Times the price elsewhere, up to which a service stands near its users where nobody asked for that."""


def narrowed(spec: WorkloadSpec) -> Iterator[WorkloadSpec]:
    """The spec kept to the regions that are preferred, then to the countries; none where no place is preferred, or
    nothing is rented."""
    where = spec.location
    if rents_nothing(spec):
        return
    regions = tuple(place for place in where.preferred if not place.isupper())
    countries = tuple(place for place in where.preferred if place.isupper())
    if regions:
        yield spec.model_copy(update={"location": where.model_copy(update={"regions": regions})})
    if countries:
        yield spec.model_copy(update={"location": where.model_copy(update={"jurisdictions": countries})})


def without_budget(spec: WorkloadSpec) -> WorkloadSpec:
    return spec.model_copy(update={"budget": Budget()})


def taken_note(spec: WorkloadSpec, there: PlacementOption, elsewhere: PlacementOption | None) -> str:
    """That the place was taken, and what another within the wider one would save. `spec` is not narrowed."""
    why = "where you spoke of people" if _is_assumed(spec) else "as preferred"
    told = f"Placed in {_places(spec.location.preferred)}, {why}"
    if elsewhere is None or _cost(there) <= EQUAL * _cost(elsewhere):
        return f"{told}: {_elsewhere(spec)} it costs no less."
    return f"{told}: {_elsewhere(spec)} {_named(elsewhere)} would come first, for {costs(elsewhere)}."


def gives_up_more(spec: WorkloadSpec, there: PlacementOption, elsewhere: PlacementOption | None) -> bool:
    """Whether it breaks weightier rules than the wider place has to, or costs more than being near is worth."""
    if elsewhere is None:
        return False
    dear = _is_assumed(spec) and _cost(there) > NEARNESS * _cost(elsewhere)
    return dear or weight_of(there.breaks) > weight_of(elsewhere.breaks)


def not_taken_note(spec: WorkloadSpec, there: PlacementOption | None, at_any_price: PlacementOption | None) -> str:
    """That the place was not taken and why: what it would give up, what it would cost where only the budget forbids
    it, or that nothing there will do."""
    why = "where you spoke of people" if _is_assumed(spec) else "which you prefer"
    told = f"Not placed in {_places(spec.location.preferred)}, {why}"
    if there is not None:
        gives_up = ", ".join(f"{broken.rule} ({broken.words})" for broken in there.breaks)
        tail = f", and gives up {gives_up}" if gives_up else ""
        return f"{told}: {_named(there)} does it there for {costs(there)}{tail}."
    if at_any_price is None:
        return f"{told}: nothing that is priced there meets every constraint."
    return f"{told}: within the budget nothing there does it; {_named(at_any_price)} would, for {costs(at_any_price)}."


def _cost(option: PlacementOption) -> float:
    return option.job_cost_usd if option.job_cost_usd is not None else option.price_per_month_usd


def _named(option: PlacementOption) -> str:
    offer = option.offer
    return f"{option.nodes} x {offer.instance_type} at {offer.provider} ({offer.region}, {offer.terms})"


def _places(names: tuple[str, ...]) -> str:
    return " or ".join(name if name.isupper() else name.title() if name.isalpha() else name for name in names)


def _elsewhere(spec: WorkloadSpec) -> str:
    bound = spec.location.jurisdictions
    return f"elsewhere in {_places(bound)}" if bound else "elsewhere"


def _is_assumed(spec: WorkloadSpec) -> bool:
    """Whether the place is preferred because somebody is there."""
    return HOPED_FOR in spec.assumed
