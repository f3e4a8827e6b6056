from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from database import Database
from domain.plan import DeploymentPlan
from evals.follow_ups.play import planned
from graph.context import open_context
from settings import Settings

ROOT = Path(__file__).parents[2]
EVERY = 2
"""Of the requests for advice, which are many: every second one."""


@pytest.fixture(scope="session")
async def plans(database: Database, settings: Settings) -> Mapping[str, DeploymentPlan]:
    """Plans of all kinds over the starter catalogue: those of docs/plans, and of requests for advice."""
    asked: dict[str, list[str]] = yaml.safe_load((ROOT / "docs/plans/requests.yaml").read_text(encoding="utf-8"))
    advice = yaml.safe_load((ROOT / "evals/scenarios/advice.yaml").read_text(encoding="utf-8"))
    asked["azure"] = ["Llama 3.3 70B on Azure for 200 users"]
    asked |= {scenario["id"]: scenario["turns"] for scenario in advice[::EVERY]}
    return await planned(await open_context(database, settings), asked)
