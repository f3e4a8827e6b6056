"""A model of any kind is counted layer by layer: parameters, cache, states and formats are those published."""

import pytest

from domain.errors import InvalidInput
from domain.models import Architecture
from domain.offers import Gpu
from sizing.architecture import shape_of
from sizing.known_configs import KnownConfig, known_configs
from sizing.memory import GIB, kv_bytes_per_token, longest_sequence, sequence_kv_bytes, weight_bytes
from sizing.model_config import ConfigFigures, architecture_from_config
from sizing.request import SizeRequest, size
from tests.sizing.configured import Expected, configured, figures_of, shape_of_config

BF16 = 2
SHARED = {
    "deepseek-v3": Architecture(
        layers=61, hidden_size=7168, attention_heads=128, kv_lora_rank=512, qk_rope_head_dim=64, vocab_size=129280
    ),
    "qwen3-235b": Architecture(
        layers=94, hidden_size=4096, attention_heads=64, kv_heads=4, head_dim=128, vocab_size=151936
    ),
}
PUBLISHED = [pytest.param(row, id=name) for name, row in configured().items()]


def those_with(name: str) -> list[object]:
    return [pytest.param(row, id=key) for key, row in configured().items() if name in row]


@pytest.mark.parametrize("row", known_configs(), ids=lambda row: row.key)
def test_an_older_model_has_the_parameters_that_are_published(row: KnownConfig) -> None:
    assert architecture_from_config(row.config).params_b == pytest.approx(row.params_b, rel=0.03)


@pytest.mark.parametrize("row", PUBLISHED)
def test_parameters_are_within_three_per_cent_of_what_is_published(row: Expected) -> None:
    assert figures_of(row["id"]).params_b == pytest.approx(row["params_b"], rel=0.03)


@pytest.mark.parametrize("row", those_with("active_params_b"))
def test_parameters_at_work_are_those_published(row: Expected) -> None:
    """Publishers round, and some leave the embeddings out."""
    assert figures_of(row["id"]).active_params_b == pytest.approx(row["active_params_b"], rel=0.16)


@pytest.mark.parametrize("row", those_with("grows"))
@pytest.mark.parametrize("tokens", [1, 4096, 1_048_576])
def test_a_sequence_keeps_what_its_layers_keep(row: Expected, tokens: int) -> None:
    shape = shape_of_config(row["id"])
    states = sum(cache.layers * cache.state_bytes for cache in shape.caches)
    growing = sum(layers * values * tokens for layers, values in row.get("grows", []))
    windowed = sum(layers * values * min(tokens, window) for layers, values, window in row.get("windows", []))
    assert sequence_kv_bytes(shape, tokens, BF16) - states == pytest.approx((growing + windowed) * BF16)


@pytest.mark.parametrize("row", those_with("cache_gib"))
def test_caches_are_those_published(row: Expected) -> None:
    shape = shape_of_config(row["id"])
    for tokens, gib in row["cache_gib"].items():
        assert sequence_kv_bytes(shape, tokens, BF16) / GIB == pytest.approx(gib, rel=0.01)


@pytest.mark.parametrize("row", those_with("state_mib"))
def test_states_are_of_one_size(row: Expected) -> None:
    states = sum(cache.layers * cache.state_bytes for cache in shape_of_config(row["id"]).caches)
    assert states / 2**20 == pytest.approx(row["state_mib"], rel=0.003)


def test_rwkv_4_keeps_five_vectors_a_layer() -> None:
    """As transformers keeps them, in 32 bits (modeling_rwkv.py)."""
    config = {"model_type": "rwkv", "hidden_size": 768, "num_hidden_layers": 12, "vocab_size": 50277}
    figures = architecture_from_config(config)
    shape = shape_of(figures.architecture, figures.params_b, figures.active_params_b)
    assert sum(cache.layers * cache.state_bytes for cache in shape.caches) == 12 * 5 * 768 * 4


