"""The sign by which other servers know that this one lives: a lock that PostgreSQL drops when its process dies.

A lease (`server/ledger.py`) carries the sign's number. While its time runs and the sign is there, the turn is under
way; where the sign is gone, its server is dead and a retry takes the turn up at once.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
from psycopg import AsyncConnection

SIGNED = 8
"""The version of a UUID whose first 48 bits are a sign; other leases only have their time."""
CONNECT_TIMEOUT_S = 5
TRUSTED_S = 0.5

IS_ALIVE = """
EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint)
          = ('x' || lpad(left(replace(lease_token::text, '-', ''), 12), 16, '0'))::bit(64)::bigint
)"""
"""Whether the server of `lease_token` lives."""
HAS_A_SIGN = f"substr(lease_token::text, 15, 1) = '{SIGNED}'"


class Presence:
    """Holds the sign on a connection of its own, in a transaction that does nothing else: a pooler leaves it one
    backend that long."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._number = secrets.randbits(48)
        self._connection: AsyncConnection | None = None
        self._seen_at = 0.0
        self._opening = asyncio.Lock()

    async def lease(self) -> UUID:
        """A new lease token with this server's sign, or without any while the sign cannot be held."""
        await self.hold()
        if self._connection is None:
            return uuid4()
        return UUID(int=self._number << 80 | SIGNED << 76 | secrets.randbits(76))

    async def hold(self) -> None:
        """Takes the sign again where its connection broke. Never raises.

        One that was there a moment ago is not asked for: every turn would wait for the answer.
        """
        async with self._opening:
            with suppress(psycopg.Error):
                if self._connection is not None:
                    if time.monotonic() - self._seen_at < TRUSTED_S:
                        return
                    await self._connection.execute("SELECT 1")
                    self._seen_at = time.monotonic()
                    return
            self._connection = None
            with suppress(psycopg.Error):
                connection = await AsyncConnection.connect(
                    self._conninfo, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None
                )
                await connection.execute("SELECT pg_advisory_xact_lock(%s::bigint)", (self._number,))
                self._connection, self._seen_at = connection, time.monotonic()

    async def drop(self) -> None:
        """Gives the sign up; what this server still holds may be taken up by others."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                await self._connection.rollback()  # a backend that is hung up on ends a moment later
            await self._connection.close()
            self._connection = None
