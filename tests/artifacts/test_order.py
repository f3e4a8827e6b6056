"""A stranger runs the steps from the first to the last: nothing is used before it is made."""

import itertools
from collections.abc import Mapping

from artifacts.gateway import HOST
from artifacts.present import blank, known
from artifacts.workloads import ASKED_OF_THE_USER, OWN_IMAGE
from domain.plan import DeploymentPlan, Step
from tests.artifacts.sample_plan import plan
from tests.artifacts.walked import missing_before

Plans = Mapping[str, DeploymentPlan]


async def test_what_a_command_names_was_made_by_an_earlier_one(plans: Plans) -> None:
    found = {name: list(missing_before(plan)) for name, plan in plans.items()}
    assert {name: told for name, told in found.items() if told} == {}


def test_the_walk_finds_what_is_used_before_it_is_made() -> None:
    def told(*commands: str) -> list[str]:
        steps = tuple(Step(order=i, title="x", detail="", commands=(one,)) for i, one in enumerate(commands, start=1))
        return list(missing_before(plan(steps=steps)))

    cluster = "eksctl create cluster --config-file -"
    namespace = "kubectl create namespace workload --dry-run=client -o yaml | kubectl apply -f -"
    secret = "kubectl --namespace workload create secret generic one --from-literal=a=b"
    read = "kubectl --namespace workload get secret one --output jsonpath='{.data.a}'"
    assert told(cluster, namespace, secret, read) == []
    assert "no step has made" in told(secret, cluster)[0]
    assert "names the namespace workload" in told(cluster, secret, namespace)[0]
    assert "reads the secret one" in told(cluster, namespace, read, secret)[0]
    assert told("ZONES=$(a)", 'echo "$ZONES"') == []
    assert "$ZONES" in told('echo "$ZONES"', "ZONES=$(a)")[0]


def test_no_placeholder_is_part_of_another() -> None:
    blanks = {blank(name) for thing in known().things.values() for name in thing.asks}
    blanks |= {HOST, OWN_IMAGE, *(text.removeprefix("image: ") for text in ASKED_OF_THE_USER)}
    inside = [(one, other) for one, other in itertools.permutations(sorted(blanks), 2) if one in other]
    assert inside == []
