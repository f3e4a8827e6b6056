"""What the plan says of the cluster at hand: how many nodes were seen, how many it uses, and what the others lack."""

from collections import Counter
from collections.abc import Iterator, Sequence

from catalog.reference import Reference
from domain.cluster import ClusterNode
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from graph.cluster_nodes import cluster_offers, nodes_left_out

MOST_KINDS = 4
BUSY = 80.0
"""Percent of an hour from which a node's GPUs are named as busy."""


def cluster_notes(
    spec: WorkloadSpec, nodes: Sequence[ClusterNode], reference: Reference, own: Sequence[PlacementOption],
    rented: Sequence[PlacementOption],
) -> Iterator[str]:  # fmt: skip
    """Sentences; none where no cluster was seen, or hardware that was told of is placed instead of it."""
    if not nodes or spec.owned or spec.gpu_needed is False:
        return
    free = Counter[str]()
    for node in nodes:
        for offer in cluster_offers((node,), reference):
            free[offer.gpu.name if offer.gpu else ""] += offer.gpu_count
    yield f"{_seen(nodes, free)} {_used(own, rented, free)}"
    if left_out := nodes_left_out(nodes, reference):
        yield left_out
    queues = sorted({queue for node in nodes if node.gpu_free for queue in node.queues})
    if own and queues:
        named = ", ".join(queues[:MOST_KINDS])
        yield f"Nodes of your cluster are given out by Kueue's queues ({named}): what is deployed names one."
    yield from _beyond_quotas(nodes)
    yield from _busy(nodes)


def _beyond_quotas(nodes: Sequence[ClusterNode]) -> Iterator[str]:
    over = sum(node.gpu_over_quota for node in nodes)
    if over:
        named = sorted({queue for node in nodes if node.gpu_over_quota for queue in node.queues})
        are = "1 more GPU is free there" if over == 1 else f"{over} more GPUs are free there"
        queues = f"queue {named[0]}" if len(named) == 1 else f"queues {', '.join(named[:MOST_KINDS])}"
        yield f"{are}, but not within the quota of Kueue's {queues}: raise it to use them."


def _busy(nodes: Sequence[ClusterNode]) -> Iterator[str]:
    """How busy the GPUs were, which nodes were the busiest, and which of them look free: what uses those asked
    Kubernetes for nothing."""
    measured = {node.name: node.gpu_busy_percent for node in nodes if node.gpu_busy_percent is not None}
    if not measured:
        return
    mean = sum(measured.values()) / len(measured)
    busiest = sorted((name for name in measured if measured[name] >= BUSY), key=lambda name: (-measured[name], name))
    named = ", ".join(f"{name} {measured[name]:.0f} %" for name in busiest[:MOST_KINDS])
    more = f" and {len(busiest) - MOST_KINDS} more" if len(busiest) > MOST_KINDS else ""
    of = "1 node" if len(measured) == 1 else f"{len(measured)} nodes"
    yield f"Over the last hour the GPUs of {of} were {mean:.0f} % busy" + (f": {named}{more}." if named else ".")
    held = sum(1 for node in nodes if node.name in busiest and node.gpu_free and not node.gpu_pods)
    if held:
        looks = "1 node of these looks" if held == 1 else f"{held} nodes of these look"
        yield f"{looks} free: something there uses its GPUs without having asked Kubernetes for them."


def _seen(nodes: Sequence[ClusterNode], free: Counter[str]) -> str:
    with_gpus = [node for node in nodes if node.gpu_count or node.gpu_slices]
    count = sum(node.gpu_count for node in with_gpus)
    pods = sum(node.gpu_pods for node in with_gpus)
    kinds = ", ".join(f"{number} x {name}" for name, number in free.most_common(MOST_KINDS)) or "none"
    running = f"; {pods} pods hold GPUs" if pods > 1 else "; 1 pod holds GPUs" if pods else ""
    of = "1 node" if len(nodes) == 1 else f"{len(nodes):,} nodes"
    return f"Your cluster: {of} seen, {len(with_gpus):,} with {count:,} GPUs{running}. Free and usable: {kinds}."


def _used(own: Sequence[PlacementOption], rented: Sequence[PlacementOption], free: Counter[str]) -> str:
    if own:
        first = own[0]
        nodes = "1 node" if first.nodes == 1 else f"{first.nodes} nodes"
        return f"The plan uses {first.gpus} GPUs on {nodes}."
    if not rented:
        return "The plan uses none of them."
    first = rented[0]
    gpu = first.offer.gpu.name if first.offer.gpu else "GPU"
    lacks = "They do not suffice" if free else "There is nothing to place on"
    return f"{lacks}: the plan needs {first.gpus} x {gpu}, or nodes like it added to the cluster."
