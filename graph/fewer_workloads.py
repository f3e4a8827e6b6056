"""One of several workloads taken out again: "drop the text to speech"."""

from domain.workload import WorkloadSpec
from sizing.together import specs_of


def without(spec: WorkloadSpec, number: int) -> WorkloadSpec:
    """The request as that of the others; of one that is left, as if it had been asked for alone."""
    kept = tuple(workload for at, workload in enumerate(spec.workloads) if at != number)
    others = kept if len(kept) > 1 else ()
    if number and others:
        return spec.model_copy(update={"workloads": others})
    left = specs_of(spec)[0 if number else 1]
    return left.model_copy(update={"workloads": others, "budget": spec.budget, "evidence": spec.evidence})
