"""Replies as `chat.messages` keeps them: packed, and beside that what queries ask for, as JSON.

The words of a reply stand in `content` and are not packed with it. A reply of an earlier version is whole in `payload`.
"""

import json
import zlib
from collections.abc import Mapping

from pydantic.main import IncEx

from domain.turn import TurnReply

WORDS = "response"
ASKED_FOR: Mapping[str, IncEx | bool] = {
    "conversation_id": True, "response_type": True, "interrupt_id": True, "engine": True, "usage": True,
    "deployment_plan": {"catalog"},
}  # fmt: skip


def packed(reply: TurnReply) -> bytes:
    """All but the words: a quarter of its JSON, which is mostly repetition."""
    return zlib.compress(reply.model_dump_json(exclude={WORDS}).encode())


def asked_for(reply: TurnReply) -> str:
    """What queries look at, as JSON."""
    return reply.model_dump_json(include=ASKED_FOR)


def reply_json(packed_reply: bytes | None, payload: str | None, words: str) -> str | None:
    """The whole reply as JSON; null where the message is none."""
    if packed_reply is None:
        return payload
    rest = zlib.decompress(packed_reply).decode()
    return f'{{"{WORDS}":{json.dumps(words, ensure_ascii=False)},{rest[1:]}'


def read_reply(packed_reply: bytes | None, payload: str | None, words: str) -> TurnReply | None:
    """The reply; null where the message is none."""
    text = reply_json(packed_reply, payload, words)
    return None if text is None else TurnReply.model_validate_json(text)
