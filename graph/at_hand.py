"""Hardware that the user has: offers without rent, placed before anything that is rented."""

import re
from collections.abc import Iterator, Sequence
from math import inf

from catalog.names import gpus_named
from catalog.reference import UNRECORDED, Reference
from domain.base import Source
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu, Offer
from domain.placement import Placement, PlacementOption
from domain.workload import (
    LANGUAGE_DOMAINS,
    Availability,
    OwnedHardware,
    Traffic,
    Volume,
    WorkloadSpec,
)
from graph.asked_about import by_memory
from graph.cluster_nodes import cluster_offers, nodes_like
from graph.described import rents_nothing, spread
from graph.free_gpus import counts, gpus_of, keeps_the_rules, on_site
from graph.pooled_cards import pooled
from sizing.amount_of_work import JOB_TASKS
from sizing.demand import demand_of
from sizing.placement import place
from sizing.precision import GGUF, known_format
from sizing.purchase import power_told
from sizing.served_models import OF_FOUR_BITS

_OWN_SIZE = re.compile(r"-\d+GB$")
FILES_OF_EIGHT_BITS, FILES_OF_FOUR_BITS = ("q8_0",), ("q4_k_m",)
"""GGUF, whose engine has builds for cards that the usual one has dropped, and keeps less beside the weights."""
MOST_HALVINGS = 10
"""Of a load: less than a thousandth of it is no part worth naming."""
CURRENT = 8.0
"""Compute capability of cards that nothing has dropped yet, and that compute in bf16."""
REPORTED = 0.9
"""Of the memory that a card is sold with: the least that drivers report."""
NOTICEABLY = 1.1
"""How many times as fast all machines must be to be worth naming beside the fewest that do."""


def gpu_of(name: str, reference: Reference, memory_gb: float | None = None) -> Gpu | None:
    """The accelerator a name means; of several variants the one with that memory, else the one with the least. A card
    of which another memory was said has that one: it was rebuilt, or is that of a laptop."""
    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    of_size = [gpu for gpu in found if memory_gb is None or _is_of_size(gpu, memory_gb)]
    exact = [gpu for gpu in of_size or found if gpu.name.lower() == name.lower()]
    gpu = min(exact or of_size or found, key=_as_named, default=None)
    return gpu if gpu is None or of_size or memory_gb is None else _with_memory(gpu, memory_gb)


def _slowest_of_size(held: OwnedHardware, reference: Reference) -> Gpu | None:
    """Cards without a name, whose number and memory were said: as fast as the slowest current ones of that memory."""
    known = by_memory(held.vram_gb, reference) if held.count else None
    if known is None:
        return None
    slow = min(
        (
            gpu
            for gpu in reference.gpus.values()
            if gpu.memory_gb == known.memory_gb
            and gpu.vendor == "nvidia"
            and (gpu.compute_capability or 0) >= CURRENT
            and not _is_machine(gpu)
        ),
        key=lambda gpu: (gpu.memory_bandwidth_gb_s or inf, gpu.name),
        default=known,
    )
    return slow.model_copy(update={"name": known.name, "family": known.family, "aliases": ()})


def _is_of_size(gpu: Gpu, memory_gb: float) -> bool:
    """What drivers report of a card is a little less than what it is sold with."""
    return abs(gpu.memory_gb - memory_gb) < 1 or REPORTED * gpu.memory_gb <= memory_gb <= gpu.memory_gb


def _with_memory(gpu: Gpu, memory_gb: float) -> Gpu:
    usable = gpu.usable_gib * memory_gb / gpu.memory_gb
    return gpu.model_copy(
        update={
            "name": f"{_OWN_SIZE.sub('', gpu.family)}-{memory_gb:g}GB",
            "memory_gb": memory_gb,
            "usable_gib": usable,
        }
    )


def _as_named(gpu: Gpu) -> tuple[float, float, str]:
    """Of a family the card with the least memory, and of those the fastest."""
    return gpu.memory_gb, -(gpu.memory_bandwidth_gb_s or 0.0), gpu.name


def owned_machines(spec: WorkloadSpec, reference: Reference) -> tuple[tuple[Offer, int], ...]:
    """Each kind of machine at hand whose accelerator the catalogue knows, and how many there are of it."""
    made = (_offer(held, reference) for held in spec.owned)
    return tuple(held for held in made if held is not None)


def _is_machine(gpu: Gpu | None) -> bool:
    """Whether each is a machine of its own: what has one memory for all, and one link to nothing."""
    return gpu is not None and gpu.link_gb_s is None and gpu.vendor in ("nvidia", "amd", "apple")


