"""Throughput estimates stand beside published measurements, all of them inside the stated band."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple, get_args

import pytest
import yaml

from bench.submissions import Half, Served, Trained, benchmarks, served_estimate, trained_estimate
from domain.models import Architecture, ModelCard
from domain.offers import Gpu
from domain.placement import Mode
from sizing.architecture import shape_of
from sizing.item_work import ITEM_BAND_HIGH, ITEM_BAND_LOW
from sizing.language_training import TRAINING_BAND_HIGH, TRAINING_BAND_LOW, LanguageTraining
from sizing.request import SizeRequest, asked_shape
from sizing.speeds import SpeedEngine
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


class Taught(NamedTuple):
    model: str
    gpu: str
    gpus: int
    mode: Mode
    sequence: int
    recompute: bool
    measured: float


def rows() -> Iterator[Row]:
    for block in PUBLISHED["measured"]:
        for row in block["rows"]:
            yield Row(block["gpu"], block["format"], *row)


def estimated(row: Row, gpu: Gpu, engine: SpeedEngine = "vllm") -> float:
    """Output tokens a second and GPU of a batch that is read and answered as one."""
    figures = dict(PUBLISHED["models"][row.model])
    params_b, active_b = figures.pop("params_b"), figures.pop("active_params_b", None)
    shape, speed = (
        shape_of(Architecture.model_validate(figures), params_b, active_b),
        speed_of(gpu, row.format_name, engine),
    )
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
    errors = [abs(estimated(row, starter_gpus[row.gpu], "tensorrt-llm") / row.measured - 1) for row in rows()]
    assert median(errors) < 0.15


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


def test_a_first_token_waits_for_the_prompts_of_others(starter_gpus: dict[str, Gpu]) -> None:
    shape, speed = shape_of(Architecture(), 70.0), speed_of(starter_gpus["A100-80GB"], "bf16")
    assert speed is not None
    alone, beside = (
        replica_rate(shape, speed, "bf16", 2.0, 4, 1, batch, 8192, 256, False).first_token_s for batch in (1, 16)
    )
    assert prefill_s(shape, speed, 4, 1, 8192) < alone < beside
    limit = (alone + beside) / 2
    within = replica_rate(shape, speed, "bf16", 2.0, 4, 1, 16, 8192, 256, True, 0.0, None, limit)
    assert within.first_token_s <= limit
    more = replica_rate(shape, speed, "bf16", 2.0, 4, 1, within.batch + 1, 8192, 256, False)
    assert more.first_token_s > limit


class Catalogue(NamedTuple):
    """What the starter catalogue ships: no shape is typed into these tests."""

    gpus: dict[str, Gpu]
    models: dict[str, ModelCard]


@pytest.fixture(scope="module")
def shipped(starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]) -> Catalogue:
    return Catalogue(starter_gpus, {model.key: model for model in starter_models})


def submitted(kind: str) -> list[Served]:
    """Offline results of the benchmarks of that kind: language, or the name of a benchmark."""
    rows = [
        Served(id_, submitter, benchmark, "Offline", gpu, gpus, format_name, engine, measured)
        for section in ("submitted", "open_division")
        for id_, submitter, benchmark, gpu, gpus, format_name, engine, measured in PUBLISHED[section]
    ]
    return [row for row in rows if kind in (row.benchmark, benchmarks().inference[row.benchmark].kind)]


def trained(kind: str) -> list[Trained]:
    rows = [Trained(*row) for row in PUBLISHED["trained"]]
    return [row for row in rows if kind in (row.benchmark, benchmarks().training[row.benchmark].kind)]


def served_error(row: Served, shipped: Catalogue, *, default: bool = False) -> float:
    estimate = served_estimate(row, shipped.gpus[row.gpu], shipped.models, "vllm" if default else None)
    assert estimate is not None
    return estimate / row.measured - 1


def trained_error(row: Trained, shipped: Catalogue, *, tuned: bool = True) -> float:
    estimate = trained_estimate(row, shipped.gpus[row.gpu], shipped.models, tuned=tuned)
    assert estimate is not None
    return estimate / row.minutes - 1


@pytest.mark.parametrize("half", get_args(Half))
def test_under_limits_of_latency_too(half: Half, shipped: Catalogue) -> None:
    rows = [Served(*row) for row in PUBLISHED["latency_bound"]]
    errors = [abs(served_error(row, shipped)) for row in rows if row.half == half]
    assert len(errors) >= 10
    assert median(errors) < 0.18
    assert max(errors) < 0.5


@pytest.mark.parametrize("half", get_args(Half))
def test_language_models_are_18_percent_off_at_the_median_and_none_by_half(half: Half, shipped: Catalogue) -> None:
    errors = [abs(served_error(row, shipped)) for row in submitted("language") if row.half == half]
    assert len(errors) >= 7
    assert median(errors) < 0.18
    assert max(errors) < 0.5


def test_the_default_engine_stays_under_tuned_ones_but_not_by_half(shipped: Catalogue) -> None:
    tuned = [row for row in submitted("language") if row.engine == "tensorrt-llm"]
    errors = [served_error(row, shipped, default=True) for row in tuned]
    assert min(errors) > -0.25
    assert max(errors) < 0


@pytest.mark.parametrize("benchmark", ["whisper", "stable-diffusion-xl", "retinanet", "dlrm-v2"])
def test_what_is_no_language_model_is_30_percent_off_at_most(benchmark: str, shipped: Catalogue) -> None:
    errors = [served_error(row, shipped) for row in submitted(benchmark)]
    assert median(abs(error) for error in errors) < 0.3
    assert all(ITEM_BAND_LOW < 1 / (1 + error) < ITEM_BAND_HIGH for error in errors)


@pytest.mark.parametrize("half", get_args(Half))
def test_training_hours_are_30_percent_off_at_most_at_the_median(half: Half, shipped: Catalogue) -> None:
    errors = [abs(trained_error(row, shipped)) for row in trained("language") if row.half == half]
    assert len(errors) >= 6
    assert median(errors) < 0.3


@pytest.mark.parametrize("row", [Taught(*row) for row in PUBLISHED["default_training"]], ids=str)
def test_hours_of_the_default_stack_are_30_percent_off_at_most(row: Taught, shipped: Catalogue) -> None:
    model, gpu, gpus, mode, sequence, recompute, measured = row
    request = SizeRequest(gpu=shipped.gpus[gpu], model=shipped.models[model], mode=mode)
    training = LanguageTraining(
        model, model, asked_shape(request), mode, 1e9, None, sequence=sequence, recompute=recompute
    )  # fmt: skip
    hours = training.hours_on(shipped.gpus[gpu], 8, gpus // 8)
    assert hours is not None
    assert 1e9 / (hours * 3600) / gpus == pytest.approx(measured, rel=0.3)


def test_what_was_trained_took_hours_within_the_band_of_the_plan(shipped: Catalogue) -> None:
    for row in trained("language"):
        of_estimate = 1 / (1 + trained_error(row, shipped, tuned=False))
        assert TRAINING_BAND_LOW < of_estimate < TRAINING_BAND_HIGH, row
    for row in trained("items"):
        assert ITEM_BAND_LOW < 1 / (1 + trained_error(row, shipped, tuned=False)) < ITEM_BAND_HIGH, row


def test_pictures_are_learnt_from_as_fast_as_memory_moves(shipped: Catalogue) -> None:
    errors = [abs(trained_error(row, shipped)) for row in trained("retinanet")]
    assert median(errors) < 0.3


def test_training_on_an_mi250x_reaches_what_frontier_measured(shipped: Catalogue) -> None:
    """arXiv 2312.12705: 38.4 % of the rate for 22B, 36.1 % for 175B, activations computed again."""
    card = shipped.models["meta-llama/Llama-3.1-70B-Instruct"]
    request = SizeRequest(gpu=shipped.gpus["MI250X"], model=card, mode="train")
    training = LanguageTraining("", "", asked_shape(request), "train", 1e9, None, recompute=True)
    hours = training.hours_on(shipped.gpus["MI250X"], 8, 1)
    assert hours is not None
    assert 6 * 70.55e9 * 1e9 / (hours * 3600 * 8 * 383e12) == pytest.approx(0.37, abs=0.03)
