"""A real PostgreSQL for every test session, with the starter catalogue in it; and no language model."""

import asyncio
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

FORBIDDEN = (
    "OPENAI_", "LANGSMITH_", "LANGCHAIN_", "SUPABASE_", "DATABASE_", "STACK8S_", "AUTH_", "JWT_", "JWKS_", "CORS_",
    "ALLOWED_HOSTS", "METRICS_", "OTEL_",
)  # fmt: skip
for name in [name for name in os.environ if name.startswith(FORBIDDEN)]:
    del os.environ[name]
os.environ.update(
    ENVIRONMENT="test",
    STACK8S_ENGINE="builtin",
    LANGGRAPH_STRICT_MSGPACK="true",
    LANGSMITH_TRACING="false",
    KUBECONFIG=os.devnull,
    OPENAI_BASE_URL="",  # an empty variable is an unset one, and wins over a developer's .env
    OPENAI_API_KEY="",
    DATABASE_URL="",
    SUPABASE_DB_URL="",
    HTTPS_PROXY="http://127.0.0.1:9",  # nobody answers there: a test cannot call a real model
    HTTP_PROXY="http://127.0.0.1:9",
    NO_PROXY="127.0.0.1,localhost,test,testserver",
    # No test trusts anybody: a client that reads all certificates of the world takes 75 to 100 ms to make, without 1.5.
    SSL_CERT_FILE="",
    SSL_CERT_DIR=os.path.dirname(__file__),
)

from catalog.load import ensure_starter  # noqa: E402  (after the environment is set)
from database import Database  # noqa: E402
from settings import Settings  # noqa: E402

if "PYTEST_XDIST_WORKER" not in os.environ:
    # A root of one's own: pytest closes the shared one to other users whenever a session starts, and run as root
    # the server is another user.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix="stack8s-tests-")

# Tests read tens of thousands of lines of YAML: with libyaml's parser, where PyYAML has it.
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]

# A test database that is lost in a power cut is made again.
FAST_AND_LOSSY = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


# What takes longest, in the order to begin it, so that no worker is left alone with it at the end. What all workers
# wait for while one makes it, the catalogue and the plans to look at, is begun beside something that needs neither.
LONGEST = (
    "catalog/test_refresh", "understanding/test_linear", "sizing/test_placement_exact", "graph/studio/",
    "artifacts/test_bundle.py", "sizing/test_placement_properties", "understanding/labels/test_intent", "web/test_page",
    "server/test_process", "server/test_language_model_turns", "bench/", "test_database",
    "graph/test_long_conversation", "understanding_openai/test_hostile_answers", "understanding/test_conversations",
    "understanding_openai/test_openai_reader",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.nodeid.removeprefix("tests/")))


def _place(file: str) -> int:
    """Among those that take longest, or behind them."""
    return next((place for place, long in enumerate(LONGEST) if file.startswith(long)), len(LONGEST))


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["PYTEST_DEBUG_TEMPROOT"], ignore_errors=True)


@pytest.fixture(scope="session")
def seeded_data_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """This worker's own data directory, copied from the one that the first worker filled."""
    session = tmp_path_factory.getbasetemp()
    shared = session if worker_id == "master" else session.parent
    template, own = shared / "stack8s-template", shared / f"stack8s-{worker_id}"
    with (shared / "stack8s-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            unfinished = shared / "stack8s-filling"
            asyncio.run(_fill(unfinished))
            unfinished.rename(template)
    subprocess.run(["cp", "-a", str(template), str(own)], check=True)
    return own


async def _fill(data_dir: Path) -> None:
    async with await Database.open(_settings(data_dir)) as database:
        await ensure_starter(database)
    with (data_dir / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write(FAST_AND_LOSSY)


@pytest.fixture(scope="session")
def settings(seeded_data_dir: Path) -> Settings:
    """Settings of the test session: the seeded embedded database, the built-in reader."""
    return _settings(seeded_data_dir)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The open database with the starter catalogue; what a test writes, it removes."""
    async with await Database.open(settings) as opened:
        yield opened


def _settings(data_dir: Path) -> Settings:
    given = {"data_dir": data_dir, "environment": "test", "engine": "builtin", "requests_per_minute": 0}
    return Settings.model_validate(given)