def on_own_hardware(
    spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference, nodes: Sequence[ClusterNode] = ()
) -> tuple[PlacementOption, ...]:
    """The plan on what is at hand, if that is enough: what was said, else what is free in the cluster.

    Place and price are settled there: no such constraint counts. Cards that are too old for the usual engine run GGUF
    weights, where no format was said.
    """
    if spec.gpu_needed is False:
        return ()
    held = _machines(spec, reference, nodes)
    best = _best_on(held, spec, models)
    if best is not None and best.job_hours is None and not spec.owned:
        best = _on_fewest(best, spec, models)
    if best is None:
        whole = pooled(tuple(offer for offer, nodes in held if nodes == 1)) if spec.owned else None
        ways = (held, ((whole, 1),)) if whole else (held,)
        said = spec.owned and (_best_on(way, in_files, models) for way in ways for in_files in files_of(spec))
        return next(((found,) for found in said or () if found is not None), ())
    if best.job_hours is not None or best.gpus == best.held_gpus:
        return (best,) if best else ()
    everything = [_placed_on(spec, models, offer, most, all_of_it=True) for offer, most in held]
    faster = [option for option in everything if option and _pace(option) > NOTICEABLY * _pace(best)]
    return best, *(option.model_copy(update={"label": "faster"}) for option in faster[:1])


def _best_on(
    held: Sequence[tuple[Offer, int]], spec: WorkloadSpec, models: Sequence[ModelCard]
) -> PlacementOption | None:
    found = [_placed_on(spec, models, offer, most, all_of_it=spec.task_type in JOB_TASKS) for offer, most in held]
    return min((option for option in found if option), key=_preferred, default=None)


def _on_fewest(best: PlacementOption, spec: WorkloadSpec, models: Sequence[ModelCard]) -> PlacementOption:
    """On part of a node of the cluster, others run there too: the fewest of its GPUs that keep the rules and the number
    format of all that are free."""
    if best.nodes > 1 or spec.gpu.min_count or spec.gpu.min_nodes:
        return best
    for gpus in counts(best.gpus - 1):
        part = _placed_on(spec, models, gpus_of(best.offer, gpus), 1, all_of_it=False)
        if part is not None and keeps_the_rules(part, best):
            stays = _reason(part, best.held_gpus or best.gpus, spec)
            return part.model_copy(update={"reasons": (stays, *part.reasons[1:]), "held_gpus": best.held_gpus})
    return best


def as_files(spec: WorkloadSpec) -> Iterator[WorkloadSpec]:
    """The same from GGUF files, where the usual engine does not do on the hardware at hand, the finer first; of a
    format that was named those as light."""
    named = known_format(next((model.quantization for model in spec.models if model.quantization), spec.precision))
    if spec.task_type in JOB_TASKS or (named or spec.precision) not in (None, *OF_FOUR_BITS):
        return
    if (spec.domain or LANGUAGE_DOMAINS[0]) not in LANGUAGE_DOMAINS:
        return
    models = tuple(model.model_copy(update={"quantization": None}) for model in spec.models)
    for precision in FILES_OF_FOUR_BITS if named else (*FILES_OF_EIGHT_BITS, *FILES_OF_FOUR_BITS):
        yield spec.model_copy(update={"precision": precision, "models": models})


def files_of(spec: WorkloadSpec) -> tuple[WorkloadSpec, ...]:
    """The same from GGUF files: those that were named, else those that `as_files` takes instead."""
    named = known_format(next((model.quantization for model in spec.models if model.quantization), spec.precision))
    return (spec,) if named in GGUF and spec.task_type not in JOB_TASKS else tuple(as_files(spec))


def part_on_own_hardware(
    spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference, nodes: Sequence[ClusterNode] = ()
) -> PlacementOption | None:
    """What of a service runs on hardware that does not carry the whole load: half of it, a quarter, ... one request."""
    held = _machines(spec, reference, nodes)
    if spec.gpu_needed is False or spec.task_type in JOB_TASKS or not held:
        return None
    demand = demand_of(spec)
    for halved in range(1, MOST_HALVINGS + 1):
        share = 0.5**halved
        rate = None if demand.requests_per_s is None else demand.requests_per_s * share
        if demand.concurrent * share < 1 and (rate is None or halved == MOST_HALVINGS):
            return None
        lighter = _with_load(spec, max(1, int(demand.concurrent * share)), rate)
        found = [_placed_on(lighter, models, offer, most, all_of_it=True) for offer, most in held]
        if best := min((option for option in found if option), key=_preferred, default=None):
            return best
    return None


