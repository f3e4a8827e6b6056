"""The arithmetic meets every measured and published figure of reference.yaml, by shipped row and by config.json."""

from pathlib import Path
from typing import Literal, NotRequired, TypedDict

import pytest
import yaml

from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import MemoryProof, Mode
from sizing.architecture import Shape, card_shape, tensor_parallel_allowed
from sizing.memory import GIB, kv_bytes_per_token, sequence_kv_bytes, weight_bytes
from sizing.request import SizeRequest, size
from sizing.training import training_states_gib
from tests.sizing.configured import figures_of, shape_of_config

H100 = Gpu(
    name="H100-SXM", family="H100", vendor="nvidia", compute_capability=9.0, memory_gb=80, usable_gib=79.18,
    memory_bandwidth_gb_s=3350, tflops_bf16=989, tflops_fp16=989, tflops_fp8=1979, link="nvlink", link_gb_s=900,
)  # fmt: skip


class Point(TypedDict):
    id: str
    source: str
    model: NotRequired[str]
    gpu: NotRequired[str]
    quantization: NotRequired[str]
    engine: NotRequired[str]
    memory_fraction: NotRequired[float]
    context: NotRequired[int]
    tensor_parallel: NotRequired[int]
    pipeline_parallel: NotRequired[int]
    weights_gib: NotRequired[float]
    kv_cache_gib: NotRequired[float]
    fits: NotRequired[bool]
    tolerance: NotRequired[float]
    bytes: NotRequired[int]
    gib: NotRequired[float]
    heads: NotRequired[int]
    kv_heads: NotRequired[int]
    allowed: NotRequired[bool]
    gpus: NotRequired[int]
    zero: NotRequired[int]
    mode: NotRequired[Mode]
    least: NotRequired[float]
    most: NotRequired[float]


REFERENCE = yaml.safe_load((Path(__file__).parent / "reference.yaml").read_text())


Way = Literal["row", "config"]


def points(section: str) -> list[object]:
    return [pytest.param(point, id=point["id"]) for point in REFERENCE[section]]


both_ways = pytest.mark.parametrize("way", ["row", "config"])


@pytest.fixture(scope="module")
def rows(starter_models: tuple[ModelCard, ...]) -> dict[str, ModelCard]:
    by_key = {model.key: model for model in starter_models}
    return {name: by_key[key] for name, key in REFERENCE["rows"].items()}


def shape_by(way: Way, name: str, rows: dict[str, ModelCard]) -> Shape:
    shape = card_shape(rows[name]) if way == "row" and name in rows else shape_of_config(name)
    assert shape is not None
    return shape


def asked(way: Way, name: str, rows: dict[str, ModelCard], **options: object) -> SizeRequest:
    """By the shipped row, or by the figures of a config.json; a model without a row is asked by its config."""
    if way == "row" and name in rows:
        return SizeRequest.model_validate({"gpu": H100, "model": rows[name], **options})
    figures = figures_of(name)
    return SizeRequest.model_validate({
        "gpu": H100, "params_b": figures.params_b, "active_params_b": figures.active_params_b,
        "architecture": figures.architecture, "native_dtype": figures.native_dtype, **options,
    })  # fmt: skip


def served(way: Way, point: Point, rows: dict[str, ModelCard]) -> MemoryProof:
    return size(asked(
        way, point["model"], rows, quantization=point["quantization"], memory_fraction=point["memory_fraction"],
        context_tokens=point["context"], tensor_parallel=point.get("tensor_parallel", 1),
        pipeline_parallel=point.get("pipeline_parallel", 1), engine=point.get("engine"),
    ))  # fmt: skip


@both_ways
@pytest.mark.parametrize("point", points("serving"))
def test_serving_memory_is_what_vllm_measured(way: Way, point: Point, rows: dict[str, ModelCard]) -> None:
    proof = served(way, point, rows)
    if "fits" in point:
        assert proof.fits is point["fits"]
    if "weights_gib" in point:
        assert proof.weights_gib == pytest.approx(point["weights_gib"], rel=point["tolerance"])
    if "kv_cache_gib" in point:
        assert proof.fits
        assert proof.kv_cache_gib == pytest.approx(point["kv_cache_gib"], rel=point["tolerance"])


@both_ways
@pytest.mark.parametrize("point", points("kv_bytes_per_token"))
def test_kv_bytes_per_token_are_exact(way: Way, point: Point, rows: dict[str, ModelCard]) -> None:
    shape = shape_by(way, point["model"], rows)
    assert kv_bytes_per_token(shape, 2, point.get("tensor_parallel", 1)) == point["bytes"]


@both_ways
def test_kv_cache_of_8192_tokens_of_llama_8b_is_one_gib(way: Way, rows: dict[str, ModelCard]) -> None:
    """b8: llmfit's tests."""
    assert sequence_kv_bytes(shape_by(way, "llama-3.1-8b", rows), 8192, 2) == GIB


@both_ways
@pytest.mark.parametrize("point", points("weights_gib"))
def test_weights_are_those_of_the_checkpoint(way: Way, point: Point, rows: dict[str, ModelCard]) -> None:
    weights = weight_bytes(shape_by(way, point["model"], rows), point["quantization"]) / GIB
    assert weights == pytest.approx(point["gib"], rel=point["tolerance"])


@pytest.mark.parametrize("point", points("tensor_parallel"))
def test_heads_decide_over_tensor_parallelism(point: Point) -> None:
    assert tensor_parallel_allowed(point["heads"], point["kv_heads"], point["tensor_parallel"]) is point["allowed"]


@pytest.mark.parametrize("point", points("training_states_gib"))
def test_sharded_training_states_are_deepspeeds(point: Point, rows: dict[str, ModelCard]) -> None:
    proof = size(asked("config", point["model"], rows, mode="train", gpu_count=point["gpus"], zero=point["zero"]))
    states = proof.weights_gib + proof.gradients_gib + proof.optimizer_gib
    assert states == pytest.approx(point["gib"], rel=point["tolerance"])


def test_one_gpu_trains_at_18_bytes_a_parameter() -> None:
    """t3: Hugging Face, model training anatomy."""
    assert sum(training_states_gib(1e9, gpus=1, zero_stage=0)) * GIB == pytest.approx(18e9)


@both_ways
@pytest.mark.parametrize("point", points("training_total_gb"))
def test_training_totals_stand_beside_published_requirements(
    way: Way, point: Point, rows: dict[str, ModelCard]
) -> None:
    total_gib = size(asked(way, point["model"], rows, mode=point["mode"])).total_gib
    assert point["least"] <= total_gib * GIB / 1e9 <= point["most"]


@pytest.mark.parametrize("point", points("usable_gib"))
def test_usable_memory_is_what_the_driver_reports(point: Point, starter_gpus: dict[str, Gpu]) -> None:
    assert starter_gpus[point["gpu"]].usable_gib == pytest.approx(point["gib"], rel=point["tolerance"])
