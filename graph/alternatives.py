"""What the plan would be with the thing a question names: the same arithmetic over the same catalogue."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import TypeVar

from artifacts.notation import words
from domain.base import Frozen, Pricing
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.queries import ComputeQuery, ModelQuery, names_within
from domain.workload import GpuRequirement, Location, RequestedModel, WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import models_for, offers_for
from graph.places import region_names, with_region_names
from graph.programmes import proven_programmes
from graph.queries import compute_query, longest_commitment, named_models
from graph.understanding.mentions.line import Line
from sizing.candidates import is_requested, model_refusal
from sizing.constraints import OfferFilter, names_gpu
from sizing.deployment import FABRIC_GPUS
from sizing.misses import nearest_misses
from sizing.placement import place
from sizing.why_not import why_not

Item = TypeVar("Item")
BARE_SIZE = re.compile(r"[\d.]+\s*B", re.I)
"""A number of parameters that names no model of its own."""
MOST_ALTERNATIVES = 4
MOST_OPTIONS = 4
MOST_MISSES = 4


class Named(Frozen):
    """One thing, or one combination of things, that a question names."""

    gpu: str | None = None
    gpu_count: int | None = None
    provider: str | None = None
    region: str | None = None
    region_names: tuple[str, ...] = ()
    """The region as offers carry it."""
    jurisdiction: str | None = None
    pricing: Pricing | None = None
    precision: str | None = None
    model: RequestedModel | None = None

    @property
    def label(self) -> str:
        """As a sentence names it: "H100 on lambda at spot prices", "lambda", "spot prices"."""
        gpu = f"{self.gpu_count} x {self.gpu}" if self.gpu and self.gpu_count else self.gpu
        if self.gpu is None and self.gpu_count:
            gpu = f"{self.gpu_count} GPUs" if self.gpu_count > 1 else "one GPU"
        pricing = f"{words(self.pricing)} prices" if self.pricing else None
        parts = (
            ("", self.model.name if self.model else None),
            ("on ", gpu),
            ("on ", self.provider),
            ("in ", self.region or self.jurisdiction),
            ("at ", pricing),
            ("at ", self.precision),
        )
        (_, head), *rest = ((preposition, part) for preposition, part in parts if part)
        return " ".join([head, *(preposition + part for preposition, part in rest)])


class Alternative(Frozen):
    """The plans with what was named, every other constraint standing; none where nothing meets them."""

    named: Named
    options: tuple[PlacementOption, ...] = ()
    too_few: bool = False
    """The options have more GPUs than were named, because so few do not hold it."""
    refusal: str | None = None
    """Why the constraints as they stand rule the first option out, in one clause."""
    misses: tuple[str, ...] = ()
    """Without an option: what would have to give way, else what is wrong with each offer; one sentence each."""
    offers: int = 0
    """How many offers the catalogue has of what was named, whatever the constraints."""
    unknown_model: bool = False

    @property
    def option(self) -> PlacementOption | None:
        """The first of them."""
        return self.options[0] if self.options else None


def named_things(readings: Iterable[WorkloadSpec]) -> tuple[Named, ...]:
    """Every combination the readings of a question name; what a question excludes, it names too."""
    specs = tuple(readings)
    gpus = _each(g for s in specs for g in (*s.gpu.models, *s.gpu.excluded))
    providers = _each(p for s in specs for p in (*s.location.providers, *s.location.excluded_providers))
    models = tuple(
        {m.name.lower(): m for s in reversed(specs) for m in s.models if not BARE_SIZE.fullmatch(m.name)}.values()
    )
    pricing = next((s.pricing for s in reversed(specs) if s.pricing), None)
    precision = next((s.precision for s in reversed(specs) if s.precision), None)
    count = next((s.gpu.min_count for s in specs if s.gpu.min_count), None)
    region = next((r for s in specs for r in s.location.regions), None)
    jurisdiction = next((j for s in specs for j in s.location.jurisdictions), None)
    same = Named(region=region, jurisdiction=jurisdiction, pricing=pricing, precision=precision)
    combined = (
        same.model_copy(update={"gpu": gpu, "gpu_count": count if gpu else None, "provider": provider, "model": model})
        for gpu, provider, model in product(gpus or (None,), providers or (None,), models or (None,))
    )
    return tuple(islice((named for named in combined if named != Named()), MOST_ALTERNATIVES))


def things_in(line: Line) -> WorkloadSpec:
    """What a line names, wished for or only asked about."""
    gpus, providers, models, places = [], [], [], []
    for _, name in line.names:
        first = name.named[0]
        if first.kind == "gpu":
            gpus.append(first.name if first.exact and len(name.named) == 1 else first.family or first.name)
        elif first.kind == "provider":
            providers.append(first.name)
        elif first.kind in ("place", "region"):
            places.append(first.country or first.name)
        elif first.kind == "model":
            models.append(RequestedModel(name=name.written, params_b=name.size_b))
    return WorkloadSpec(
        gpu=GpuRequirement(models=_each(gpus)),
        location=Location(providers=_each(providers), jurisdictions=_each(places)),
        models=_each(models),
    )


async def alternatives(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], things: Iterable[Named]
) -> tuple[Alternative, ...]:
    """Each of them looked up and placed. Raises DatabaseUnavailable."""
    placed = await with_region_names(spec, context.database)
    return tuple([await _alternative(context, placed, models, await _located(named, context)) for named in things])


def on_as_many(spec: WorkloadSpec) -> WorkloadSpec | None:
    """No more GPUs than were said, unless as a least: "on one L4" has counted, whatever two would do better."""
    count = spec.gpu.min_count
    if count is None or spec.gpu.max_count is not None or spec.gpu.or_more:
        return None
    return spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"max_count": count})})


def uses(option: PlacementOption, named: Named) -> bool:
    """Whether the option is already what was named."""
    offer, model = option.offer, option.model
    return (
        (named.gpu is None or (offer.gpu is not None and names_gpu(named.gpu, offer.gpu)))
        and (named.gpu_count is None or option.gpus == named.gpu_count)
        and named.provider in (None, offer.provider)
        and (not named.region_names or offer.region.startswith(named.region_names))
        and named.jurisdiction in (None, offer.country, *offer.jurisdictions)
        and named.pricing in (None, offer.pricing)
        and named.precision in (None, option.quantization)
        and (named.model is None or (model is not None and is_requested(named.model, model)))
    )


async def _located(named: Named, context: ArchitectContext) -> Named:
    if named.region is None:
        return named
    return named.model_copy(update={"region_names": await region_names(named.region, context.database)})


async def _alternative(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], named: Named
) -> Alternative:
    cards = models if named.model is None else await _cards(context, spec, named.model)
    if named.model is not None and not cards:
        return Alternative(named=named, unknown_model=True)
    instead = _with(spec, named)
    if named.model is not None and spec.task_type == "rag" and {card.domain for card in cards} == {"embeddings"}:
        instead = instead.model_copy(update={"task_type": "inference", "domain": "embeddings"})  # it answers nobody
    options = await _options(context, instead, cards, named)
    if not options and named.gpu_count:
        more = named.model_copy(update={"gpu_count": None})
        if options := await _options(context, _with(spec, more), cards, more):
            return Alternative(named=named, options=options, too_few=True, offers=len(options))
    sold = _of_size(await _sold(context, spec, named), named)
    if not options:
        misses = await _misses(context, instead, cards, sold, named)
        return Alternative(named=named, misses=misses, offers=len(sold))
    refusal = _refusal(spec, options[0])
    return Alternative(named=named, options=options, refusal=refusal, offers=len(sold))


async def _options(
    context: ArchitectContext, instead: WorkloadSpec, cards: Sequence[ModelCard], named: Named
) -> tuple[PlacementOption, ...]:
    allowed = await offers_for(context, compute_query(instead))
    found = await asyncio.to_thread(place, instead, cards, _of_size(allowed, named))
    return tuple(option for option in found.options if uses(option, named))[:MOST_OPTIONS]


async def _misses(
    context: ArchitectContext, instead: WorkloadSpec, cards: Sequence[ModelCard], sold: Sequence[Offer], named: Named
) -> tuple[str, ...]:
    """The smallest changes that would give a plan with what was named; without any, a verdict on each offer."""
    if instead.compliance and sold:
        lawful = ComputeQuery(compliance=names_within(proven_programmes(instead)), top_k=None)
        listed = {offer.provider for offer in await offers_for(context, lawful)}
        unlisted = sorted({offer.provider for offer in sold} - listed)
        sold = [offer for offer in sold if offer.provider in listed]
        if not sold:
            programmes = ", ".join(programme.upper() for programme in instead.compliance)
            return (f"{', '.join(unlisted)}: not listed in the catalogue for {programmes}.",)
    misses = await asyncio.to_thread(nearest_misses, instead, cards, sold)
    found = [miss for miss in misses if uses(miss.option, named)]
    if found:
        return tuple(miss.explanation for miss in found[:MOST_MISSES])
    one_each = _one_each(sold, by_provider=named.gpu is not None)[:MOST_MISSES]
    return tuple(dict.fromkeys(why_not(instead, cards, offer) for offer in one_each))


def _with(spec: WorkloadSpec, named: Named) -> WorkloadSpec:
    """The spec that asks for what was named, whatever it asked for in its place."""
    update: dict[str, object] = {}
    if named.gpu:
        kept = tuple(name for name in spec.gpu.excluded if name != named.gpu)
        wanted: dict[str, object] = {"models": (named.gpu,), "excluded": kept}
        if named.gpu_count:
            wanted |= {"min_count": named.gpu_count, "max_count": named.gpu_count}
        update["gpu"] = spec.gpu.model_copy(update=wanted)
    location: dict[str, object] = {}
    if named.provider:
        kept = tuple(name for name in spec.location.excluded_providers if name != named.provider)
        location |= {"providers": (named.provider,), "excluded_providers": kept}
    if named.region or named.jurisdiction:
        location["regions"] = named.region_names
        location["jurisdictions"] = (named.jurisdiction,) if named.jurisdiction else ()
    update["location"] = spec.location.model_copy(update=location)
    if named.pricing:
        update["pricing"] = named.pricing
    if named.model:
        update["models"] = (named.model,)
    if named.precision:
        asked = tuple(m.model_copy(update={"quantization": None}) for m in (named.model, *spec.models) if m)
        update |= {"precision": named.precision, "models": asked[:1] if named.model else asked}
    return spec.model_copy(update=update)


async def _cards(context: ArchitectContext, spec: WorkloadSpec, model: RequestedModel) -> tuple[ModelCard, ...]:
    """The catalogue's rows of the model; none where it has none of that name."""
    query = ModelQuery(named=named_models([(model.name, model.params_b)]), domain=spec.domain, top_k=3)
    return tuple(card for card in await models_for(context, query) if is_requested(model, card))


