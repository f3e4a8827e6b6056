"""The workloads that stand, kept up with a later turn that names none anew."""

from collections.abc import Sequence

from domain.workload import Workload, WorkloadSpec
from graph.understanding.labels.workloads import kinds_taken_back
from graph.understanding.mentions.line import Line
from graph.understanding.stance.stance import Stances


def kept_up(spec: WorkloadSpec, standing: WorkloadSpec, line: Line, stances: Stances) -> tuple[Workload, ...]:
    """The first follows the spec, the others a load that was that of all; what is taken back is dropped."""
    if not standing.workloads or spec.domain != standing.domain:
        return ()
    names = ("task_type", "use_case", "traffic", "dataset", "volume", "training", "media", "context_tokens")
    moved = {name: getattr(spec, name) for name in names if getattr(spec, name) != getattr(standing, name)}
    main, *others = standing.workloads
    gone = kinds_taken_back(line, stances)
    kept = [workload for workload in others if workload.domain not in gone]
    if "traffic" in moved:
        shared = {"traffic": spec.traffic}
        kept = [one.model_copy(update=shared) if one.traffic == main.traffic else one for one in kept]
    if spec.models != standing.models:
        main, *kept = _with_other_models((main.model_copy(update=moved), *kept), spec, standing)
    return (main.model_copy(update=moved), *kept) if kept else ()


def _with_other_models(
    workloads: Sequence[Workload], spec: WorkloadSpec, standing: WorkloadSpec
) -> tuple[Workload, ...]:
    """New models run where those that went ran, else in the first; a workload whose models went is dropped."""
    stood, stand = {model.name for model in standing.models}, {model.name for model in spec.models}
    new = tuple(model for model in spec.models if model.name not in stood)
    main, *others = workloads
    kept = []
    for workload in others:
        own = {model.name for model in workload.models}
        if not own or not own <= stood - stand:
            kept.append(workload)
        elif new:
            kept.append(workload.model_copy(update={"models": new}))
            new = ()
    held = tuple(model for model in main.models if model.name in stand)
    return (main.model_copy(update={"models": (*held, *new) or main.models}), *kept)
