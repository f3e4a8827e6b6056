"""What was said and by whom: `chat.conversations` and `chat.messages`, always through the conversation's owner."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, LiteralString, NamedTuple
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import DictRow, class_row
from pydantic import Field

from catalog.snapshot import catalog_ref
from database import Database
from domain.base import Frozen
from domain.catalog import CatalogRef
from domain.errors import ConversationNotFound
from domain.plan import DeploymentPlan
from domain.turn import TokenUsage, TurnReply
from server.first_conversations import CONVERSATIONS as FIRST_CONVERSATIONS
from server.first_conversations import HEAD as FIRST_HEAD
from server.first_conversations import MESSAGES as FIRST_MESSAGES
from server.first_conversations import has_first_conversations, is_first_conversation
from server.stored_replies import read_reply, reply_json

MAX_PAGE = 200
"""Most rows one page carries."""
MAX_TITLE_CHARACTERS = 200
WHOLE_REPLIES = 50
"""Messages that come with their plans where all are read: a plan is some 100 kB, a conversation may hold thousands."""


class Message(Frozen):
    """One message of a conversation."""

    id: int = Field(description="grows with time; what `before` takes")
    turn: int = Field(description="user turns counted from 0; a reply carries the number of the turn it answers")
    role: Literal["user", "assistant", "system"] = Field(description="who said it")
    content: str = Field(description="the user's text, or the reply as Markdown")
    reply: TurnReply | None = Field(
        default=None,
        description="the whole reply, on the assistant's messages; of a conversation read without `limit`, only among "
        f"its newest {WHOLE_REPLIES}",
    )
    created_at: datetime = Field(description="when it was stored")


class Conversation(Frozen):
    """A conversation as a list shows it."""

    conversation_id: UUID = Field(description="what every later turn names")
    title: str = Field(description="the beginning of its first message")
    created_at: datetime = Field(description="when it was started")
    updated_at: datetime = Field(description="when it last changed")


class ConversationPage(Frozen):
    """Conversations, the last changed first."""

    conversations: tuple[Conversation, ...] = Field(description="this page of them")
    next_before: UUID | None = Field(default=None, description="pass as `before` for the next page; null: the last")


class Transcript(Frozen):
    """A conversation with a page of its messages, in the order they were said."""

    conversation_id: UUID = Field(description="its id")
    conversation: Conversation = Field(description="the conversation itself")
    messages: tuple[Message, ...] = Field(description="its newest messages, or those before `before`")
    usage: TokenUsage | None = Field(default=None, description="of all its turns; null where no model was ever asked")
    next_before: int | None = Field(default=None, description="pass as `before` for older ones; null: the beginning")
    older_facts: str | None = Field(
        default=None, description="a sentence where the newest plan here is older than the catalogue's facts"
    )


class StoredMessage(Message):
    """A message as its row, its reply unread."""

    packed_reply: bytes | None = None
    payload: str | None = None
    facts: dict[str, object] | None = None
    """Of the plan that the reply carries: its catalogue."""

    def read(self) -> Message:
        """With its reply."""
        reply = read_reply(self.packed_reply, self.payload, self.content)
        return Message(
            id=self.id, turn=self.turn, role=self.role, content=self.content, reply=reply, created_at=self.created_at
        )

    def as_json(self) -> str:
        """With its reply, unread."""
        head = self.model_dump_json(exclude={"reply", "packed_reply", "payload", "facts"})
        return f'{head[:-1]},"reply":{reply_json(self.packed_reply, self.payload, self.content) or "null"}}}'


class StoredTranscript(NamedTuple):
    """A transcript without its messages, and these."""

    transcript: Transcript
    messages: tuple[StoredMessage, ...]

    def as_json(self) -> bytes:
        head = self.transcript.model_dump_json(exclude={"messages"})
        return f'{head[:-1]},"messages":[{",".join(message.as_json() for message in self.messages)}]}}'.encode()


def conversation_uuid(conversation_id: str) -> UUID:
    """The id as the database knows it; a text that is no id names no conversation."""
    try:
        return UUID(conversation_id)
    except ValueError:
        raise not_found() from None


def not_found() -> ConversationNotFound:
    """The same words whether it never was, was deleted, or is somebody else's."""
    return ConversationNotFound(
        "There is no such conversation.", "Leave conversation_id out to start one, or list yours with GET /api/v1/chat."
    )


