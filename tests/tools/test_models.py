"""Models: the ones a user means by a name, then the ones whose cards are about it, under filters that hold."""

import random

import pytest

from catalog.embedder import load_embedder
from database import Database
from domain.models import ModelCard
from domain.queries import ModelQuery, ModelResult, NamedModel
from tools import model_search, models
from tools.model_search import ANYTHING, Filters, nearest_models
from tools.problems import drawn_to_cards, embedded


async def search(database: Database, **query: object) -> ModelResult:
    result = await models.search(ModelQuery.model_validate(query), database)
    assert result.status == ("ok" if result.items else "empty"), result.error
    assert len(result.scores) == len(result.items)
    return result


async def named(database: Database, name: str, params_b: float | None = None, **query: object) -> list[ModelCard]:
    return list((await search(database, named=[NamedModel(name=name, params_b=params_b)], **query)).items)


@pytest.mark.parametrize(
    ("name", "params_b", "first"),
    [
        ("Llama 70B", None, "meta-llama/Llama-3.3-70B-Instruct"),
        ("Llama 70B", 70.0, "meta-llama/Llama-3.3-70B-Instruct"),
        ("llama", 70.0, "meta-llama/Llama-3.3-70B-Instruct"),
        ("LLAMA-3.1-8b", None, "meta-llama/Llama-3.1-8B-Instruct"),
        ("meta-llama/llama-2-7b-chat-hf", None, "meta-llama/Llama-2-7b-chat-hf"),
        ("lamma 3.1 8b", None, "meta-llama/Llama-3.1-8B-Instruct"),
        ("Stable Diffusion XL", None, "stabilityai/stable-diffusion-xl-base-1.0"),
        ("stabel difusion xl", None, "stabilityai/stable-diffusion-xl-base-1.0"),
        ("sdxl", None, "stabilityai/stable-diffusion-xl-base-1.0"),
        ("Mistral 7B", None, "mistralai/Mistral-7B-Instruct-v0.3"),
        ("mixtral 8x7b", None, "mistralai/Mixtral-8x7B-Instruct-v0.1"),
        ("whisper large v3", None, "openai/whisper-large-v3"),
        ("Qwen2.5-VL 3B", 3.0, "Qwen/Qwen2.5-VL-3B-Instruct"),
    ],
)
async def test_a_name_leads_to_the_model_that_is_meant(
    name: str, params_b: float | None, first: str, database: Database
) -> None:
    found = await named(database, name, params_b)
    assert found[0].key == first


async def test_a_family_and_a_size_give_that_family_at_that_size(database: Database) -> None:
    found = await named(database, "Llama 70B", 70.0)
    assert len(found) >= 4
    assert all("llama" in model.key.lower() and 56 <= (model.params_b or 0) <= 84 for model in found)


async def test_the_variants_of_a_name_come_with_it(database: Database) -> None:
    found = {model.key for model in await named(database, "Stable Diffusion XL")}
    assert {"stabilityai/stable-diffusion-xl-refiner-1.0", "stabilityai/sdxl-turbo"} <= found


@pytest.mark.parametrize("name", ["GPT-4", "Claude", "foobarbaz", "Llama 9000B", "???", "a", "7B"])
async def test_a_name_near_nothing_finds_nothing(name: str, database: Database) -> None:
    assert await named(database, name) == []


async def test_every_named_model_is_there_before_the_variants_of_any(database: Database) -> None:
    names = [{"name": "Llama 70B"}, {"name": "whisper"}, {"name": "bge-m3"}]
    found = (await search(database, named=names, top_k=3)).items
    assert [model.family for model in found] == ["llama", "whisper", "bge"]


async def test_a_named_model_that_breaks_a_licence_filter_is_left_out(database: Database) -> None:
    found = await named(database, "Llama 70B", licenses=["Apache 2.0"])
    assert all(model.license == "apache-2.0" for model in found)
    free = await named(database, "Stable Diffusion XL", commercial=True)
    assert all(model.commercial_use for model in free)
    open_to_all = await named(database, "Llama 70B", include_gated=False)
    assert not any(model.gated for model in open_to_all)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("transcribe phone calls", "speech"),
        ("predict next month's electricity demand", "time_series"),
        ("draw a picture from a sentence", "image_generation"),
        ("find tumours in CT scans", "vision"),
    ],
)
async def test_words_find_the_kind_of_model_they_describe(text: str, domain: str, database: Database) -> None:
    assert (await search(database, text=text)).items[0].domain == domain


async def test_scores_fall_and_equal_ones_stand_in_key_order(database: Database) -> None:
    for text in ("chat", "images", "sound"):
        found = await search(database, text=text, top_k=50)
        ranked = [(-score, model.key) for score, model in zip(found.scores, found.items, strict=True)]
        assert ranked == sorted(ranked)
        assert all(0 <= score <= 1 for score in found.scores)


async def test_the_same_search_gives_the_same_answer(database: Database) -> None:
    query = ModelQuery(text="summarise legal documents", named=(NamedModel(name="qwen 7b"),), top_k=30)
    first, second = await models.search(query, database), await models.search(query, database)
    assert (first.items, first.scores) == (second.items, second.scores)


