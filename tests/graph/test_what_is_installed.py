"""Every chart that a plan installs is known, set up whole and used; every object is one that its cluster accepts."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from domain.plan import DeploymentPlan
from graph.context import ArchitectContext
from tests.artifacts.chart_checks import is_core, problems_of_installs, problems_of_objects
from tests.artifacts.printed import Printed, at, printed
from tests.graph.conftest import Conversation

REQUESTS: dict[str, str] = yaml.safe_load(
    Path(__file__).with_name("installed_requests.yaml").read_text(encoding="utf-8")
)
KUBERNETES = "1.35"
Planned = dict[str, DeploymentPlan]


@pytest.fixture(scope="module")
async def planned(context: ArchitectContext, conversation_in: Callable[[ArchitectContext], Conversation]) -> Planned:
    plans: Planned = {}
    for name, request in REQUESTS.items():
        plan = await conversation_in(context).planned([request])
        assert plan is not None, name
        plans[name] = plan
    return plans


def written(plan: DeploymentPlan) -> Printed:
    return printed(command for step in plan.steps for command in step.commands)


def wanted(plan: DeploymentPlan) -> list[str]:
    return [component.package.name for component in plan.stack if component.wanted]


@pytest.mark.parametrize("name", REQUESTS)
def test_each_chart_is_known_set_up_whole_and_used(planned: Planned, name: str) -> None:
    plan = planned[name]
    assert list(problems_of_installs(written(plan), wanted(plan))) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_each_object_is_of_a_kind_that_is_there_and_calls_who_answers(planned: Planned, name: str) -> None:
    plan = planned[name]
    assert list(problems_of_objects(written(plan), openshift=plan.spec.cluster == "openshift")) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_objects_of_kubernetes_itself_are_valid(planned: Planned, name: str) -> None:
    validation = pytest.importorskip("kubernetes_validate")
    for made in written(planned[name]).objects:
        if is_core(made):
            validation.validate(made, KUBERNETES, strict=True)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_stack_is_what_is_installed_and_the_rest_says_when(planned: Planned, name: str) -> None:
    plan = planned[name]
    in_table = {component.package.name for component in plan.stack}
    later = {component.package.name for component in plan.worth_adding}
    if plan.steps:
        assert {found.name for found in written(plan).installs} == in_table
    assert not in_table & later
    assert all(component.connects for component in plan.stack)
    assert all(component.reason for component in plan.worth_adding)


def test_most_requests_are_placed(planned: Planned) -> None:
    assert [name for name, plan in planned.items() if not plan.steps] == []


def test_no_images_that_have_moved_and_no_notebook_in_the_open(planned: Planned) -> None:
    for name, plan in planned.items():
        assert not [part.package.key for part in plan.stack if part.package.repository == "bitnami"], name
        notebooks = written(plan).install("jupyterhub")
        if notebooks:
            assert at(notebooks.values, "proxy.service.type") == "ClusterIP"
            assert "user_password" in str(notebooks.values)


def test_nodes_that_come_with_a_driver_get_no_operator(planned: Planned) -> None:
    for name in ("several copies on EKS", "several copies on GKE", "existing EKS"):
        assert written(planned[name]).install("gpu-operator") is None, name
    assert written(planned["AKS"]).install("gpu-operator") is not None
    assert written(planned["AMD at hand"]).install("gpu-operator-charts") is not None
    assert written(planned["AMD at hand"]).install("gpu-operator") is None


def test_what_lacks_a_part_of_its_own_is_told_not_installed(planned: Planned) -> None:
    plan = planned["wishes for training"]
    assert "karpenter" in {component.package.name for component in plan.worth_adding}
    assert written(plan).install("karpenter") is None
