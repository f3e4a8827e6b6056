"""What a plan says of its own size: whether Kubernetes is needed, where that was asked, and why there is none."""

from artifacts.clusters import runs_in_cluster
from artifacts.proportion import is_kubernetes_needed, proportion_of
from artifacts.slurm import uses_slurm
from domain.names import squash
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

NAMES = frozenset({"kubernetes", "k8s", "cluster", "kubernetescluster", "k3s"})


def kubernetes_answer(spec: WorkloadSpec, first: PlacementOption | None) -> str:
    """The answer where Kubernetes itself was asked about; else empty."""
    question = spec.question
    if first is None or question is None or not any(squash(subject) in NAMES for subject in question.subjects):
        return ""
    return f"Kubernetes? {is_kubernetes_needed(first, spec)}"


def scale_note(spec: WorkloadSpec, first: PlacementOption | None) -> str:
    """That no cluster is set up and by which rule; empty where one is, or where there could be none."""
    if first is None or uses_slurm(spec) or not runs_in_cluster(first):
        return ""
    found = proportion_of(first, spec)
    if found.scale != "machine":
        return ""
    return f'No cluster, by the rule "{found.rule}": {found.because}.'
