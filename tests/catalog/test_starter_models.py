"""The starter models: every row is a ModelCard, and its figures agree with each other."""

import csv
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from catalog.embedder import load_embedder
from catalog.vectors import Vectors
from domain.base import Source
from domain.models import Architecture, ModelCard
from domain.workload import Domain

FOLDER = Path(__file__).parents[2] / "catalog" / "starter" / "models"
BF16_BYTES = 2


@cache
def sources() -> dict[str, Source]:
    with (FOLDER / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["source_id"]: Source(name=row["name"], url=row["url"], as_of=date.fromisoformat(row["as_of"]))
            for row in csv.DictReader(file)
        }


@cache
def rows() -> tuple[tuple[ModelCard, str], ...]:
    """Each model with its Markdown card."""
    read = []
    for line in (FOLDER / "models.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        card, source = row.pop("card"), sources()[row.pop("source_id")]
        read.append((ModelCard.model_validate({**row, "source": source}), card))
    return tuple(read)


@cache
def models() -> dict[str, ModelCard]:
    return {model.key: model for model, _ in rows()}


@cache
def card_vectors() -> Vectors:
    return load_embedder().encode([card for _, card in rows()])


def decoder_params_b(figures: Architecture, *, tied: bool, mlp_matrices: int) -> float | None:
    """Parameters of a decoder from its figures, billions; None where one is missing."""
    layers, hidden, inner, heads = (
        figures.layers, figures.hidden_size, figures.intermediate_size, figures.attention_heads,
    )  # fmt: skip
    kv_heads, head_dim, vocabulary = figures.kv_heads, figures.head_dim, figures.vocab_size
    if not (layers and hidden and inner and heads and kv_heads and head_dim and vocabulary):
        return None
    attention = 2 * hidden * heads * head_dim + 2 * hidden * kv_heads * head_dim
    mlp = mlp_matrices * hidden * inner * (figures.experts or 1)
    embeddings = vocabulary * hidden * (1 if tied else 2)
    return (embeddings + layers * (attention + mlp)) / 1e9


def kv_bytes_per_token(figures: Architecture) -> int:
    """Of one token in bf16: keys and values of each KV head, or one compressed vector under MLA."""
    layers = figures.attention_layers or figures.layers or 0
    if figures.kv_lora_rank:
        return layers * (figures.kv_lora_rank + (figures.qk_rope_head_dim or 0)) * BF16_BYTES
    return 2 * layers * (figures.kv_heads or 0) * (figures.head_dim or 0) * BF16_BYTES


def test_there_are_enough_models_in_every_domain() -> None:
    count = Counter(model.domain for model in models().values())
    assert len(models()) >= 500
    assert {domain: count[domain] for domain in get_args(Domain) if count[domain] < 5} == {}


def test_keys_are_unique_in_any_case_and_sorted() -> None:
    keys = [model.key for model, _ in rows()]
    assert keys == sorted(keys)
    assert len({key.lower() for key in keys}) == len(keys)
    assert all(key.count("/") == 1 and key.strip() == key for key in keys)


def test_sources_are_used_and_dated_in_the_past() -> None:
    assert {model.source.name for model in models().values()} == {source.name for source in sources().values()}
    assert all(source.as_of < date.today() and source.url for source in sources().values())


def test_nothing_is_known_before_its_release() -> None:
    for key, model in models().items():
        assert model.released is None or model.released <= model.source.as_of.isoformat(), key


def test_unknown_is_null_never_zero() -> None:
    for model in models().values():
        figures = [model.params_b, model.active_params_b, model.weights_gib, model.downloads, model.likes]
        # No full-attention layer at all is a fact about models whose every layer is windowed.
        parts = ("full_attention_layers", "layer_kinds", "formats")
        figures += [value for name, value in model.architecture if name not in parts]
        assert all(figure is None or figure > 0 for figure in figures), model.key


def test_licences_are_known() -> None:
    unknown = [key for key, model in models().items() if model.license is None]
    assert len(unknown) <= 0.05 * len(models())
    assert all(models()[key].commercial_use is None for key in unknown)


@pytest.mark.parametrize(
    ("licence", "commercial"),
    [("apache-2.0", True), ("mit", True), ("llama3.3", True), ("cc-by-nc-4.0", False),
     ("flux-1-dev-non-commercial-license", False), ("agpl-3.0", None)],
)  # fmt: skip
def test_commercial_use_follows_the_licence(licence: str, commercial: bool | None) -> None:
    """Where a card narrows its licence (research only), the row may say no, but never yes against it."""
    allowed = {model.commercial_use for model in models().values() if model.license == licence}
    assert commercial in allowed
    assert allowed <= {commercial, False}


def test_attention_figures_fit_each_other() -> None:
    for key, model in models().items():
        figures = model.architecture
        if figures.attention_heads and figures.kv_heads:
            assert figures.attention_heads % figures.kv_heads == 0, key
        if figures.attention_heads and figures.head_dim and figures.hidden_size:
            # Heads that share one compressed key, or what is kept of a token as one latent, may be wide and many.
            shared = {kind.kind for kind in figures.layer_kinds} & {"compressed attention", "latent attention"}
            widest = 10 if shared else 4
            assert 0.3 <= figures.attention_heads * figures.head_dim / figures.hidden_size <= widest, key
        for part in (figures.attention_layers, figures.full_attention_layers):
            assert part is None or (figures.layers or 0) >= part, key
        assert (figures.sliding_window is None) or figures.layers, key
        assert (figures.kv_lora_rank is None) == (figures.qk_rope_head_dim is None), key


def test_a_mixture_of_experts_says_how_many_are_at_work() -> None:
    for key, model in models().items():
        if model.architecture.experts:
            assert model.architecture.experts_per_token, key
            assert model.params_b, key
            assert model.active_params_b, key
        if model.params_b and model.active_params_b:
            assert model.active_params_b < model.params_b, key


def test_parameters_of_language_models_follow_from_their_figures() -> None:
    """Within 12 %, whether or not embeddings are tied and the MLP is gated (hybrids and MLA have other layers)."""
    checked = 0
    for key, model in models().items():
        figures = model.architecture
        if model.domain != "llm" or figures.attention_layers or figures.kv_lora_rank:
            continue
        counts = [decoder_params_b(figures, tied=tied, mlp_matrices=n) for tied in (True, False) for n in (2, 3)]
        known = [count for count in counts if count is not None]
        if model.params_b and known:
            checked += 1
            assert min(abs(count - model.params_b) / model.params_b for count in known) < 0.12, (key, known)
    assert checked >= 80


def test_checkpoint_size_follows_from_parameters_and_dtype() -> None:
    """Quantised checkpoints keep embeddings and scales in 16 bits, so they may be larger, never much smaller."""
    bits = {"fp32": 32.0, "bf16": 16.0, "fp16": 16.0, "fp8": 8.0, "awq": 4.0, "gptq": 4.0, "mxfp4": 4.25, "nvfp4": 4.5}
    for key, model in models().items():
        if model.weights_gib and model.params_b and model.native_dtype in bits:
            expected_gib = model.params_b * 1e9 * bits[model.native_dtype] / 8 / 2**30
            ceiling = 1.1 if bits[model.native_dtype] >= 16 else 2.2
            assert 0.9 < model.weights_gib / expected_gib < ceiling, key


@pytest.mark.parametrize(
    ("key", "bytes_per_token", "published_in"),
    [
        ("meta-llama/Llama-3.3-70B-Instruct", 327_680, "ai-dynamo/aiconfigurator tests/test_memory_estimation.py"),
        ("deepseek-ai/DeepSeek-V3", 70_272, "ai-dynamo/aiconfigurator tests/test_memory_estimation.py"),
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", 163_840, "llm-d-planner empirical-vllm-memory-results.md"),
        ("Qwen/Qwen3-8B", 147_456, "kaito-project/kaito generator_test.go"),
        ("tiiuae/falcon-7b", 8_192, "kaito-project/kaito generator_test.go"),
        ("meta-llama/Llama-3.1-8B-Instruct", 2**30 // 8192, "AlexsJones/llmfit tests: 1.0 GiB at 8192 tokens"),
    ],
)
def test_published_kv_cache_sizes_follow_from_the_figures(key: str, bytes_per_token: int, published_in: str) -> None:
    assert kv_bytes_per_token(models()[key].architecture) == bytes_per_token, published_in


@pytest.mark.parametrize(
    ("key", "gib", "tolerance", "published_in"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 14.99, 0.01, "llm-d-planner: measured in vLLM"),
        ("Qwen/Qwen3-32B", 61.03, 0.01, "llm-d-planner: measured in vLLM"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 67.72, 0.01, "llm-d-planner: measured in vLLM"),
        ("openai/gpt-oss-20b", 12.82, 0.01, "llm-d-planner: bytes of the checkpoint"),
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", 44.76, 0.01, "llm-d-planner: measured in vLLM"),
        ("Qwen/Qwen2.5-0.5B", 0.9202, 0.01, "llm-d-planner test_capacity_planner.py"),
        ("Qwen/Qwen3-8B-FP8", 8.790, 0.02, "llm-d-planner test_capacity_planner.py"),
        ("deepseek-ai/DeepSeek-V2", 439.103, 0.01, "llm-d-planner test_capacity_planner.py"),
    ],
)
def test_published_weights_follow_from_the_row(key: str, gib: float, tolerance: float, published_in: str) -> None:
    model = models()[key]
    weights = model.weights_gib or (model.params_b or 0) * 1e9 * BF16_BYTES / 2**30
    assert weights == pytest.approx(gib, rel=tolerance), published_in


def test_cards_are_our_own_words_about_one_model() -> None:
    for model, card in rows():
        assert 60 <= len(card.split()) <= 200, model.key
        assert card.startswith(f"# {model.name}\n\n{model.summary}\n\n"), model.key
        assert model.summary, model.key
        assert model.use_cases, model.key
    texts = Counter(card.split("\n\n")[2] for _, card in rows())
    assert texts.most_common(1)[0][1] == 1


def test_no_version_answers_to_the_name_of_another() -> None:
    """A plan for GLM 4.5 does not run GLM-4.6."""
    versions = re.compile(r"\d+\.\d+")
    of_another = [
        (model.key, alias)
        for model, _ in rows()
        for alias in model.aliases
        if (own := {*versions.findall(model.key)}) and not {*versions.findall(alias)} <= own
    ]
    assert of_another == []


def test_people_find_a_model_by_the_names_they_write() -> None:
    by_alias: dict[str, set[str]] = {}
    for model in models().values():
        assert len(set(model.aliases)) == len(model.aliases), model.key
        for alias in model.aliases:
            assert alias == alias.lower().strip(), model.key
            by_alias.setdefault(alias, set()).add(model.key)
    assert by_alias["llama 70b"] == {"meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.1-70B-Instruct"}
    assert by_alias["sdxl"] == by_alias["stable diffusion xl"] == {"stabilityai/stable-diffusion-xl-base-1.0"}
    assert by_alias["deepseek r1"] == by_alias["r1"] == {"deepseek-ai/DeepSeek-R1"}
    assert by_alias["gpt oss 120b"] == {"openai/gpt-oss-120b"}
    assert by_alias["whisper large v3"] == {"openai/whisper-large-v3"}
    assert {alias for alias, keys in by_alias.items() if len(keys) > 2} == set()


@pytest.mark.parametrize(
    ("asked", "use_case"),
    [
        ("find tumours in MRI scans", "tumor_detection"),
        ("transcribe call center recordings", "transcription"),
        ("forecast next month's sales", "forecasting"),
        ("recommend films to users", "recommendation"),
        ("chatbot for customer support", "chatbot"),
        ("write code assistant for developers", "code_generation"),
        ("embed documents for semantic search", "search"),
        ("robot arm control", "robotics"),
        ("count people in camera streams", "detection"),
        ("predict customer churn", "churn_prediction"),
        ("protein structure prediction", "protein_structure"),
        ("generate product photos for marketing", "image_generation"),
    ],
)
def test_search_by_meaning_finds_a_card_for_the_problem(asked: str, use_case: str) -> None:
    scores = card_vectors() @ load_embedder().encode([asked])[0]
    best = [rows()[index][0] for index in np.argsort(-scores, kind="stable")[:3]]
    assert any(use_case in model.use_cases for model in best), [model.key for model in best]


@pytest.mark.parametrize("words", ["lung cancer detection", "speaker diarization", "sentiment analysis", "clip", "flux",
                                   "canary", "aurora", "moment", "reranker", "wan", "sam"])  # fmt: skip
def test_ordinary_words_are_nobodys_alias(words: str) -> None:
    """A task, a chart or an English word must not pass for a model the user named."""
    assert [key for key, model in models().items() if words in model.aliases] == []
