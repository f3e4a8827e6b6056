"""How pods ask for the GPUs of a cluster that was seen: by claims where it gives them out so, through its queues.

Claims (dynamic resource allocation) as https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
describes them, queues as https://kueue.sigs.k8s.io/docs/tasks/run/ does.
"""

from pydantic import JsonValue

from domain.offers import Offer

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
CLAIM = "gpus"
"""The name of the claim inside a pod."""


def claimed(offer: Offer) -> bool:
    return offer.in_cluster is not None and offer.in_cluster.device_class is not None


def gpu_claim_template(offer: Offer, namespace: str, gpus: int) -> dict[str, JsonValue]:
    """What makes a claim for each pod: so many whole GPUs of the product that was meant."""
    access = offer.in_cluster
    assert access is not None
    assert access.device_class is not None
    is_product = f'device.attributes["{access.device_class}"].productName == "{access.product}"'
    asked: dict[str, JsonValue] = {
        "deviceClassName": access.device_class, "count": gpus,
        **({"selectors": [{"cel": {"expression": is_product}}]} if access.product else {}),
    }  # fmt: skip
    request: dict[str, JsonValue] = {"name": CLAIM, **(asked if access.claims_api == "v1beta1" else {"exactly": asked})}
    return {
        "apiVersion": f"resource.k8s.io/{access.claims_api}",
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": claim_name(gpus), "namespace": namespace},
        "spec": {"spec": {"devices": {"requests": [request]}}},
    }


def claim_name(gpus: int) -> str:
    """Of the template: workloads that ask for as many share it."""
    return f"{CLAIM}-{gpus}"


def pod_claims(gpus: int) -> list[JsonValue]:
    """What the pod brings for its containers to name."""
    return [{"name": CLAIM, "resourceClaimTemplateName": claim_name(gpus)}]


def seen_queue(offer: Offer) -> str | None:
    """Kueue's queue of the cluster that gives out the nodes; null: none was seen."""
    return offer.in_cluster.queue if offer.in_cluster else None


def queue_labels(offer: Offer, name: str) -> dict[str, str]:
    """That something waits in the workload's own queue, which leads to the cluster's."""
    return {QUEUE_LABEL: name} if seen_queue(offer) else {}
