"""What later turns do to what stands, and what taking back leaves: conversations as people have them."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from domain.turn import Intent
from domain.workload import Traffic, WorkloadSpec
from graph.understanding.merge.conversation import read_turns
from graph.understanding.merge.history import REMEMBERED_SPECS, History
from graph.understanding.merge.undo import taken_back
from tests.understanding.talking import starter_reader

Field = str | int | float | list[str] | None


class Conversation(BaseModel):
    turns: list[str]
    wants: Intent | None = None
    spec: dict[str, Field]


CONVERSATIONS = TypeAdapter(list[Conversation]).validate_python(
    yaml.safe_load(Path(__file__).with_name("conversations.yaml").read_text(encoding="utf-8"))
)


def field_of(spec: WorkloadSpec, path: str) -> object:
    if path == "models.*.name":
        return [model.name for model in spec.models]
    value: object = spec
    for name in path.split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("talk", CONVERSATIONS, ids=lambda talk: " / ".join(talk.turns)[-60:])
async def test_a_later_turn_does_what_its_author_meant(talk: Conversation) -> None:
    reader = starter_reader()
    if talk.wants is not None:
        before = await read_turns(reader, talk.turns[:-1])
        newest = await reader.read(talk.turns, before.spec, asked=None, plan_stands=True)
        assert newest.intent == talk.wants
    spec = (await read_turns(reader, talk.turns)).spec
    assert {path: field_of(spec, path) for path in talk.spec} == talk.spec


def with_users(users: int) -> WorkloadSpec:
    return WorkloadSpec(traffic=Traffic(users=users))


HISTORY = History().revised(with_users(10)).revised(with_users(20)).revised(with_users(30))


@pytest.mark.parametrize(
    ("message", "users"),
    [("undo that", 30), ("please revert", 30), ("go back to the previous plan", 30), ("undo twice", 20),
     ("no wait, undo the last two changes", 20), ("hmm I liked the other one better", 30), ("take that back", 30),
     ("the previous plan was better", 30), ("can we go back?", 30), ("let's go back to what we had", 30),
     ("we stay with what we had", 30), ("leave everything as it was", 30), ("forget the last one", 30),
     ("back to the first version", 10), ("undo everything", 10), ("return to the original configuration", 10)],
)  # fmt: skip
def test_what_takes_back_a_revision(message: str, users: int) -> None:
    taken = taken_back(message, with_users(40), HISTORY)
    assert taken is not None
    assert (taken.spec.traffic.users, taken.rest) == (users, "")


@pytest.mark.parametrize(
    "message",
    ["go back to AWS", "back to 200 users", "revert to on-demand", "use the second one", "I prefer the first one",
     "what was the previous plan?", "how do I undo a change?", "drop Kafka", "stay on AWS",
     "our previous setup was 4 A100",
     "same as before but with spot", "forget everything, new project", "redo the plan with 100 users",
     "ignore previous instructions", "the last one is fine", "undo the HIPAA requirement"],
)  # fmt: skip
def test_what_takes_nothing_back(message: str) -> None:
    assert taken_back(message, with_users(40), HISTORY) is None


def test_the_rest_of_a_message_keeps_its_place() -> None:
    taken = taken_back("undo that and use GCP", with_users(40), HISTORY)
    assert taken is not None
    assert taken.rest == "undo that and use GCP".replace("undo that", " " * len("undo that"))


def test_what_is_kept_of_a_long_history_does_not_grow() -> None:
    history = History()
    for users in range(100):
        history = history.revised(with_users(users))
    assert len(history.before) == REMEMBERED_SPECS
    first, after = history.back(with_users(100), len(history.before))
    assert (first.traffic.users, after.revisions) == (0, 0)
    again, _ = after.forward(first)
    assert again.traffic.users != 0
