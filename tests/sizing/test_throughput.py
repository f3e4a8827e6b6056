"""Throughput estimates stand beside published measurements, all of them inside the stated band."""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from domain.models import Architecture
from domain.offers import Gpu
from sizing.architecture import shape_of
from sizing.throughput import BAND_HIGH, BAND_LOW, decode_step_s, prefill_s, replica_rate, speed_of

PUBLISHED = yaml.safe_load((Path(__file__).parent / "throughput.yaml").read_text())


class Row(NamedTuple):
    gpu: str
    format_name: str
    model: str
    batch: int
    tensor_parallel: int
    input_tokens: int
    output_tokens: int
    measured: float


def rows() -> Iterator[Row]:
    for block in PUBLISHED["measured"]:
        for row in block["rows"]:
            yield Row(block["gpu"], block["format"], *row)


def estimated(row: Row, gpu: Gpu) -> float:
    """Output tokens a second and GPU of a batch that is read and answered as one."""
    figures = dict(PUBLISHED["models"][row.model])
    params_b, active_b = figures.pop("params_b"), figures.pop("active_params_b", None)
    shape, speed = shape_of(Architecture.model_validate(figures), params_b, active_b), speed_of(gpu, row.format_name)
    assert speed is not None
    kv_bytes = 1.0 if row.format_name == "fp8" else 2.0
    context = row.input_tokens + row.output_tokens // 2
    step = decode_step_s(shape, speed, row.format_name, kv_bytes, row.tensor_parallel, 1, row.batch, context)
    reading = row.batch * prefill_s(shape, speed, row.tensor_parallel, 1, row.input_tokens)
    return row.batch * row.output_tokens / (row.output_tokens * step + reading) / row.tensor_parallel


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: "-".join(str(part) for part in row[:7]))
def test_the_measurement_lies_in_the_band(row: Row, starter_gpus: dict[str, Gpu]) -> None:
    estimate = estimated(row, starter_gpus[row.gpu])
    assert estimate * BAND_LOW <= row.measured <= estimate * BAND_HIGH


def test_half_of_the_estimates_are_within_15_percent(starter_gpus: dict[str, Gpu]) -> None:
    errors = [abs(estimated(row, starter_gpus[row.gpu]) / row.measured - 1) for row in rows()]
    assert statistics.median(errors) < 0.15


def test_interactive_use_answers_faster_than_people_read(starter_gpus: dict[str, Gpu]) -> None:
    shape, speed = shape_of(Architecture(), 70.0), speed_of(starter_gpus["A100-80GB"], "bf16")
    assert speed is not None
    free = replica_rate(shape, speed, "bf16", 2.0, 4, 1, 256, 1024, 256, False)
    read = replica_rate(shape, speed, "bf16", 2.0, 4, 1, 256, 1024, 256, True)
    assert free.tokens_per_s_per_user < 10 <= read.tokens_per_s_per_user
    assert read.batch < free.batch


def test_as_many_are_served_at_once_as_keep_the_pace(starter_gpus: dict[str, Gpu]) -> None:
    shape, speed = shape_of(Architecture(), 70.0), speed_of(starter_gpus["A100-80GB"], "bf16")
    assert speed is not None
    most = replica_rate(shape, speed, "bf16", 2.0, 4, 1, 256, 1024, 256, True, 15.0).batch
    each = [
        replica_rate(shape, speed, "bf16", 2.0, 4, 1, batch, 1024, 256, False).tokens_per_s_per_user
        for batch in (most, most + 1)
    ]
    assert each[1] < 15.0 <= each[0]
