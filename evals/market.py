"""The catalogue as the graders look at it: every offer, and the rows behind a plan, read by their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.hosted import hosted_prices
from catalog.names import gpus_named, provider_named, regions_named
from catalog.reference import Reference, load_reference
from catalog.services import service_prices
from database import Database
from domain.hosted import HostedPrice
from domain.models import ModelCard
from domain.names import squash
from domain.offers import Gpu, Offer, ServicePrice
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.queries import ComputeQuery
from tools import compute, models, packages


@dataclass(frozen=True)
class Market:
    """Every offer of every region, and what names mean."""

    offers: tuple[Offer, ...]
    reference: Reference

    def provider(self, name: str) -> str:
        return provider_named(name, self.reference.providers)

    def is_gpu(self, gpu: Gpu, name: str) -> bool:
        return gpu.name in gpus_named(name, self.reference)

    def is_region(self, offer: Offer, name: str) -> bool:
        return offer.region.lower() == name.strip().lower() or (
            (offer.provider, offer.region) in regions_named(name, self.reference)
        )

    def is_under(self, offer: Offer, place: str) -> bool:
        code = {"USA": "US", "UK": "GB"}.get(place.strip().upper(), place.strip().upper())
        return code == offer.country or code in offer.jurisdictions

    def knows_programme(self, programme: str) -> bool:
        """Whether any provider proves it: one that nobody does is for the plan to own up to, not to filter by."""
        return any(self.has_programme(item.provider, programme) for item in self.reference.providers)

    def has_programme(self, provider: str, programme: str) -> bool:
        held = next((p.programmes for p in self.reference.providers if p.provider == provider), ())
        return any(squash(programme).startswith(squash(has)) for has in held)


@dataclass(frozen=True)
class PlanRows:
    """The catalogue's own rows for the keys that a plan names; a key without a row is absent.

    `gpus` are all that it knows; `rivals` every offer, where the plan's verdict compares what is none of its options.
    """

    offers: dict[str, Offer]
    models: dict[str, ModelCard]
    packages: dict[str, Package]
    services: tuple[ServicePrice, ...]
    gpus: Mapping[str, Gpu] = field(default_factory=dict)
    rivals: tuple[Offer, ...] = ()
    hosted: Mapping[str, HostedPrice] = field(default_factory=dict)


async def load_market(database: Database) -> Market:
    found = await compute.search(ComputeQuery(top_k=None, every_region=True), database)
    return Market(found.items, await load_reference(database))


async def rows_of(plan: DeploymentPlan, database: Database) -> PlanRows:
    """Looks up every offer, model and chart of the plan, and the first provider's service prices."""
    options = options_of(plan)
    beside = {line.offer_key for line in plan.cost.lines if line.offer_key} if plan.cost else set()
    offer_keys = sorted({option.offer.key for option in options if not option.is_own} | beside)
    model_keys = sorted({c.model.key for c in plan.models} | {o.model.key for o in options if o.model})
    chart_keys = sorted({component.package.key for component in plan.stack})
    return PlanRows(
        offers={row.key: row for row in await compute.lookup(offer_keys, database)},
        models={row.key: row for row in await models.lookup(model_keys, database)},
        packages={row.key: row for row in await packages.lookup(chart_keys, database)},
        services=await service_prices(database, options[0].offer.provider) if options else (),
        gpus=(await load_reference(database)).gpus,
        hosted={row.key: row for row in await hosted_prices(database, _hosted_models(plan))},
        rivals=(await load_market(database)).offers if "$" in plan.verdict else (),
    )


def _hosted_models(plan: DeploymentPlan) -> list[str]:
    """Whose list prices the plan compares with."""
    beside = plan.hosted
    if beside is None:
        return [choice.model.key for choice in plan.models]
    return [key for key in (beside.model, beside.stand_in.key if beside.stand_in else None) if key]


def options_of(plan: DeploymentPlan) -> tuple[PlacementOption, ...]:
    """Everything the plan puts a price on: recommendations, then the options of its relaxations."""
    recommended = (recommendation.option for recommendation in plan.recommendations)
    return (*recommended, *(relaxation.option for relaxation in plan.relaxations))
