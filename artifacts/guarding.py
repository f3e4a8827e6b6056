"""Rules for what may run in the workload's namespace, which auditors ask for."""

from collections.abc import Mapping

from artifacts.wiring import Install, Scene, Wiring, apply, metadata
from artifacts.workloads import NAMESPACE, Value

KYVERNO = "kyverno"
_CHECKER_TAG = "v1.19.1"
"""Of the image that tests the release, which the chart would take at its newest."""


def _kyverno(scene: Scene) -> Install:
    checker: Value = {"image": {"tag": _CHECKER_TAG}}
    return Install({"test": checker, "webhooksCleanup": checker}, after=(apply(*policies()),))


def policies() -> tuple[Value, ...]:
    """Pods of the workload are not privileged, and their images have a version."""
    unprivileged: Value = {
        "spec": {"=(initContainers)": [_unprivileged()], "containers": [_unprivileged()]},
    }
    pinned: Value = {"spec": {"containers": [{"image": "!*:latest & *:*"}]}}
    return (
        _policy("no-privileged-pods", "Privileged containers see the whole node.", unprivileged),
        _policy("pinned-images", "An image without a version is another one tomorrow.", pinned),
    )


def _unprivileged() -> Value:
    return {"=(securityContext)": {"=(privileged)": "false"}}


def _policy(name: str, message: str, pattern: Value) -> Value:
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": metadata(name, None),
        "spec": {
            "background": True,
            "rules": [
                {
                    "name": name,
                    "match": {"any": [{"resources": {"kinds": ["Pod"], "namespaces": [NAMESPACE]}}]},
                    "validate": {"failureAction": "Enforce", "message": message, "pattern": pattern},
                }
            ],
        },
    }


WIRINGS: Mapping[str, Wiring] = {
    KYVERNO: Wiring(
        lambda scene: None,
        install=_kyverno,
        talks=lambda scene: (f"refuses privileged pods and images without a version in {NAMESPACE}",),
    ),
}
