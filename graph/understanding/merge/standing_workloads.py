"""The workloads that stand, kept up with a later turn that names none anew."""

from collections.abc import Sequence

from domain.workload import Workload, WorkloadSpec
from graph.understanding.labels.workloads import kinds_taken_back
from graph.understanding.mentions.line import Line
from graph.understanding.stance.stance import Stances

AMOUNTS = ("traffic", "dataset", "volume")
"""Parts of a workload that count something."""


def kept_up(spec: WorkloadSpec, standing: WorkloadSpec, line: Line, stances: Stances) -> tuple[Workload, ...]:
    """The first follows the spec, the others a load that was that of all; what is taken back is dropped."""
    if not standing.workloads or spec.domain != standing.domain:
        return ()
    names = ("task_type", "use_case", "traffic", "dataset", "volume", "training", "media", "context_tokens")
    moved = {name: getattr(spec, name) for name in names if getattr(spec, name) != getattr(standing, name)}
    main, *others = standing.workloads
    others = [_with_its_own(one, main, spec, standing) for one in others]
    moved = {
        name: value for name, value in moved.items() if not _is_of_others(name, main, standing.workloads[1:], spec)
    }
    gone = kinds_taken_back(line, stances)
    kept = [workload for workload in others if workload.domain not in gone]
    if "traffic" in moved and spec.traffic != main.traffic:
        shared = {"traffic": spec.traffic}
        kept = [one.model_copy(update=shared) if one.traffic == main.traffic else one for one in kept]
    if spec.models != standing.models:
        main, *kept = _with_other_models((main.model_copy(update=moved), *kept), spec, standing)
    return (main.model_copy(update=moved), *kept) if kept else ()


def _figures(name: str, moved: WorkloadSpec | Workload) -> dict[str, float]:
    """The figures of a part of a workload, by their names."""
    part = getattr(moved, name)
    said = part.model_dump(exclude_none=True) if name in AMOUNTS else {}
    return {field: value for field, value in said.items() if isinstance(value, int | float)}


def _is_of_others(name: str, main: Workload, others: Sequence[Workload], spec: WorkloadSpec) -> bool:
    """What the turn counts is counted of other workloads and not of the first: "twice the users", of a training and a
    service."""
    if name not in AMOUNTS or _figures(name, main):
        return False
    return any(_figures(name, one) for one in others) and bool(_figures(name, spec))


def _with_its_own(one: Workload, main: Workload, spec: WorkloadSpec, standing: WorkloadSpec) -> Workload:
    """With the figures that the turn changed, where it has such and the first has none."""
    update: dict[str, object] = {}
    for name in AMOUNTS:
        new, old, own = _figures(name, spec), _figures(name, standing), _figures(name, one)
        changed = {field: value for field, value in new.items() if old.get(field) != value}
        if not changed or not own or _figures(name, main):
            continue
        if {*changed} == {"users"} and "users" not in own and "concurrent_users" in own:
            changed = {"concurrent_users": changed["users"]}
        held = {field: value for field, value in changed.items() if field in own}
        if held:
            update[name] = getattr(one, name).model_copy(update=held)
    return one.model_copy(update=update) if update else one


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
