"""The book of turns: a message and its lease in one transaction, its reply and the lease's end in another.

Killed anywhere between the two, the retry of the same message finds the open turn and carries it on; after
the second, it finds the reply. The lease of a process that died is worth nothing (`server/presence.py`); where that
cannot be seen, it lapses by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import LiteralString
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from database import Database
from domain.errors import ConversationBusy, DatabaseUnavailable, InvalidInput
from domain.turn import TurnReply, TurnRequest
from server.conversations import conversation_uuid, not_found
from server.presence import HAS_A_SIGN, IS_ALIVE, Presence
from server.stored_replies import asked_for, packed, read_reply
from tools.plan_tasks import keep_steps

LEASE_S = 15.0
RENEW_EVERY_S = 5.0
MAX_TITLE_CHARACTERS = 80


@dataclass(frozen=True)
class OpenTurn:
    """A turn whose message is stored and whose lease is ours."""

    conversation_id: UUID
    message_id: int
    number: int
    key: str
    lease: UUID
    retried: bool
    owner: str | None = None


class Ledger:
    """Opens, holds and closes turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._presence = Presence(database.conninfo)

    async def open(self, request: TurnRequest, *, owner: str | None, key: str | None) -> OpenTurn | TurnReply:
        """Stores the message and takes the lease, or returns the reply this message already got.

        Raises ConversationNotFound, ConversationBusy, and InvalidInput when the key was used for another message or
        `reply_to` is not the question that stands.
        """
        conversation_id = (
            _new_id(request, owner, key)
            if request.conversation_id is None
            else conversation_uuid(request.conversation_id)
        )
        lease = await self._presence.lease()
        if request.conversation_id is None and request.reply_to is None:
            begun = await self._started(conversation_id, request, owner, key, lease)
            if begun is not None:
                return begun
        async with self._database.connection() as connection, connection.transaction():
            if request.conversation_id is None:
                await connection.execute(_START, {"id": conversation_id, "owner": owner})
            conversation = await _row(connection, _LOCKED, {"id": conversation_id, "owner": owner})
            if conversation is None:
                raise not_found()
            asked = await _asked_before(connection, conversation_id, request, key)
            if asked is not None and (reply := _reply_of(asked)) is not None:
                return reply
            if conversation["busy"]:
                raise busy()
            if asked is None:
                await _refuse_stale_answer(connection, conversation_id, request)
            begun = await self._begin(connection, conversation_id, request, key, asked, lease)
            return replace(begun, owner=owner)

    async def _started(
        self, conversation_id: UUID, request: TurnRequest, owner: str | None, key: str | None, lease: UUID
    ) -> OpenTurn | None:
        """The first turn of a new conversation, in one statement; null where the conversation is there already."""
        values = {**_leased(conversation_id, request, lease), **_said(request, key), "owner": owner}
        async with self._database.connection() as connection:
            stored = await _row(connection, _START_WITH, values)
        return None if stored is None else _opened(conversation_id, stored, lease, owner=owner)

    async def _begin(
        self,
        connection: AsyncConnection[DictRow],
        conversation_id: UUID,
        request: TurnRequest,
        key: str | None,
        asked: DictRow | None,
        lease: UUID,
    ) -> OpenTurn:
        values = _leased(conversation_id, request, lease)
        if asked is not None:
            await connection.execute(_LEASE, values)
            return _opened(conversation_id, asked, lease, retried=True)
        stored = await _row(connection, _LEASE_AND_STORE_MESSAGE, {**values, **_said(request, key)})
        assert stored is not None
        return _opened(conversation_id, stored, lease)

    @asynccontextmanager
    async def held(self, turn: OpenTurn) -> AsyncIterator[None]:
        """Keeps the lease while the body runs; a body that fails gives it back, its message stays to be retried."""
        renewing = asyncio.create_task(self._renew(turn))
        try:
            yield
        except BaseException:
            await asyncio.shield(self._release(turn.conversation_id, turn.lease))
            raise
        finally:
            renewing.cancel()

    async def close(self, turn: OpenTurn, reply: TurnReply) -> TurnReply:
        """Stores the reply and ends the lease; the reply, as a retry will read it.

        A plan's steps become tasks in the same transaction. Raises ConversationBusy when the lease had lapsed and
        another turn took over.
        """
        values = {
            "id": turn.conversation_id, "lease": turn.lease, "turn": turn.number, "key": turn.key,
            "content": reply.response, "payload": asked_for(reply), "packed": packed(reply),
        }  # fmt: skip
        async with self._database.connection() as connection, connection.transaction():
            if await _row(connection, _END_LEASE_AND_STORE_REPLY, values) is None:
                raise busy()
            if reply.deployment_plan is not None and (steps := reply.deployment_plan.steps):
                is_first = turn.number == 0
                await keep_steps(connection, turn.owner, turn.conversation_id, steps, is_first=is_first)
        return reply

    async def leave(self) -> None:
        """Gives up the sign that this server lives."""
        await self._presence.drop()

    async def check(self, request: TurnRequest, *, owner: str | None, key: str | None) -> None:
        """Raises what `open` would as things stand, and changes nothing."""
        async with self._database.connection() as connection:
            if request.conversation_id is None:
                await connection.execute("SELECT 1")  # a connection that was lent may be dead
                return
            conversation_id = conversation_uuid(request.conversation_id)
            conversation = await _row(connection, _STATE, {"id": conversation_id, "owner": owner})
            if conversation is None:
                raise not_found()
            asked = await _asked_before(connection, conversation_id, request, key)
            if asked is not None and asked["answered"]:
                return
            if conversation["busy"]:
                raise busy()
            if asked is None:
                await _refuse_stale_answer(connection, conversation_id, request)

    @asynccontextmanager
    async def ending(self, conversation_id: UUID, *, owner: str | None) -> AsyncIterator[None]:
        """Holds the lease while the body deletes what else belongs to the conversation, then deletes it.

        Raises ConversationNotFound or ConversationBusy.
        """
        lease = await self._presence.lease()
        async with self._database.connection() as connection, connection.transaction():
            conversation = await _row(connection, _LOCKED, {"id": conversation_id, "owner": owner})
            if conversation is None:
                raise not_found()
            if conversation["busy"]:
                raise busy()
            await connection.execute(_LEASE, {"id": conversation_id, "lease": lease, "seconds": LEASE_S, "title": ""})
        try:
            yield
            async with self._database.connection() as connection:
                await connection.execute("DELETE FROM chat.conversations WHERE id = %s", (conversation_id,))
        except BaseException:
            await asyncio.shield(self._release(conversation_id, lease))
            raise

    async def _renew(self, turn: OpenTurn) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await self._presence.hold()
            try:
                async with self._database.connection() as connection:
                    await connection.execute(
                        _RENEW, {"id": turn.conversation_id, "lease": turn.lease, "seconds": LEASE_S}
                    )
            except DatabaseUnavailable:
                continue  # the lease outlives two missed renewals; closing the turn finds out whether it held

    async def _release(self, conversation_id: UUID, lease: UUID) -> None:
        with suppress(DatabaseUnavailable):  # it lapses by itself
            async with self._database.connection() as connection:
                await connection.execute(_END_LEASE, {"id": conversation_id, "lease": lease})


