"""The context of runs on the dev server, which gives none of ours: opened once per process and reader."""

import asyncio
from dataclasses import replace
from typing import Literal

from database import Database
from domain.errors import InvalidInput
from graph.context import ArchitectContext, open_context, renewed
from graph.studio.state import AssistantSettings
from settings import Settings, settings

Engine = Literal["builtin", "openai"]
_opened: dict[Engine, asyncio.Task[ArchitectContext]] = {}
_database: asyncio.Task[Database] | None = None


async def context_for(assistant: AssistantSettings) -> ArchitectContext:
    """As this server is set up, with what the assistant sets otherwise. Raises InvalidInput."""
    chosen = await asyncio.to_thread(settings)
    engine = chosen.reader_engine if assistant.engine == "as set up" else assistant.engine
    if engine == "openai" and not (chosen.openai_api_key or chosen.openai_base_url):
        raise InvalidInput(
            "This server has no language model to read with.",
            "Set OPENAI_API_KEY or OPENAI_BASE_URL where it runs, or choose another engine for the assistant.",
        )
    context = await asyncio.shield(_opening(engine, chosen))
    own = {"question_rounds": assistant.rounds_of_questions, "hf_top_k": assistant.models_weighed}
    return replace(context, settings=context.settings.model_copy(update=own))


async def renew(assistant: AssistantSettings) -> None:
    """Turns begin with the catalogue as it stands, imports since then included."""
    context = await context_for(assistant)
    engine = context.settings.reader_engine
    held = _opened[engine].result()
    if (now := await renewed(held)) is not held:
        _opened[engine] = asyncio.create_task(_same(now))
        await _opened[engine]


async def _same(context: ArchitectContext) -> ArchitectContext:
    return context


def _opening(engine: Engine, chosen: Settings) -> asyncio.Task[ArchitectContext]:
    task = _opened.get(engine)
    if task is None or _failed(task):
        task = _opened[engine] = asyncio.create_task(_open(chosen.model_copy(update={"engine": engine})))
    return task


async def _open(chosen: Settings) -> ArchitectContext:
    global _database
    if _database is None or _failed(_database):
        _database = asyncio.create_task(Database.open(chosen))
    return await open_context(await asyncio.shield(_database), chosen)


def _failed(task: "asyncio.Task[ArchitectContext] | asyncio.Task[Database]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
