"""Every chart that a plan installs is known, set up whole and used; every object is one that its cluster accepts."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import cast

import jsonschema_rs
import kubernetes_validate

from artifacts.present import present_of
from domain.plan import DeploymentPlan
from tests.artifacts.chart_checks import is_core, problems_of_installs, problems_of_objects
from tests.artifacts.charts.known import body_of, chart_of, kinds, schema_of_kind
from tests.artifacts.plan_cluster import placed_options
from tests.artifacts.printed import Node, Object, Printed, at

KUBERNETES = "1.35"
UNREAD = frozenset({"open-webui", "cilium", "cluster-autoscaler"})
"""Charts that plans install and that nobody could read."""
Plans = Mapping[str, DeploymentPlan]
Given = Mapping[str, Printed]


def wanted(plan: DeploymentPlan) -> list[str]:
    return [component.package.name for component in plan.stack if component.wanted]


def told(found: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What was found, for the plans where something was."""
    return {name: listed for name, said in found.items() if (listed := list(said))}


async def test_sixty_plans_and_more_of_all_kinds_are_looked_at(plans: Plans, given: Given) -> None:
    placed = [(option, spec) for plan in plans.values() for option, spec in placed_options(plan)]
    assert sum(bool(plan.steps) for plan in plans.values()) >= 60
    assert {spec.task_type for _, spec in placed} >= {"inference", "rag", "training", "fine_tuning", "batch_inference"}
    assert len({option.offer.provider for option, _ in placed}) >= 12
    assert {option.offer.gpu.vendor for option, _ in placed if option.offer.gpu} >= {"nvidia", "amd", "intel"}


async def test_each_chart_is_known_set_up_whole_and_used(plans: Plans, given: Given) -> None:
    assert told({name: problems_of_installs(given[name], wanted(plan)) for name, plan in plans.items()}) == {}


async def test_each_chart_was_read_or_is_known_not_to_be(plans: Plans, given: Given) -> None:
    installed = [found for plan in given.values() for found in plan.installs]
    unread = {found.name for found in installed if (chart := chart_of(found)) is None or chart.values is None}
    assert unread <= UNREAD
    assert len({found.name for found in installed} - unread) >= 20


async def test_each_object_is_of_a_kind_that_is_there_and_calls_who_answers(plans: Plans, given: Given) -> None:
    found = {
        name: problems_of_objects(given[name], openshift=plan.spec.cluster == "openshift", there=present_of(plan.spec))
        for name, plan in plans.items()
    }
    assert told(found) == {}


async def test_objects_of_kubernetes_itself_are_valid(plans: Plans, given: Given) -> None:
    distinct = {json.dumps(made): made for plan in given.values() for made in plan.objects if is_core(made)}
    assert len(distinct) >= 250
    for made in distinct.values():
        kubernetes_validate.validate(made, KUBERNETES, strict=True)


async def test_custom_objects_are_what_their_definitions_take(plans: Plans, given: Given) -> None:
    checked = 0
    for name, plan in given.items():
        for made in plan.objects:
            if f"{made['apiVersion']} {made['kind']}" in kinds():
                checked += 1
                assert refused(made) == [], name
    assert checked >= 300


@lru_cache
def validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(cast("dict[str, object]", schema_of_kind(kind)))


def refused(made: Object) -> list[str]:
    kind = f"{made['apiVersion']} {made['kind']}"
    return [f"{kind} {error.instance_path}: {error.message}" for error in validator(kind).iter_errors(body_of(made))]


def test_a_definition_refuses_a_field_that_it_has_not_a_wrong_type_and_one_that_lacks() -> None:
    head: dict[str, Node] = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "LocalQueue", "metadata": {"name": "here"}}
    queue: dict[str, Node] = {**head, "spec": {"clusterQueue": "gpus"}}
    route: dict[str, Node] = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {}}
    assert refused(queue) == []
    assert len(refused({**queue, "spec": {"clusterQueue": "gpus", "queue": "gpus"}})) == 1
    assert len(refused({**queue, "spec": {"clusterQueue": 1}})) == 1
    assert len(refused({**route, "spec": {}})) == 1


async def test_the_stack_is_what_is_installed_and_the_rest_says_when(plans: Plans, given: Given) -> None:
    for name, plan in plans.items():
        in_table = {component.package.name for component in plan.stack}
        later = {component.package.name for component in plan.worth_adding}
        if plan.steps:
            assert {found.name for found in given[name].installs} == in_table, name
            assert all(component.connects for component in plan.stack), name
        assert not in_table & later, name
        assert all(component.reason for component in plan.worth_adding), name


async def test_no_images_that_have_moved_and_no_notebook_in_the_open(plans: Plans, given: Given) -> None:
    for name, plan in plans.items():
        assert not [part.package.key for part in plan.stack if part.package.repository == "bitnami"], name
        notebooks = given[name].install("jupyterhub")
        if notebooks:
            assert at(notebooks.values, "proxy.service.type") == "ClusterIP"
            assert "user_password" in str(notebooks.values)


async def test_nodes_that_come_with_a_driver_get_no_operator(plans: Plans, given: Given) -> None:
    for name in ("several copies on EKS", "several copies on GKE", "existing EKS"):
        assert given[name].install("gpu-operator") is None, name
    assert given["AKS"].install("gpu-operator") is not None
    assert given["AMD at hand"].install("gpu-operator-charts") is not None
    assert given["AMD at hand"].install("gpu-operator") is None


async def test_what_lacks_a_part_of_its_own_is_told_not_installed(plans: Plans, given: Given) -> None:
    plan = plans["wishes for training"]
    assert "karpenter" in {component.package.name for component in plan.worth_adding}
    assert given["wishes for training"].install("karpenter") is None
