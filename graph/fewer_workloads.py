"""One of several workloads taken out again: "drop the text to speech"."""

from domain.plan import DeploymentPlan
from domain.reading import Reading
from domain.workload import WorkloadSpec
from graph.explanations.workloads import workloads_named
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from sizing.together import specs_of


def without_the_named(line: Line, plan: DeploymentPlan, spec: WorkloadSpec, engine: str) -> Reading | None:
    """Null where the message takes none of the plan's workloads out, or only asks about it."""
    if plan.together is None or asking_sentences(line) or not any(book("follow_ups", "drops").find(line.as_written)):
        return None
    named = workloads_named(plan.together, [word.text for word in line.as_written])
    if len(named) != 1 or named[0] >= len(spec.workloads):
        return None
    return Reading(spec=without(spec, named[0]), changes=("workloads",), engine=engine)


def without(spec: WorkloadSpec, number: int) -> WorkloadSpec:
    """The request as that of the others; of one that is left, as if it had been asked for alone."""
    kept = tuple(workload for at, workload in enumerate(spec.workloads) if at != number)
    others = kept if len(kept) > 1 else ()
    if number:
        return spec.model_copy(update={"workloads": others})
    second = specs_of(spec)[1]
    return second.model_copy(update={"workloads": others, "budget": spec.budget, "evidence": spec.evidence})
