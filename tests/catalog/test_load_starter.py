"""Loading the starter catalogue: whole or not at all, once, and what it says about itself."""

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog.embedder import load_embedder
from catalog.load import ensure_starter
from catalog.services import service_prices
from catalog.snapshot import catalog_ref, snapshots, verify_vectors
from catalog.starter import STARTER
from catalog.vectors import Vectors
from catalog.vocabulary import load_vocabulary
from database import Database
from domain.errors import CatalogEmpty, CatalogMismatch, ImportRefused
from settings import Settings
from tools import compute, models


class OtherEmbedder:
    """Another one, for the mismatch."""

    name = "other"
    dim = 256

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), 256), 1 / 16, dtype=np.float32)


@pytest.fixture(scope="module")
async def fresh(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A migrated database without a catalogue, for this module alone."""
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("fresh")})
    async with await Database.open(settings) as opened:
        yield opened


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A starter catalogue of one's own to spoil."""
    return Path(shutil.copytree(STARTER, tmp_path / "starter"))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def second_row(path: Path) -> list[str]:
    return path.read_text().splitlines()[1].split(",")


async def test_an_empty_database_says_what_to_run(fresh: Database) -> None:
    with pytest.raises(CatalogEmpty) as caught:
        await catalog_ref(fresh)
    assert "stack8s migrate" in caught.value.remedy


async def test_it_is_loaded_once_and_again_only_where_a_file_changed(fresh: Database, starter: Path) -> None:
    seen: list[str] = []
    loaded = await ensure_starter(fresh, folder=starter, progress=lambda what, done, of: seen.append(what))
    assert loaded == ("compute", "models", "charts", "hosted")
    assert "embedding" in seen
    reference = await catalog_ref(fresh)
    assert min(reference.offers, reference.models, reference.packages) >= 80

    assert await ensure_starter(fresh, folder=starter) == ()
    replace_in(starter / "charts" / "charts.yaml", "description: ", "description: Also ")
    assert await ensure_starter(fresh, folder=starter) == ("charts",)
    changed = await catalog_ref(fresh)
    assert changed.packages == reference.packages
    assert changed.fingerprint != reference.fingerprint


async def test_the_fingerprint_does_not_know_when_it_was_loaded(fresh: Database) -> None:
    await ensure_starter(fresh)
    before = await catalog_ref(fresh)
    loaded_at = [item.loaded_at for item in await snapshots(fresh)]
    async with fresh.connection() as connection:
        await connection.execute("UPDATE catalog.snapshots SET sha256 = 'forces a new load'")
    await ensure_starter(fresh)
    assert [item.loaded_at for item in await snapshots(fresh)] != loaded_at
    assert await catalog_ref(fresh) == before


@pytest.mark.parametrize(
    ("file", "column", "value", "says"),
    [
        ("compute/offers.csv", "price_per_hour_usd", "0", "price of zero"),
        ("compute/offers.csv", "price_per_hour_usd", "nan", "no number"),
        ("compute/offers.csv", "price_per_hour_usd", "cheap", "price_per_hour_usd"),
        ("compute/offers.csv", "gpu", "H9000", "unknown GPU"),
        ("compute/offers.csv", "region", "atlantis", "unknown region"),
        ("compute/offers.csv", "source_id", "hearsay", "unknown source"),
        ("compute/gpus.csv", "memory_gb", "0", "no memory"),
        ("compute/gpus.csv", "memory_gb", "", "memory_gb"),
        ("compute/services.csv", "provider", "nobody", "unknown provider"),
    ],
)
async def test_a_wrong_cell_is_refused_by_file_and_row_and_nothing_is_stored(
    fresh: Database, starter: Path, file: str, column: str, value: str, says: str
) -> None:
    await ensure_starter(fresh)
    before = await catalog_ref(fresh)
    path = starter / file
    lines = path.read_text().splitlines()
    plain = next(index for index, line in enumerate(lines) if index and '"' not in line)
    cells = lines[plain].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[plain] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ImportRefused, match=says) as caught:
        await ensure_starter(fresh, folder=starter)
    assert f"{file}, row {plain + 1} " in caught.value.message
    assert await catalog_ref(fresh) == before