def _with_load(spec: WorkloadSpec, in_flight: int, per_s: float | None) -> WorkloadSpec:
    """With so many requests at once, and so many a second, in place of the load, and nothing to spare."""
    said = spec.traffic
    traffic = Traffic(
        input_tokens=said.input_tokens, output_tokens=said.output_tokens, concurrent_users=in_flight,
        requests_per_second=per_s,
        ttft_ms=said.ttft_ms, tokens_per_second_per_user=said.tokens_per_second_per_user,
    )  # fmt: skip
    return spec.model_copy(update={"traffic": traffic, "availability": Availability(), "volume": Volume()})


def _machines(spec: WorkloadSpec, reference: Reference, nodes: Sequence[ClusterNode]) -> tuple[tuple[Offer, int], ...]:
    """What was said to be at hand, of each machine no more than may be used, else what is free in the cluster."""
    if said := owned_machines(spec, reference):
        return tuple(_permitted(offer, nodes, spec.gpu.max_count) for offer, nodes in said)
    return tuple((offer, nodes_like(offer, nodes, reference)) for offer in cluster_offers(nodes, reference))


def _permitted(offer: Offer, nodes: int, most: int | None) -> tuple[Offer, int]:
    """The machines, or a part of one, a power of two as models are divided, where some of its GPUs are to stay free."""
    if most is None or offer.gpu_count * nodes <= most:
        return offer, nodes
    if most >= offer.gpu_count:
        return offer, most // offer.gpu_count
    return gpus_of(offer, 1 << (most.bit_length() - 1)), 1


def _preferred(option: PlacementOption) -> tuple[int, float, int, str]:
    """Fewer rules broken, then the sooner done, then fewer GPUs."""
    return len(option.breaks), option.job_hours or 0.0, option.gpus, option.offer.key


def _pace(option: PlacementOption) -> float:
    """Tokens a second of each user; 0 where answers are not counted so."""
    return (option.served.tokens_per_s_per_user if option.served else None) or 0.0


def _placed_on(
    spec: WorkloadSpec, models: Sequence[ModelCard], offer: Offer, most_nodes: int, *, all_of_it: bool
) -> PlacementOption | None:
    """On as few of the machines as do, or on all of them: what stands idle saves nothing."""
    assert offer.gpu is not None
    for least in dict.fromkeys((most_nodes, 1) if all_of_it else (1,)):
        for option in place(on_site(spec, offer, most_nodes, least), models, (offer,)).options[:1]:
            held = most_nodes * offer.gpu_count
            reasons = (_reason(option, held, spec), *option.reasons[1:])
            return option.model_copy(update={"label": "own hardware", "reasons": reasons, "held_gpus": held})
    return None


def placed_first(
    placement: Placement, own: tuple[PlacementOption, ...], spec: WorkloadSpec,
    to_provide: PlacementOption | None = None,
) -> Placement:  # fmt: skip
    """Own hardware before what is rented. Where nothing may be rented: own hardware alone, else what it would have to
    be."""
    rented = placement.options
    if rents_nothing(spec):
        own, rented = own or ((to_provide,) if to_provide else ()), ()
    if not own:
        return placement
    kept = rented if len(own) == 1 else tuple(option for option in rented if option.label != "faster")
    return placement.model_copy(update={"options": (*own, *kept), "relaxations": (), "dropped": ()})


def _reason(option: PlacementOption, held: int, spec: WorkloadSpec) -> str:
    free = held - option.gpus
    stays = f" {free} of your {held} GPUs stay free." if free else ""
    machines = f"{option.nodes} x " if option.nodes > 1 or option.gpus == held else ""
    gpu = option.offer.gpu
    power = power_told(gpu.name, option.gpus, option.hours_per_month, spec.power) if gpu else ""
    return f"It runs on what you have, {machines}{option.offer.instance_type}: no rent.{stays}{power and ' ' + power}"


def _offer(held: OwnedHardware, reference: Reference) -> tuple[Offer, int] | None:
    gpu = gpu_of(held.gpu, reference, held.vram_gb) if held.gpu else _slowest_of_size(held, reference)
    if gpu is None:
        return None
    count, machines = spread(held)
    if _is_machine(gpu):
        count, machines = 1, count * machines
    said = Source(name="as you said", as_of=reference.market.newest_price or UNRECORDED.as_of)
    offer = Offer(
        key=f"{OWN_HARDWARE}/{count}x {gpu.name}/on site/on_demand", provider=OWN_HARDWARE,
        instance_type=f"machine with {count} x {gpu.name}", region="on site", pricing="on_demand", gpu=gpu,
        gpu_count=count, price_per_hour_usd=0.0, source=said,
    )  # fmt: skip
    return offer, machines
