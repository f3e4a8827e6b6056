"""A device that nobody rents out is one that somebody has, or will buy: it is planned on, not searched for."""

from catalog.reference import load_reference
from domain.queries import ComputeQuery
from domain.workload import GpuRequirement, OwnedHardware, WorkloadSpec
from graph.at_hand import gpu_of
from graph.context import ArchitectContext
from graph.lookups import offers_for


async def with_unrented(context: ArchitectContext, spec: WorkloadSpec) -> WorkloadSpec:
    """The spec whose one named GPU is at hand, where the catalogue knows it and no seller has it (Jetson, DGX Spark,
    Mac). Unchanged where hardware at hand was told of, or buying against renting was asked about.

    Raises DatabaseUnavailable.
    """
    wanted, question = spec.gpu, spec.question
    if spec.owned or len(wanted.models) != 1 or (question is not None and question.asks("buy", "rent")):
        return spec
    (name,) = wanted.models
    gpu = gpu_of(name, await load_reference(context.database), wanted.min_vram_gb)
    if gpu is None or await offers_for(context, ComputeQuery(gpu_models=(name,), top_k=1)):
        return spec
    count, nodes = wanted.min_count, wanted.min_nodes
    each = count // nodes if count and nodes else count
    held = OwnedHardware(gpu=name, count=each, vram_gb=wanted.min_vram_gb, nodes=nodes)
    told = f"{gpu.name} is taken to be at hand: no seller in the catalogue rents it out."
    return spec.model_copy(
        update={
            "owned": (held,), "gpu": GpuRequirement(excluded=wanted.excluded),
            "assumptions": (*spec.assumptions, told),
        }
    )  # fmt: skip
