"""`size` answers for one GPU, whatever is said or left out."""

import pytest

from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import Mode
from sizing.architecture import card_shape, parameter_count_b
from sizing.memory import weight_bytes
from sizing.request import SizeRequest, size
from sizing.size_speed import serving_speed


def test_a_parameter_count_alone_is_enough_and_says_what_it_assumed(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(SizeRequest(gpu=starter_gpus["A100-80GB"], params_b=13.0))
    assert proof.fits
    assert proof.weights_gib == pytest.approx(26e9 / 2**30, rel=0.01)
    assert any("interpolated between" in line.formula for line in proof.lines)


@pytest.mark.parametrize(("text", "billions"), [("13B", 13.0), ("350M", 0.35), ("1.5T", 1500.0), ("7 billion", 7.0)])
def test_parameter_counts_are_read_as_people_write_them(text: str, billions: float) -> None:
    assert parameter_count_b(text) == pytest.approx(billions)


def test_a_name_is_not_a_parameter_count() -> None:
    assert parameter_count_b("llama") is None


def test_the_sum_is_what_the_lines_say(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(SizeRequest(gpu=starter_gpus["L40S"], params_b=8.0, context_tokens=4096, concurrency=4))
    values = {line.label: line.value for line in proof.lines}
    asked = values["KV cache asked"]
    assert asked == pytest.approx(4 * 4096 * proof.kv_bytes_per_token / 2**30)
    assert proof.total_gib == pytest.approx(
        values["Weights"]
        + values["Activations at the profiling peak"]
        + values["Runtime outside the allocator"]
        + asked
    )


def test_the_longest_context_fits_and_one_token_more_does_not(starter_gpus: dict[str, Gpu]) -> None:
    request = SizeRequest(gpu=starter_gpus["L4"], params_b=8.0, concurrency=2)
    longest = size(request).max_context
    assert longest is not None
    assert size(request.model_copy(update={"context_tokens": longest})).fits
    assert not size(request.model_copy(update={"context_tokens": longest + 1})).fits


def test_the_largest_concurrency_fits_and_one_more_does_not(starter_gpus: dict[str, Gpu]) -> None:
    request = SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=8.0, context_tokens=8192)
    most = size(request).max_concurrency
    assert most is not None
    assert size(request.model_copy(update={"concurrency": most})).fits
    assert not size(request.model_copy(update={"concurrency": most + 1})).fits


def test_all_gpus_are_used_when_no_layout_is_said(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=70.0, gpu_count=4))
    assert (proof.tensor_parallel, proof.pipeline_parallel) == (4, 1)


@pytest.mark.parametrize(
    ("gpu", "dtype", "fits"),
    [
        ("T4", "bf16", False),
        ("T4", None, True),
        ("T4", "fp8", False),
        ("A100-80GB", "fp8", True),
        ("A100-80GB", "nvfp4", True),
        ("L4", "fp8", True),
        ("H100-SXM", "awq", True),
    ],
)
def test_a_gpu_without_the_kernels_is_said_not_to_fit(
    gpu: str, dtype: str | None, fits: bool, starter_gpus: dict[str, Gpu]
) -> None:
    proof = size(SizeRequest(gpu=starter_gpus[gpu], params_b=3.0, dtype=dtype, context_tokens=2048))
    assert proof.fits is fits
    assert fits or "precision" in proof.binding_constraint


def test_weights_that_are_read_alone_are_multiplied_in_sixteen_bits(starter_gpus: dict[str, Gpu]) -> None:
    """FP8 W8A16 on Ampere (docs.vllm.ai): half the memory of bf16, a prompt no faster."""
    narrow, wide = (SizeRequest(gpu=starter_gpus["A100-80GB"], params_b=8.0, dtype=dtype) for dtype in ("fp8", "bf16"))
    assert size(narrow).weights_gib < 0.6 * size(wide).weights_gib
    assert any("multiplied in 16 bits" in line.formula for line in size(narrow).lines)
    speeds = [serving_speed(request, size(request)) for request in (narrow, wide)]
    assert speeds[0] is not None
    assert speeds[1] is not None
    assert speeds[0].ttft_ms == speeds[1].ttft_ms


@pytest.mark.parametrize(("gpu", "starts"), [("A100-80GB", False), ("H200-SXM", True)])
@pytest.mark.parametrize("key", ["deepseek-ai/DeepSeek-V3.2", "deepseek-ai/DeepSeek-V4-Flash"])
def test_attention_that_chooses_what_it_reads_has_kernels_from_hopper_on(
    gpu: str, starts: bool, key: str, starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    model = next(card for card in starter_models if card.key == key)
    proof = size(SizeRequest(gpu=starter_gpus[gpu], model=model, gpu_count=16, context_tokens=8192))
    assert proof.fits is starts
    assert starts or "chooses what it reads" in proof.binding_constraint


def test_an_fp8_cache_holds_twice_the_tokens(starter_gpus: dict[str, Gpu]) -> None:
    plain = size(SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=8.0))
    halved = size(SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=8.0, kv_dtype="fp8"))
    assert halved.kv_bytes_per_token == plain.kv_bytes_per_token / 2
    assert halved.kv_cache_gib == plain.kv_cache_gib


