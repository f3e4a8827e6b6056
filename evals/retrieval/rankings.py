"""The rankings that are compared, each over the same catalogue."""

from collections.abc import Sequence

import numpy as np

from catalog.embedder import load_embedder
from database import Database
from domain.queries import ModelQuery
from settings import settings
from tools import models
from tools.model_search import ANYTHING, nearest_models

FULL_TEXT, VECTORS, HYBRID, SHIPPED = "full text", "vectors", "hybrid (RRF)", "shipped"

POOL = 50
RECIPROCAL_RANK_OFFSET = 60
"""As Cormack et al. 2009 chose it."""

BY_WORDS = """
WITH pieces AS MATERIALIZED (SELECT model_id, to_tsvector('english', content) AS document FROM hf.model_chunks),
asked AS (
    SELECT text, replace(plainto_tsquery('english', text)::text, '&', '|')::tsquery AS any_word
    FROM unnest(%(texts)s::text[]) AS texts (text)
)
SELECT text, model_id, max(ts_rank(document, any_word)) AS rank
FROM asked JOIN pieces ON document @@ any_word
GROUP BY text, model_id ORDER BY text, rank DESC, model_id
"""


async def rankings(texts: Sequence[str], database: Database) -> dict[str, dict[str, list[str]]]:
    """By text and by the ranking's name: keys of models, the best first."""
    by_words = await full_text(texts, database)
    ranked = {}
    for text in texts:
        by_meaning = await vectors(text, database)
        ranked[text] = {
            FULL_TEXT: by_words[text],
            VECTORS: by_meaning,
            HYBRID: fused([by_words[text], by_meaning]),
            SHIPPED: await shipped(text, database),
        }
    return ranked


async def full_text(texts: Sequence[str], database: Database) -> dict[str, list[str]]:
    """PostgreSQL's full text over the pieces of cards: any of the words, ranked by ts_rank."""
    found: dict[str, list[str]] = {text: [] for text in texts}
    async with database.connection() as connection:
        cursor = await connection.execute(BY_WORDS, {"texts": list(texts)})
        for row in await cursor.fetchall():
            found[row["text"]].append(row["model_id"])
    return {text: keys[:POOL] for text, keys in found.items()}


async def vectors(text: str, database: Database) -> list[str]:
    """Cosine similarity of the request to the nearest piece of a card."""
    embedder = load_embedder(settings().hf_embedding_model_name)
    question = embedder.encode([text])[0].astype(np.float64)
    async with database.connection() as connection, connection.transaction():
        return list(await nearest_models(question, ANYTHING, connection, POOL))


async def shipped(text: str, database: Database) -> list[str]:
    """What `tools.models.search` answers."""
    return [model.key for model in (await models.search(ModelQuery(text=text), database)).items]


def fused(lists: Sequence[Sequence[str]]) -> list[str]:
    """Reciprocal rank fusion; ties by key."""
    scores: dict[str, float] = {}
    for ranked in lists:
        for place, key in enumerate(ranked, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (RECIPROCAL_RANK_OFFSET + place)
    return sorted(scores, key=lambda key: (-round(scores[key], 9), key))
