"""The stores that the plan's programs fill and ask, where they differ: a real PostgreSQL, and what others refuse."""

import importlib.util
import os
import random
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from sizing.memory import GIB
from sizing.vector_store import VectorStore, store_kinds
from tests.artifacts.document_servers import STORE_KEY, Postgres, Servers, empty_database

PROGRAM = Path(__file__).parents[2] / "artifacts" / "program" / "vector_store.py"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    found = importlib.util.spec_from_file_location("vector_store_program", PROGRAM)
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    sys.modules[found.name] = made
    found.loader.exec_module(made)
    return made


@pytest.fixture
def database(postgres: str) -> Iterator[Postgres]:
    with empty_database(postgres) as made:
        yield made


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    made = Servers()
    monkeypatch.setenv("STORE_URL", made.url)
    monkeypatch.setenv("STORE_KEY", STORE_KEY)
    monkeypatch.setenv("PAUSE_S", "0")
    yield made
    made.server.shutdown()


def points(count: int, width: int) -> list[dict[str, Any]]:
    drawn = random.Random(7)
    return [
        {"id": str(uuid.UUID(int=number)), "vector": [drawn.gauss(0, 1) for _ in range(width)],
         "payload": {"file": f"{number}.txt", "number": number}}
        for number in range(count)
    ]  # fmt: skip


def table(program: ModuleType, database: Postgres) -> Any:
    return program.store_of("pgvector", "documents", database.conninfo)


@pytest.mark.parametrize(("width", "by"), [(64, "halfvec_cosine_ops"), (4096, "bit_hamming_ops")])
def test_the_nearest_are_found_by_the_index(program: ModuleType, database: Postgres, width: int, by: str) -> None:
    """Of 4,096 numbers, which no index of pgvector takes as they are, by their signs first."""
    store, held = table(program, database), points(300, width)
    store.make(width)
    store.put(held)
    assert store.finish() == 300
    [[made]] = database.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'documents_vector'")
    assert "USING hnsw" in made
    assert by in made
    for one in held[:20]:
        assert store.nearest(one["vector"], 3)[0] == one["payload"]
    assert len(store.nearest(held[0]["vector"], 50)) == 50


def test_what_is_put_twice_stands_there_once_as_it_was_put_last(program: ModuleType, database: Postgres) -> None:
    store, [one] = table(program, database), points(1, 4)
    store.make(4)
    store.put([one])
    store.finish()
    store.put([{**one, "payload": {"file": "other.txt"}}])
    assert store.finish() == 1
    assert database.payloads() == [{"file": "other.txt"}]
    store.remove("other.txt")
    assert database.payloads() == []


def test_copies_that_begin_together_make_one_table_and_one_index(program: ModuleType, database: Postgres) -> None:
    copies, failed = [table(program, database) for _ in range(4)], []
    together = threading.Barrier(len(copies))

    def run(number: int) -> None:
        together.wait()
        try:
            copies[number].make(8)
            copies[number].put(points(50, 8))
            together.wait()
            copies[number].finish()
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(database.payloads()) == 50
    assert database.rows("SELECT count(*) FROM pg_indexes WHERE indexname = 'documents_vector'") == [(1,)]


def test_a_table_of_another_width_is_told_and_not_changed(program: ModuleType, database: Postgres) -> None:
    store = table(program, database)
    store.make(4)
    with pytest.raises(program.Refused, match="expected 4 dimensions, not 8"):
        store.put(points(1, 8))


def test_tables_of_the_user_s_are_left_alone(program: ModuleType, database: Postgres) -> None:
    with psycopg.connect(database.conninfo, autocommit=True) as there:
        there.execute("CREATE TABLE documents (title text); INSERT INTO documents VALUES ('ours')")
    store = table(program, database)
    store.make(4)
    store.put(points(2, 4))
    store.remove("1.txt")
    assert database.rows("SELECT title FROM public.documents") == [("ours",)]


@pytest.mark.parametrize(("width", "count"), [(96, 2000), (384, 1000), (1024, 400), (2560, 200), (4096, 1000)])
def test_the_index_takes_what_the_plan_says(program: ModuleType, database: Postgres, width: int, count: int) -> None:
    """Pages of 8 KiB hold whole vectors alone: 3 of 1,024 numbers, 1 of 2,560."""
    store = table(program, database)
    store.make(width)
    store.put(points(count, width))
    store.finish()
    [[size]] = database.rows("SELECT pg_relation_size('stack8s.documents_vector')")
    said = VectorStore(count, width, 0, kind=store_kinds()["pgvector"]).memory_gib * GIB
    assert said == pytest.approx(size, rel=0.08)


def test_a_busy_index_is_asked_again_and_a_wrong_key_is_told(
    program: ModuleType, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = program.store_of("opensearch", "documents")
    store.make(2)
    assert servers.mappings["vector"]["type"] == "knn_vector"
    servers.too_busy = 3
    store.put(points(5, 2))
    assert store.finish() == 5
    monkeypatch.setenv("STORE_KEY", "another")
    with pytest.raises(program.Refused, match="401"):
        program.store_of("elasticsearch", "documents").put(points(1, 2))
    assert os.environ["STORE_KEY"] == "another"
