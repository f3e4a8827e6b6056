"""AWS's Elastic Fabric Adapter for a job over several machines: its interfaces, the pods' devices, NCCL's plugin.

Without all three NCCL goes over TCP, and the time that counts on the fabric is not kept
(https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html). The facts are in `efa.yaml`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.providers import machine_type
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption

RESOURCE = "vpc.amazonaws.com/efa"
CHART = "aws-efa-k8s-device-plugin"
_TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
_FOLDERS = ("/opt/amazon/ofi-nccl/lib", "/opt/amazon/ofi-nccl/lib/x86_64-linux-gnu", "/opt/amazon/aws-ofi-nccl/lib",
            "/opt/amazon/efa/lib")  # fmt: skip
"""Of NCCL's plugin, which has moved from release to release, and of libfabric."""


class _Facts(Frozen):
    interfaces: Mapping[str, int]
    installer: str
    chart: str


@lru_cache
def _facts() -> _Facts:
    return own_yaml(Path(__file__).with_name("efa.yaml"), _Facts)


def interfaces(option: PlacementOption) -> int:
    """Of each machine of a job whose machines work together; 0 where they do not, or have none."""
    if option.is_own or option.offer.in_cluster or option.nodes < 2 or option.offer.provider.lower() != "aws":
        return 0
    together = option.proof is not None and option.proof.mode != "serve"
    return _facts().interfaces.get(machine_type(option.offer), 0) if together else 0


def devices(option: PlacementOption) -> Mapping[str, int]:
    """Of the pod on each machine, as its limits name them."""
    number = interfaces(option)
    return {RESOURCE: number} if number else {}


def patch_of_device_plugin(option: PlacementOption) -> str:
    """The device plugin that eksctl installs tolerates no taint of GPUs, and lists the machines it knows."""
    where = "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms"
    patch = [
        {"op": "add", "path": "/spec/template/spec/tolerations/-", "value": _TOLERATION},
        {"op": "add", "path": f"{where}/0/matchExpressions/0/values/-", "value": machine_type(option.offer)},
    ]
    return f"kubectl --namespace kube-system patch daemonset {CHART} --type json --patch '{json.dumps(patch)}'"


def chart_of_device_plugin(options: Sequence[PlacementOption]) -> str:
    """The same as a chart, for a cluster that eksctl does not make."""
    machines = json.dumps(sorted({machine_type(option.offer) for option in options}))
    return (
        f"{_facts().chart} --set-json 'tolerations={json.dumps([_TOLERATION])}' "
        f"--set-json 'supportedInstanceLabels.values={machines}'"
    )


def installs_plugin(option: PlacementOption) -> str:
    """Shell words before a job's program: libfabric and NCCL's plugin, which the images of PyTorch lack; or nothing."""
    if not interfaces(option):
        return ""
    folders = ":".join(_FOLDERS)
    return (
        "apt-get update --quiet --quiet && apt-get install --yes --quiet --quiet curl && "
        f"curl --fail --silent --show-error {_facts().installer} | tar -xz -C /tmp && (cd /tmp/aws-efa-installer && "
        "./efa_installer.sh -y --skip-kmod --skip-limit-conf --no-verify >/tmp/efa.log) && "
        f'export FI_PROVIDER=efa FI_EFA_USE_HUGE_PAGE=0 LD_LIBRARY_PATH="{folders}:$LD_LIBRARY_PATH" && '
    )