def test_every_zero_stage_needs_less_than_the_one_before(starter_gpus: dict[str, Gpu]) -> None:
    gpu = starter_gpus["H100-SXM"]
    totals = [
        size(SizeRequest(gpu=gpu, params_b=7.0, mode="train", gpu_count=8, zero=stage)).total_gib for stage in (1, 2, 3)
    ]
    assert totals == sorted(totals, reverse=True)


def test_checkpointing_trades_time_for_memory(starter_gpus: dict[str, Gpu]) -> None:
    request = SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=7.0, mode="lora", sequence=4096)
    kept = size(request.model_copy(update={"checkpointing": False}))
    assert kept.activation_gib > 3 * size(request).activation_gib


@pytest.mark.parametrize("option", [{"quantization": "int3"}, {"engine": "abacus"}, {"kv_dtype": "wide"}])
def test_unknown_options_are_refused_with_the_known_ones(option: dict[str, str], starter_gpus: dict[str, Gpu]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        size(SizeRequest.model_validate({"gpu": starter_gpus["L4"], "params_b": 8.0, **option}))
    assert "Use one of" in refusal.value.remedy


def test_a_checkpoint_larger_than_its_format_says_counts_as_it_is(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    kimi = next(m for m in starter_models if m.key == "moonshotai/Kimi-K2.5")
    proof = size(SizeRequest(gpu=starter_gpus["H200-SXM"], model=kimi, gpu_count=8))
    assert kimi.weights_gib is not None
    assert proof.weights_gib == pytest.approx(kimi.weights_gib / 8)


@pytest.mark.parametrize("layout", [{"tensor_parallel": 3}, {"pipeline_parallel": 100, "gpu_count": 100}])
def test_a_layout_that_cannot_be_started_has_no_speed(layout: dict[str, int], starter_gpus: dict[str, Gpu]) -> None:
    request = SizeRequest.model_validate({"gpu": starter_gpus["H100-SXM"], "params_b": 8.0, **layout})
    proof = size(request)
    assert not proof.fits
    assert serving_speed(request, proof) is None


def test_copies_that_do_not_share_the_gpus_say_how_many_they_take(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(SizeRequest(gpu=starter_gpus["H100-SXM"], params_b=8.0, gpu_count=8, replicas=3))
    assert next(line.value for line in proof.lines if line.label == "GPUs of all copies") == 24


def test_a_users_pace_begins_with_the_first_token(starter_gpus: dict[str, Gpu]) -> None:
    """Reading a long prompt is the wait for the first token, and no part of how fast the answer comes."""
    asked = SizeRequest(gpu=starter_gpus["RTX-5090"], params_b=8.0, dtype="fp8", output_tokens=256)
    short, long = (asked.model_copy(update={"input_tokens": tokens}) for tokens in (100, 32_000))
    of_short, of_long = (serving_speed(request, size(request)) for request in (short, long))
    assert of_short is not None
    assert of_long is not None
    assert of_long.ttft_ms > 20 * of_short.ttft_ms
    assert of_long.tokens_per_second_per_user > 0.6 * of_short.tokens_per_second_per_user
    assert of_long.output_tokens_per_second < 0.4 * of_short.output_tokens_per_second


@pytest.mark.parametrize(("mode", "published_gb"), [("lora", 26), ("qlora", 9)])
def test_adapters_of_a_network_that_makes_pictures_stand_beside_what_is_published(
    mode: Mode, published_gb: float, starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...]
) -> None:
    """https://huggingface.co/blog/flux-qlora: 8-bit Adam and checkpointing; never less, at most half as much again."""
    model = next(card for card in starter_models if card.key == "black-forest-labs/FLUX.1-dev")
    total_gb = size(SizeRequest(gpu=starter_gpus["H100-SXM"], model=model, mode=mode)).total_gib * 2**30 / 1e9
    assert published_gb <= total_gb <= 1.5 * published_gb


@pytest.mark.parametrize(
    ("context", "each_gib"),
    [(8192, 9.92 / 129.66), (256, 256 * (3 * 2048 + 12 * 1024) / 2**30)],
)
def test_a_step_of_a_prompt_takes_room_beside_the_windows(
    context: int, each_gib: float, starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    """vLLM 0.21.0, Gemma 4 E2B on an L4: 9.92 GiB of cache are 129.66 requests of 8,192 tokens, each with such a step;
    a request that is no longer than the window needs none."""
    card = next(card for card in starter_models if card.key == "google/gemma-4-E2B-it")
    proof = size(SizeRequest(gpu=starter_gpus["L4"], model=card, context_tokens=context))
    each = {line.label: line.value for line in proof.lines}
    assert each["KV cache asked"] + each.get("A step of a prompt", 0) == pytest.approx(each_gib, rel=0.02)
    assert proof.total_gib - each["KV cache asked"] == pytest.approx(
        proof.weights_gib + proof.activation_gib + proof.overhead_gib
    )


def test_a_tower_that_the_figures_leave_over_stays_in_16_bits(starter_models: tuple[ModelCard, ...]) -> None:
    """Qwen2.5-VL-72B is Qwen2.5-72B with a tower of 0.7B, which its AWQ leaves as it is."""
    cards = {card.key: card for card in starter_models}
    seeing, reading = (
        card_shape(cards[key]) for key in ("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", "Qwen/Qwen2.5-72B-Instruct-AWQ")
    )
    assert seeing is not None
    assert reading is not None
    tower = weight_bytes(seeing, "awq") - weight_bytes(reading, "awq")
    assert tower == pytest.approx((seeing.params - reading.params) * 2, rel=0.05)
