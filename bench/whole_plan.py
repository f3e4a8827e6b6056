"""What a user waits for: a message read, and a whole plan from message to stored reply, at the full size."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.measured import Latency, against, each_timed
from database import Database
from domain.turn import TurnReply, TurnRequest
from domain.workload import WorkloadSpec
from evals.scenario import load_scenarios
from graph.context import open_context
from server.computing import compile_graph
from server.turns import Turns
from settings import Settings

MESSAGES = 120
READING_TARGET_MS, PLAN_TARGET_MS = 30.0, 150.0


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    context = await open_context(database, Settings.model_validate({"engine": "builtin"}))
    turns = Turns(database, compile_graph(database), context)
    messages = opening_messages()
    replies: dict[str, TurnReply] = {}

    async def read(message: str) -> None:
        await context.reader.read((message,), WorkloadSpec(), asked=None)

    async def answer(message: str) -> None:
        replies[message] = await turns.run(TurnRequest(message=message))

    await answer(messages[0])
    read_ms = await each_timed(read, messages)
    answered_ms = await each_timed(answer, messages)
    await turns.close()
    planned_ms = [
        ms for message, ms in zip(messages, answered_ms, strict=True) if replies[message].deployment_plan is not None
    ]
    grid = Table(title="What a user waits for, one client, every message new")
    for heading in ("", "messages", "p50 ms", "p99 ms", "target, p50 over target"):
        grid.add_column(heading, justify="right" if heading else "left")
    for what, taken_ms, target_ms in (
        ("reading a message", read_ms, READING_TARGET_MS),
        ("a whole plan", planned_ms, PLAN_TARGET_MS),
    ):
        latency = Latency.of(taken_ms)
        grid.add_row(
            what, str(len(taken_ms)), f"{latency.p50_ms:.1f}", f"{latency.p99_ms:.1f}",
            against(latency.p50_ms, target_ms),
        )  # fmt: skip
    console.print(grid)


def opening_messages() -> Sequence[str]:
    """Opening messages of the evals' scenarios, spread over all of them."""
    every = list(dict.fromkeys(scenario.turns[0] for scenario in load_scenarios()))
    return every[:: max(1, len(every) // MESSAGES)][:MESSAGES]
