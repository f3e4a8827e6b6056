"""How often one may try: sign-ins by account and by address, sign-ups and renewals by address."""

import hashlib
import math
import time
from dataclasses import dataclass
from typing import Self

from limits import RateLimitItem, parse
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from domain.errors import DatabaseUnavailable, TooManyAttempts
from server.counts import count_storage

HERE = parse("10/minute")
"""Attempts for one account from one address."""
ANYWHERE = parse("100/hour")
"""Attempts for one account from all addresses together: a stranger who uses them up locks nobody out for long."""
SIGN_INS = parse("60/minute")
"""Attempts of one address, whatever the account."""
SIGN_UPS = parse("60/hour")
RENEWALS = parse("60/minute")


@dataclass(frozen=True)
class Throttle:
    """Counts in this process, or in Redis where several servers are to share the counts."""

    _limiter: MovingWindowRateLimiter

    @classmethod
    def over(cls, storage_address: str) -> Self:
        """As LIMITS_STORAGE has it: memory:// or redis://HOST:6379."""
        return cls(MovingWindowRateLimiter(count_storage(storage_address)))

    async def sign_in(self, email: str, address: str) -> None:
        """Raises TooManyAttempts; so do the others."""
        await self._take(SIGN_INS, "sign-in", address)
        await self._take(HERE, "account-here", email, address)
        await self._take(ANYWHERE, "account", email)

    async def sign_up(self, address: str) -> None:
        await self._take(SIGN_UPS, "sign-up", address)

    async def renewal(self, address: str) -> None:
        await self._take(RENEWALS, "renewal", address)

    async def _take(self, limit: RateLimitItem, what: str, *whose: str) -> None:
        key = _short(*whose)
        try:
            if not await self._limiter.hit(limit, what, key):
                raise await self._too_many(limit, what, key)
        except StorageError:  # uncounted attempts would be any number
            raise DatabaseUnavailable("Attempts cannot be counted right now.", "Try again in a moment.") from None

    async def _too_many(self, limit: RateLimitItem, what: str, key: str) -> TooManyAttempts:
        window = await self._limiter.get_window_stats(limit, what, key)
        wait_s = max(1, math.ceil(window.reset_time - time.time()))
        return TooManyAttempts("Too many attempts.", f"Try again in {wait_s} seconds.", retry_after_s=wait_s)


def _short(*whose: str) -> str:
    """Of one length, whatever a client sends as its name."""
    return hashlib.sha256("\n".join(whose).encode()).hexdigest()
