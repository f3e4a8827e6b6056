"""What a plan can choose is what the pinned release of its engine supports: checked over the whole catalogue.

The rows are read again here, as files, so that a slip in the code that chooses among them cannot hide itself.
"""

import csv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from artifacts.engines import Engine, engine_of, image, vllm_flags
from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.candidates import candidates
from sizing.engines import OLDEST_NVIDIA, WITHOUT_IMAGES
from sizing.language_serving import LanguageServing
from sizing.precision import runnable_format
from sizing.request import SizeRequest, size
from sizing.served_models import recipe_of, recipes
from sizing.variants import SERVING_FALLBACKS, variants_of

SIZING = Path(__file__).parents[2] / "sizing"
SERVED = ("llm", "multimodal")
ASKED = (None, "nf4", "nvfp4", "mxfp4", "int4", "gptq", "q4_k_m")
"""Number formats that users ask for beside the ones that a plan falls back on."""


class Row(TypedDict, total=False):
    id: str
    name: str
    version: str
    vendor: str
    kind: str
    image: str
    oldest_nvidia: float
    newest_nvidia: float
    formats: dict[str, float]
    up_to: dict[str, float]
    kv_formats: list[str]


def rows() -> dict[str, Row]:
    """By what a proof calls them."""
    found: list[Row] = yaml.safe_load((SIZING / "engines.yaml").read_text(encoding="utf-8"))["releases"]
    return {f"{row['name']} {row['version']}" if row.get("version") else row["name"]: row for row in found}


@cache
def architectures() -> dict[str, set[str]]:
    with (SIZING / "engine_architectures.csv").open(encoding="utf-8", newline="") as file:
        return {row["architecture"]: set(row["vllm"].split()) for row in csv.DictReader(file)}


@cache
def classes() -> list[tuple[str, str]]:
    found = yaml.safe_load((SIZING / "model_classes.yaml").read_text(encoding="utf-8"))["classes"]
    return [(pattern, row["architecture"]) for row in found for pattern in row["keys"]]


def class_of(key: str) -> str | None:
    return next((name for pattern, name in classes() if fnmatchcase(key.lower(), pattern.lower())), None)


def as_numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def choices(
    models: tuple[ModelCard, ...], gpus: dict[str, Gpu], formats: tuple[str | None, ...] = ASKED
) -> Iterator[tuple[ModelCard, Gpu, LanguageServing]]:
    """Every language model in every number format that a plan tries, on every GPU that can be named."""
    for card in models:
        if card.domain not in SERVED:
            continue
        for asked in formats:
            spec = WorkloadSpec(task_type="inference", domain=card.domain, precision=asked)
            for candidate in candidates(spec, (card,)):
                if candidate.card is None:
                    continue
                if not candidate.is_language:  # an encoder is served without a KV cache
                    continue
                for variant in variants_of(spec, candidate):
                    assert isinstance(variant.footprint, LanguageServing)
                    for gpu in gpus.values():
                        yield card, gpu, variant.footprint


