"""Names of the Kubernetes objects of several workloads: the model and what it does, short enough for every kind."""

from collections.abc import Sequence

from artifacts.helm import LONGEST_NAME, kubernetes_name
from domain.parts import PlacedWorkload

_LEAST_OF_MODEL = 18
"""Characters that a model keeps of its name, however long what it does is told."""


def object_names(workloads: Sequence[PlacedWorkload]) -> dict[str, str]:
    """The workload's name -> that of its objects; no two are equal."""
    made: dict[str, str] = {}
    for workload in workloads:
        base = _short(workload)
        name, number = base, 2
        while name in made.values():
            ending = f"-{number}"
            name, number = f"{base[: LONGEST_NAME - len(ending)].rstrip('-')}{ending}", number + 1
        made[workload.name] = name
    return made


def _short(workload: PlacedWorkload) -> str:
    """What it does and where in full, as far as a name goes; the model by the words that there is room for."""
    model, does, place = workload.name.rpartition(workload.does) if workload.does else (workload.name, "", "")
    if not does or not model.strip(" ,"):
        return kubernetes_name(workload.name)
    role = kubernetes_name(f"{does} {place}", LONGEST_NAME - _LEAST_OF_MODEL)
    return f"{kubernetes_name(model, LONGEST_NAME - len(role) - 1)}-{role}"
