"""One real plan with the catalogue's rows behind it: what the graders' tests tamper with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from database import Database
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.turn import TurnReply, TurnRequest
from evals.market import Market, PlanRows, load_market, rows_of
from server.turns import Turns, open_turns
from settings import Settings

ASK = "Deploy Llama 3.3 70B for inference on AWS or DigitalOcean, at most 8000 dollars a month"


@dataclass(frozen=True)
class Case:
    """A reply with a plan, and what the catalogue says about it."""

    reply: TurnReply
    plan: DeploymentPlan
    rows: PlanRows
    market: Market

    @property
    def first(self) -> PlacementOption:
        return self.plan.recommendations[0].option

    def with_first(self, option: PlacementOption) -> DeploymentPlan:
        """The plan with another first recommendation."""
        first = self.plan.recommendations[0].model_copy(update={"option": option})
        return self.plan.model_copy(update={"recommendations": (first, *self.plan.recommendations[1:])})


@pytest.fixture(scope="session")
async def turns(settings: Settings) -> AsyncIterator[Turns]:
    async with open_turns(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def case(turns: Turns, database: Database) -> Case:
    reply = await turns.run(TurnRequest(message=ASK))
    assert reply.deployment_plan is not None
    assert reply.deployment_plan.recommendations
    plan = reply.deployment_plan
    return Case(reply, plan, await rows_of(plan, database), await load_market(database))
