"""Who computes next where more wait than can be computed: the users in turn, and each one's turns as they came."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.metrics import COMPUTING, WAITING


class FairQueue:
    """So many places; somebody who asks for a hundred at once waits behind everybody else's next."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: OrderedDict[str | None, deque[asyncio.Future[None]]] = OrderedDict()
        """By user, the one whose turn it is first. Nobody waits while a place is free."""

    @asynccontextmanager
    async def place(self, user: str | None) -> AsyncIterator[None]:
        """A place while the body runs."""
        await self._taken(user)
        COMPUTING.inc()
        try:
            yield
        finally:
            COMPUTING.dec()
            self._give_back()

    async def _taken(self, user: str | None) -> None:
        if self._free:
            self._free -= 1
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(user, deque()).append(called)
        WAITING.inc()
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():  # called and cancelled at the same moment
                self._give_back()
            raise
        finally:
            WAITING.dec()

    def _give_back(self) -> None:
        """To the first of the user whose turn it is; that user is last from then on."""
        while self._waiting:
            user, theirs = self._waiting.popitem(last=False)
            called = theirs.popleft()
            if theirs:
                self._waiting[user] = theirs
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
