"""Serving a model through the chart of the vLLM production stack: its Helm values and the names it gives."""

from collections.abc import Mapping

from artifacts.checkpoint import is_gated
from artifacts.engines import Engine, checkpoint, image, vllm_flags, workload_name
from artifacts.helm import install_command
from artifacts.machines import tolerations
from artifacts.wiring import SERVING_CHART, Scene, Wiring, can_serve_by_chart
from artifacts.workloads import NAMESPACE, Value, as_yaml, gpu_resource
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import StackComponent

CHART = SERVING_CHART
_LONGEST_NAME = 36
"""The chart puts the name between others into one DNS label of at most 63 characters."""
_ROUTER = "lmcache/lmstack-router"
"""Its image, of which the chart would take the newest."""
_START_WINDOW_S = 7200
"""The weights are fetched before the server answers; the chart's own window of ten minutes ends long before."""


def serving_chart(scene: Scene, stack: tuple[StackComponent, ...]) -> Package | None:
    """The chart of the plan's stack that serves this placement, if it has it and can: one machine a copy."""
    if not can_serve_by_chart(scene):
        return None
    return next(
        (part.package for part in stack if part.package.name == CHART and part.package.repository_url is not None), None
    )


def serve_command(package: Package, option: PlacementOption, *, watched: bool) -> str:
    """`helm upgrade --install` of the chart with the placement as its values. `watched`: Prometheus is there."""
    values = as_yaml(_values(package, option, watched=watched))
    return install_command(package, values, into=NAMESPACE) or ""


def _values(package: Package, option: PlacementOption, *, watched: bool) -> Value:
    repository, _, tag = (image(Engine.VLLM, option) or "").partition(":")
    offer = option.offer
    gpus = option.tensor_parallel * option.pipeline_parallel
    part = gpus / max(offer.gpu_count, 1)
    served: dict[str, Value] = {
        "name": _name(option),
        "repository": repository,
        "tag": tag,
        "modelURL": checkpoint(option),
        "replicaCount": option.replicas,
        # Three quarters of a copy's part of the machine; the rest is the system's.
        "requestCPU": max(1, int((offer.vcpu or 4) * part * 0.75)),
        "requestMemory": f"{max(4, int((offer.ram_gib or 16) * part * 0.75))}Gi",
        "requestGPU": gpus,
        "requestGPUType": gpu_resource(offer) or "",
        "vllmConfig": {
            "enablePrefixCaching": True,
            "tensorParallelSize": option.tensor_parallel,
            "extraArgs": [flag for flag in vllm_flags(option) if not flag.startswith("--tensor-parallel-size")],
        },
    }
    if is_gated(option):
        served["hf_token"] = {"secretName": "hf-token", "secretKey": "token"}
    if tolerated := tolerations(option):
        served["tolerations"] = tolerated
    return {
        "servingEngineSpec": {
            # The default runtime class exists only where NVIDIA's toolkit was installed by hand.
            "runtimeClassName": "",
            "startupProbe": {"periodSeconds": 10, "failureThreshold": _START_WINDOW_S // 10},
            "serviceMonitor": {"enabled": watched},
            "modelSpec": [served],
        },
        "routerSpec": {
            "repository": _ROUTER,
            "tag": f"v{package.version.removeprefix('v')}",
            "serviceMonitor": {"enabled": watched},
        },
    }


def deployment_name(option: PlacementOption) -> str:
    """The Deployment the chart makes."""
    return f"{CHART}-{_name(option)}-deployment-vllm"


ROUTER_SERVICE = f"{CHART}-router-service"
"""The Service that answers for every copy."""


def _name(option: PlacementOption) -> str:
    return workload_name(option)[:_LONGEST_NAME].rstrip("-")


def _unused(scene: Scene) -> str | None:
    if not can_serve_by_chart(scene):
        return ""
    if CHART in scene.wanted:
        return None
    return "from the second copy on, to send a question to the copy whose cache holds its beginning"


WIRINGS: Mapping[str, Wiring] = {
    CHART: Wiring(_unused, talks=lambda scene: (f"its router answers at {scene.address} for every copy",)),
}
