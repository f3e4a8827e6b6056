"""For whom a node is kept: taints that a GPU pod does not tolerate by itself, and labels that say so."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})
OF_GPUS = frozenset({"nvidia.com/gpu", "amd.com/gpu", "habana.ai/gaudi", "google.com/tpu", "aws.amazon.com/neuron"})
"""Taints of whole GPU pools, which what asks for the GPUs tolerates."""
OF_STATE = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints for what conditions say too."""
KEPT_LABELS = frozenset({"dedicated", "reserved", "reserved-for", "reserved-by", "reservation"})
"""Last part of a label's key; a cloud's own reservation of capacity is another thing."""
NOBODY = frozenset({"", "false", "none", "no"})
CLOUDS = ("cloud.google.com/", "eks.amazonaws.com/", "kubernetes.azure.com/")


class Taint(BaseModel):
    key: str = ""
    value: str | None = None
    effect: str = ""


def kept_for(labels: Mapping[str, str], taints: Sequence[Taint]) -> str | None:
    """Whom a node is kept for, in its own words; null where any pod that asks for a GPU may come."""
    for taint in taints:
        if taint.effect in KEEPS_OUT and taint.key not in OF_GPUS and not taint.key.startswith(OF_STATE):
            return f"{taint.key}={taint.value}" if taint.value else taint.key
    for key, value in sorted(labels.items()):
        of_cloud = key.startswith(CLOUDS)
        if not of_cloud and key.rpartition("/")[2] in KEPT_LABELS and value.casefold() not in NOBODY:
            return f"{key}={value}"
    return None
