"""The bill has what the steps rent: every volume that they claim, and as many machines as their commands make."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from artifacts.providers import provider_of
from domain.plan import DeploymentPlan
from tests.artifacts.plan_cluster import applied
from tests.artifacts.printed import printed

Plans = Mapping[str, DeploymentPlan]
_GB = re.compile(r"^([\d,]+) GB \(")
_GIB_GB = 2**30 / 1e9


def claimed_gb(plan: DeploymentPlan) -> float:
    """Of every volume that an object or a chart of the steps asks for."""
    return sum(_claims(plan))


def _claims(plan: DeploymentPlan) -> Iterator[float]:
    commands = [command for step in plan.steps for command in step.commands]
    for thing in applied(commands):
        spec: Mapping[str, Any] = thing.get("spec") or {}
        if thing["kind"] == "PersistentVolumeClaim" and not spec.get("volumeName"):
            yield _size(spec["resources"]["requests"]["storage"])
        for claim in spec.get("volumeClaimTemplates") or ():
            yield int(spec.get("replicas", 1)) * _size(claim["spec"]["resources"]["requests"]["storage"])
    for install in printed(commands).installs:
        kept: Any = install.values.get("persistence") or {}
        if "size" in kept:
            yield int(str(install.values.get("replicaCount", 1))) * _size(kept["size"])


def _size(text: str) -> float:
    return float(text[:-2]) * _GIB_GB if text.endswith("Gi") else float(text.removesuffix("G"))


async def test_every_volume_that_the_steps_claim_is_in_the_bill(plans: Plans) -> None:
    short, seen = {}, 0
    for name, plan in plans.items():
        if plan.cost is None or plan.together is not None or not plan.recommendations:
            continue
        option = plan.recommendations[0].option
        if option.is_own or plan.spec.hosting == "existing_cluster" or provider_of(option).kubernetes == "k3s":
            continue
        counted = sum(
            float(found[1].replace(",", ""))
            for line in plan.cost.lines
            if (line.item.startswith(("Disks", "Vector store: disk")) and (found := _GB.match(line.formula)))
        )
        if claimed := claimed_gb(plan):
            seen += 1
            if counted < 0.98 * claimed:
                short[name] = (counted, claimed)
    assert seen >= 20
    assert short == {}


async def test_a_regional_cluster_has_as_many_small_machines_as_are_paid_for(plans: Plans) -> None:
    """GKE makes as many in each of its three zones as it is told."""
    seen = 0
    for name, plan in plans.items():
        if plan.cost is None or plan.together is not None:
            continue
        text = "\n".join(command for step in plan.steps for command in step.commands)
        made = re.search(r"container clusters create .*--num-nodes (\d+)", text)
        paid = [re.search(r": (\d+) x ", line.item) for line in plan.cost.lines if line.item.startswith("CPU pool")]
        if made and paid and paid[0]:
            seen += 1
            assert 3 * int(made[1]) == int(paid[0][1]), name
    assert seen >= 3