async def test_filters_hold_and_never_cost_an_answer(database: Database) -> None:
    everything = await models.lookup(await _keys(database), database)
    chosen = random.Random(11)
    for _ in range(40):
        query = ModelQuery.model_validate(
            {
                "text": chosen.choice(["chat with documents", "see", "hear", "forecast"]),
                "top_k": chosen.choice([1, 10, 60]),
                **dict(chosen.sample(sorted(_FILTERS.items()), chosen.randint(1, 3))),
            }
        )
        matching = {model.key for model in everything if _matches(model, query)}
        found = await models.search(query, database)
        assert {model.key for model in found.items} <= matching, query
        assert len(found.items) == min(query.top_k, len(matching)), query


async def test_as_many_models_as_asked_for_however_many_pieces_that_takes(database: Database) -> None:
    keys = await _keys(database)
    assert set(await nearest("chat", ANYTHING, database, len(keys))) == set(keys)


async def test_the_index_gives_as_many_as_comparing_all_where_the_filters_are_far_from_the_question(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = await models.lookup(await _keys(database), database)
    rare = {model.key for model in everything if model.domain == "reinforcement_learning"}
    filters = Filters("domain = %(domain)s", {"domain": "reinforcement_learning"})
    one_by_one = await nearest("an assistant to chat with", filters, database, len(rare))
    monkeypatch.setattr(model_search, "PIECES_WORTH_AN_INDEX", 0)
    monkeypatch.setattr(model_search, "PIECES_LEFT", 0)
    monkeypatch.setattr(model_search, "PIECES_SCANNED", 100)
    assert await nearest("an assistant to chat with", filters, database, len(rare)) == one_by_one
    assert set(one_by_one) == rare


async def test_a_small_catalogue_gives_the_same_models_in_another_row_order(database: Database) -> None:
    queries = [ModelQuery(text=text, top_k=30) for text in ("chat", "find tumours", "type out an interview")]
    before = [(await models.search(query, database)).items for query in queries]
    async with database.connection() as connection, connection.transaction():
        await connection.execute("UPDATE hf.card_chunks SET position = position WHERE md5(chunk_id) < '8'")
        await connection.execute("UPDATE hf.models SET summary = summary WHERE md5(model_id) > '8'")
    assert [(await models.search(query, database)).items for query in queries] == before


async def test_what_people_say_is_drawn_to_what_cards_say_and_card_words_stay_as_they_are() -> None:
    said = embedded("nobody reads all these pages", load_embedder())
    written = embedded("automatic speech recognition, transcription", load_embedder())
    summaries = embedded("summarization", load_embedder()).vector
    assert drawn_to_cards(said, 0.4) @ summaries > said.vector @ summaries + 0.2
    assert (drawn_to_cards(written, 0.95) == written.vector).all()


async def test_without_words_the_popular_ones_of_the_filter_come_first(database: Database) -> None:
    found = await search(database, domain="embeddings", top_k=5)
    assert {model.domain for model in found.items} == {"embeddings"}
    assert list(found.scores) == sorted(found.scores, reverse=True)


async def test_words_without_a_vector_find_nothing(database: Database) -> None:
    assert (await search(database, text="!!! ???")).items == ()


async def test_vectors_of_another_embedder_fail_with_the_remedy(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE catalog.snapshots SET embedder = 'other' WHERE kind = 'models'")
    try:
        found = await models.search(ModelQuery(text="chat"), database)
        assert found.status == "failed"
        assert found.error is not None
        assert "stack8s catalog embed" in found.error
    finally:
        async with database.connection() as connection:
            await connection.execute(
                "UPDATE catalog.snapshots SET embedder = %s WHERE kind = 'models'", (load_embedder().name,)
            )


_FILTERS: dict[str, object] = {
    "domain": "llm",
    "licenses": ["apache-2.0", "mit"],
    "commercial": True,
    "include_gated": False,
    "min_params_b": 5.0,
    "max_params_b": 30.0,
    "pipeline_tag": "text-generation",
}


def _matches(model: ModelCard, query: ModelQuery) -> bool:
    size = model.params_b
    return all(
        (
            query.domain in (None, model.domain),
            query.pipeline_tag in (None, model.pipeline_tag),
            not query.licenses or (model.license or "").lower() in query.licenses,
            not query.commercial or model.commercial_use,
            query.include_gated or not model.gated,
            query.min_params_b is None or (size is not None and size >= query.min_params_b),
            query.max_params_b is None or (size is not None and size <= query.max_params_b),
        )
    )


async def nearest(text: str, filters: Filters, database: Database, count: int) -> dict[str, float]:
    async with database.connection() as connection, connection.transaction():
        return await nearest_models(embedded(text, load_embedder()).vector, filters, connection, count)


async def _keys(database: Database) -> list[str]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT model_id FROM hf.models ORDER BY model_id")
        return [row["model_id"] for row in await cursor.fetchall()]
