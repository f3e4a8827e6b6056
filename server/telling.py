"""What is told of a turn while it runs: kept until it ends, so that several can listen, each at its own pace, and one
whose connection broke can go on where it was.

A turn tells some dozens of small events, so keeping them bounds the memory, however slowly somebody reads.
"""

import asyncio
from collections.abc import AsyncIterator

from domain.turn import TurnReply
from server.events import Progress


class Telling:
    """The events of one running turn, counted from 1."""

    def __init__(self) -> None:
        self._told: list[Progress] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[TurnReply] | None = None

    def tell(self, event: Progress) -> None:
        """The next event."""
        self._told.append(event)
        self._wake()

    def of(self, task: "asyncio.Task[TurnReply]") -> None:
        """The turn that is told; its end ends the telling."""
        self._task = task
        task.add_done_callback(lambda _: self._wake())

    async def after(self, seen: int) -> AsyncIterator[tuple[int, Progress]]:
        """The events that come after number `seen`, those told already first."""
        while True:
            while seen < len(self._told):
                seen += 1
                yield seen, self._told[seen - 1]
            if self._task is not None and self._task.done():
                return
            await self._more.wait()

    async def reply(self) -> TurnReply:
        """What the turn ended with. Raises what it raised."""
        assert self._task is not None
        return await asyncio.shield(self._task)

    def _wake(self) -> None:
        """Everybody who waits now; who comes later waits for the next."""
        self._more.set()
        self._more = asyncio.Event()
