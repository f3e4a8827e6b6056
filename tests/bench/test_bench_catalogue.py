"""The generated catalogue: what is asked for, the same every time, and the searches run over it."""

from itertools import islice

from bench import filtered_search, vector_index
from bench.catalogue import card_of, models, offers, packages, pieces
from database import Database


def test_a_row_is_the_same_in_a_catalogue_of_any_size() -> None:
    for rows in (offers, packages, models):
        assert list(islice(rows(40), 20)) == list(rows(20))
    assert list(islice(pieces(40), 20)) == list(pieces(20))


def test_keys_are_unique() -> None:
    assert len({row[1:5] for row in offers(5_000)}) == 5_000
    assert len({row[1] for row in packages(2_000)}) == 2_000
    assert len({row[1] for row in models(2_000)}) == 2_000


def test_every_fifth_model_is_a_copy_with_the_same_card() -> None:
    cards = [card_of(number) for number in range(10)]
    assert cards == [0, 1, 2, 3, 3, 4, 5, 6, 7, 7]


async def test_the_database_holds_as_many_rows_as_asked_for(filled: Database) -> None:
    held = {"cloud.instances": 16_000, "cloud.bitnami_packages": 3_000, "hf.models": 5_000, "hf.card_chunks": 5_000}
    async with filled.connection() as connection:
        for table, rows in held.items():
            row = await (await connection.execute(f"SELECT count(*) AS rows FROM {table}")).fetchone()
            assert row == {"rows": rows}, table


async def test_filtered_searches_give_as_many_rows_as_match(filled: Database) -> None:
    done = await filtered_search.measure(filled, combinations=60)
    assert done.short == 0
    assert done.recall > 0.8


async def test_the_index_finds_nearly_all_of_the_nearest(filled: Database) -> None:
    (run,) = await vector_index.measure(filled, (200,))
    assert run.recall >= 0.98
