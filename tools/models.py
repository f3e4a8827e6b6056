"""Finds models: those the user named; then those that can do the task, the usual ones first, or, where no task was
given, those whose cards are about what was asked, the popular ones first."""

import asyncio
import math
from collections.abc import Sequence
from itertools import zip_longest

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.embedder import load_embedder
from catalog.models import models_by_key, models_of, that_meet
from catalog.reference import Reference, load_reference
from catalog.snapshot import refuse_other_vectors
from database import Database
from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.names import squash
from domain.queries import ModelQuery, ModelResult
from settings import settings
from sizing.model_tasks import ModelTask, model_tasks, task_named
from tools.boundary import bounded
from tools.model_names import models_named
from tools.model_ranking import ranked_for_task
from tools.model_search import ANYTHING, Filters, index_set_up, nearest_models, nearest_piece
from tools.problems import Question, drawn_to_cards, embedded
from tools.task_filter import able_models

POOL, SMALLEST_POOL = 2, 20
"""Relevance chooses so many times top_k, then popularity has its say among them."""

POOL_OF_A_TASK = 200
"""So many of the models that can do a task are ranked, beside the usual ones: relevance is only one part of it."""

CONDITIONS = (
    ("domain", "domain = %(domain)s"),
    ("pipeline_tag", "pipeline_tag = %(pipeline_tag)s"),
    ("licenses", "lower(license) = ANY(%(licenses)s::text[])"),
    ("commercial", "commercial_use"),
    ("ungated", "NOT gated"),
    ("min_params_b", "params_b >= %(min_params_b)s"),
    ("max_params_b", "params_b <= %(max_params_b)s"),
)
"""What a filter asks of `hf.models` and of `hf.model_chunks` alike."""

EVERY_LICENSE = """
WITH RECURSIVE known AS (
    SELECT min(lower(license)) AS license FROM hf.models WHERE lower(license) > ''
    UNION ALL
    SELECT (SELECT min(lower(license)) FROM hf.models WHERE lower(license) > known.license)
    FROM known WHERE known.license IS NOT NULL
)
SELECT license FROM known WHERE license IS NOT NULL ORDER BY license
"""
"""From one to the next in the index: there are dozens among thousands of models."""


async def search(query: ModelQuery, database: Database) -> ModelResult:
    """The models named, in that order, then the rest by relevance and popularity, or, for a task, as
    `tools.model_ranking` says; every filter holds for all.

    Domain, task, pipeline and size do not bind the named ones: who names a model knows what it is.
    """
    return await bounded(_search(query, database), ModelResult, settings().tool_timeout_s)


async def lookup(keys: Sequence[str], database: Database) -> tuple[ModelCard, ...]:
    """The models of these keys, in their order; an unknown key is left out."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        return await models_of(connection, keys, reference)


async def _search(query: ModelQuery, database: Database) -> ModelResult:
    reference = await load_reference(database)
    task = task_of(query.task)
    question = await _question(query.text, reference)
    async with database.connection() as connection, connection.transaction():
        licenses = await _licenses(query.licenses, connection)
        named = await _named(query, connection)
        filters = filters_of(query, licenses, task)
        pool = POOL_OF_A_TASK if task else max(SMALLEST_POOL, POOL * query.top_k)
        relevance: dict[str, float] = {}
        if question is not None:
            relevance = await _relevance(question, filters, pool, connection)
        elif task is not None:
            relevance = dict.fromkeys(await _popular(filters, pool, connection), 0.0)
        elif not query.text.strip() and not query.named:
            relevance = dict.fromkeys(await _popular(filters, query.top_k, connection), 0.0)
        usual: Sequence[str] = ()
        if task is not None:
            usual = await that_meet(*filters, task.usual.choices(query.prefer), connection, reference)
        cards = await models_by_key(connection, [*named, *relevance, *usual], reference)
    chosen = [card for key in named if (card := cards.get(key)) is not None and _is_let_through(card, query, licenses)]
    found = [cards[key] for key in dict.fromkeys((*relevance, *usual)) if key in cards]
    scored = {card.key: (card, 1.0) for card in chosen}
    for card, score in _ranked(found, relevance, reference, task, query):
        scored.setdefault(card.key, (card, score))
    best = list(scored.values())[: query.top_k]
    return ModelResult(
        status="ok" if best else "empty",
        items=tuple(card for card, _ in best),
        scores=tuple(score for _, score in best),
    )


async def _named(query: ModelQuery, connection: AsyncConnection[DictRow]) -> list[str]:
    """Keys: the first choice of every name before the second of any."""
    choices = [await models_named(name, query.domain, connection) for name in query.named]
    return list(dict.fromkeys(key for rank in zip_longest(*choices) for key in rank if key is not None))


def _is_let_through(named: ModelCard, query: ModelQuery, licenses: list[str]) -> bool:
    """Whether one that was named breaks no licence filter."""
    return (
        (not query.licenses or (named.license or "").lower() in licenses)
        and (not query.commercial or named.commercial_use is True)
        and (query.include_gated or not named.gated)
    )


async def _question(text: str, reference: Reference) -> Question | None:
    """The text as a vector; none where it has no words. Raises CatalogMismatch where the cards' are of another kind."""
    if not any(letter.isalnum() for letter in text):
        return None
    embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    refuse_other_vectors(reference.vectors, embedder)
    question = await asyncio.to_thread(embedded, text, embedder)
    return question if question.vector.any() else None