class Conversations:
    """Starts, lists and reads them. What is said in a turn is the ledger's to write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, *, owner: str | None = None) -> UUID:
        """A new conversation in which nothing has been said."""
        conversation_id = uuid4()
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO chat.conversations (id, owner) VALUES (%s, %s)", (conversation_id, owner)
            )
        return conversation_id

    async def begin(self, conversation_id: UUID, *, owner: str | None = None) -> None:
        """The same with an id that its user gave it; what is there already stays as it is."""
        async with self._database.connection() as connection:
            await connection.execute(_BEGIN, {"id": conversation_id, "owner": owner})

    async def known(self, conversation_id: UUID, *, owner: str | None = None) -> None:
        """Raises ConversationNotFound where it is not the owner's."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_HEAD, {"id": conversation_id, "owner": owner})
            if await cursor.fetchone() is None:
                raise not_found()

    async def numbered(self, number: int, *, owner: str | None = None) -> str:
        """The id of the conversation of that number. Raises ConversationNotFound."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_BY_NUMBER, {"number": number, "owner": owner})
            row = await cursor.fetchone()
        if row is None:
            raise not_found()
        return str(row["id"])

    async def number_of(self, conversation_id: str, *, owner: str | None = None) -> int:
        """The short number of a conversation. Raises ConversationNotFound."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_NUMBER, {"id": conversation_uuid(conversation_id), "owner": owner})
            row = await cursor.fetchone()
        if row is None:
            raise not_found()
        return int(row["number"])

    async def page(
        self, *, owner: str | None = None, limit: int, before: UUID | None = None, find: str = ""
    ) -> ConversationPage:
        """The owner's conversations; `before` is the last one of the page already seen, `find` part of a title."""
        async with self._database.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Conversation))
            query = _PAGE_OF_BOTH if await has_first_conversations(connection) else _PAGE
            await cursor.execute(query, {"owner": owner, "before": before, "find": find, "limit": limit + 1})
            rows = await cursor.fetchall()
        return ConversationPage(
            conversations=tuple(rows[:limit]),
            next_before=rows[limit - 1].conversation_id if len(rows) > limit else None,
        )

    async def rename(self, conversation_id: UUID, title: str, *, owner: str | None = None) -> None:
        """Gives it another title. Raises ConversationNotFound."""
        async with self._database.connection() as connection:
            found = await connection.execute(_RENAME, {"id": conversation_id, "owner": owner, "title": title})
        if not found.rowcount:
            raise not_found()

    async def transcript(
        self, conversation_id: UUID, *, owner: str | None = None, limit: int | None = None, before: int | None = None
    ) -> Transcript:
        """The newest messages, or the newest before message `before`; all of them without a limit.

        Raises ConversationNotFound.
        """
        found = await self._stored(conversation_id, owner, limit, before)
        # A reply is some 100 kB: read beside the event loop, one after the other.
        messages = await asyncio.to_thread(lambda: tuple(message.read() for message in found.messages))
        return found.transcript.model_copy(update={"messages": messages})

    async def transcript_json(
        self, conversation_id: UUID, *, owner: str | None = None, limit: int | None = None, before: int | None = None
    ) -> bytes:
        """The same as JSON, with the replies as they were stored. Raises ConversationNotFound."""
        found = await self._stored(conversation_id, owner, limit, before)
        return await asyncio.to_thread(found.as_json)

    async def _stored(
        self, conversation_id: UUID, owner: str | None, limit: int | None, before: int | None
    ) -> StoredTranscript:
        async with self._database.connection() as connection, connection.transaction():
            head = connection.cursor(row_factory=class_row(Conversation))
            await head.execute(_HEAD, {"id": conversation_id, "owner": owner})
            conversation, messages_of = await head.fetchone(), _MESSAGES
            if conversation is None and await is_first_conversation(connection, conversation_id, owner):
                await head.execute(FIRST_HEAD, {"id": conversation_id, "owner": owner})
                conversation, messages_of = await head.fetchone(), FIRST_MESSAGES
            if conversation is None:
                raise not_found()
            cursor = connection.cursor(row_factory=class_row(StoredMessage))
            await cursor.execute(
                messages_of,
                {
                    "id": conversation_id,
                    "before": before,
                    "limit": limit and limit + 1,
                    "whole": limit or WHOLE_REPLIES,
                },
            )
            newest_first = await cursor.fetchall()
            usage = await self._usage(conversation_id, connection)
        messages = tuple(reversed(newest_first[:limit]))
        transcript = Transcript(
            conversation_id=conversation_id,
            conversation=conversation,
            messages=(),
            usage=usage,
            next_before=messages[0].id if limit is not None and len(newest_first) > limit else None,
            older_facts=await self._older_facts(newest_first[:limit]),
        )
        return StoredTranscript(transcript, messages)

    async def _older_facts(self, newest_first: Sequence[StoredMessage]) -> str | None:
        facts = next((message.facts for message in newest_first if message.facts is not None), None)
        return None if facts is None else CatalogRef.model_validate(facts).behind(await catalog_ref(self._database))

    async def standing_plan(self, conversation_id: UUID, *, owner: str | None = None) -> DeploymentPlan:
        """The newest plan of the conversation. Raises ConversationNotFound, also where nothing was planned in it."""
        async with self._database.connection() as connection:
            cursor = await connection.execute(_PLAN, {"id": conversation_id, "owner": owner})
            row = await cursor.fetchone()
        if row is None:
            raise not_found()
        reply = await asyncio.to_thread(read_reply, row["packed_reply"], row["payload"], row["content"])
        if reply is None or reply.deployment_plan is None:
            raise ConversationNotFound(
                "There is no plan in this conversation yet.", "Ask for one, then fetch it again."
            )
        return reply.deployment_plan

    @staticmethod
    async def _usage(conversation_id: UUID, connection: AsyncConnection[DictRow]) -> TokenUsage | None:
        cursor = await connection.execute(_USAGE, {"id": conversation_id})
        row = await cursor.fetchone()
        return None if row is None or row["input_tokens"] is None else TokenUsage(**row)