async def test_spot_above_on_demand_is_refused(fresh: Database, starter: Path) -> None:
    offers = starter / "compute" / "offers.csv"
    provider, name, region, _, *rest, price, kind, seller, source = second_row(offers)
    dear = ",".join([provider, name, region, "spot", *rest, str(float(price) + 1), kind, seller, source])
    lines = [
        line for line in offers.read_text().splitlines() if not line.startswith(f"{provider},{name},{region},spot")
    ]
    offers.write_text("\n".join([*lines, dear]) + "\n")
    with pytest.raises(ImportRefused, match="above on-demand"):
        await ensure_starter(fresh, folder=starter)


@pytest.mark.parametrize(
    "file", ["compute/offers.csv", "compute/gpus.csv", "compute/regions.csv", "models/models.jsonl"]
)
async def test_a_row_that_is_there_twice_is_refused(fresh: Database, starter: Path, file: str) -> None:
    path = starter / file
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    with pytest.raises(ImportRefused, match="two rows for"):
        await ensure_starter(fresh, folder=starter)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("compute/offers.csv", "<html></html>", "must have the columns"),
        ("compute/gpus.csv", "name,family\nA,B\n", "must have the columns"),
        ("models/models.jsonl", '{"key": "a/b"', "not JSON"),
        ("models/models.jsonl", "[1]", "not an object"),
        ("charts/charts.yaml", "<html></html>", "not a list"),
        ("charts/charts.yaml", "- [a", "cannot be read as YAML"),
    ],
)
async def test_a_file_that_is_something_else_is_refused(
    fresh: Database, starter: Path, file: str, content: str, says: str
) -> None:
    (starter / file).write_text(content)
    with pytest.raises(ImportRefused, match=says):
        await ensure_starter(fresh, folder=starter)


async def test_a_catalogue_of_another_origin_is_left_alone_and_searched(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path})
    async with await Database.open(settings) as other:
        async with other.connection() as connection:
            await connection.execute(
                "INSERT INTO cloud.instances (provider, instance_type, region, price_per_hour_usd)"
                " VALUES ('mine', 'box', 'cellar', 0.5)"
            )
        assert await ensure_starter(other) == ("models", "charts", "hosted")
        found = await compute.lookup(["mine/box/cellar/on_demand"], other)
        assert [(offer.provider, offer.country, offer.price_per_hour_usd) for offer in found] == [("mine", None, 0.5)]


async def test_vectors_of_another_embedder_are_an_error_that_names_the_command(fresh: Database) -> None:
    await ensure_starter(fresh)
    await verify_vectors(fresh, load_embedder())
    with pytest.raises(CatalogMismatch) as caught:
        await verify_vectors(fresh, OtherEmbedder())
    assert "stack8s catalog embed" in caught.value.remedy


async def test_a_price_that_changes_in_the_table_changes_in_the_answer(fresh: Database) -> None:
    await ensure_starter(fresh)
    async with fresh.connection() as connection:
        cursor = await connection.execute(
            "SELECT key FROM cloud.instances WHERE price_per_hour_usd IS NOT NULL LIMIT 1"
        )
        row = await cursor.fetchone()
        assert row is not None
        await compute.lookup([row["key"]], fresh)
        await connection.execute("UPDATE cloud.instances SET price_per_hour_usd = 777 WHERE key = %s", (row["key"],))
    assert [offer.price_per_hour_usd for offer in await compute.lookup([row["key"]], fresh)] == [777]


async def test_every_model_card_can_be_found_by_its_pieces(database: Database) -> None:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT model_id FROM hf.models WHERE model_id NOT IN (SELECT model_id FROM hf.model_chunks)"
        )
        assert await cursor.fetchall() == []


async def test_the_vocabulary_has_every_name_in_key_order(database: Database) -> None:
    vocabulary = await load_vocabulary(database)
    assert {"aws", "gcp", "azure", "lambda", "runpod"} <= {term.name for term in vocabulary.providers}
    assert "Amazon Web Services" in next(term.aliases for term in vocabulary.providers if term.name == "aws")
    keys = [model.key for model in vocabulary.models]
    assert keys == sorted(keys)
    assert [gpu.name for gpu in vocabulary.gpus] == sorted(gpu.name for gpu in vocabulary.gpus)
    assert {model.key for model in await models.lookup(keys, database)} == set(keys)


async def test_a_provider_has_its_service_prices_with_their_sources(database: Database) -> None:
    prices = await service_prices(database, "aws")
    assert {"block_storage", "egress"} <= {price.kind for price in prices}
    assert all(price.source.name and price.price_usd >= 0 for price in prices)
    assert await service_prices(database, "nobody") == ()