def test_a_state_is_divided_among_gpus_and_a_latent_is_not() -> None:
    shape = shape_of_config("kimi-linear-48b")
    one, four = (sequence_kv_bytes(shape, 1, BF16, tensor_parallel=tp) for tp in (1, 4))
    latent = kv_bytes_per_token(shape, BF16)
    assert kv_bytes_per_token(shape, BF16, tensor_parallel=4) == latent
    assert (four - latent) * 4 == pytest.approx(one - latent)


@pytest.mark.parametrize("row", those_with("weights_gib"))
def test_a_mixed_checkpoint_is_the_sum_of_its_parts(row: Expected) -> None:
    formats = figures_of(row["id"]).architecture.formats
    assert len(formats) > 1
    assert sum(s.params_b * 1e9 * s.bits / 8 for s in formats) / GIB == pytest.approx(row["weights_gib"], rel=0.01)


@pytest.mark.parametrize("row", those_with("native"))
def test_the_format_of_most_weights_is_the_checkpoints(row: Expected) -> None:
    assert figures_of(row["id"]).native_dtype == row["native"]


@pytest.mark.parametrize("row", those_with("formats"))
def test_what_a_list_excepts_stays_in_sixteen_bits(row: Expected) -> None:
    found = {share.dtype: share.params_b for share in figures_of(row["id"]).architecture.formats}
    assert found == pytest.approx(row["formats"], rel=0.01)


def sized(figures: ConfigFigures, gpu: Gpu, **asked: int) -> SizeRequest:
    return SizeRequest.model_validate({
        "gpu": gpu, "params_b": figures.params_b, "active_params_b": figures.active_params_b, "notes": figures.notes,
        "architecture": figures.architecture, "native_dtype": figures.native_dtype, **asked,
    })  # fmt: skip


@pytest.mark.parametrize(("gpu", "tokens"), [("H100-SXM", 1_000_000), ("H200-SXM", 3_600_000)])
def test_the_longest_published_context_of_scout_fits_once(gpu: str, tokens: int, starter_gpus: dict[str, Gpu]) -> None:
    """vLLM, Llama 4: a million tokens on eight H100, 3.6 million on eight H200, since it keeps chunks whole."""
    proof = size(sized(figures_of("llama-4-scout"), starter_gpus[gpu], gpu_count=8, context_tokens=tokens))
    assert proof.fits
    assert proof.max_concurrency == 1


