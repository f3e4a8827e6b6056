"""What later turns do to what stands, what taking back leaves, and wordings no other table has."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.understanding.merge.conversation import read_turns
from tests.understanding.talking import starter_reader

Field = bool | str | int | float | list[str] | None


class Conversation(BaseModel):
    turns: list[str]
    wants: Intent | None = None
    spec: dict[str, Field]


def read(name: str) -> list[Conversation]:
    table = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return TypeAdapter(list[Conversation]).validate_python(table)


CONVERSATIONS = read("conversations.yaml")
WORDINGS = read("wordings.yaml")


def field_of(spec: WorkloadSpec, path: str) -> object:
    if path == "models.*.name":
        return [model.name for model in spec.models]
    value: object = spec
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, tuple) else getattr(value, name)
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


@pytest.mark.parametrize("talk", WORDINGS, ids=lambda talk: " / ".join(talk.turns)[:60])
async def test_a_wording_says_what_its_author_meant(talk: Conversation) -> None:
    spec = (await read_turns(starter_reader(), talk.turns)).spec
    assert {path: field_of(spec, path) for path in talk.spec} == talk.spec
