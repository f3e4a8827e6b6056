import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import cast

import pytest
import yaml
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from database import Database
from domain.plan import DeploymentPlan
from graph.architect import build_graph
from graph.context import ArchitectContext, open_context
from graph.state import ArchitectState
from server.computing import CompiledArchitect
from settings import Settings
from tests.tools.api_server import TOKEN, ApiServer, serving

Connected = Callable[[ApiServer], None]


@pytest.fixture(scope="session")
async def context(database: Database, settings: Settings) -> ArchitectContext:
    return await open_context(database, settings)


_numbers = count()


@lru_cache
def compiled() -> tuple[CompiledArchitect, InMemorySaver]:
    """The graph of all conversations: compiling it takes as long as a short turn."""
    saver = InMemorySaver()
    return build_graph().compile(checkpointer=saver), saver


class Conversation:
    """A thread of the graph over an in-memory checkpoint: what is said goes in, the state comes out."""

    def __init__(self, context: ArchitectContext) -> None:
        self.context = context
        self.graph, saver = compiled()
        thread = str(next(_numbers))
        self.config: RunnableConfig = {"configurable": {"thread_id": thread}}
        weakref.finalize(self, saver.delete_thread, thread)

    async def say(self, message: str) -> ArchitectState:
        state = await self.graph.ainvoke({"message": message}, self.config, context=self.context)
        return cast(ArchitectState, state)

    async def answer(self, words: str) -> ArchitectState:
        """To what was asked back."""
        state = await self.graph.ainvoke(Command(resume=words), self.config, context=self.context)
        return cast(ArchitectState, state)

    async def planned(self, turns: Sequence[str]) -> DeploymentPlan | None:
        """What stands after these messages; what is asked beyond them is left to the planner."""
        state = await self.say(turns[0])
        for words in (*turns[1:], *("just decide",) * 2):
            if (await self.graph.aget_state(self.config)).interrupts:
                state = await self.answer(words)
            elif words != "just decide":
                state = await self.say(words)
        return state.get("plan")


@pytest.fixture
def conversation(context: ArchitectContext) -> Conversation:
    return Conversation(context)


@pytest.fixture(scope="session")
def conversation_in() -> Callable[[ArchitectContext], Conversation]:
    """For a context with something replaced."""
    return Conversation


@pytest.fixture
def connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    """Makes a server the user's cluster."""
    with ExitStack() as stack:

        def connect(api: ApiServer) -> None:
            described = {
                "apiVersion": "v1", "kind": "Config", "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [{"name": "c", "cluster": {"server": stack.enter_context(serving(api))}}],
                "users": [{"name": "u", "user": {"token": TOKEN}}],
            }  # fmt: skip
            (tmp_path / "config").write_text(yaml.safe_dump(described))
            chosen = Settings.model_validate({"kubeconfig": tmp_path / "config"})
            monkeypatch.setattr("tools.cluster.settings", lambda: chosen)

        yield connect