async def _sold(context: ArchitectContext, spec: WorkloadSpec, named: Named) -> tuple[Offer, ...]:
    """Every offer of what was named, whatever the constraints."""
    query = ComputeQuery(
        gpu_required=True if named.gpu else spec.gpu_needed,
        gpu_models=names_within((named.gpu,) if named.gpu else ()),
        providers=(named.provider,) if named.provider else (),
        regions=names_within(named.region_names),
        jurisdictions=(named.jurisdiction,) if named.jurisdiction else (),
        pricing=named.pricing,
        max_term_months=longest_commitment(spec),
        top_k=None,
    )
    return await offers_for(context, query)


def _of_size(offers: Sequence[Offer], named: Named) -> tuple[Offer, ...]:
    """Who asks about two cards asks about an instance with two, not with at least two; about more than a machine has,
    about whole machines."""
    count = named.gpu_count
    machines = count is not None and count > FABRIC_GPUS
    return tuple(
        offer
        for offer in offers
        if count in (None, offer.gpu_count) or (machines and offer.gpu_count and count % offer.gpu_count == 0)
    )


def _one_each(offers: Sequence[Offer], *, by_provider: bool) -> list[Offer]:
    """The cheapest offer of each provider, or of each GPU where the provider is what was named; cheapest first."""
    kept: dict[str, Offer] = {}
    for offer in offers:
        kept.setdefault(offer.provider if by_provider else offer.gpu.name if offer.gpu else "", offer)
    return list(kept.values())


def _refusal(spec: WorkloadSpec, option: PlacementOption) -> str | None:
    """The standing constraint that the option breaks: on its offer, or on its model."""
    refusal = OfferFilter(spec).refusal(option.offer)
    if refusal is None and option.model is not None:
        return model_refusal(spec, option.model)
    return refusal


def _each(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
