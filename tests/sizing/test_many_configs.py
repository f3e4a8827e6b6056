"""Every configuration of a collection is read, or refused with a reason; skipped where none is at hand.

MODEL_CONFIGS names a file of JSON lines, gzipped or not, each {"model_id", "kind", "config"}: the config.json
of a model, and of kind "quantization" the settings beside it.
"""

import gzip
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from domain.errors import InvalidInput
from sizing.architecture import shape_of
from sizing.memory import sequence_kv_bytes
from sizing.model_config import architecture_from_config

COLLECTION = os.environ.get("MODEL_CONFIGS")
BILLIONS = {"B": 1.0, "T": 1000.0}
LONG = 1_048_576


class Collected(NamedTuple):
    model_id: str
    config: dict[str, object]
    quantization: dict[str, object] | None


def collected() -> list[object]:
    if COLLECTION is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason="MODEL_CONFIGS is not set"))]
    path = Path(COLLECTION)
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [json.loads(line) for line in text.splitlines()]
    beside = {row["model_id"]: row["config"] for row in rows if row["kind"] == "quantization"}
    found = [Collected(r["model_id"], r["config"], beside.get(r["model_id"])) for r in rows if r["kind"] == "config"]
    return [pytest.param(row, id=row.model_id) for row in found]


SIZES = yaml.safe_load(Path(__file__).with_name("known_sizes.yaml").read_text())


def known(model_id: str) -> dict[str, object]:
    """What is known of the model beside its name: the first pattern that its id has."""
    return next((row for row in SIZES["models"] if re.search(row["id"], model_id)), {})


def named_size(model_id: str) -> float | None:
    found = re.search(r"(?<![A-Za-z0-9])(\d+(?:\.\d+)?)([BT])(?![A-Za-z0-9])", model_id)
    return float(found[1]) * BILLIONS[found[2]] if found else None


@pytest.mark.parametrize("row", collected())
def test_parameters_are_those_of_the_name_or_refused(row: Collected) -> None:
    try:
        figures = architecture_from_config(row.config, row.quantization)
    except InvalidInput as refused:
        pytest.skip(f"refused: {refused}")
    told = known(row.model_id).get("params_b") or named_size(row.model_id)
    assert told, f"nothing is known of {row.model_id}: add it to known_sizes.yaml"
    assert figures.params_b == pytest.approx(told, rel=0.03)
    assert figures.native_dtype is not None


@pytest.mark.parametrize("row", collected())
def test_caches_are_those_of_the_layers(row: Collected) -> None:
    figures = architecture_from_config(row.config, row.quantization)
    shape = shape_of(figures.architecture, figures.params_b, figures.active_params_b)
    layers = known(row.model_id).get("layers")
    assert isinstance(layers, list), f"the layers of {row.model_id} are not in known_sizes.yaml"
    states = sum(cache.layers * cache.state_bytes for cache in shape.caches)
    kept = sum(number * values * min(LONG, *window, LONG) for number, values, *window in layers)
    assert sequence_kv_bytes(shape, LONG, 2) - states == pytest.approx(kept * 2)
