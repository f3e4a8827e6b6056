"""A catalogue that is imported while the server runs is what the next message is answered from."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from catalog.importers.hub import import_hub
from catalog.importers.withdraw import withdraw
from catalog.snapshot import catalog_ref
from database import Database
from domain.turn import TurnRequest
from server.conversations import conversation_uuid
from server.turns import Turns

LAYERS = {"num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8}
MODEL = {
    "id": "acme/Zorblatt-9B", "pipeline_tag": "text-generation", "tags": ["license:mit"], "downloads": 5, "likes": 1,
    "config": {"model_type": "llama", "max_position_embeddings": 32768, "torch_dtype": "bfloat16", **LAYERS},
    "safetensors": {"parameters": {"BF16": 9_000_000_000}, "total": 9_000_000_000},
    "lastModified": "2026-03-04T05:06:07.000Z",
}  # fmt: skip


@pytest.fixture
async def imported(database: Database, tmp_path: Path) -> AsyncIterator[Path]:
    """A list of one model to import; withdrawn again after the test."""
    path = tmp_path / "zorblatt.jsonl"
    path.write_text(json.dumps(MODEL) + "\n")
    yield path
    await withdraw(database, "hub/zorblatt")


async def test_names_and_facts_of_an_import_serve_the_next_turn(
    turns: Turns, database: Database, imported: Path
) -> None:
    first = await turns.run(TurnRequest(message="Serve Zorblatt 9B for 20 people"))
    await import_hub(database, source=imported)
    again = await turns.run(
        TurnRequest(conversation_id=first.conversation_id, message="Serve Zorblatt 9B for 30 people")
    )
    assert first.catalog is not None
    assert again.catalog == await catalog_ref(database) != first.catalog
    assert again.deployment_plan is not None
    assert [choice.model.key for choice in again.deployment_plan.models][:1] == ["acme/Zorblatt-9B"]


async def test_a_revised_plan_is_made_of_the_new_rows(turns: Turns, database: Database, imported: Path) -> None:
    before = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    await import_hub(database, source=imported)
    after = await turns.run(TurnRequest(conversation_id=before.conversation_id, message="only in the EU"))
    assert {call.tool for call in after.tool_calls} == {"compute", "packages", "models", "cluster"}


async def test_a_plan_that_is_older_than_the_catalogue_says_so_until_it_is_planned_again(
    turns: Turns, database: Database, imported: Path
) -> None:
    first = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    conversation = conversation_uuid(first.conversation_id)
    assert (await turns.conversations.transcript(conversation)).older_facts is None
    await import_hub(database, source=imported)
    shown = await turns.run(TurnRequest(conversation_id=first.conversation_id, message="show the plan"))
    told = (await turns.conversations.transcript(conversation)).older_facts
    assert told is not None
    assert told.startswith("This plan is older than the catalogue")
    assert told in shown.response
    await turns.run(TurnRequest(conversation_id=first.conversation_id, message="only in the EU"))
    assert (await turns.conversations.transcript(conversation)).older_facts is None