def test_every_choice_is_one_that_the_pinned_release_supports(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    by_label, served_by, checked = rows(), architectures(), 0
    known = {card.key: class_of(card.key) for card in starter_models}
    for card, gpu, footprint in choices(starter_models, starter_gpus):
        on_gpu = footprint._replicas.on(gpu)
        if on_gpu is None:
            continue
        row, where = by_label[on_gpu.engine.label], (card.key, footprint.format_name, gpu.name, on_gpu.engine.label)
        assert row.get("vendor", gpu.vendor) == gpu.vendor, where
        ran = runnable_format(gpu, footprint.format_name, strict=footprint.strict)
        assert ran in row["formats"], where
        if gpu.vendor == "nvidia":
            capability = gpu.compute_capability or 0.0
            assert row.get("oldest_nvidia", 0.0) <= capability <= row.get("newest_nvidia", 99.0), where
            assert row["formats"][ran] <= capability <= row.get("up_to", {}).get(ran, 99.0), where
        if row["kind"] == "vllm" and row.get("version"):
            assert row["version"] in served_by[known[card.key] or "unknown"], (*where, known[card.key])
            recipe = recipe_of(card.key)
            if recipe is not None and recipe.min_version != "nightly":
                assert as_numbers(row["version"]) >= as_numbers(recipe.min_version), where
        checked += 1
    assert checked > 20_000


def test_the_class_of_every_language_model_is_known(starter_models: tuple[ModelCard, ...]) -> None:
    unknown = [card.key for card in starter_models if card.domain in SERVED and class_of(card.key) is None]
    assert unknown == []


@pytest.mark.parametrize("gpu_count", [1, 2, 4, 8])
def test_copies_take_no_more_gpus_than_there_are(
    gpu_count: int, starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    cards = [card for card in starter_models if card.domain in SERVED]
    some = {name: starter_gpus[name] for name in ("L4", "A100-80GB", "H100-SXM", "B200-SXM", "MI300X")}
    for card, gpu, footprint in choices(tuple(cards[::12]), some, (None,)):
        for found in footprint.deployments(gpu, gpu_count, 1):
            assert found.tensor_parallel * found.pipeline_parallel * found.replicas <= gpu_count * found.nodes, card.key


def test_every_pinned_image_has_a_version() -> None:
    pinned = rows().values()
    versions = yaml.safe_load((SIZING / "library_versions.yaml").read_text(encoding="utf-8"))
    texts = [row["image"] for row in pinned if "image" in row] + [row["image"] for row in versions["images"].values()]
    texts += [versions["text_embeddings"]["cpu"], *(row["image"] for row in versions["text_embeddings"]["nvidia"])]
    for text in texts:
        repository, _, tag = text.rpartition(":")
        assert repository, text
        assert any(character.isdigit() for character in tag), text
        assert "latest" not in tag, text


def option(card: ModelCard, gpu: Gpu, footprint: LanguageServing) -> PlacementOption | None:
    deployment = footprint.deploy(gpu, 8, 1)
    if deployment is None:
        return None
    offer = Offer(
        key="a/b/c/on_demand", provider="a", instance_type="b", region="c", pricing="on_demand", gpu=gpu, gpu_count=8,
        price_per_hour_usd=1.0, source=card.source,
    )  # fmt: skip
    return PlacementOption(
        label="recommended", offer=offer, nodes=deployment.nodes, model=card, quantization=footprint.format_name,
        tensor_parallel=deployment.tensor_parallel, pipeline_parallel=deployment.pipeline_parallel,
        replicas=deployment.replicas, gpus=8, proof=footprint.proof(gpu, 8, deployment), price_per_hour_usd=1.0,
        hours_per_month=730, price_per_month_usd=730,
    )  # fmt: skip


def test_the_manifest_pins_the_release_that_the_proof_was_made_for(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    by_label, seen = rows(), set()
    some = {name: starter_gpus[name] for name in ("V100-32GB", "T4", "L40S", "H100-SXM", "B200-SXM", "MI300X")}
    cards = [card for card in starter_models if card.domain in SERVED]
    dropped = [card for card in cards if class_of(card.key) == "MllamaForConditionalGeneration"]
    for card, gpu, footprint in choices((*dropped, *cards[::12]), some, (None, "nf4")):
        placed = option(card, gpu, footprint)
        if placed is None or placed.proof is None:
            continue
        engine = engine_of(placed, WorkloadSpec(task_type="inference"))
        row = by_label[placed.proof.engine or ""]
        if engine is Engine.VLLM:
            assert image(engine, placed) == row["image"], (card.key, placed.quantization, gpu.name)
            seen.add(row["version"])
        else:
            assert row["kind"] == "pytorch", (card.key, engine)
    assert seen == {"0.31.0", "0.19.0", "0.10.2", "0.8.5.post1"}


def test_a_gpu_that_no_current_build_holds_is_offered_only_by_name() -> None:
    assert min(
        row["oldest_nvidia"] for row in rows().values() if row["kind"] == "vllm" and row.get("version") == "0.31.0"
        and "oldest_nvidia" in row
    ) == OLDEST_NVIDIA  # fmt: skip
    assert "T4G" in WITHOUT_IMAGES


def test_fallbacks_need_no_format_that_the_newest_release_lacks() -> None:
    newest = next(iter(rows().values()))
    assert set(SERVING_FALLBACKS) <= set(newest["formats"])


def test_the_recipes_arguments_reach_the_server(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    card = next(card for card in starter_models if card.key == "zai-org/GLM-5.1")
    for _, gpu, footprint in choices((card,), {"B200-SXM": starter_gpus["B200-SXM"]}):
        placed = option(card, gpu, footprint)
        if placed is not None:
            assert {"--trust-remote-code", "--tool-call-parser=glm47", "--reasoning-parser=glm45"} <= set(
                vllm_flags(placed)
            )
            return
    pytest.fail("it fits nowhere")


def test_a_kv_cache_is_kept_only_in_what_the_release_knows(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    card = next(card for card in starter_models if card.key == "Qwen/Qwen3-8B")
    asked = {"gpu": starter_gpus["H100-SXM"], "model": card, "kv_dtype": "nvfp4"}
    assert size(SizeRequest.model_validate(asked)).fits
    older = size(SizeRequest.model_validate({**asked, "engine": "vllm-0.19"}))
    assert not older.fits
    assert older.binding_constraint.startswith("engine: vLLM 0.19.0")


def test_a_layout_takes_no_more_gpus_than_were_said(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    card = next(card for card in starter_models if card.key == "Qwen/Qwen3-8B")
    with pytest.raises(InvalidInput, match="8 GPUs"):
        size(SizeRequest(gpu=starter_gpus["L4"], model=card, gpu_count=4, tensor_parallel=4, pipeline_parallel=2))


def test_quantised_checkpoints_that_are_rows_are_of_that_format_and_size(starter_models: tuple[ModelCard, ...]) -> None:
    by_key, named = {card.key: card for card in starter_models}, 0
    for recipe in recipes().recipes:
        base = by_key.get(recipe.key)
        for format_name, key in recipe.checkpoints.items():
            card = by_key.get(key)
            if base is None or card is None or not base.params_b or not card.params_b:
                continue
            assert card.native_dtype == format_name, key
            assert card.params_b == pytest.approx(base.params_b, rel=0.15), key
            named += 1
    assert named > 60


@pytest.mark.parametrize(
    ("key", "weights_gib"),
    [
        ("Inferact/Qwen3.8-27B-NVFP4", 24.6), ("Inferact/Muse-Glimmer-30B-NVFP4-W4A4", 23.67),
        ("moonshotai/Kimi-K2.6", 554.14), ("deepseek-ai/DeepSeek-V4-Flash-0731", 144.4),
    ],
)  # fmt: skip
def test_weights_are_those_that_the_engines_page_tells(
    key: str, weights_gib: float, starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    """vllm-project/recipes: 24.6 GiB, 25.42 GB and 595 GB on disk; what leaves attention in 16 bits is larger than its
    bits. DeepSeek V4's later releases are of the mixed format of the first."""
    card = next(card for card in starter_models if card.key == key)
    proof = size(SizeRequest(gpu=starter_gpus["B300-SXM"], model=card, context_tokens=1024))
    assert proof.weights_gib == pytest.approx(weights_gib, rel=0.01)


@pytest.mark.parametrize(("name", "runs"), [("H100-SXM", True), ("B200-SXM", False), ("RTX-5090", False),
                                            ("TPU-v5e", True), ("Gaudi3", False)])  # fmt: skip
def test_int8_runs_where_the_engine_has_its_kernels(name: str, runs: bool, starter_gpus: dict[str, Gpu]) -> None:
    """docs.vllm.ai: INT8 W8A8 from Turing to Hopper, not on compute capability 10 and above; on TPUs too."""
    proof = size(SizeRequest(gpu=starter_gpus[name], params_b=2.0, quantization="int8", context_tokens=1024))
    assert proof.fits is runs, proof.binding_constraint
