"""However a language model fails, its turn ends with a plan of the built-in reader, and nothing of the call is left."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bench.model_faults import FAULTS, failing_model
from database import Database
from domain.turn import TurnRequest
from graph.context import open_context
from server.computing import compile_graph
from server.turns import Turns
from settings import Settings

Model = tuple[str, list[str]]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with failing_model() as served:
        yield served


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_turn_ends_whatever_the_model_does(
    database: Database, settings: Settings, model: Model, fault: str
) -> None:
    url, chosen = model
    chosen.append(fault)
    impatient = {"engine": "openai", "openai_base_url": url, "openai_timeout_s": 1.5}
    context = await open_context(database, settings.model_copy(update=impatient))
    turns = Turns(database, compile_graph(database), context)
    before = _own()
    reply = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    await turns.close()
    assert reply.response_type == "deployment_plan"
    assert reply.usage is None or reply.usage.input_tokens >= 0
    assert "language model" in reply.response
    assert _own() <= before


def _own() -> set[str]:
    """Threads and tasks of this process but those that wait for work, and this test's."""
    threads = {thread.name for thread in threading.enumerate() if not thread.name.startswith(("asyncio_", "Thread-"))}
    return threads | {repr(task.get_coro()) for task in asyncio.all_tasks() if task is not asyncio.current_task()}