def _leased(conversation_id: UUID, request: TurnRequest, lease: UUID) -> dict[str, object]:
    return {"id": conversation_id, "lease": lease, "seconds": LEASE_S, "title": _title(request.message)}


def _said(request: TurnRequest, key: str | None) -> dict[str, object]:
    payload = Jsonb({"reply_to": request.reply_to})
    return {"content": request.message, "payload": payload, "key": key or str(uuid4())}


def _opened(
    conversation_id: UUID, stored: DictRow, lease: UUID, *, retried: bool = False, owner: str | None = None
) -> OpenTurn:
    return OpenTurn(conversation_id, stored["id"], stored["turn"], stored["idempotency_key"], lease, retried, owner)


def busy() -> ConversationBusy:
    """Another turn of the conversation holds the lease."""
    return ConversationBusy(
        "Another message of this conversation is still being answered.", "Wait for that answer, then send this again."
    )


def _new_id(request: TurnRequest, owner: str | None, key: str | None) -> UUID:
    """A conversation started under a key has the same id when the start is retried."""
    return uuid4() if key is None else uuid5(NAMESPACE_URL, "\n".join((owner or "", key, request.message)))


async def _asked_before(
    connection: AsyncConnection[DictRow], conversation_id: UUID, request: TurnRequest, key: str | None
) -> DictRow | None:
    """The row of this very message and the reply it got, if any.

    Without a key, the last message counts as this one when it has the same words and never got its reply.
    """
    if key is not None:
        asked = await _row(connection, _BY_KEY, {"id": conversation_id, "key": key})
        if asked is not None and (asked["content"], asked["reply_to"]) != (request.message, request.reply_to):
            raise InvalidInput(
                "This Idempotency-Key was already used for another message.", "Send every new message under a new key."
            )
        return asked
    last = await _row(connection, _LAST, {"id": conversation_id})
    if last is None or last["role"] != "user" or last["content"] != request.message:
        return None
    return last


def _reply_of(asked: DictRow) -> TurnReply | None:
    return read_reply(asked["packed_reply"], asked["reply"], asked["words"]) if asked["answered"] else None


