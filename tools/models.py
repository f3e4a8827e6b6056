"""Finds models: those the user named, then those whose cards are about what was asked, the popular ones first."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.embedder import Embedder, load_embedder
from catalog.models import models_of
from catalog.names import squash
from catalog.reference import Reference, load_reference
from catalog.snapshot import verify_vectors
from database import Database
from domain.models import ModelCard
from domain.queries import ModelQuery, ModelResult
from settings import settings
from tools.boundary import bounded
from tools.model_names import models_named

Filter = Mapping[str, object]

RELEVANCE, POPULARITY = 0.6, 0.4
POOL, SMALLEST_POOL = 2, 20
"""Relevance chooses so many times top_k, then popularity has its say among them."""


async def search(query: ModelQuery, database: Database) -> ModelResult:
    """The models named, in that order, then the rest by 0.6 relevance + 0.4 popularity; every filter holds for all.

    Domain, pipeline and size do not bind the named ones: who names a model knows what it is.
    """
    return await bounded(_search(query, database), ModelResult, settings().tool_timeout_s)


async def lookup(keys: Sequence[str], database: Database) -> tuple[ModelCard, ...]:
    """The models of these keys, in their order; an unknown key is left out."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        return await models_of(connection, keys, reference)


async def _search(query: ModelQuery, database: Database) -> ModelResult:
    reference = await load_reference(database)
    async with database.connection() as connection:
        licenses = await _licenses(query.licenses, connection)
        named = await _named(query, licenses, reference, connection)
    filters = _filters(query, licenses)
    relevance: dict[str, float] = {}
    if any(letter.isalnum() for letter in query.text):
        relevance = await _relevance(query, filters, database)
    async with database.connection() as connection:
        if not query.text.strip() and not query.named:
            relevance = dict.fromkeys(await _popular(query, licenses, connection), 0.0)
        found = await models_of(connection, list(relevance), reference)
    scored = {card.key: (card, 1.0) for card in named}
    for card, score in _ranked(found, relevance, reference):
        scored.setdefault(card.key, (card, score))
    best = list(scored.values())[: query.top_k]
    return ModelResult(
        status="ok" if best else "empty",
        items=tuple(card for card, _ in best),
        scores=tuple(score for _, score in best),
    )


async def _named(
    query: ModelQuery, licenses: list[str], reference: Reference, connection: AsyncConnection[DictRow]
) -> list[ModelCard]:
    """The first choice of every name before the second of any; without those that break a licence filter."""
    choices = [await models_named(name, query.domain, connection) for name in query.named]
    keys = dict.fromkeys(key for rank in zip_longest(*choices) for key in rank if key is not None)
    return [
        card
        for card in await models_of(connection, list(keys), reference)
        if (not query.licenses or (card.license or "").lower() in licenses)
        and (not query.commercial or card.commercial_use)
        and (query.include_gated or not card.gated)
    ]


async def _relevance(query: ModelQuery, filters: list[Filter], database: Database) -> dict[str, float]:
    """Relevance by model, from 1 for the most similar card down to 0 for the first one that is out."""
    from tools.model_search import nearest_models  # it imports LangChain's stores: a second, for searches by text only

    embedder: Embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    await verify_vectors(database, embedder)
    pool = max(SMALLEST_POOL, POOL * query.top_k)
    similarity = list((await nearest_models(query.text, filters, embedder, database, pool + 1)).items())
    if not similarity:
        return {}
    highest, lowest = similarity[0][1], similarity[-1][1] if len(similarity) <= pool else similarity[pool][1]
    spread = highest - lowest
    return {key: (value - lowest) / spread if spread > 0 else 1.0 for key, value in similarity[:pool]}


def _ranked(
    cards: Sequence[ModelCard], relevance: dict[str, float], reference: Reference
) -> list[tuple[ModelCard, float]]:
    """Best first; equal scores by key."""
    highest = reference.highest_popularity or 1.0

    def score(card: ModelCard) -> float:
        popularity = _popularity(card, reference.median_popularity) / highest
        return round(RELEVANCE * relevance[card.key] + POPULARITY * popularity, 6)

    scored = [(card, score(card)) for card in cards]
    return sorted(scored, key=lambda item: (-item[1], item[0].key))


def _popularity(card: ModelCard, if_unknown: float) -> float:
    """Unknown figures are not small ones: such a model counts as the median one."""
    if card.downloads is None and card.likes is None:
        return if_unknown
    return math.log((card.downloads or 0) + 1) + math.log((card.likes or 0) + 1)


def _filters(query: ModelQuery, licenses: list[str]) -> list[Filter]:
    """In the vector store's own language."""
    filters: list[Filter] = []
    if query.domain is not None:
        filters.append({"domain": query.domain})
    if query.pipeline_tag is not None:
        filters.append({"pipeline_tag": query.pipeline_tag})
    if query.licenses:
        filters.append({"license": {"$in": licenses}})
    if query.commercial:
        filters.append({"commercial_use": True})
    if not query.include_gated:
        filters.append({"gated": False})
    if query.min_params_b is not None:
        filters.append({"params_b": {"$gte": query.min_params_b}})
    if query.max_params_b is not None:
        filters.append({"params_b": {"$lte": query.max_params_b}})
    return filters


async def _popular(query: ModelQuery, licenses: list[str], connection: AsyncConnection[DictRow]) -> list[str]:
    """Nothing was asked for by words: what the filters leave, the popular first."""
    cursor = await connection.execute(
        """
        SELECT model_id FROM hf.models
        WHERE (%(domain)s::text IS NULL OR domain = %(domain)s)
          AND (%(pipeline)s::text IS NULL OR pipeline_tag = %(pipeline)s)
          AND (%(licenses)s::text[] IS NULL OR lower(license) = ANY(%(licenses)s))
          AND (NOT %(commercial)s OR commercial_use)
          AND (%(gated)s OR NOT gated)
          AND (%(smallest)s::float IS NULL OR params_b >= %(smallest)s)
          AND (%(largest)s::float IS NULL OR params_b <= %(largest)s)
        ORDER BY popularity DESC, model_id LIMIT %(top_k)s
        """,
        {
            "domain": query.domain,
            "pipeline": query.pipeline_tag,
            "licenses": licenses if query.licenses else None,
            "commercial": bool(query.commercial),
            "gated": query.include_gated,
            "smallest": query.min_params_b,
            "largest": query.max_params_b,
            "top_k": query.top_k,
        },
    )
    return [row["model_id"] for row in await cursor.fetchall()]


async def _licenses(wanted: Sequence[str], connection: AsyncConnection[DictRow]) -> list[str]:
    """The catalogue's names of these licences: "Apache 2" is apache-2.0; none for one it does not have."""
    if not wanted:
        return []
    cursor = await connection.execute("SELECT DISTINCT lower(license) AS license FROM hf.models WHERE license <> ''")
    known = sorted(row["license"] for row in await cursor.fetchall())
    found: set[str] = set()
    for name in wanted:
        handle = squash(name.lower().replace("license", "").replace("licence", ""))
        exact = [item for item in known if squash(item) == handle]
        found.update(exact or [item for item in known if handle and squash(item).startswith(handle)])
    return sorted(found)
