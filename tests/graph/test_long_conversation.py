"""Sixty turns with twenty revisions: the last words count, every version stays, and no turn costs more than another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from database import Database
from domain.turn import TurnReply, TurnRequest
from graph.context import ArchitectContext
from graph.state import REMEMBERED_TURNS, remembered
from server.computing import compile_graph
from server.conversations import conversation_uuid
from server.turns import Turns


class Turn(BaseModel):
    says: str
    revises: bool = False


SCRIPT = TypeAdapter(tuple[Turn, ...]).validate_python(
    yaml.safe_load(Path(__file__).with_name("long_conversation.yaml").read_text(encoding="utf-8"))
)
SIZE = """
SELECT (SELECT sum(octet_length(checkpoint::text) + octet_length(metadata::text))
          FROM checkpoints WHERE thread_id = %(id)s)
     + (SELECT coalesce(sum(octet_length(blob)), 0) FROM checkpoint_blobs WHERE thread_id = %(id)s)
     + (SELECT coalesce(sum(octet_length(blob)), 0) FROM checkpoint_writes WHERE thread_id = %(id)s)
     + (SELECT sum(octet_length(content) + octet_length(payload::text) + coalesce(octet_length(packed_reply), 0))
          FROM chat.messages WHERE conversation_id = %(id)s::uuid) AS bytes
"""

OWN_WORDS = 2_000
"""By which two answers differ."""


@dataclass
class Played:
    """A conversation that was had: its replies, and what the database held after each."""

    replies: list[TurnReply] = field(default_factory=list)
    bytes_after: list[int] = field(default_factory=list)

    def growth(self, turn: int) -> int:
        """Bytes that turn `turn`, counted from 1, added."""
        return self.bytes_after[turn - 1] - self.bytes_after[turn - 2]


@pytest.fixture(scope="module")
async def turns(database: Database, context: ArchitectContext) -> AsyncIterator[Turns]:
    taken = Turns(database, compile_graph(database), context)
    yield taken
    await taken.close()


@pytest.fixture(scope="module")
async def played(turns: Turns) -> AsyncIterator[Played]:
    conversation = Played()
    for turn in SCRIPT:
        conversation_id = conversation.replies[-1].conversation_id if conversation.replies else None
        reply = await turns.run(TurnRequest(conversation_id=conversation_id, message=turn.says))
        conversation.replies.append(reply)
        async with turns.database.connection() as connection:
            row = await (await connection.execute(SIZE, {"id": reply.conversation_id})).fetchone()
        assert row is not None
        conversation.bytes_after.append(int(row["bytes"]))
    yield conversation
    await turns.delete(conversation_uuid(conversation.replies[0].conversation_id))


def test_it_is_the_conversation_it_claims_to_be() -> None:
    assert len(SCRIPT) == 60
    assert sum(turn.revises for turn in SCRIPT) == 20


def test_it_ends_with_the_spec_of_its_last_words(played: Played) -> None:
    plan = played.replies[-1].deployment_plan
    assert plan is not None
    said = plan.spec.model_dump(exclude_defaults=True, exclude={"evidence", "assumptions", "confidence"})
    assert said == {
        "task_type": "inference",
        "domain": "llm",
        "use_case": "chatbot",
        "gpu_needed": True,
        "stakes": "production",
        "models": ({"name": "Llama 3.3 70B", "params_b": 70.0},),
        "gpu": {
            "models": ("A100",),
            "excluded_vendors": ("amd",),
        },
        "budget": {"amount": 20_000.0, "currency": "USD", "period": "month"},
        "location": {"jurisdictions": ("EU",)},
        "traffic": {"users": 300, "concurrent_users": 100},
        "context_tokens": 32_000,
        "pricing": "on_demand",
        "components": {"excluded": ("qdrant",)},
    }


def test_each_field_quotes_the_turn_that_said_it(played: Played) -> None:
    plan = played.replies[-1].deployment_plan
    assert plan is not None
    for path, evidence in plan.spec.evidence.items():
        assert evidence.quote in SCRIPT[evidence.turn].says, path
    assert plan.spec.evidence["traffic.users"].turn == 59
    assert plan.spec.evidence["budget.amount"].turn == 53


def test_only_revisions_make_plans_and_each_says_what_changed(played: Played) -> None:
    for number, (turn, reply) in enumerate(zip(SCRIPT, played.replies, strict=True)):
        assert (reply.deployment_plan is not None) == (turn.revises or number == 0), turn.says
        if reply.deployment_plan is not None:
            assert bool(reply.deployment_plan.changes) == turn.revises, turn.says


async def test_every_version_of_the_plan_is_kept(turns: Turns, played: Played) -> None:
    conversation = conversation_uuid(played.replies[0].conversation_id)
    kept = (await turns.conversations.transcript(conversation, limit=200)).messages
    plans = [message.reply.deployment_plan for message in kept if message.reply and message.reply.deployment_plan]
    assert plans == [reply.deployment_plan for reply in played.replies if reply.deployment_plan]


@pytest.mark.parametrize(("early", "late"), [(6, 60), (5, 59)], ids=["a revision", "a question"])
def test_a_late_turn_stores_no_more_than_an_early_one(played: Played, early: int, late: int) -> None:
    assert played.growth(late) <= 1.2 * played.growth(early) + OWN_WORDS


def test_old_turns_keep_their_place_but_not_their_words() -> None:
    turns: tuple[str, ...] = ()
    for number in range(40):
        turns = remembered(turns, (f"turn {number}",))
    assert len(turns) == 40
    assert turns[0] == "turn 0"
    assert [turn for turn in turns[1:] if turn] == [f"turn {n}" for n in range(40 - REMEMBERED_TURNS, 40)]
