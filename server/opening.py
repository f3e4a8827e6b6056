"""The turns of this server, opened when the database lets us: at the start, or as soon as it is back."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack

from domain.errors import ArchitectError
from server.nursery_start import Begun, begun
from server.turns import Turns, open_turns_in_workers
from server.workers import ended
from settings import Settings

RETRY_AFTER_S = 1.0
"""A failed attempt answers everybody who asks within this time."""

log = logging.getLogger(__name__)


class Opening:
    """Opens `Turns` once for everybody; a database that is down fails the request, not the server."""

    def __init__(self, settings: Settings, early: Begun | None = None) -> None:
        """`early`: a nursery that is running already, for the first attempt that finds its database."""
        self._settings = settings
        self._early = early
        self._attempt = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._turns: Turns | None = None
        self._failure: ArchitectError | None = None
        self._failed_at = 0.0

    async def turns(self) -> Turns:
        """The open turns. Raises the ArchitectError that keeps them from opening."""
        if self._turns is not None:
            return self._turns
        async with self._attempt:
            if self._turns is not None:
                return self._turns
            if self._failure is not None and time.monotonic() - self._failed_at < RETRY_AFTER_S:
                raise self._failure.with_traceback(None)
            try:
                self._turns = await self._stack.enter_async_context(
                    open_turns_in_workers(self._settings, self._nursery_begun)
                )
            except ArchitectError as failure:
                log.warning("not ready: %s %s", failure.message, failure.remedy)
                self._failure, self._failed_at = failure, time.monotonic()
                raise
            log.info("ready: %s offers", self._turns.context.catalog.offers)
            return self._turns

    async def close(self) -> None:
        """Ends the turns under way and leaves the database."""
        await self._stack.aclose()
        if self._early is not None:
            await ended(self._early)

    def _nursery_begun(self) -> Begun:
        early, self._early = self._early, None
        return early or begun()
