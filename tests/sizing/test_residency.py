"""Nothing is proposed under another law than that of the place that was said; a price that is lacking is told so."""

import pytest

from artifacts.answers import impossible
from domain.base import Pricing
from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import Budget, Location, RequestedModel, WorkloadSpec
from sizing.misses import nearest_misses
from sizing.residency import price_hole, tariff_hole, within_home

LARGE = WorkloadSpec(
    task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama 3.3 70B", params_b=70),),
    budget=Budget(amount=90.0, period="month"),
)  # fmt: skip


def at(spec: WorkloadSpec, **where: tuple[str, ...]) -> WorkloadSpec:
    return spec.model_copy(update={"location": Location(**where)})


@pytest.mark.parametrize(
    "where", [{"regions": ("europe-west3",)}, {"regions": ("eu-central-1",), "providers": ("aws",)},
              {"jurisdictions": ("EU",)}],
)  # fmt: skip
def test_what_would_have_to_give_way_is_never_the_law(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...], where: dict[str, tuple[str, ...]]
) -> None:
    found = nearest_misses(at(LARGE, **where), starter_models, starter_offers)
    assert found
    assert all("EU" in relaxation.option.offer.jurisdictions for relaxation in found)


def test_guarded_data_of_a_country_stay_there(starter_offers: tuple[Offer, ...]) -> None:
    spec = at(LARGE, jurisdictions=("DE",)).model_copy(update={"sensitive": ("personal",)})
    assert {offer.country for offer in within_home(spec, starter_offers)} == {"DE"}
    assert len({offer.country for offer in within_home(at(LARGE, jurisdictions=("DE",)), starter_offers)}) > 1


def test_a_price_that_the_catalogue_lacks_is_a_gap_in_it(starter_offers: tuple[Offer, ...]) -> None:
    on_cpus = at(LARGE, regions=("eu-west-1",), providers=("aws",)).model_copy(update={"gpu_needed": False})
    assert price_hole(on_cpus, starter_offers).startswith(
        "The catalogue has no price of machines without a GPU in aws eu-west-1: a gap in it"
    )
    assert price_hole(at(LARGE, regions=("eu-west-1",), providers=("aws",)), starter_offers) == ""
    assert price_hole(LARGE, starter_offers) == ""


@pytest.mark.parametrize(("pricing", "provider", "lacks"), [
    ("spot", "aws", True), ("reserved", "aws", True), ("spot", "gcp", False), ("on_demand", "aws", False),
])  # fmt: skip
def test_a_kind_of_price_that_the_catalogue_lacks_is_bounded_by_another(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...], pricing: Pricing, provider: str,
    lacks: bool,
) -> None:  # fmt: skip
    spec = at(LARGE, providers=(provider,)).model_copy(update={"pricing": pricing, "budget": Budget()})
    assert bool(tariff_hole(spec, starter_offers)) == lacks
    found = nearest_misses(spec, starter_models, starter_offers)
    assert [relaxation.option.offer.pricing for relaxation in found if relaxation.hole] == ["on_demand"] * lacks
    told = impossible(found, spec)
    assert told.startswith(f"The catalogue has no {pricing} price of GPU machines at {provider}; ") == lacks
    assert (". On demand, the cheapest plan is " in told) == lacks
