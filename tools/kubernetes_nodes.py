"""Asks a Kubernetes API for its nodes, within seconds."""

from pathlib import Path

import yaml
from kubernetes import client, config
from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigLoader, KubeConfigMerger
from kubernetes.utils.quantity import parse_quantity
from urllib3.exceptions import HTTPError

from domain.cluster import ClusterNode
from tools.kubeconfig import Unreachable, plugin_credentials

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2, 4
GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi",
                 "google.com/tpu", "aws.amazon.com/neuron")  # fmt: skip
GPU_PRODUCTS = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "cloud.google.com/gke-accelerator",
                "cloud.google.com/gke-tpu-accelerator", "karpenter.k8s.aws/instance-gpu-name")  # fmt: skip


def read_nodes(kubeconfig: Path | None) -> tuple[ClusterNode, ...]:
    """The nodes by name, of the kubeconfig's cluster or of the one we run in. Blocks. Raises Unreachable."""
    try:
        with _client(kubeconfig) as api:
            listed = client.CoreV1Api(api).list_node(_request_timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S))
    except (config.ConfigException, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise Unreachable("the kubeconfig cannot be read") from error
    except client.ApiException as error:
        raise Unreachable(f"the cluster answered {error.status}") from error
    except (HTTPError, OSError, ValueError) as error:
        raise Unreachable("the cluster does not answer") from error
    return tuple(sorted((_node(item) for item in listed.items), key=lambda node: node.name))


def _client(kubeconfig: Path | None) -> client.ApiClient:
    settings = client.Configuration()
    settings.retries = False
    merged = KubeConfigMerger(str(kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION)).config
    if merged is None:
        config.load_incluster_config(client_configuration=settings)
        return client.ApiClient(settings)
    contexts = {node.value["name"]: node.value["context"] for node in merged.value["contexts"]}
    users = {node.value["name"]: node.value["user"] for node in merged.value["users"]}
    user = users[contexts[merged.value["current-context"]]["user"]]
    if "exec" in user:
        user.update(plugin_credentials(user.pop("exec")))
    KubeConfigLoader(config_dict=merged).load_and_set(settings)
    return client.ApiClient(settings)


def _node(node: client.V1Node) -> ClusterNode:
    assert node.metadata is not None
    assert node.status is not None
    labels, capacity = node.metadata.labels or {}, node.status.capacity or {}
    conditions = {condition.type: condition.status for condition in node.status.conditions or []}
    gpus = [int(_number(capacity[name])) for name in GPU_RESOURCES if name in capacity]
    return ClusterNode(
        name=node.metadata.name or "",
        instance_type=labels.get("node.kubernetes.io/instance-type"),
        region=labels.get("topology.kubernetes.io/region"),
        gpu_product=next((labels[name] for name in GPU_PRODUCTS if name in labels), None),
        gpu_count=sum(gpus),
        vcpu=_number(capacity["cpu"]) if "cpu" in capacity else None,
        ram_gib=round(_number(capacity["memory"]) / 2**30, 2) if "memory" in capacity else None,
        ready=conditions.get("Ready") == "True",
    )


def _number(quantity: str) -> float:
    return float(parse_quantity(quantity))