def test_a_window_is_asked_for_no_more_than_it_holds(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(sized(figures_of("gemma-4-31b"), starter_gpus["B200-SXM"], context_tokens=131_072))
    asked = next(line.value for line in proof.lines if line.label == "KV cache asked")
    assert asked == pytest.approx(10.8, rel=0.01)


@pytest.mark.parametrize("name", ["gemma-4-31b", "qwen3.5-27b", "llama-3.1-8b"])
@pytest.mark.parametrize("tokens", [100, 200_000])
def test_a_proof_knows_what_a_sequence_of_another_length_keeps(
    name: str, tokens: int, starter_gpus: dict[str, Gpu]
) -> None:
    proof = size(sized(figures_of(name), starter_gpus["B200-SXM"]))
    assert proof.kv_bytes(tokens) == pytest.approx(sequence_kv_bytes(shape_of_config(name), tokens, BF16))


def test_weights_of_a_mixed_checkpoint_are_what_a_gpu_holds(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(sized(figures_of("gemma-4-31b-nvfp4"), starter_gpus["B200-SXM"], context_tokens=8192))
    assert proof.weights_gib == pytest.approx(30.7, rel=0.01)


def test_a_proof_shows_the_layers_it_counted(starter_gpus: dict[str, Gpu]) -> None:
    proof = size(sized(figures_of("nemotron-3-nano-30b-a3b"), starter_gpus["H100-SXM"]))
    assert {row.kind: row.count for row in proof.layers} == {
        "mamba": 23, "experts": 23, "full attention": 6, "embeddings": 2,
    }  # fmt: skip
    assert sum(row.params_b or 0 for row in proof.layers) == pytest.approx(31.578, rel=0.01)
    assert sum(row.kv_bytes_per_token for row in proof.layers) == proof.kv_bytes_per_token


def test_a_layer_nobody_knows_counts_as_full_attention_and_is_said(starter_gpus: dict[str, Gpu]) -> None:
    known = configured()["llama-3.1-8b"]["config"]
    figures = architecture_from_config({**known, "layer_types": ["full_attention", "quantum_attention"]})
    assert kv_bytes_per_token(shape_of(figures.architecture, 8.03), BF16) == 131_072
    proof = size(sized(figures, starter_gpus["H100-SXM"]))
    assert any("quantum_attention" in line.formula for line in proof.lines)


def test_memory_sets_no_limit_where_nothing_grows(starter_gpus: dict[str, Gpu]) -> None:
    figures = figures_of("falcon-mamba-7b")
    proof = size(sized(figures, starter_gpus["H100-SXM"]))
    assert proof.fits
    assert proof.max_context is None
    assert longest_sequence(shape_of_config("recurrentgemma-9b"), 80 * GIB, BF16) is None


def test_a_window_that_is_never_full_grows_like_any_other() -> None:
    shape = shape_of_config("gpt-oss-20b")
    assert longest_sequence(shape, 100 * 49_152, BF16) == 100
    assert longest_sequence(shape, 24 * 1024 * 2 * 128 + 12 * 1024 * 2 * 1000, BF16) == 128 + 1000


def test_embeddings_and_towers_stay_in_sixteen_bits_when_an_engine_quantises() -> None:
    shape, figures = shape_of_config("mistral-small-3.2-24b"), figures_of("mistral-small-3.2-24b")
    kinds = {kind.kind: kind.params * kind.count for kind in figures.architecture.layer_kinds}
    left = kinds["embeddings"] + kinds["vision tower"]
    assert weight_bytes(shape, "fp8") == pytest.approx(figures.params_b * 1e9 + left)


def test_heads_of_every_kind_of_layer_decide_over_tensor_parallelism(starter_gpus: dict[str, Gpu]) -> None:
    """Gemma 4 26B: two KV heads in its global layers, eight in the others, which three GPUs do not divide."""
    figures = figures_of("gemma-4-26b-a4b")
    proof = size(sized(figures, starter_gpus["H100-SXM"], gpu_count=3, tensor_parallel=3))
    assert not proof.fits
    assert "2 KV heads" in proof.binding_constraint


@pytest.mark.parametrize(
    ("name", "tensor_parallel", "ranks", "part"),
    [("deepseek-v3", 8, 8, 8), ("deepseek-v3", 8, 2, 2), ("qwen3-235b", 8, 2, 2), ("qwen3-235b", 8, 1, 1)],
)
def test_gpus_that_hold_the_same_share_out_the_tokens(
    name: str, tensor_parallel: int, ranks: int, part: int, starter_gpus: dict[str, Gpu]
) -> None:
    """The latent is whole on all eight; four KV heads are on two each (docs.vllm.ai, Context Parallel Deployment)."""
    asked = SizeRequest(
        gpu=starter_gpus["H200-SXM"], gpu_count=8, tensor_parallel=tensor_parallel, context_tokens=32768,
        architecture=SHARED[name], params_b=235.0,
    )  # fmt: skip
    whole, shared = size(asked), size(asked.model_copy(update={"context_parallel": ranks}))
    assert whole.kv_bytes_per_token is not None
    assert shared.kv_bytes_per_token == pytest.approx(whole.kv_bytes_per_token / part)
    assert shared.kv_cache_gib == whole.kv_cache_gib


def test_tokens_are_shared_out_only_among_gpus_that_hold_the_same(starter_gpus: dict[str, Gpu]) -> None:
    asked = SizeRequest(
        gpu=starter_gpus["H200-SXM"], gpu_count=8, tensor_parallel=8, context_parallel=4,
        architecture=SHARED["qwen3-235b"], params_b=235.0,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="each KV head on 2 of them"):
        size(asked)
