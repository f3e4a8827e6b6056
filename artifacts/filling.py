"""The first filling of a vector store whose embedder is on CPUs: on the plan's GPUs, while the model there rests.

A corpus of many tokens is counted in the hours of the GPUs, and takes weeks on a few cores.
"""

import copy
from typing import cast

from artifacts.engines import workload_name
from artifacts.notation import count, figure
from artifacts.retrieval_objects import encoder_objects, is_on_gpu, part_name
from artifacts.surroundings import Surroundings
from artifacts.wiring import Scene
from artifacts.workloads import NAMESPACE, Value, apply, controller_kind, spans_machines
from domain.base import Frozen
from domain.parts import WorkloadPart

MANY_TOKENS = 20e6
"""More than a few cores turn into vectors in some hours."""
LABEL = "filling"


class Filling(Frozen):
    """Commands around the job that reads the documents, and what they do."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    told: str = ""


def filling_of(scene: Scene, around: Surroundings) -> Filling:
    """Nothing to do where the embedder has a GPU, the corpus is small, or the machines cannot be lent."""
    found, option = scene.retrieval, scene.option
    hours = found.embed_hours if found and found.embed_hours else 0.0
    part = found.part("embedder") if found else None
    tokens = found.corpus.embedded_tokens if found else None
    if part is None or part.model is None or (tokens or 0.0) < MANY_TOKENS or is_on_gpu(part, option):
        return Filling()
    lent = part.model_copy(update={"place": "spare GPU"})
    if not is_on_gpu(lent, option) or spans_machines(option) or around.site.offline or around.site.cluster_is_there:
        return Filling()
    there, kind = f"kubectl --namespace {NAMESPACE}", controller_kind(option, around.site).lower()
    name, model = part_name(part, around.number), f"{kind}/{workload_name(option)}"
    told = (
        f" The embedder that stays is on CPUs; the first time {count(option.gpus, 'GPU')} of the plan turn the "
        f"documents into vectors ({figure(hours, 1)} h), while the model answers nobody. Later runs, for what has "
        "changed, use the one that stays."
    )
    return Filling(
        before=(
            f"{there} scale {model} statefulset/{name} --replicas=0",
            apply(_on_all_gpus(lent, name, scene, around)),
            f"{there} rollout status statefulset/{name}-{LABEL} --timeout=45m",
        ),
        after=(
            f"{there} delete statefulset {name}-{LABEL} --wait",
            f"{there} scale {model} --replicas={option.replicas} && {there} scale statefulset/{name} --replicas=1",
            f"{there} rollout status {model} --timeout=60m",
        ),
        told=told,
    )


def _on_all_gpus(part: WorkloadPart, name: str, scene: Scene, around: Surroundings) -> Value:
    """The embedder once for each GPU, behind the Service of the one that stays."""
    server = encoder_objects(part, scene.option, around)[0]
    made = cast("dict[str, object]", copy.deepcopy(server))
    labels = {"app": name, LABEL: "true"}
    metadata, spec = cast("dict[str, object]", made["metadata"]), cast("dict[str, object]", made["spec"])
    metadata |= {"name": f"{name}-{LABEL}", "labels": labels}
    template = cast("dict[str, object]", spec["template"])
    template["metadata"] = {"labels": labels}
    spec |= {"replicas": scene.option.gpus, "podManagementPolicy": "Parallel", "selector": {"matchLabels": labels}}
    return cast(Value, made)
