"""Hardware that nobody rents out (a Mac, a Jetson, a Radeon card): of the engines llama.cpp alone runs there."""

import pytest

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.workload import GpuRequirement, RequestedModel, Traffic, WorkloadSpec
from sizing.candidates import candidates
from sizing.constraints import OfferFilter
from sizing.engines import engine_serving
from sizing.enough import ways_on
from sizing.request import SizeRequest, size
from sizing.size_speed import serving_speed

DEVICES = ("M3-Ultra-512GB", "Jetson-AGX-Orin-64GB", "RX-7900-XTX", "Arc-Pro-B60", "Ryzen-AI-Max-395-128GB")


@pytest.mark.parametrize("name", DEVICES)
def test_no_release_of_vllm_is_put_on_a_device(name: str, starter_gpus: dict[str, Gpu]) -> None:
    for format_name in ("bf16", "fp16", "fp8", "awq", "nvfp4"):
        assert engine_serving(starter_gpus[name], format_name) is None
    found = engine_serving(starter_gpus[name], "q4_k_m")
    assert found is not None
    assert found.name == "llama.cpp"


@pytest.mark.parametrize("name", ["Gaudi3", "TPU-v6e", "Trainium2"])
def test_gguf_is_refused_where_llama_cpp_has_no_back_end(name: str, starter_gpus: dict[str, Gpu]) -> None:
    proof = size(SizeRequest(gpu=starter_gpus[name], params_b=8, dtype="q4_k_m"))
    assert not proof.fits


def test_a_mac_is_enough_in_the_formats_of_llama_cpp(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    """480B parameters in 4.9 bits are 292 GB, of which three quarters of 512 GB are left for the graphics."""
    spec = WorkloadSpec(
        task_type="inference", domain="llm", traffic=Traffic(concurrent_users=1),
        models=(RequestedModel(name="Qwen/Qwen3-Coder-480B-A35B-Instruct"),),
    )  # fmt: skip
    candidate = candidates(spec, starter_models)[0]
    found = ways_on(spec, candidate, starter_gpus["M3-Ultra-512GB"], 1)
    ways = {way.label: way.fits for way in found}
    assert len(ways) == len(found)
    assert ways["q4_k_m"]
    assert not ways["q8_0"]
    assert not ways["fp8"]


@pytest.mark.parametrize(
    ("gpu", "model", "dtype", "measured"),
    [
        ("GB10", "openai/gpt-oss-120b", "mxfp4", 59.0),
        ("M3-Ultra-512GB", "meta-llama/Llama-3.1-70B-Instruct", "q4_k_m", 12.0),
    ],
)
def test_one_user_gets_about_the_tokens_that_were_measured(
    gpu: str, model: str, dtype: str, measured: float,
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...],
) -> None:  # fmt: skip
    """GB10: vLLM 0.19, 57 to 60 tokens a second (conselara.dev, May 2026); M3 Ultra: the band of a plan."""
    card = next(card for card in starter_models if card.key == model)
    request = SizeRequest(gpu=starter_gpus[gpu], model=card, dtype=dtype)
    speed = serving_speed(request, size(request))
    assert speed is not None
    assert speed.low <= measured <= speed.high


def test_a_card_that_does_not_compute_in_a_format_is_not_short_of_memory(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = WorkloadSpec(task_type="inference", domain="llm", models=(RequestedModel(name="Qwen/Qwen3-8B"),))
    candidate = candidates(spec, starter_models)[0]
    (asked, *_) = ways_on(spec, candidate, starter_gpus["P40"], 1)
    assert not asked.fits
    assert asked.short_gb < 0
    assert not asked.computes
    training = spec.model_copy(update={"task_type": "fine_tuning"})
    candidate = candidates(training, starter_models)[0]
    assert all(way.computes for way in ways_on(training, candidate, starter_gpus["L40S"], 1))


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"domain": "image_generation", "task_type": "inference"}, True),
        ({"domain": "speech", "task_type": "batch_inference"}, True),
        ({"domain": "llm", "task_type": "inference"}, False),
        ({"domain": "embeddings", "task_type": "inference"}, False),
        ({"domain": "vision", "task_type": "training"}, False),
        ({"domain": "speech", "task_type": "inference", "gpu": GpuRequirement(vendors=("amd",))}, False),
        ({"domain": "speech", "task_type": "inference", "gpu": GpuRequirement(excluded_vendors=("nvidia",))}, False),
    ],
)
def test_amd_is_used_where_its_images_are_published_or_where_it_is_asked_for(
    asked: dict[str, object], refused: bool, starter_offers: tuple[Offer, ...]
) -> None:
    """Pictures and speech have their programs for NVIDIA's GPUs."""
    offer = next(
        offer for offer in starter_offers
        if offer.gpu is not None and offer.gpu.name == "MI300X" and offer.price_per_hour_usd is not None
    )  # fmt: skip
    assert OfferFilter(WorkloadSpec.model_validate(asked)).refuses(offer) is refused
