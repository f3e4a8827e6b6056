"""GPUs, providers and models that a question compares."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from artifacts.answers import to_buy_of
from artifacts.choices import CHOICES
from artifacts.verdict import chosen_of, compared, sold_for_less
from catalog.reference import Reference
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.queries import ComputeQuery
from domain.workload import AskedQuestion, WorkloadSpec
from graph.alternatives import MOST_ALTERNATIVES, Alternative, Named, alternatives, named_things, on_as_many, uses
from graph.asked_verdict import Asked
from graph.context import ArchitectContext
from graph.hardware_asked import as_named, of_subject
from graph.lookups import offers_for
from graph.to_provide import to_provide
from sizing.candidates import is_requested, model_refusal
from sizing.constraints import names_gpu


async def with_rivals(context: ArchitectContext, spec: WorkloadSpec) -> WorkloadSpec:
    """The spec that may choose among all the GPUs, or providers, that a question compares, and among them alone."""
    rivals = await rivals_named(context, spec)
    if spec.question is not None and spec.question.asks("nodes", "link") and not spec.gpu.models:
        spec = await _on_subjects(context, spec, spec.question)
    gpus = tuple(thing.gpu for thing in rivals if thing.gpu)
    providers = tuple(thing.provider for thing in rivals if thing.provider)
    update: dict[str, object] = {}
    if len(gpus) > 1:
        each = dict.fromkeys(("min_count", "max_count", "min_nodes")) if _are_counted(rivals) else {}
        update["gpu"] = spec.gpu.model_copy(update={"models": tuple(dict.fromkeys(gpus)), **each})
    if len(providers) > 1:
        update["location"] = spec.location.model_copy(update={"providers": tuple(dict.fromkeys(providers))})
    return spec.model_copy(update=update) if update else spec


async def compared_rivals(context: ArchitectContext, asked: Asked) -> str:
    """Each GPU, provider or model that the question names, in a plan of its own under the other constraints. Models
    that were named for different workloads do not stand against each other, nor do those that are all ruled out."""
    rivals = await rivals_named(context, asked.spec)
    if len(rivals) < 2 or _of_different_workloads(rivals, asked.spec):
        return ""
    counted = on_as_many(asked.spec) or asked.spec
    found = await alternatives(context, counted, asked.models, rivals)
    if not any(item.option for item in found):
        found = await alternatives(context, asked.spec, asked.models, rivals)
    if asked.first is not None and all(item.option is None and item.named.model for item in found):
        return ""
    shown = [option for option in asked.placement.options if option.label in CHOICES]
    first = asked.first if asked.together is None else None
    on_it = [item.named for item in found if first is not None and not first.is_own and uses(first, item.named)]
    taken = on_it[0] if len(on_it) == 1 else None
    told = [
        (
            _name(item),
            first if item.named == taken else item.option,
            _less(item, shown) if item.option else _why(item),
        )
        for item in found
    ]
    return compared(told, taken.label if taken else "")


def _name(item: Alternative) -> str:
    """As it was named; of fewer cards than the work takes, that they are too few."""
    label, count = item.named.label, item.named.gpu_count
    too_few = item.option is not None and count is not None and item.option.gpus > count
    return f"{item.named.gpu} ({count} {'is' if count == 1 else 'are'} too few)" if too_few else label


def _of_different_workloads(rivals: Sequence[Named], spec: WorkloadSpec) -> bool:
    own = [{model.name for model in workload.models} for workload in spec.workloads]
    users = [[names for names in own if thing.model is not None and thing.model.name in names] for thing in rivals]
    return all(users) and not any(all(names in others for names in users[0]) for others in users[1:])


async def choice_told(context: ArchitectContext, asked: Asked) -> str:
    """Each of the models that were named to choose from, in a plan of its own, and why one is taken."""
    models = [model for model in asked.spec.models if model.choice is not None]
    if asked.first is None or asked.together is not None or len(models) < 2:
        return ""
    told: list[tuple[str, PlacementOption | None, str]] = []
    for model in sorted(models, key=lambda model: model.choice or 0):
        cards = [card for card in asked.models if is_requested(model, card)]
        option = next((one for one in asked.placement.options if one.model in cards), None)
        why = next((why for card in cards if (why := model_refusal(asked.spec, card))), "")
        if option is None and not why:
            (found,) = await alternatives(context, asked.spec, asked.models, (Named(model=model),))
            option, why = found.option, _why(found)
        told.append((model.name, option, why))
    return chosen_of(told, asked.first)


async def rivals_named(context: ArchitectContext, spec: WorkloadSpec) -> tuple[Named, ...]:
    if spec.question is None:
        return _rivals(_listed(spec))
    if spec.question.kind not in ("compare", "which"):
        return ()
    subjects = spec.question.subjects
    readings = [(await context.grammar.read_alone(as_named(subject))).spec for subject in subjects]
    domains = {reading.domain for reading in readings if reading.models}
    parts = "embeddings" in domains and len(domains) > 1  # of one search, and none stands against the others
    things = tuple(
        thing for thing in dict.fromkeys(chain.from_iterable(named_things((reading,)) for reading in readings))
        if not (parts and thing.model)
    )  # fmt: skip
    found = _rivals([thing for thing in things if not _is_ruled_out(spec, thing)])
    return found or _rivals(_listed(spec))


async def as_weighed(
    context: ArchitectContext, spec: WorkloadSpec, offers: Sequence[Offer]
) -> tuple[WorkloadSpec, tuple[Offer, ...]] | None:
    """The spec and the offers for GPUs that are weighed by their numbers, "1 x H100 or 2 x A100": machines with as many
    of each, and one of them. Null where none are."""
    rivals = () if spec.question is None else await rivals_named(context, spec)
    if not _are_counted(rivals):
        return None
    kept = tuple(
        offer
        for offer in offers
        if offer.gpu is not None
        and any(
            names_gpu(thing.gpu or "", offer.gpu) and thing.gpu_count in (None, offer.gpu_count) for thing in rivals
        )
    )
    return spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"max_nodes": 1})}), kept


def _are_counted(rivals: Sequence[Named]) -> bool:
    """Whether it is so many of each that are weighed, which no count for all of them can say."""
    return all(thing.gpu for thing in rivals) and any((thing.gpu_count or 1) > 1 for thing in rivals)


async def compared_to_buy(context: ArchitectContext, asked: Asked, reference: Reference) -> str:
    """Each of the GPUs that a purchase is weighed between: what its cards list at, and how it carries the work; empty
    where fewer than two were named."""
    spec, rivals = asked.spec, [thing for thing in await rivals_named(context, asked.spec) if thing.gpu]
    if len(rivals) < 2 or asked.first is None:
        return ""
    sold, cards = await offers_for(context, ComputeQuery(top_k=None)), tuple(reference.gpus.values())
    told: list[tuple[str, PlacementOption | None]] = []
    for thing in rivals[:MOST_ALTERNATIVES]:
        counted = {
            "models": (thing.gpu,),
            "min_count": thing.gpu_count,
            "max_count": thing.gpu_count,
            "min_nodes": None,
        }
        counted["max_nodes"] = 1 if thing.gpu_count else spec.gpu.max_nodes
        alone = spec.model_copy(update={"gpu": spec.gpu.model_copy(update=counted)})
        told.append((thing.label, await asyncio.to_thread(to_provide, alone, asked.models, sold, cards)))
    return to_buy_of(told, spec)


def _listed(spec: WorkloadSpec) -> list[Named]:
    """Several GPUs or providers that a wish leaves the choice of: "H100 or MI300X"."""
    if spec.owned or spec.workloads:
        return []
    gpus = [Named(gpu=name) for name in spec.gpu.models] if not spec.gpu.or_more else []
    return [*gpus, *(Named(provider=name) for name in spec.location.providers)][:MOST_ALTERNATIVES]


def _is_ruled_out(spec: WorkloadSpec, thing: Named) -> bool:
    """ "No Llama": what is spoken of to be left out is not compared with anything."""
    return thing.model is not None and f"models.{thing.model.name}" in spec.assumed


async def _on_subjects(context: ArchitectContext, spec: WorkloadSpec, question: AskedQuestion) -> WorkloadSpec:
    """How the GPUs that are named have to be joined is asked of these GPUs."""
    found = [await of_subject(context, subject) for subject in question.subjects]
    for name, _, count in (thing for part in found for thing in part):
        if name is not None and count > 1:
            asked = {"models": (name,), "min_count": count, "max_count": count}
            return spec.model_copy(update={"gpu": spec.gpu.model_copy(update=asked)})
    return spec


def _rivals(things: Sequence[Named]) -> tuple[Named, ...]:
    """Those that are compared: of GPUs, providers and models, the kind of which several were named."""
    for kind in ("gpu", "provider", "model", "pricing", "region"):
        if len(rivals := [thing for thing in things if getattr(thing, kind)]) > 1:
            return tuple(rivals)
    return ()


def _less(item: Alternative, shown: Sequence[PlacementOption]) -> str:
    """What the page shows the same GPUs for, where they are compared and not their sellers."""
    return sold_for_less(item.option, shown) if item.option and item.named.provider is None else ""


def _why(item: Alternative) -> str:
    if item.unknown_model:
        return "not in the catalogue"
    return item.misses[0].rstrip(".") if item.misses else ""