async def _refuse_stale_answer(
    connection: AsyncConnection[DictRow], conversation_id: UUID, request: TurnRequest
) -> None:
    if request.reply_to is None:
        return
    last = await _row(connection, _OPEN_QUESTION, {"id": conversation_id})
    if last is None or last["interrupt_id"] != request.reply_to:
        raise InvalidInput(
            "The question this answers is not open any more.", "Leave reply_to out, or answer the newest question."
        )


async def _row(
    connection: AsyncConnection[DictRow], query: LiteralString, parameters: Mapping[str, object]
) -> DictRow | None:
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


_START = "INSERT INTO chat.conversations (id, owner) VALUES (%(id)s, %(owner)s) ON CONFLICT (id) DO NOTHING"
_START_WITH = """
WITH started AS (
    INSERT INTO chat.conversations (id, owner, title, lease_token, lease_until)
    VALUES (%(id)s, %(owner)s, %(title)s, %(lease)s, clock_timestamp() + make_interval(secs => %(seconds)s))
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
INSERT INTO chat.messages (conversation_id, turn, role, content, payload, idempotency_key)
SELECT id, 0, 'user', %(content)s, %(payload)s, %(key)s FROM started
RETURNING id, turn, idempotency_key
"""

_STATE = f"""
SELECT CASE
    WHEN lease_until > clock_timestamp() THEN CASE WHEN {HAS_A_SIGN} THEN {IS_ALIVE} ELSE true END
    ELSE false
END AS busy
FROM chat.conversations
WHERE id = %(id)s AND owner IS NOT DISTINCT FROM %(owner)s
"""
_LOCKED = _STATE + " FOR UPDATE"

_LEASE = """
UPDATE chat.conversations
SET lease_token = %(lease)s, lease_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    title = coalesce(nullif(title, ''), %(title)s)
WHERE id = %(id)s
"""
_RENEW = """
UPDATE chat.conversations SET lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND lease_token = %(lease)s
"""
_END_LEASE = """
UPDATE chat.conversations SET lease_token = NULL, lease_until = NULL
WHERE id = %(id)s AND lease_token = %(lease)s
"""

_BY_KEY = """
SELECT asked.id, asked.turn, asked.role, asked.content, asked.idempotency_key,
       asked.payload ->> 'reply_to' AS reply_to, answered.id IS NOT NULL AS answered,
       answered.packed_reply, answered.content AS words,
       CASE WHEN answered.packed_reply IS NULL THEN answered.payload::text END AS reply
FROM chat.messages AS asked
LEFT JOIN chat.messages AS answered
  ON answered.conversation_id = asked.conversation_id AND answered.idempotency_key = asked.idempotency_key
 AND answered.role = 'assistant'
WHERE asked.conversation_id = %(id)s AND asked.idempotency_key = %(key)s AND asked.role = 'user'
"""
_LAST = """
SELECT id, turn, role, content, idempotency_key, payload ->> 'reply_to' AS reply_to, false AS answered
FROM chat.messages
WHERE conversation_id = %(id)s
ORDER BY id DESC
LIMIT 1
"""
_OPEN_QUESTION = """
SELECT payload ->> 'interrupt_id' AS interrupt_id
FROM chat.messages
WHERE conversation_id = %(id)s AND role = 'assistant'
ORDER BY id DESC
LIMIT 1
"""

_LEASE_AND_STORE_MESSAGE = f"""
WITH leased AS ({_LEASE})
INSERT INTO chat.messages (conversation_id, turn, role, content, payload, idempotency_key)
SELECT %(id)s, coalesce(max(turn) + 1, 0), 'user', %(content)s, %(payload)s, %(key)s
FROM chat.messages
WHERE conversation_id = %(id)s AND role = 'user'
RETURNING id, turn, idempotency_key
"""
_END_LEASE_AND_STORE_REPLY = f"""
WITH ended AS ({_END_LEASE} RETURNING id)
INSERT INTO chat.messages (conversation_id, turn, role, content, payload, packed_reply, idempotency_key)
SELECT id, %(turn)s, 'assistant', %(content)s, %(payload)s::jsonb, %(packed)s, %(key)s FROM ended
RETURNING id
"""


def _title(message: str) -> str:
    """The beginning of a message; a longer one ends with a whole word."""
    words = " ".join(message.split())
    if len(words) <= MAX_TITLE_CHARACTERS:
        return words
    kept = words[: MAX_TITLE_CHARACTERS - 1]
    whole = kept.rpartition(" ")[0] if " " in kept[MAX_TITLE_CHARACTERS // 2 :] else kept
    return f"{whole.rstrip(' ,;:')}…"
