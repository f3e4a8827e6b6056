"""Embedding every card anew: with another embedder, after being killed, and by the workers of a cluster."""

import hashlib
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from catalog.dask_workers import dask_workers
from catalog.embedder import load_embedder
from catalog.embedding import BATCH, ThisProcess
from catalog.load import ensure_starter
from catalog.reembed import reembed
from catalog.snapshot import verify_vectors
from catalog.vectors import Vectors
from database import Database
from domain.errors import ArchitectError, CatalogMismatch
from domain.queries import ModelQuery
from settings import Settings, settings
from tools import models

CHUNKER = settings().hf_chunker_version
OURS = ThisProcess(load_embedder(), CHUNKER)


class Hashing:
    """Another embedder, which counts the texts; it is killed after `until` of them."""

    name = "hashing"
    dim = 256

    def __init__(self, until: int = 10**9) -> None:
        self.encoded = 0
        self.until = until

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.encoded + len(texts) > self.until:
            raise InterruptedError("killed")
        self.encoded += len(texts)
        digests = [np.frombuffer(hashlib.shake_256(text.encode()).digest(256), np.uint8) for text in texts]
        return np.stack(digests).astype(np.float32)


@pytest.fixture(scope="module")
async def catalogue(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """The starter catalogue in a database of this module's own."""
    own = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("reembedded")})
    async with await Database.open(own) as database:
        await ensure_starter(database)
        yield database


async def in_service(database: Database) -> list[tuple[str, str, str]]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT chunk_id, content, embedding::text AS vector FROM hf.card_chunks ORDER BY chunk_id"
        )
        return [(row["chunk_id"], row["content"], row["vector"]) for row in await cursor.fetchall()]


async def staged(database: Database) -> int:
    async with database.connection() as connection:
        (row,) = await (await connection.execute("SELECT count(*) AS rows FROM catalog.staged_chunks")).fetchall()
        return int(row["rows"])


async def test_another_embedder_takes_the_place_of_the_one_in_service_and_gives_it_back(catalogue: Database) -> None:
    before = await in_service(catalogue)
    other = Hashing()
    assert await reembed(catalogue, ThisProcess(other, CHUNKER)) == other.encoded == len(before)
    await verify_vectors(catalogue, other)
    with pytest.raises(CatalogMismatch):
        await verify_vectors(catalogue, load_embedder())
    after = await in_service(catalogue)
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert all(new[2] != old[2] for new, old in zip(after, before, strict=True))

    await reembed(catalogue, OURS)
    assert await in_service(catalogue) == before
    found = await models.search(ModelQuery(text="segmentation of tumours in MRI scans"), catalogue)
    assert found.status == "ok"


async def test_one_that_is_killed_leaves_what_stands_and_goes_on_where_it_stopped(catalogue: Database) -> None:
    before = await in_service(catalogue)
    first, second = Hashing(until=len(before) - 1), Hashing()
    with pytest.raises(InterruptedError):
        await reembed(catalogue, ThisProcess(first, CHUNKER))
    assert await in_service(catalogue) == before
    await verify_vectors(catalogue, load_embedder())
    assert await staged(catalogue) == first.encoded > BATCH

    assert await reembed(catalogue, ThisProcess(second, CHUNKER)) == first.encoded + second.encoded == len(before)
    assert await staged(catalogue) == 0
    await reembed(catalogue, OURS)


async def test_two_workers_of_a_dask_cluster_make_the_same_vectors(catalogue: Database) -> None:
    before = await in_service(catalogue)
    seen: list[int] = []
    async with dask_workers(load_embedder().name, CHUNKER, count=2) as workers:
        pieces = await reembed(catalogue, workers, lambda what, done, of: seen.append(done))
    assert pieces == len(before)
    assert await in_service(catalogue) == before
    assert len(seen) > 2


async def test_a_scheduler_that_is_not_there_is_an_error_that_says_how_to_start_one() -> None:
    with pytest.raises(ArchitectError) as missing:
        async with dask_workers(load_embedder().name, CHUNKER, scheduler="tcp://127.0.0.1:9", timeout_s=0.2):
            pass
    assert "tcp://127.0.0.1:9" in missing.value.message
    assert "dask scheduler" in missing.value.remedy
