"""What makes the accelerators of the nodes known to Kubernetes: operators and device plugins, where nodes lack them.

The facts are in `node_software.yaml`.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from artifacts import efa
from artifacts.machines import INSTANCE_TYPE, spot_taint, tolerations
from artifacts.providers import machine_type
from artifacts.wiring import Install, Scene, Wiring, apply, metadata, namespace
from artifacts.workloads import Value, gpu_resource
from domain.base import Frozen
from domain.own_files import own_yaml

NVIDIA, AMD, DCGM = "gpu-operator", "gpu-operator-charts", "dcgm-exporter"
PROMETHEUS = "kube-prometheus-stack"
ROLE = "gpu support"


class AmdImages(Frozen):
    device_plugin: str
    node_labeller: str
    metrics_exporter: str
    test_runner: str
    config_manager: str


class NodeSoftware(Frozen):
    operator_values: Mapping[str, Mapping[str, Mapping[str, str | bool | tuple[Mapping[str, str], ...]]]]
    amd_driver_on_image: tuple[str, ...]
    dcgm_exporter_runs: tuple[str, ...] = Field(description="kinds of cluster without operator whose GPUs it can read")
    amd_images: AmdImages
    gaudi_device_plugin: str
    nvidia_device_plugin: str = Field(description="command for a cluster that eksctl does not make")


@lru_cache
def node_software() -> NodeSoftware:
    path = Path(__file__).with_name("node_software.yaml")
    return own_yaml(path, NodeSoftware)


def shows_gpu_metrics(scene: Scene) -> bool:
    """Whether something that is installed tells Prometheus what the GPUs do."""
    return bool({NVIDIA, AMD, DCGM} & scene.charts) and scene.vendor in ("nvidia", "amd")


def seen_by_cluster(scene: Scene) -> str:
    """A test that succeeds where the nodes of a cluster offer such GPUs already, so that no operator is installed."""
    column = (gpu_resource(scene.option.offer) or "").replace(".", "\\.")
    return f"kubectl get nodes --output jsonpath='{{.items[*].status.allocatable.{column}}}' | grep --quiet '[1-9]'"


def accelerator_objects(scene: Scene) -> tuple[str, ...]:
    """What Gaudi needs, for which there is no chart: Intel's device plugin, on the nodes of the plan's machine."""
    if scene.vendor != "intel":
        return ()
    name = "habanalabs-device-plugin"
    devices = "/var/lib/kubelet/device-plugins"
    plugin: Value = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": metadata(name, "kube-system"),
        "spec": {
            "selector": {"matchLabels": {"name": name}},
            "template": {
                "metadata": {"labels": {"name": name}},
                "spec": {
                    "nodeSelector": {INSTANCE_TYPE: machine_type(scene.option.offer)},
                    "tolerations": tolerations(scene.option),
                    "priorityClassName": "system-node-critical",
                    "containers": [
                        {
                            "name": name,
                            "image": node_software().gaudi_device_plugin,
                            "command": ["habanalabs-device-plugin", "--dev_type", "gaudi"],
                            "securityContext": {"privileged": True},
                            "volumeMounts": [{"name": "device-plugins", "mountPath": devices}],
                        }
                    ],
                    "volumes": [{"name": "device-plugins", "hostPath": {"path": devices}}],
                },
            },
        },
    }
    return (apply(plugin),)


def _nvidia_unused(scene: Scene) -> str | None:
    if scene.vendor != "nvidia":
        return ""
    needed = scene.shares_gpu or NVIDIA in scene.wanted
    return "" if scene.nodes_have_driver and not needed else None


def _nvidia(scene: Scene) -> Install:
    kind = "driver on nodes" if scene.nodes_have_driver and scene.cluster == "managed" else scene.cluster or ""
    values: dict[str, Value] = dict(node_software().operator_values.get(kind, {}))
    if scene.site.offline:
        # It would fetch the kernel's headers: the driver comes with the machines' system.
        values["driver"] = {"enabled": False}
    if spot_taint(scene.option):
        # The charts' own lists know the taint of GPUs alone, and a list in the values takes their place.
        values["daemonsets"] = {"tolerations": tolerations(scene.option)}
        values["node-feature-discovery"] = {"worker": {"tolerations": tolerations(scene.option)}}
    if PROMETHEUS in scene.charts:
        values["dcgmExporter"] = {"serviceMonitor": {"enabled": True}}
    before = (namespace(NVIDIA), apply(_critical_pods(NVIDIA))) if scene.cluster == "gke" else ()
    return Install(values, before=before)


def _critical_pods(where: str) -> Value:
    """GKE admits pods of the highest priority only to namespaces with a quota for them."""
    classes = ["system-node-critical", "system-cluster-critical"]
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata("critical-pods", where),
        "spec": {
            "hard": {"pods": "100"},
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": classes}]
            },
        },
    }


def _gpu_talks(scene: Scene) -> tuple[str, ...]:
    resource = gpu_resource(scene.option.offer)
    metrics = (f"{PROMETHEUS} reads its exporter",) if PROMETHEUS in scene.charts else ()
    return (f"kubelet offers {resource} to the pods of {scene.name}", *metrics)


def _amd_unused(scene: Scene) -> str | None:
    return None if scene.vendor == "amd" and not scene.nodes_have_driver else ""


def _amd(scene: Scene) -> Install:
    known = node_software()
    on_image = scene.option.offer.provider.lower() in known.amd_driver_on_image
    images = known.amd_images
    taints: Value = tolerations(scene.option)
    watched = PROMETHEUS in scene.charts
    values: dict[str, Value] = {
        "deviceConfig": {
            "spec": {
                # Where the operator builds the driver, the one of the kernel must not be loaded.
                "driver": {"enable": not on_image, "blacklist": not on_image},
                "devicePlugin": {
                    "devicePluginImage": images.device_plugin,
                    "nodeLabellerImage": images.node_labeller,
                    "devicePluginTolerations": taints,
                    "nodeLabellerTolerations": taints,
                },
                "metricsExporter": {
                    "image": images.metrics_exporter,
                    "tolerations": taints,
                    "prometheus": {"serviceMonitor": {"enable": watched}},
                },
                "testRunner": {"image": images.test_runner},
                "configManager": {"image": images.config_manager},
            }
        }
    }
    if NVIDIA in scene.charts:
        values["node-feature-discovery"] = {"enabled": False}
    elif spot_taint(scene.option):
        values["node-feature-discovery"] = {"worker": {"tolerations": taints}}
    image = (
        '--set-string deviceConfig.spec.driver.image="${DRIVER_IMAGE:?registry/name that the built driver is pushed to '
        'and pulled from}"'
    )
    return Install(values, words=() if on_image else (image,))


def _dcgm_unused(scene: Scene) -> str | None:
    if scene.vendor != "nvidia" or _nvidia_unused(scene) is None:
        return ""
    by_itself = scene.cluster in node_software().dcgm_exporter_runs and PROMETHEUS in scene.charts
    return None if by_itself or DCGM in scene.wanted else ""


def _dcgm(scene: Scene) -> Install:
    with_gpus: Value = {"key": INSTANCE_TYPE, "operator": "In", "values": list(scene.machines)}
    terms: Value = {"nodeSelectorTerms": [{"matchExpressions": [with_gpus]}]}
    return Install(
        {
            # It fails on nodes without a GPU.
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
            "tolerations": tolerations(scene.option),
            "serviceMonitor": {"enabled": PROMETHEUS in scene.charts},
        }
    )


WIRINGS: Mapping[str, Wiring] = {
    NVIDIA: Wiring(_nvidia_unused, install=_nvidia, talks=_gpu_talks),
    AMD: Wiring(_amd_unused, install=_amd, talks=_gpu_talks),
    DCGM: Wiring(_dcgm_unused, install=_dcgm, talks=lambda scene: (f"{PROMETHEUS} reads it on port 9400",)),
    efa.CHART: Wiring(lambda scene: "where the machines are made without eksctl, which installs it with them"),
    "nvidia-device-plugin": Wiring(lambda scene: "" if NVIDIA in scene.charts else _nvidia_unused(scene)),
    "intel-device-plugins-operator": Wiring(lambda scene: ""),
    "network-operator": Wiring(
        lambda scene: "once the machines have RDMA cards whose names are known: it is told by card what to set up"
    ),
}
