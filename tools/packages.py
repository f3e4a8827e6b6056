"""Finds Helm charts: by name first, then by what they are about."""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.reference import Reference, load_reference
from database import Database
from domain.names import squash
from domain.packages import Package
from domain.queries import PackageQuery, PackageResult
from settings import settings
from tools.boundary import bounded

COLUMNS = (
    "key, name, display_name, repository, repository_url, version, app_version, category, description, keywords,"
    " alternatives, license, official, deprecated, stars, cpu_request, memory_request_gib, home, source_id"
)
BEST = "deprecated, official DESC, repository = ANY(%(last)s::text[]), stars DESC NULLS LAST, name, key"
"""Among charts that fit equally."""

NAMED = f"""
SELECT DISTINCT ON (wanted.position) {COLUMNS}
FROM unnest(%(handles)s::text[]) WITH ORDINALITY AS wanted (handle, position)
JOIN cloud.bitnami_packages ON handles @> ARRAY[wanted.handle]
WHERE {{filters}}
ORDER BY wanted.position,
    (catalog.squash(key) = wanted.handle) DESC, deprecated, official DESC,
    (catalog.squash(name) = wanted.handle) DESC, {BEST}
"""

# A search reads the words as alternatives; charts that hold all of them come before charts that hold some. Names that
# hold the text further inside are looked for one by one, which only a search that finds too little does.
ABOUT = f"""
WITH asked AS (
    SELECT plainto_tsquery('english', %(text)s) AS all_words,
           replace(plainto_tsquery('english', %(text)s)::text, '&', '|')::tsquery AS some_words
), found AS (
    SELECT key FROM cloud.bitnami_packages, asked WHERE document @@ some_words
    UNION SELECT key FROM cloud.bitnami_packages WHERE handles @> ARRAY[%(handle)s]
    UNION SELECT key FROM cloud.bitnami_packages
        WHERE catalog.squash(name) COLLATE "C" >= %(handle)s AND catalog.squash(name) COLLATE "C" < %(handle)s || '~'
    UNION SELECT key FROM cloud.bitnami_packages WHERE %(inside)s AND strpos(catalog.squash(name), %(handle)s) > 0
)
SELECT {COLUMNS}
FROM found JOIN cloud.bitnami_packages USING (key), asked
WHERE {{filters}}
ORDER BY
    CASE WHEN handles @> ARRAY[%(handle)s] THEN 0
         WHEN starts_with(catalog.squash(name), %(handle)s) THEN 1
         WHEN strpos(catalog.squash(name), %(handle)s) > 0 THEN 2
         WHEN document @@ all_words THEN 3
         ELSE 4 END,
    round(ts_rank(document, some_words)::numeric, 2) DESC, {BEST}
LIMIT %(top_k)s
"""

ANY = f"SELECT {COLUMNS} FROM cloud.bitnami_packages WHERE {{filters}} ORDER BY {BEST} LIMIT %(top_k)s"


async def search(query: PackageQuery, database: Database) -> PackageResult:
    """The charts named, in that order, then those the text is about; with neither, the category's best."""
    return await bounded(_search(query, database), PackageResult, settings().tool_timeout_s)


async def lookup(keys: Sequence[str], database: Database) -> tuple[Package, ...]:
    """The charts of these keys, in their order; an unknown key is left out."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        cursor = await connection.execute(
            f"SELECT {COLUMNS} FROM cloud.bitnami_packages WHERE key = ANY(%s)", (list(keys),)
        )
        found = {row["key"]: _package(row, reference) for row in await cursor.fetchall()}
    return tuple(found[key] for key in keys if key in found)


async def _search(query: PackageQuery, database: Database) -> PackageResult:
    reference = await load_reference(database)
    async with database.connection() as connection:
        rows = [*await _named(query, connection), *await _about(query, connection)]
    packages = {row["key"]: _package(row, reference) for row in rows}
    items = tuple(packages.values())[: query.top_k]
    return PackageResult(status="ok" if items else "empty", items=items)


async def _named(query: PackageQuery, connection: AsyncConnection[DictRow]) -> list[DictRow]:
    handles = [handle for name in query.names if (handle := squash(name))]
    if not handles:
        return []
    filters, values = _filters(query)
    cursor = await connection.execute(NAMED.format(filters=filters), {**values, "handles": handles})
    return await cursor.fetchall()


async def _about(query: PackageQuery, connection: AsyncConnection[DictRow]) -> list[DictRow]:
    filters, values = _filters(query)
    limit = query.top_k + len(query.names)
    values["top_k"] = limit
    if handle := squash(query.text):
        rows: list[DictRow] = []
        for inside in (False, True):
            if len(rows) < limit:
                cursor = await connection.execute(
                    ABOUT.format(filters=filters), {**values, "text": query.text, "handle": handle, "inside": inside}
                )
                rows = await cursor.fetchall()
        return rows
    if query.names or query.text.strip():
        return []
    return await (await connection.execute(ANY.format(filters=filters), values)).fetchall()


def _filters(query: PackageQuery) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {
        "category": query.category and query.category.strip().lower().replace(" ", "_").replace("-", "_"),
        "repository": query.repository,
        "official": query.official,
    }
    conditions = [f"{name} = %({name})s" for name, value in values.items() if value is not None]
    values["last"] = list(query.last_repositories)
    if not query.include_deprecated:
        conditions.append("NOT deprecated")
    return " AND ".join(conditions) or "true", values


def _package(row: DictRow, reference: Reference) -> Package:
    return Package(source=reference.source(row.pop("source_id")), **row)