async def _relevance(
    question: Question, filters: Filters, pool: int, connection: AsyncConnection[DictRow]
) -> dict[str, float]:
    """Relevance by model, from 1 for the most similar card down to 0 for the first one that is out."""
    stored = await index_set_up(connection)
    vector = drawn_to_cards(question, await nearest_piece(question.vector, connection))
    similarity = list((await nearest_models(vector, filters, connection, pool + 1, stored)).items())
    if not similarity:
        return {}
    highest, lowest = similarity[0][1], similarity[-1][1] if len(similarity) <= pool else similarity[pool][1]
    spread = highest - lowest
    return {key: (value - lowest) / spread if spread > 0 else 1.0 for key, value in similarity[:pool]}


def task_of(key: str | None) -> ModelTask | None:
    """The row of a task. Raises InvalidInput where there is none of that name."""
    if key is None:
        return None
    task = task_named(key)
    if task is None:
        known = ", ".join(sorted(row.key for row in model_tasks()))
        raise InvalidInput(f"'{key}' is no task of models.", f"Use one of: {known}.")
    return task


def _ranked(
    cards: Sequence[ModelCard],
    relevance: dict[str, float],
    reference: Reference,
    task: ModelTask | None,
    query: ModelQuery,
) -> list[tuple[ModelCard, float]]:
    """Best first; equal scores by key."""
    highest = reference.highest_popularity or 1.0
    popularity = {card.key: _popularity(card, reference.median_popularity) / highest for card in cards}
    if task is not None:
        return ranked_for_task(cards, task, query, relevance, popularity)
    scored = [(card, weighed(relevance[card.key], popularity[card.key])) for card in cards]
    return sorted(scored, key=lambda item: (-item[1], item[0].key))


def weighed(relevance: float, popularity: float) -> float:
    """The score where no task was given, by HF_RELEVANCE_WEIGHT. Of the weights measured with `python -m
    evals.retrieval`, none is better than 0.8; the first system's 0.6 costs a point of nDCG@5."""
    weight = settings().hf_relevance_weight
    return round(weight * relevance + (1 - weight) * popularity, 6)


def _popularity(card: ModelCard, if_unknown: float) -> float:
    """Unknown figures are not small ones: such a model counts as the median one."""
    if card.downloads is None and card.likes is None:
        return if_unknown
    return math.log((card.downloads or 0) + 1) + math.log((card.likes or 0) + 1)


def filters_of(query: ModelQuery, licenses: list[str], task: ModelTask | None = None) -> Filters:
    asked: dict[str, object] = {
        "domain": query.domain,
        "pipeline_tag": query.pipeline_tag,
        "licenses": licenses if query.licenses else None,
        "commercial": query.commercial or None,
        "ungated": None if query.include_gated else True,
        "min_params_b": query.min_params_b,
        "max_params_b": query.max_params_b,
    }
    values = {name: value for name, value in asked.items() if value is not None}
    conditions = [sql for name, sql in CONDITIONS if name in values]
    if task is not None:
        able = able_models(task)
        conditions, values = [*conditions, able.where], {**values, **able.values}
    return Filters(" AND ".join(conditions) or ANYTHING.where, values)


async def _popular(filters: Filters, top_k: int, connection: AsyncConnection[DictRow]) -> list[str]:
    """Nothing was asked for by words: what the filters leave, the popular first."""
    cursor = await connection.execute(
        f"SELECT model_id FROM hf.models WHERE {filters.where} ORDER BY popularity DESC, model_id LIMIT %(top_k)s",
        {**filters.values, "top_k": top_k},
    )
    return [row["model_id"] for row in await cursor.fetchall()]


async def _licenses(wanted: Sequence[str], connection: AsyncConnection[DictRow]) -> list[str]:
    """The catalogue's names of these licences: "Apache 2" is apache-2.0; none for one it does not have."""
    if not wanted:
        return []
    known = [row["license"] for row in await (await connection.execute(EVERY_LICENSE)).fetchall()]
    found: set[str] = set()
    for name in wanted:
        handle = squash(name.lower().replace("license", "").replace("licence", ""))
        exact = [item for item in known if squash(item) == handle]
        found.update(exact or [item for item in known if handle and squash(item).startswith(handle)])
    return sorted(found)
