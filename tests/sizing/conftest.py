"""The starter catalogue read straight from its files, so that sizing can be tested without a database."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.base import Source
from domain.models import ModelCard
from domain.offers import Gpu, Offer

STARTER = Path(__file__).parents[2] / "catalog" / "starter"


def _rows(path: Path) -> Iterator[dict[str, str | None]]:
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            yield {name: value or None for name, value in row.items()}


def _sources(folder: str) -> dict[str | None, Source]:
    return {
        row["source_id"]: Source.model_validate({"name": row["name"], "url": row["url"], "as_of": row["as_of"]})
        for row in _rows(STARTER / folder / "sources.csv")
    }


@pytest.fixture(scope="session")
def starter_gpus() -> dict[str, Gpu]:
    sources = _sources("compute")
    found = {}
    for row in _rows(STARTER / "compute" / "gpus.csv"):
        source, aliases = sources[row.pop("source_id")], tuple(filter(None, (row.pop("aliases") or "").split("|")))
        gpu = Gpu.model_validate(
            {k: v for k, v in row.items() if v is not None} | {"aliases": aliases, "source": source}
        )
        found[gpu.name] = gpu
    return found


@pytest.fixture(scope="session")
def starter_offers(starter_gpus: dict[str, Gpu]) -> tuple[Offer, ...]:
    sources, gpus = _sources("compute"), starter_gpus
    regions = {(r["provider"], r["region"]): r for r in _rows(STARTER / "compute" / "regions.csv")}
    sellers = {r["provider"]: r["seller"] for r in _rows(STARTER / "compute" / "providers.csv")}
    found = []
    for row in _rows(STARTER / "compute" / "offers.csv"):
        place = regions[row["provider"], row["region"]]
        found.append(Offer.model_validate({
            **{k: v for k, v in row.items() if v is not None and k not in ("gpu", "source_id")},
            "seller": row["seller"] or sellers[row["provider"]],
            "key": "/".join(str(row[k]) for k in ("provider", "instance_type", "region", "pricing")),
            "country": place["country"],
            "jurisdictions": tuple(filter(None, (place["jurisdictions"] or "").split("|"))),
            "gpu": gpus[row["gpu"]] if row["gpu"] else None,
            "source": sources[row["source_id"]],
        }))  # fmt: skip
    return tuple(found)


@pytest.fixture(scope="session")
def starter_models() -> tuple[ModelCard, ...]:
    sources = _sources("models")
    found = []
    for line in (STARTER / "models" / "models.jsonl").read_text().splitlines():
        row = json.loads(line)
        row.pop("card", None)
        found.append(ModelCard.model_validate(row | {"source": sources[row.pop("source_id")]}))
    return tuple(found)
