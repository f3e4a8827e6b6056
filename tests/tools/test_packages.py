"""Charts: by name in the order asked, then by what they are about."""

from database import Database
from domain.queries import PackageQuery
from tools import packages


async def keys(database: Database, **query: object) -> list[str]:
    result = await packages.search(PackageQuery.model_validate(query), database)
    assert result.status == ("ok" if result.items else "empty"), result.error
    return [package.key for package in result.items]


async def test_names_come_first_in_the_order_they_were_given(database: Database) -> None:
    found = await packages.search(PackageQuery(names=("MLflow", "cert manager", "no-such-chart")), database)
    assert [package.name for package in found.items] == ["mlflow", "cert-manager"]


async def test_of_charts_with_one_name_the_official_one_is_meant(database: Database) -> None:
    found = await packages.search(PackageQuery(names=("qdrant",)), database)
    assert [(package.key, package.official) for package in found.items] == [("qdrant/qdrant", True)]


async def test_an_exact_name_comes_before_a_prefix_and_that_before_a_mention(database: Database) -> None:
    names = [key.split("/")[1] for key in await keys(database, text="redis", top_k=50)]
    exact = [index for index, name in enumerate(names) if name == "redis"]
    prefix = [index for index, name in enumerate(names) if name.startswith("redis-")]
    mention = [index for index, name in enumerate(names) if "redis" not in name]
    assert exact
    assert prefix
    assert mention
    assert max(exact) < min(prefix)
    assert max(prefix) < min(mention)


async def test_words_find_the_kind_of_chart_they_describe(database: Database) -> None:
    found = await packages.search(PackageQuery(text="a vector database", top_k=5), database)
    assert {package.category for package in found.items} == {"vector_database"}


async def test_filters_hold_for_every_chart(database: Database) -> None:
    found = await packages.search(PackageQuery(category="observability", official=True, top_k=100), database)
    assert found.items
    assert all(package.category == "observability" and package.official for package in found.items)
    only = await packages.search(PackageQuery(text="redis", repository="bitnami", top_k=100), database)
    assert {package.repository for package in only.items} == {"bitnami"}


async def test_a_deprecated_chart_is_found_only_when_asked_for(database: Database) -> None:
    live = await keys(database, top_k=1000)
    every = await keys(database, top_k=1000, include_deprecated=True)
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT key FROM cloud.bitnami_packages WHERE deprecated")
        deprecated = {row["key"] for row in await cursor.fetchall()}
    assert set(every) - set(live) == deprecated


async def test_top_k_counts_names_and_text_together_and_nothing_twice(database: Database) -> None:
    found = await keys(database, names=["redis", "kafka"], text="redis", top_k=4)
    assert len(found) == len(set(found)) == 4


async def test_nonsense_finds_nothing_and_cannot_become_a_query(database: Database) -> None:
    for text in ("zzzqq", "!!!", "' OR 1=1 --", "a & | ! b:*", "the of and"):
        result = await packages.search(PackageQuery(text=text), database)
        assert result.status in ("ok", "empty"), (text, result.error)
    assert await keys(database, text="zzzqq") == []
    assert await keys(database, text="!!!") == []


async def test_the_same_search_gives_the_same_rows_in_another_row_order(database: Database) -> None:
    queries = [PackageQuery(text=text, top_k=50) for text in ("database", "monitoring", "llm", "gateway")]
    before = [(await packages.search(query, database)).items for query in queries]
    async with database.connection() as connection, connection.transaction():
        await connection.execute("UPDATE cloud.bitnami_packages SET stars = stars WHERE md5(key) < '8'")
    assert [(await packages.search(query, database)).items for query in queries] == before


async def test_a_key_leads_back_to_its_chart(database: Database) -> None:
    some = (await packages.search(PackageQuery(text="database"), database)).items
    assert await packages.lookup([*(package.key for package in some), "no/chart"], database) == some
