"""Several pods on one GPU: time-slicing of NVIDIA's operator, as its guide sets it up."""

from artifacts.rented import step
from artifacts.workloads import as_yaml
from domain.plan import Step

SHARES = " share a GPU"
"""How the title of the step ends."""


def share_step(names: str, pods: int, pool: str) -> Step:
    """The operator counts each GPU as `pods`; it divides time, so each server limits its memory itself."""
    sharing = as_yaml(
        {"version": "v1", "sharing": {"timeSlicing": {"resources": [{"name": "nvidia.com/gpu", "replicas": pods}]}}}
    )
    configured = as_yaml(
        {
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"shared": sharing},
            "metadata": {"name": "time-slicing", "namespace": "gpu-operator"},
        }
    )  # fmt: skip
    patch = '{"spec": {"devicePlugin": {"config": {"name": "time-slicing"}}}}'
    which = f"--selector workload={pool}" if pool else "--all"
    counted = {2: "twice", 3: "three times"}.get(pods, f"{pods} times")
    return step(
        f"Let {names}{SHARES}",
        f"The GPU operator then counts the GPU {counted}. It divides time, not memory: a server that has a limit for "
        "its memory is started with it, the others must be kept to their part.",
        f"kubectl apply -f - <<'EOF'\n{configured}\nEOF",
        "kubectl get clusterpolicies.nvidia.com/cluster-policy --output jsonpath='{.spec.devicePlugin.config.name}' | "
        "grep . && echo 'This ConfigMap is used: add the entry shared of time-slicing to it' || \\\n  "
        f"kubectl patch clusterpolicies.nvidia.com/cluster-policy --type merge --patch '{patch}'",
        f"kubectl label node {which} nvidia.com/device-plugin.config=shared",
    )
