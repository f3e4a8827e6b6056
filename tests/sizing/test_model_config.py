"""A config.json of any of the usual families gives the figures its memory follows from."""

import pytest

from domain.errors import InvalidInput
from sizing.architecture import shape_of
from sizing.memory import kv_bytes_per_token
from sizing.model_config import ConfigFigures, architecture_from_config
from tests.sizing.configured import configured

LLAMA_8B: dict[str, object] = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336,
    "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
FALCON_7B: dict[str, object] = {
    "model_type": "falcon", "num_hidden_layers": 32, "hidden_size": 4544, "num_attention_heads": 71, "num_kv_heads": 71,
    "multi_query": True, "new_decoder_architecture": False, "vocab_size": 65024,
}  # fmt: skip
DEEPSEEK_V3: dict[str, object] = {
    "model_type": "deepseek_v3", "num_hidden_layers": 61, "hidden_size": 7168, "intermediate_size": 18432,
    "moe_intermediate_size": 2048, "num_attention_heads": 128, "num_key_value_heads": 128, "vocab_size": 129280,
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128,
    "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3,
    "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8"},
}  # fmt: skip
GPT_OSS_20B: dict[str, object] = {
    "model_type": "gpt_oss", "num_hidden_layers": 24, "hidden_size": 2880, "intermediate_size": 2880, "head_dim": 64,
    "num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 201088, "sliding_window": 128,
    "layer_types": ["sliding_attention", "full_attention"] * 12, "num_local_experts": 32, "num_experts_per_tok": 4,
    "quantization_config": {"quant_method": "mxfp4"},
}  # fmt: skip
QWEN3_NEXT: dict[str, object] = {
    "model_type": "qwen3_next", "num_hidden_layers": 48, "hidden_size": 2048, "num_attention_heads": 16,
    "head_dim": 256, "num_key_value_heads": 2, "full_attention_interval": 4, "vocab_size": 151936,
}  # fmt: skip
GEMMA_3: dict[str, object] = {
    "model_type": "gemma3",
    "text_config": {
        "num_hidden_layers": 62, "hidden_size": 5376, "intermediate_size": 21504, "num_attention_heads": 32,
        "head_dim": 128, "num_key_value_heads": 16, "sliding_window": 1024, "sliding_window_pattern": 6,
        "vocab_size": 262208,
    },
}  # fmt: skip
GPT_2: dict[str, object] = {
    "model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024, "vocab_size": 50257,
    "tie_word_embeddings": True,
}  # fmt: skip


def kv_bytes(figures: ConfigFigures) -> float:
    return kv_bytes_per_token(shape_of(figures.architecture, figures.params_b, figures.active_params_b), 2)


@pytest.mark.parametrize(
    ("config", "params_b", "bytes_per_token"),
    [
        pytest.param(LLAMA_8B, 8.03, 131072, id="grouped queries"),
        pytest.param(FALCON_7B, 7.22, 8192, id="one KV head"),
        pytest.param(DEEPSEEK_V3, 671.0, 70272, id="latent attention"),
        pytest.param(GPT_OSS_20B, 20.9, 49152, id="experts and windows"),
        pytest.param(GPT_2, 0.124, 36864, id="every head its own"),
    ],
)
def test_parameters_and_cache_follow_from_the_config(
    config: dict[str, object], params_b: float, bytes_per_token: int
) -> None:
    figures = architecture_from_config(config)
    assert figures.params_b == pytest.approx(params_b, rel=0.03)
    assert kv_bytes(figures) == bytes_per_token


def test_a_mixture_uses_only_some_of_its_parameters() -> None:
    assert architecture_from_config(DEEPSEEK_V3).active_params_b == pytest.approx(37, rel=0.05)


def test_linear_attention_layers_keep_no_cache() -> None:
    assert architecture_from_config(QWEN3_NEXT).architecture.attention_layers == 12


