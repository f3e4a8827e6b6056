"""The search for a task: only models that can do it, the usual ones first, the current before the old."""

import pytest

from database import Database
from domain.models import ModelCard
from domain.queries import ModelQuery, ModelResult
from sizing.model_tasks import model_tasks
from tools import models
from tools.model_ranking import USUAL_FROM
from tools.task_filter import able_models


async def search(database: Database, **query: object) -> ModelResult:
    result = await models.search(ModelQuery.model_validate(query), database)
    assert result.status in ("ok", "empty"), result.error
    return result


async def keys_for(database: Database, **query: object) -> list[str]:
    return [model.key for model in (await search(database, **query)).items]


async def everything(database: Database) -> tuple[ModelCard, ...]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT model_id FROM hf.models ORDER BY model_id")
        keys = [row["model_id"] for row in await cursor.fetchall()]
    return await models.lookup(keys, database)


async def test_the_database_and_the_table_agree_on_who_can_do_what(database: Database) -> None:
    cards = await everything(database)
    for task in model_tasks():
        able = able_models(task)
        async with database.connection() as connection:
            cursor = await connection.execute(f"SELECT model_id FROM hf.models WHERE {able.where}", able.values)
            found = {row["model_id"] for row in await cursor.fetchall()}
        assert found == {card.key for card in cards if task.can_be_done_by(card)}, task.key


@pytest.mark.parametrize("text", ["", "customer calls in batch", "zzz"])
async def test_only_models_that_can_do_it_are_found_and_none_is_lost(text: str, database: Database) -> None:
    transcription = next(task for task in model_tasks() if task.key == "transcription")
    able = {card.key for card in await everything(database) if transcription.can_be_done_by(card)}
    found = await keys_for(database, text=text, domain="speech", task="transcription", top_k=100)
    assert set(found) == able


async def test_the_usual_models_come_first_and_those_preferred_before_them(database: Database) -> None:
    plain = await search(database, text="calls", task="transcription")
    assert [model.key for model in plain.items][:2] == ["openai/whisper-large-v3-turbo", "openai/whisper-large-v3"]
    assert plain.scores[0] == 1.0
    best = await keys_for(database, text="calls", task="transcription", prefer="quality")
    assert best[0] == "openai/whisper-large-v3"


async def test_the_rest_stand_current_before_old_and_large_enough_before_small(database: Database) -> None:
    found = await keys_for(database, text="speech recognition", task="transcription", top_k=100)
    assert found.index("nvidia/parakeet-tdt-0.6b-v3") < found.index("nvidia/parakeet-tdt-0.6b-v2")
    assert found.index("openai/whisper-medium") < found.index("openai/whisper-small")
    assert found.index("openai/whisper-large-v3") < found.index("openai/whisper-base")
    chat = await keys_for(database, text="chat", domain="llm", task="chat", top_k=200)
    for newer, older in (
        ("Qwen/Qwen3-8B", "Qwen/Qwen2.5-7B-Instruct"),
        ("meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-2-70b-chat-hf"),
        ("google/gemma-2-9b-it", "meta-llama/Llama-2-13b-chat-hf"),
    ):
        assert chat.index(newer) < chat.index(older)


async def test_scores_fall_from_one_and_the_usual_keep_the_top(database: Database) -> None:
    found = await search(database, text="chat", domain="llm", task="chat", top_k=200)
    ranked = [(-score, model.key) for score, model in zip(found.scores, found.items, strict=True)]
    assert ranked == sorted(ranked)
    assert all(0 <= score <= 1 for score in found.scores)
    assert sum(score > USUAL_FROM for score in found.scores) == 4


async def test_who_does_not_speak_the_language_is_left_out(database: Database) -> None:
    norwegian = await keys_for(database, text="calls", task="transcription", languages=["no"], top_k=100)
    assert "openai/whisper-large-v3" in norwegian
    assert "distil-whisper/distil-large-v3" not in norwegian
    assert "nvidia/parakeet-tdt-0.6b-v3" not in norwegian
    japanese = await keys_for(database, text="search", domain="embeddings", task="embedding", languages=["ja"])
    assert not any("-en-" in key for key in japanese)


async def test_what_the_engine_cannot_serve_is_left_out_unless_it_is_named(database: Database) -> None:
    mllama = "meta-llama/Llama-3.2-11B-Vision-Instruct"
    assert mllama not in await keys_for(database, text="screenshots", task="vision-language", top_k=200)
    assert mllama in await keys_for(database, named=[{"name": mllama}])


async def test_a_licence_against_business_is_never_a_usual_choice(database: Database) -> None:
    found = await search(database, text="picture", task="image-generation", prefer="quality", top_k=50)
    score = dict(zip((model.key for model in found.items), found.scores, strict=True))
    assert score["black-forest-labs/FLUX.1-dev"] < USUAL_FROM


async def test_filters_hold_for_a_task_too(database: Database) -> None:
    found = await search(database, text="chat", domain="llm", task="chat", licenses=["mit"], max_params_b=15, top_k=100)
    assert found.items
    assert all(model.license == "mit" and (model.params_b or 99) <= 15 for model in found.items)


async def test_a_task_nothing_can_do_finds_nothing_and_an_unknown_one_says_what_there_is(database: Database) -> None:
    assert (await search(database, text="faces", task="faces")).status == "empty"
    unknown = await models.search(ModelQuery(text="x", task="juggling"), database)
    assert unknown.status == "failed"
    assert "transcription" in (unknown.error or "")
