"""A recommendation that the user chooses by its rank: "we take the second one"."""

from domain.plan import DeploymentPlan
from domain.workload import Evidence, WorkloadSpec
from graph.understanding.labels.talk import rank_taken, words_of_message


def chosen_rank(message: str, plan: DeploymentPlan) -> int | None:
    """The rank of the recommendation that the whole message takes; null where it takes none that is there."""
    rank, there = rank_taken(words_of_message(message)), len(plan.recommendations)
    if rank == -1:
        rank = there
    return rank if rank is not None and 1 <= rank <= there else None


def with_choice(spec: WorkloadSpec, plan: DeploymentPlan, rank: int, words: str, turn: int) -> WorkloadSpec:
    """The spec that asks for what the recommendation is: its provider, its GPUs, its number format, its pricing."""
    option = plan.recommendations[rank - 1].option
    offer, first = option.offer, plan.recommendations[0].option
    said = Evidence(quote=words.strip()[:120], turn=turn)
    gpu, location, evidence = spec.gpu, spec.location, dict(spec.evidence)
    if offer.gpu is not None:
        gpu = gpu.model_copy(update={"models": (offer.gpu.name,), "min_count": option.gpus, "max_count": option.gpus})
        evidence |= {"gpu.models": said, "gpu.min_count": said, "gpu.max_count": said}
    precision = spec.precision
    if option.quantization is not None and option.quantization != first.quantization:
        precision, evidence["precision"] = option.quantization, said
    location = location.model_copy(update={"providers": (offer.provider,)})
    evidence |= {"location.providers": said, "pricing": said}
    return spec.model_copy(
        update={
            "gpu": gpu, "location": location, "pricing": offer.pricing, "precision": precision,
            "evidence": dict(sorted(evidence.items())),
        }
    )  # fmt: skip