def test_windowed_layers_are_told_from_full_ones() -> None:
    gemma = architecture_from_config(GEMMA_3).architecture
    assert (gemma.sliding_window, gemma.full_attention_layers) == (1024, 10)
    oss = architecture_from_config(GPT_OSS_20B).architecture
    assert (oss.sliding_window, oss.full_attention_layers) == (128, 12)


def test_a_window_that_is_switched_off_does_not_count() -> None:
    config = {**LLAMA_8B, "sliding_window": 4096, "use_sliding_window": False}
    assert architecture_from_config(config).architecture.sliding_window is None


@pytest.mark.parametrize(
    ("quantization", "name"),
    [
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "awq", "bits": 4}, "awq"),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "nf4"),
        ({"quant_method": "compressed-tensors", "format": "float-quantized"}, "fp8"),
        ({"quant_method": "compressed-tensors", "format": "pack-quantized"}, "int4"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "torchao", "quant_type": {"default": {"_type": "Int4WeightOnlyConfig"}}}, "int4"),
        ({"quant_method": "torchao", "quant_type": "float8_dynamic_activation_float8_weight"}, "fp8"),
    ],
)
def test_the_published_precision_is_recognised(quantization: dict[str, object], name: str) -> None:
    assert architecture_from_config({**LLAMA_8B, "quantization_config": quantization}).native_dtype == name


