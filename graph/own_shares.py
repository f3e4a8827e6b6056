"""Several workloads on the machines at hand: the first takes as many GPUs as it needs, the others what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from catalog.reference import Reference
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from graph.at_hand import as_files, owned_machines
from graph.cluster_nodes import cluster_offers, nodes_like
from graph.free_gpus import counts, gpus_of, keeps_the_rules, on_site
from sizing.amount_of_work import JOB_TASKS
from sizing.placement import first_option
from sizing.purchase import power_told
from sizing.shared_machines import QUARTERS, part_of, slice_of

MOST_MACHINES = 32
Models = Sequence[ModelCard]


@dataclass(slots=True)
class _Machine:
    offer: Offer
    free: int


@dataclass(slots=True)
class OwnShares:
    """Where each workload runs, by number; null: not at hand."""

    options: list[PlacementOption | None]
    gpus_left: int = 0


def machines_at_hand(
    spec: WorkloadSpec, reference: Reference, nodes: Sequence[ClusterNode] = ()
) -> tuple[tuple[Offer, int], ...]:
    """Each kind of machine with how many of it there are: what was said, else what is free in the cluster."""
    return owned_machines(spec, reference) or tuple(
        (offer, nodes_like(offer, nodes, reference)) for offer in cluster_offers(nodes, reference)
    )


def on_own_machines(
    specs: Sequence[WorkloadSpec], models: Sequence[Models], held: Sequence[tuple[Offer, int]],
    once: Sequence[bool] = (),
) -> OwnShares:  # fmt: skip
    """In the order of the request, each on the fewest GPUs of one machine that keep the rules and the number format of
    a whole machine; where that leaves one without room, the last first, on the fewest that hold it, or by sharing a
    GPU.

    `once`: whether it is a training that is over before the others run, so that it keeps no GPUs from them.
    """
    best = OwnShares([None] * len(specs))
    in_turn = range(len(specs))
    for keeps, order in product((True, False), (in_turn, in_turn[::-1])):
        if all(best.options):
            break
        found = _placed(specs, models, held, keeps, once, order)
        if sum(map(bool, found.options)) > sum(map(bool, best.options)):
            best = found
    return best


def _placed(
    specs: Sequence[WorkloadSpec], models: Sequence[Models], held: Sequence[tuple[Offer, int]], keeps: bool,
    once: Sequence[bool], order: Sequence[int],
) -> OwnShares:  # fmt: skip
    machines = [_Machine(offer, offer.gpu_count) for offer, nodes in held for _ in range(min(nodes, MOST_MACHINES))]
    found = OwnShares([None] * len(specs))
    for number in order:
        spec, own = specs[number], models[number]
        if spec.gpu_needed is not False:
            ends = number < len(once) and once[number]
            room = [_Machine(one.offer, one.offer.gpu_count) for one in machines] if ends else machines
            found.options[number] = _on_free_gpus(spec, own, room, keeps) or _on_free_machines(spec, own, room)
    for number, (spec, own) in enumerate(zip(specs, models, strict=True)):
        serves = spec.task_type not in JOB_TASKS
        if found.options[number] is None and spec.gpu_needed is not False and serves:
            _beside_another(number, spec, own, specs, models, found)
    found.gpus_left = sum(machine.free for machine in machines)
    return found


def _on_free_gpus(
    spec: WorkloadSpec, models: Models, machines: Sequence[_Machine], keeps: bool
) -> PlacementOption | None:
    """On part of one machine, those that are used already first; where no other way is left, on as many GPUs as are no
    number to divide a layer by, so that each holds a stage of its own."""
    staged: tuple[_Machine, int, PlacementOption] | None = None
    for machine in sorted(machines, key=lambda machine: (machine.free == machine.offer.gpu_count, machine.free)):
        whole = _on(spec, models, machine.offer) if keeps else None
        for gpus in counts(machine.free):
            option = _on(spec, models, gpus_of(machine.offer, gpus))
            if option is None or (keeps and not keeps_the_rules(option, whole)):
                continue
            if option.pipeline_parallel == 1:
                machine.free -= gpus
                return option
            staged = staged or (machine, gpus, option)
    if staged is None:
        return None
    machine, gpus, option = staged
    machine.free -= gpus
    return option


def _on_free_machines(spec: WorkloadSpec, models: Models, machines: Sequence[_Machine]) -> PlacementOption | None:
    """Over several whole machines of a kind, for what one is too small for."""
    for offer in {machine.offer.key: machine.offer for machine in machines}.values():
        free = [one for one in machines if one.offer.key == offer.key and one.free == offer.gpu_count]
        option = _on(spec, models, offer, len(free)) if len(free) > 1 else None
        if option is not None:
            for machine in free[: option.nodes]:
                machine.free = 0
            return option
    return None


def _beside_another(
    number: int, spec: WorkloadSpec, models: Models, specs: Sequence[WorkloadSpec], others: Sequence[Models],
    found: OwnShares,
) -> None:  # fmt: skip
    """On one GPU with a workload that has it to itself, each on its part of it."""
    for beside, option in enumerate(found.options):
        if option is None or option.gpus != 1 or option.share is not None or option.offer.gpu is None:
            continue
        if specs[beside].task_type in JOB_TASKS:
            continue
        offer, gpu = option.offer, option.offer.gpu
        for share in QUARTERS:
            parts = [part_of(offer, one, slice_of(gpu, one), 1) for one in (share, 1 - share)]
            pair = _on(specs[beside], others[beside], parts[0]), _on(spec, models, parts[1])
            if pair[0] is not None and pair[1] is not None:
                for place, one, part in zip((beside, number), pair, (share, 1 - share), strict=True):
                    found.options[place] = one.model_copy(update={"offer": offer, "share": part}) if one else None
                return


def _on(spec: WorkloadSpec, models: Models, offer: Offer, nodes: int = 1) -> PlacementOption | None:
    ways = (spec, *as_files(spec)) if spec.owned else (spec,)
    tried = (first_option(on_site(one, offer, nodes), models, (offer,)) for one in ways)
    option = next((found for found in tried if found is not None), None)
    if option is None:
        return None
    kind = offer.gpu.name if offer.gpu else offer.instance_type
    power = power_told(kind, option.gpus, option.hours_per_month, spec.power)
    reason = f"It runs on what you have, {option.gpus} x {kind}: no rent.{power and ' ' + power}"
    return option.model_copy(update={"label": "own hardware", "reasons": (reason, *option.reasons[1:])})
