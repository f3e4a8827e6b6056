"""Where facts of whole charts are at hand (tests/artifacts/charts_read.py): every request of the advice scenarios is
planned, and what its plan gives to Helm and to Kubernetes is held against the charts' own schemas."""

from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from graph.context import ArchitectContext
from tests.artifacts.chart_checks import is_core
from tests.artifacts.charts_read import Charts, body_of, folder, helm
from tests.artifacts.printed import Printed, printed
from tests.graph.conftest import Conversation
from tests.graph.test_what_is_installed import REQUESTS

WHERE = folder()
pytestmark = pytest.mark.skipif(WHERE is None, reason="no facts of whole charts are here")
SCENARIOS = Path(__file__).parents[2] / "evals" / "scenarios" / "advice.yaml"


@pytest.fixture(scope="module")
def charts() -> Charts:
    assert WHERE is not None
    return Charts(WHERE)


@pytest.fixture(scope="module")
async def plans(
    context: ArchitectContext, conversation_in: Callable[[ArchitectContext], Conversation]
) -> dict[str, Printed]:
    asked = {str(row["id"]): list(row["turns"]) for row in yaml.safe_load(SCENARIOS.read_text(encoding="utf-8"))}
    asked |= {name: [request] for name, request in REQUESTS.items()}
    found: dict[str, Printed] = {}
    for name, turns in asked.items():
        plan = await conversation_in(context).planned(turns)
        if plan is not None and plan.steps:
            found[name] = printed(command for step in plan.steps for command in step.commands)
    return found


def test_sixty_plans_and_more_are_looked_at(plans: dict[str, Printed]) -> None:
    assert len(plans) >= 60


def test_no_value_is_unknown_to_its_chart(plans: dict[str, Printed], charts: Charts) -> None:
    unknown = {said for plan in plans.values() for found in plan.installs for said in charts.unknown_values(found)}
    assert unknown == set()


def test_nothing_that_a_chart_demands_is_unset(plans: dict[str, Printed], charts: Charts) -> None:
    unset = {said for plan in plans.values() for found in plan.installs for said in charts.unset_demands(found)}
    assert unset == set()


def test_helm_takes_the_values_of_every_chart(plans: dict[str, Printed], charts: Charts) -> None:
    program = helm()
    if program is None:
        pytest.skip("helm is not installed")
    installs = [found for plan in plans.values() for found in plan.installs]
    assert {said for found in installs if (said := charts.schema_errors(found, program))} == set()


def test_every_custom_object_is_one_that_its_definition_takes(plans: dict[str, Printed], charts: Charts) -> None:
    wrong: set[str] = set()
    for name, plan in plans.items():
        for made in plan.objects:
            schema = None if is_core(made) else charts.schema_of(made)
            if schema is not None:
                errors = jsonschema_rs.Draft202012Validator(schema).iter_errors(body_of(made))
                wrong |= {f"{name} {made['kind']} {error.instance_path}: {error.message}" for error in errors}
    assert wrong == set()
