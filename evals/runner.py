"""Plays every scenario through the product's own doors, twice, and has it graded."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.errors import ArchitectError
from domain.reading import Reading
from domain.turn import TurnReply, TurnRequest
from domain.workload import WorkloadSpec
from evals.graders import grade
from evals.market import Market, load_market, rows_of
from evals.observation import Observation, Turn
from evals.report import EvalReport, Outcome, outcome_of, report_of
from evals.scenario import Scenario, load_scenarios
from graph.understanding.merge.conversation import read_turns
from graph.unsaid_load import fields_that_decide
from server.turns import Turns, open_turns
from settings import Settings
from tools.checklist import forget

WARM_UP = "Serve Mistral 7B for a chatbot"


async def run_evals(
    settings: Settings,
    *,
    engine: str | None = None,
    filter: str | None = None,
    scenarios: Sequence[Scenario] | None = None,
    repeat: bool = True,
    console: Console | None = None,
) -> EvalReport:
    """Plays the scenarios one after the other, so that latency means something; `repeat` plays each twice, those on
    advice once.

    Raises what opening the product raises, and InvalidInput for scenarios that cannot be read.
    """
    chosen = tuple(scenarios) if scenarios is not None else load_scenarios(filter=filter)
    settings = settings.model_copy(update={"engine": engine}) if engine else settings
    outcomes: list[Outcome] = []
    async with open_turns(settings) as turns:
        market = await load_market(turns.database)
        await _play(turns, Scenario(id="warm-up", turns=(WARM_UP,)))
        with _progress(console) as progress:
            task = progress.add_task("", total=len(chosen))
            for scenario in chosen:
                progress.update(task, description=scenario.id)
                outcomes.append(await _graded(turns, market, scenario, repeat))
                progress.advance(task)
        return report_of(outcomes, engine=turns.context.reader.name, catalog=turns.context.catalog)


async def _graded(turns: Turns, market: Market, scenario: Scenario, repeat: bool) -> Outcome:
    seen = await _observed(turns, scenario, repeat)
    plans = [turn.reply.deployment_plan for turn in seen.turns]
    rows = [None if plan is None else await rows_of(plan, turns.database) for plan in plans]
    return outcome_of(seen, grade(seen, market, tuple(rows)))


async def _observed(turns: Turns, scenario: Scenario, repeat: bool) -> Observation:
    played, error = await _play(turns, scenario)
    again = (await _play(turns, scenario))[0] if repeat and error is None and not scenario.is_advice else None
    began = time.perf_counter()
    reading, unreadable = await _outcome_of_reading(turns, scenario.turns)
    return Observation(
        scenario=scenario,
        turns=tuple([turn.model_copy(update={"spec": await _spec_when_asked(turns, played, turn)}) for turn in played]),
        again=None if again is None else tuple(turn.reply for turn in again),
        spec=reading.spec,
        intent=None if unreadable else reading.intent,
        understand_ms=(time.perf_counter() - began) * 1000 / len(scenario.turns),
        error=error or unreadable,
    )


async def _play(turns: Turns, scenario: Scenario) -> tuple[tuple[Turn, ...], str | None]:
    """The scenario in a conversation of its own, which is forgotten afterwards; and what ended it early, if anything.

    Whatever a turn raises is what the evals are looking for, so it is written down and the next scenario goes on.
    """
    played: list[Turn] = []
    conversation, reply_to, owner = None, None, f"evals {uuid4()}"  # a checklist of its own
    error: str | None = None
    for message in scenario.turns:
        request = TurnRequest(conversation_id=conversation, message=message, reply_to=reply_to)
        began = time.perf_counter()
        (result,) = await asyncio.gather(turns.run(request, owner=owner), return_exceptions=True)
        if not isinstance(result, TurnReply):
            if not isinstance(result, Exception):
                raise result
            error = _told(result)
            break
        played.append(Turn(message=message, reply=result, took_ms=(time.perf_counter() - began) * 1000))
        conversation, reply_to = result.conversation_id, result.interrupt_id
    if conversation is not None:
        await turns.delete(UUID(conversation), owner=owner)
        async with turns.database.connection() as connection:
            await forget(connection, owner)
    return tuple(played), error


async def _outcome_of_reading(turns: Turns, messages: Sequence[str]) -> tuple[Reading, str | None]:
    reading = read_turns(turns.context.reader, messages, partial(fields_that_decide, turns.context))
    (result,) = await asyncio.gather(reading, return_exceptions=True)
    if isinstance(result, Reading):
        return result, None
    if not isinstance(result, Exception):
        raise result
    return Reading(spec=WorkloadSpec()), _told(result)


async def _spec_when_asked(turns: Turns, played: Sequence[Turn], turn: Turn) -> WorkloadSpec | None:
    """What was understood when the turn asked its questions: they may only be about what is not in it."""
    if turn.reply.response_type != "clarification":
        return None
    before = [earlier.message for earlier in played[: played.index(turn) + 1]]
    return (await _outcome_of_reading(turns, before))[0].spec


def _told(error: Exception) -> str:
    return error.message if isinstance(error, ArchitectError) else f"{type(error).__name__}: {error}"


def _progress(console: Console | None) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console or Console(stderr=True), transient=True,
    )  # fmt: skip
