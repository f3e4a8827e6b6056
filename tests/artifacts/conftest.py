import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from artifacts.bundle.contents import bundle_files
from database import Database
from domain.plan import DeploymentPlan
from embedded_postgres import EmbeddedPostgres
from evals.follow_ups.play import planned
from graph.context import open_context
from settings import Settings
from tests.artifacts.printed import Printed, printed

ROOT = Path(__file__).parents[2]
EVERY = 3
"""Of the requests for advice, which are many: every third one."""


def requests() -> dict[str, list[str]]:
    """Messages that lead to plans of all kinds: those of docs/plans, for advice, and of what installs something. With
    MORE_PLANS, as `make artifacts` sets it, as many again."""
    asked: dict[str, list[str]] = yaml.safe_load((ROOT / "docs/plans/requests.yaml").read_text(encoding="utf-8"))
    advice = yaml.safe_load((ROOT / "evals/scenarios/advice.yaml").read_text(encoding="utf-8"))
    installed = yaml.safe_load(Path(__file__).with_name("installed_requests.yaml").read_text(encoding="utf-8"))
    asked |= {scenario["id"]: scenario["turns"] for scenario in advice[::EVERY]}
    if os.environ.get("MORE_PLANS"):
        more = yaml.safe_load(Path(__file__).with_name("more_requests.yaml").read_text(encoding="utf-8"))
        asked |= {f"more: {name}": [request] for name, request in more.items()}
    return asked | {name: [request] for name, request in installed.items()}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of all workers."""
    session = tmp_path_factory.getbasetemp()
    return session if worker_id == "master" else session.parent


@contextmanager
def first_to_make(kept: Path) -> Iterator[bool]:
    """Whether nobody has made the file yet; the other workers wait until the first has."""
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not kept.exists()


@pytest.fixture(scope="session")
async def plans(database: Database, settings: Settings, shared: Path) -> Mapping[str, DeploymentPlan]:
    """The plans of all requests over the starter catalogue; the first worker makes them, the others read them."""
    kept = shared / "stack8s-plans.json"
    with first_to_make(kept) as first:
        if first:
            made = await planned(await open_context(database, settings), requests())
            kept.write_text(json.dumps({name: plan.model_dump_json() for name, plan in made.items()}))
    texts: dict[str, str] = json.loads(kept.read_text())
    return {name: DeploymentPlan.model_validate_json(text) for name, text in texts.items()}


@pytest.fixture(scope="session")
async def given(plans: Mapping[str, DeploymentPlan]) -> Mapping[str, Printed]:
    """What the commands of each plan give to Helm and to Kubernetes."""
    return {name: printed(command for step in plan.steps for command in step.commands) for name, plan in plans.items()}


@pytest.fixture(scope="session")
async def bundles(plans: Mapping[str, DeploymentPlan], shared: Path) -> Mapping[str, Mapping[str, str]]:
    """The folder of each plan: path -> text; made by the first worker too."""
    kept = shared / "stack8s-bundles.json"
    with first_to_make(kept) as first:
        if first:
            kept.write_text(json.dumps({name: dict(bundle_files(plan)) for name, plan in plans.items()}))
    texts: dict[str, dict[str, str]] = json.loads(kept.read_text())
    return texts


@pytest.fixture(scope="session")
def postgres(seeded_data_dir: Path) -> Iterator[str]:
    """How to connect to the tests' PostgreSQL."""
    share = EmbeddedPostgres(seeded_data_dir)
    share.start()
    yield share.conninfo
    share.leave()
