"""A turn told at a terminal as it goes: each node, what its tools found, and how long it took."""

import time
from collections.abc import Sequence

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from domain.turn import ToolCall, TurnReply, TurnRequest
from graph.node_words import NODE_WORDS
from server.commands.common import err
from server.commands.running import TakesTurns
from server.events import NodeFinished, NodeStarted, ReplyReady

PER_SECOND = 12


class Told:
    """The nodes of a turn in the order they began."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._ended: dict[str, str] = {}

    def began(self, node: str) -> None:
        self._began[node] = time.perf_counter()
        self._ended.pop(node, None)

    def ended(self, node: str, calls: Sequence[ToolCall]) -> None:
        took = (time.perf_counter() - self._began.get(node, time.perf_counter())) * 1000
        self._ended[node] = " · ".join((*map(_found, calls), f"{took:.0f} ms"))

    def __rich__(self) -> Table:
        """A line for each node; what goes on turns."""
        drawn = Table.grid(padding=(0, 1))
        for node in self._began:
            words, said = NODE_WORDS.get(node, node), self._ended.get(node)
            mark = Spinner("dots", style="cyan") if said is None else "[green]✓[/green]"
            drawn.add_row(mark, words, f"[dim]{said or ''}[/dim]")
        return drawn


async def told_turn(turns: TakesTurns, request: TurnRequest) -> TurnReply:
    """The reply to a message; what happens until then is shown where somebody looks, and gone when the reply comes."""
    if not err.is_terminal:
        return await turns.run(request)
    told = Told()
    with Live(told, console=err, transient=True, refresh_per_second=PER_SECOND):
        async for event in turns.stream(request):
            match event:
                case NodeStarted(node=node):
                    told.began(node)
                case NodeFinished(node=node, tool_calls=calls):
                    told.ended(node, calls)
                case ReplyReady(reply=reply):
                    return reply
    raise AssertionError("a turn ends with its reply")


def _found(call: ToolCall) -> str:
    return f"{call.rows:,} found" if call.status in ("ok", "empty") else call.status.replace("_", " ")
