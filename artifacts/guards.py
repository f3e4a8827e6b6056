"""What keeps a service up and to itself: a disruption budget, a network policy, and copies spread over machines."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"


def disruption_budget(name: str, namespace: str) -> dict[str, Value]:
    """At most one copy at a time is taken away by a drain."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}},
    }


def network_policy(name: str, namespace: str, port: int, callers: Sequence[str] | None) -> dict[str, Value]:
    """Who may open a connection: the pods of the namespace, those of `callers` (namespaces; None: of any), and its own
    pods on any port, since the parts of one copy talk to each other."""
    others: list[Value] = [{"podSelector": {}}]
    if callers is None:
        others = [{"namespaceSelector": {}}]
    others += [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": caller}}} for caller in callers or ()
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "podSelector": {"matchLabels": {"app": name}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": others, "ports": [{"protocol": "TCP", "port": port}]},
                {"from": [{"podSelector": {"matchLabels": {"app": name}}}]},
            ],
        },
    }


def spread(name: str, *, zones: bool) -> list[Value]:
    """Copies on different machines, and in different zones where that was asked for: a copy waits rather than stand
    with the others in one zone."""
    keys = {"kubernetes.io/hostname": "ScheduleAnyway"}
    keys |= {"topology.kubernetes.io/zone": "DoNotSchedule"} if zones else {}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": otherwise,
            "labelSelector": {"matchLabels": {"app": name}},
        }
        for key, otherwise in keys.items()
    ]
