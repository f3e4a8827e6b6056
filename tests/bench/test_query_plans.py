"""No search reads a whole large table: PostgreSQL counts the sequential scans."""

from collections.abc import Awaitable, Callable

import pytest

from bench import questions
from database import Database
from domain.queries import ModelQuery, PackageQuery
from tools import compute, models, packages

LARGE = ("instances", "bitnami_packages", "models", "model_handles", "model_to_card", "card_chunks")
COUNTS = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY(%s) ORDER BY relname"


async def sequential_scans(database: Database) -> dict[str, int]:
    """By table, since the server started."""
    async with database.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        cursor = await connection.execute(COUNTS, (list(LARGE),))
        return {row["relname"]: row["seq_scan"] for row in await cursor.fetchall()}


async def ask_compute(database: Database) -> None:
    for query in (*questions.offer_searches()[:20], *questions.offer_texts()[:5]):
        assert (await compute.search(query, database)).status in ("ok", "empty")


async def ask_packages(database: Database) -> None:
    for query in (*questions.chart_texts()[:10], *questions.chart_names()[:10], PackageQuery(category="database")):
        assert (await packages.search(query, database)).status in ("ok", "empty")


async def ask_models(database: Database) -> None:
    filtered = questions.random_filters(30, ["apache-2.0", "mit", "other"], ["vision", "llm", "speech"])
    asked = (*questions.model_questions()[:10], *questions.model_questions_in_peoples_words()[:10], *filtered)
    for query in (*asked, *questions.named_models()[:6], ModelQuery(domain="video")):
        assert (await models.search(query, database)).status in ("ok", "empty")


@pytest.mark.parametrize("ask", [ask_compute, ask_packages, ask_models])
async def test_a_search_reads_no_large_table_from_end_to_end(
    ask: Callable[[Database], Awaitable[None]], filled: Database
) -> None:
    await ask(filled)  # what is read once a catalogue is read now
    before = await sequential_scans(filled)
    await ask(filled)
    assert await sequential_scans(filled) == before


async def test_the_count_sees_a_sequential_scan(filled: Database) -> None:
    before = await sequential_scans(filled)
    async with filled.connection() as connection:
        await connection.execute("SELECT count(*) FROM hf.models WHERE summary = 'nothing'")
    assert (await sequential_scans(filled))["models"] == before["models"] + 1
