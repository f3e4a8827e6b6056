"""The what-if panel asks in sentences that the reader understands."""

from functools import partial

import pytest

from database import Database
from domain.workload import WorkloadSpec
from evals.follow_ups.play import planned
from graph.context import open_context
from graph.understanding.merge.conversation import read_turn, read_turns
from graph.unsaid_load import fields_that_decide
from server.web.supposed import PLACES, PRICES, controls
from settings import Settings
from tests.artifacts.sample_plan import plan

STANDS = {
    "service": "Serve Llama 3.3 70B to 200 people at the same time",
    "job": "Fine-tune Qwen3 8B with LoRA on 50,000 conversations",
}
FIELDS = {
    "users": "traffic.concurrent_users", "context": "context_tokens", "budget": "budget.amount",
    "precision": "precision", "pricing": "pricing", "place": "location.jurisdictions", "deadline": "deadline_hours",
}  # fmt: skip


def value(spec: WorkloadSpec, path: str) -> object:
    found: object = spec
    for name in path.split("."):
        found = getattr(found, name)
    return found


def test_what_is_not_said_is_the_first_stop_and_a_missing_limit_the_last() -> None:
    sliders = [control for control in controls(plan(spec=WorkloadSpec(task_type="inference"))) if control.slider]
    assert {control.stops[control.at].label for control in sliders} >= {"as planned"}
    for control in sliders:
        labels = [stop.label for stop in control.stops]
        assert "as planned" not in labels[1:]
        assert not any(label.startswith("no ") for label in labels[:-1])


@pytest.mark.parametrize("kind", STANDS)
async def test_every_stop_of_every_control_is_understood(database: Database, settings: Settings, kind: str) -> None:
    context = await open_context(database, settings)
    asked = STANDS[kind]
    spec = (await read_turns(context.reader, [asked], partial(fields_that_decide, context))).spec
    for control in controls((await planned(context, {kind: [asked]}))[kind]):
        for stop in (stop for at, stop in enumerate(control.stops) if at != control.at and stop.said):
            read = await read_turn(context.grammar, (asked, stop.said), spec, asked=None, plan_stands=True)
            now = value(read.spec, FIELDS[control.name])
            loosened = stop.said in ("no budget limit", PLACES[0][1], PRICES[0][1])
            assert loosened or now != value(spec, FIELDS[control.name]), (stop.said, now)
            if control.slider and stop.said.startswith(("at most", "a context", "done")):
                figure = "".join(c for c in stop.said if c.isdecimal())
                assert float(str(now)) == float(figure), (stop.said, now)