_HEAD = """
SELECT id AS conversation_id, coalesce(title, '') AS title, created_at, updated_at
FROM chat.conversations
WHERE id = %(id)s AND owner IS NOT DISTINCT FROM %(owner)s
"""

_BEGIN = "INSERT INTO chat.conversations (id, owner) VALUES (%(id)s, %(owner)s) ON CONFLICT (id) DO NOTHING"
_BY_NUMBER = "SELECT id FROM chat.conversations WHERE number = %(number)s AND owner IS NOT DISTINCT FROM %(owner)s"
_NUMBER = "SELECT number FROM chat.conversations WHERE id = %(id)s AND owner IS NOT DISTINCT FROM %(owner)s"

_RENAME = """
UPDATE chat.conversations SET title = %(title)s WHERE id = %(id)s AND owner IS NOT DISTINCT FROM %(owner)s
"""

_PLAN = """
SELECT said.content, said.packed_reply, CASE WHEN said.packed_reply IS NULL THEN said.payload::text END AS payload
FROM chat.conversations head
LEFT JOIN LATERAL (
    SELECT content, payload, packed_reply FROM chat.messages
    WHERE conversation_id = head.id AND role = 'assistant' AND payload -> 'deployment_plan' <> 'null'
    ORDER BY id DESC LIMIT 1
) AS said ON true
WHERE head.id = %(id)s AND head.owner IS NOT DISTINCT FROM %(owner)s
"""

_PAGE = """
SELECT id AS conversation_id, coalesce(title, '') AS title, created_at, updated_at
FROM chat.conversations
WHERE owner IS NOT DISTINCT FROM %(owner)s
  AND position(lower(%(find)s) IN lower(coalesce(title, ''))) > 0
  AND (%(before)s::uuid IS NULL
       OR (updated_at, id) < (SELECT updated_at, id FROM chat.conversations
                               WHERE id = %(before)s AND owner IS NOT DISTINCT FROM %(owner)s))
ORDER BY updated_at DESC, id DESC
LIMIT %(limit)s
"""

_PAGE_OF_BOTH: LiteralString = f"""
WITH both_systems AS (
    SELECT id AS conversation_id, coalesce(title, '') AS title, created_at, updated_at
    FROM chat.conversations
    WHERE owner IS NOT DISTINCT FROM %(owner)s
    UNION ALL ({FIRST_CONVERSATIONS})
)
SELECT conversation_id, title, created_at, updated_at
FROM both_systems
WHERE position(lower(%(find)s) IN lower(title)) > 0
  AND (%(before)s::uuid IS NULL
       OR (updated_at, conversation_id) < (SELECT updated_at, conversation_id FROM both_systems
                                           WHERE conversation_id = %(before)s))
ORDER BY updated_at DESC, conversation_id DESC
LIMIT %(limit)s
"""

_USAGE = """
SELECT sum((payload #>> '{usage,input_tokens}')::bigint)::bigint AS input_tokens,
       sum((payload #>> '{usage,output_tokens}')::bigint)::bigint AS output_tokens,
       round(sum((payload #>> '{usage,cost_usd}')::numeric), 9)::float AS cost_usd
FROM chat.messages
WHERE conversation_id = %(id)s AND role = 'assistant' AND payload -> 'usage' <> 'null'
"""

_MESSAGES = """
SELECT id, turn, role, content, created_at,
       CASE WHEN whole THEN packed_reply END AS packed_reply,
       CASE WHEN whole AND packed_reply IS NULL THEN payload::text END AS payload,
       CASE WHEN whole THEN payload #> '{deployment_plan,catalog}' END AS facts
FROM (
    SELECT *, role = 'assistant' AND row_number() OVER (ORDER BY id DESC) <= %(whole)s AS whole
    FROM chat.messages
    WHERE conversation_id = %(id)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
) AS newest
ORDER BY id DESC
"""
