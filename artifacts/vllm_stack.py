"""Serving a model through the chart of the vLLM production stack: its Helm values and the names it gives."""

from artifacts.engines import Engine, checkpoint, image, vllm_flags, workload_name
from artifacts.helm import upgrade
from artifacts.workloads import NAMESPACE, Value, as_yaml, gpu_resource, spans_machines
from domain.packages import Package
from domain.placement import PlacementOption
from domain.plan import StackComponent

CHART = "vllm-stack"
_LONGEST_NAME = 36
"""The chart puts the name between others into one DNS label of at most 63 characters."""


def serving_chart(option: PlacementOption, engine: Engine, stack: tuple[StackComponent, ...]) -> Package | None:
    """The chart of the plan's stack that serves this placement, if it has it and can: one machine a copy."""
    if engine is not Engine.VLLM or spans_machines(option):
        return None
    return next(
        (part.package for part in stack if part.package.name == CHART and part.package.repository_url is not None), None
    )


def serve_command(package: Package, option: PlacementOption) -> str:
    """`helm upgrade --install` of the chart with the placement as its values."""
    repository, _, tag = (image(Engine.VLLM, option) or "").partition(":")
    model = option.model
    values: Value = {
        "servingEngineSpec": {
            # The default runtime class exists only where NVIDIA's toolkit was installed by hand.
            "runtimeClassName": "",
            "modelSpec": [
                {
                    "name": _name(option),
                    "repository": repository,
                    "tag": tag,
                    "modelURL": checkpoint(option),
                    "replicaCount": option.replicas,
                    "requestCPU": 4,
                    "requestMemory": "16Gi",
                    "requestGPU": option.tensor_parallel * option.pipeline_parallel,
                    "requestGPUType": gpu_resource(option.offer) or "",
                    "hf_token": {"secretName": "hf-token", "secretKey": "token"} if model and model.gated else "",
                    "vllmConfig": {
                        "enablePrefixCaching": True,
                        "tensorParallelSize": option.tensor_parallel,
                        "extraArgs": [
                            flag for flag in vllm_flags(option) if not flag.startswith("--tensor-parallel-size")
                        ],
                    },
                }
            ],
        }
    }
    return f"{upgrade(CHART, package)} \\\n  --namespace {NAMESPACE} --values - <<'EOF'\n{as_yaml(values)}\nEOF"


def deployment_name(option: PlacementOption) -> str:
    """The Deployment the chart makes."""
    return f"{CHART}-{_name(option)}-deployment-vllm"


ROUTER_SERVICE = f"{CHART}-router-service"
"""The Service that answers for every copy."""


def _name(option: PlacementOption) -> str:
    return workload_name(option)[:_LONGEST_NAME].rstrip("-")