@pytest.mark.parametrize(
    ("settings", "shares"),
    [
        pytest.param({"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]},
                     {"fp8": 6.98, "bf16": 1.05}, id="all but the tables"),
        pytest.param({"quant_method": "fp8", "modules_to_not_convert": ["model.layers.0.self_attn", "lm_head"]},
                     {"fp8": 6.94, "bf16": 1.09}, id="one layer's attention by name"),
        pytest.param({"quant_algo": "FP8", "exclude_modules": ["lm_head", "*self_attn*"]},
                     {"fp8": 5.64, "bf16": 2.39}, id="a pattern, no method"),
        pytest.param({"quant_method": "compressed-tensors", "ignore": [r"re:.*mlp\.(gate|up|down)_proj"],
                      "config_groups": {"a": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int"}}}},
                     {"bf16": 6.69, "int8": 1.34}, id="an expression"),
        pytest.param({"quant_method": "compressed-tensors", "format": "float-quantized",
                      "ignore": [r"re:^model\.layers\.\d+\.self_attn\.", "lm_head"]},
                     {"fp8": 5.64, "bf16": 2.39}, id="an expression for whole names"),
        pytest.param({"quant_method": "gptq", "bits": 4, "dynamic": {"-:.*attn.*": {}}},
                     {"gptq": 5.64, "bf16": 2.39}, id="exceptions with a minus"),
        pytest.param({"quant_method": "auto-round", "bits": 4, "extra_config": {
                      f"model.layers.{i}.self_attn": {"bits": 16} for i in range(32)}},
                     {"int4": 5.64, "bf16": 2.39}, id="exceptions by their bits"),
        pytest.param({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {
                      f"model.layers.{i}.mlp.{name}_proj": {"quant_algo": "NVFP4"} for i in range(32)
                      for name in ("gate", "up", "down")} | {
                      f"model.layers.{i}.self_attn.{name}_proj": {"quant_algo": "FP8"} for i in range(32)
                      for name in "qkvo"}},
                     {"nvfp4": 5.64, "fp8": 1.34, "bf16": 1.05}, id="layer by layer"),
    ],
)  # fmt: skip
def test_precision_is_read_part_by_part(settings: dict[str, object], shares: dict[str, float]) -> None:
    formats = architecture_from_config({**LLAMA_8B, "quantization_config": settings}).architecture.formats
    assert {share.dtype: round(share.params_b, 2) for share in formats} == pytest.approx(shares, abs=0.02)


def test_the_quantisation_may_stand_in_a_file_of_its_own() -> None:
    beside = {"quantization": {"quant_algo": "NVFP4", "group_size": 16, "exclude_modules": ["lm_head"]}}
    figures = architecture_from_config(LLAMA_8B, beside)
    assert figures.native_dtype == "nvfp4"
    assert {share.dtype: share.bits for share in figures.architecture.formats} == {"nvfp4": 4.5, "bf16": 16}


def test_settings_without_exceptions_leave_all_but_the_experts_in_sixteen_bits_and_say_so() -> None:
    experts: dict[str, object] = {"num_experts": 512, "num_experts_per_tok": 10, "moe_intermediate_size": 512}
    figures = architecture_from_config({**QWEN3_NEXT, **experts}, {"quantization": {"quant_algo": "FP8"}})
    assert {share.dtype: share.parts for share in figures.architecture.formats}["fp8"] == ("experts",)
    assert any("no exceptions" in note for note in figures.notes)


def test_an_unknown_quantisation_counts_in_sixteen_bits_and_is_said() -> None:
    figures = architecture_from_config({**LLAMA_8B, "quantization_config": {"quant_method": "zip"}})
    assert figures.native_dtype == "bf16"
    assert any("'zip'" in note for note in figures.notes)


@pytest.mark.parametrize("expression", ["re:(a+)+$", "re:(", "re:" + "x" * 500])
def test_an_exception_that_cannot_be_read_leaves_everything_in_sixteen_bits(expression: str) -> None:
    settings = {"quant_method": "fp8", "ignored_layers": [expression]}
    figures = architecture_from_config({**LLAMA_8B, "quantization_config": settings})
    assert figures.native_dtype == "bf16"
    assert any("cannot be read" in note for note in figures.notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_hidden_layers", "32"), ("hidden_size", float("inf")), ("vocab_size", 10**400), ("num_key_value_heads", -8),
     ("intermediate_size", float("nan")), ("max_position_embeddings", "long"), ("num_hidden_layers", 10**7)],
)  # fmt: skip
def test_what_is_no_count_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=f"{name}|layers"):
        architecture_from_config({**LLAMA_8B, name: value})


def test_a_file_that_is_no_transformer_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no layers"):
        architecture_from_config({"model_type": "unet", "block_out_channels": [320, 640]})


def test_a_memory_of_a_matrix_has_two_gates_for_each_head() -> None:
    config = configured()["xlstm-7b"]["config"]
    few, many = (architecture_from_config({**config, "num_heads": heads}) for heads in (8, 1024))
    assert many.params_b - few.params_b == pytest.approx(32 * 2 * 4096 * (1024 - 8) / 1e9)


@pytest.mark.parametrize(("bits", "name"), [(4, "int4"), (5, "int4"), (6, "int8"), (8, "int8")])
def test_from_six_bits_on_it_counts_as_eight(bits: int, name: str) -> None:
    figures = architecture_from_config({**LLAMA_8B, "quantization_config": {"quant_method": "exl2", "bits": bits}})
    assert (figures.architecture.formats[0].dtype, figures.architecture.formats[0].bits) == (name, bits)


@pytest.mark.parametrize(
    ("settings", "bits"),
    [
        ({"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}}, 4.5),
        ({"quant_method": "aqlm", "nbits_per_codebook": 16, "num_codebooks": 1, "in_group_size": 8}, 2.0),
        ({"quant_method": "exl3", "bits": 3.5}, 3.5),
        ({"bits": 4, "group_size": 64}, 4.5),
    ],
)
def test_what_no_engine_loads_is_sized_as_it_is_stored_and_said(settings: dict[str, object], bits: float) -> None:
    figures = architecture_from_config({**LLAMA_8B, "quantization_config": settings})
    assert figures.architecture.formats[0].bits == bits
    assert any("no engine here loads" in note for note in figures.notes)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"_class_name": "WanTransformer3DModel", "num_layers": 40, "ffn_dim": 13824}, "WanTransformer3DModel"),
        ({"model_type": "dinov2", "hidden_size": 1536, "num_hidden_layers": 40, "patch_size": 14}, "dinov2"),
        ({"model_type": "wav2vec2", "hidden_size": 1024, "num_hidden_layers": 24, "vocab_size": 32,
          "conv_dim": [512, 512]}, "wav2vec2"),
        ({"model_type": "wav2vec2-bert", "hidden_size": 1024, "num_hidden_layers": 24, "vocab_size": None,
          "feature_projection_input_dim": 160}, "wav2vec2_bert"),
        ({"model_type": "mimi", "hidden_size": 512, "num_hidden_layers": 8, "sampling_rate": 24000}, "mimi"),
        ({"model_type": "beit", "hidden_size": 768, "num_hidden_layers": 12, "vocab_size": 8192,
          "use_mask_token": False, "patch_size": 16}, "beit"),
        ({**GPT_2, "flow_head_config": {"hidden_size": 512}}, "flow matching"),
        ({**GPT_2, "vision_config": {"hidden_size": 768, "mit_hidden_size": 512}}, "mit_hidden_size"),
        ({**LLAMA_8B, "mamba_d_state": 256, "mamba_n_heads": 128}, "which layers attend"),
    ],
)  # fmt: skip
def test_what_reads_no_text_is_refused_by_what_it_is(config: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        architecture_from_config(config)


def test_a_network_without_figures_is_named() -> None:
    figures = architecture_from_config({**LLAMA_8B, "acoustic_tokenizer_config": {"model_type": "acoustic"}})
    assert any("acoustic_tokenizer_config" in note for note in figures.notes)


def test_a_network_without_figures_is_no_larger_than_the_rest() -> None:
    """A speaker of 0.1B is not taken for one of 0.8B."""
    text = {"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
            "vocab_size": 30522}  # fmt: skip
    alone = architecture_from_config({"text_config": text}).params_b
    beside = {"text_config": text, "acoustic_tokenizer_config": {"model_type": "acoustic"}}
    assert architecture_from_config(beside).params_b == pytest.approx(2 * alone)


def test_a_layer_called_hybrid_has_a_state_only_where_the_file_gives_one() -> None:
    attending = {"model_type": "new_kind", "hidden_size": 2048, "num_hidden_layers": 4, "num_attention_heads": 16,
                 "vocab_size": 32000, "layer_types": ["hybrid"] * 4}  # fmt: skip
    kinds = {kind.kind for kind in architecture_from_config(attending).architecture.layer_kinds}
    assert kinds == {"full attention", "mlp", "embeddings"}
    stateful = {**attending, "mamba_d_state": 16, "mamba_n_heads": 32}
    assert "mamba" in {kind.kind for kind in architecture_from_config(stateful).architecture.layer_kinds}


def test_a_network_beside_the_decoder_counts_with_its_own_figures() -> None:
    talker = {"model_type": "qwen2", "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 10}
    alone, both = (architecture_from_config({**LLAMA_8B, **more}) for more in ({}, {"code_predictor_config": talker}))
    assert both.params_b - alone.params_b == pytest.approx(10 * (4 * 1024**2 + 3 * 1024 * 4096) / 1e9, rel=0.01)


def test_an_embedder_is_stored_without_the_table_it_would_speak_with() -> None:
    embedder = architecture_from_config({**LLAMA_8B, "architectures": ["LlamaModel"]})
    assert architecture_from_config(LLAMA_8B).params_b - embedder.params_b == pytest.approx(128_256 * 4096 / 1e9)


MISTRAL_7B = {"dim": 4096, "n_layers": 32, "head_dim": 128, "hidden_dim": 14336, "n_heads": 32, "n_kv_heads": 8,
              "vocab_size": 32768}  # fmt: skip


@pytest.mark.parametrize(
    ("params", "params_b", "kv_heads"),
    [
        (MISTRAL_7B, 7.248, 8),
        ({"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 128256,
          "ffn_dim_multiplier": 1.3, "multiple_of": 1024}, 8.03, 8),
        ({**MISTRAL_7B, "dim": 6144, "n_layers": 56, "hidden_dim": 16384, "n_heads": 48,
          "moe": {"num_experts_per_tok": 2, "num_experts": 8}}, 140.6, 8),
    ],
    ids=["Mistral-7B-v0.3", "Llama-3.1-8B", "Mixtral-8x22B"],
)  # fmt: skip
def test_a_params_json_is_read_as_the_config_json_of_the_same_model(
    params: dict[str, object], params_b: float, kv_heads: int
) -> None:
    figures = architecture_from_config(params)
    assert figures.params_b == pytest.approx(params_b, rel=0.005)
    assert figures.architecture.kv_heads == kv_heads


def test_the_format_in_a_params_json_counts() -> None:
    assert (
        architecture_from_config({**MISTRAL_7B, "quantization": {"qformat_weight": "fp8_e4m3"}}).native_dtype == "fp8"
    )


def test_a_figure_of_minus_one_is_not_said() -> None:
    config = {**LLAMA_8B, "sliding_window_size": -1}
    assert architecture_from_config(config).architecture.sliding_window is None


def test_heads_of_a_latent_are_128_wide_where_the_file_is_silent() -> None:
    """The class of DeepSeek V2 and V3 in transformers: qk_nope_head_dim and v_head_dim of 128."""
    silent = {**LLAMA_8B, "kv_lora_rank": 512, "qk_rope_head_dim": 64}
    said = {**silent, "qk_nope_head_dim": 128, "v_head_dim": 128}
    assert architecture_from_config(silent).params_b == architecture_from_config(said).params_b
    assert architecture_from_config({**said, "qk_nope_head_dim": 64}).params_b < architecture_from_config(said).params_b


@pytest.mark.parametrize(("name", "noted"), [("MoshiForConditionalGeneration", True), ("LlamaForCausalLM", False),
                                             ("LlamaModel", False)])  # fmt: skip
def test_a_class_that_the_engine_does_not_list_is_told(name: str, noted: bool) -> None:
    notes = architecture_from_config({**LLAMA_8B, "architectures": [name]}).notes
    assert any(name in note for note in notes) is noted


def test_a_configuration_that_nests_without_end_is_refused() -> None:
    nested: dict[str, object] = dict(LLAMA_8B)
    for _ in range(200):
        nested = {**LLAMA_8B, "code_predictor_config": nested}
    with pytest.raises(InvalidInput, match="nests"):
        architecture_from_config(nested)


def test_layers_that_stand_for_four_tokens_alone_choose_with_an_index() -> None:
    config = configured()["deepseek-v4-flash"]["config"]
    ratios = config["compress_ratios"]
    assert isinstance(ratios, list)
    once, twice = (architecture_from_config({**config, "index_n_heads": heads}) for heads in (64, 128))
    head = 1024 * 128 + 4096  # the rank of its queries times the width of the index, and the hidden size
    assert twice.params_b - once.params_b == pytest.approx(ratios.count(4) * 64 * head / 1e9)


@pytest.mark.parametrize(
    "tower",
    [
        {"depths": [1] * 100_000, "num_filters": 32, "downsampling_ratios": [2] * 99_999},
        {"depths": [1] * 100_000, "embed_dim": 96},
        {"depths": [3, 3, 8], "num_filters": 32, "downsampling_ratios": [2]},
        {"depths": [3, 3, 8], "downsampling_ratios": [2, 4]},
    ],
)
def test_stages_that_never_end_or_do_not_fit_are_not_added_up(tower: dict[str, object]) -> None:
    text = {"hidden_size": 1024, "num_hidden_layers": 2, "vocab_size": 1000}
    figures = architecture_from_config({"text_config": text, "audio_config": {"model_type": "vibevoice", **tower}})
    assert figures.params_b < 1
    assert any("audio_config has no figures" in note for note in figures.notes)
