"""What a plan offers can be loaded: its number format is published, or the engine makes exactly that while loading."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import sizing
from artifacts.engines import checkpoint, is_quantized_on_loading, needs_quantized_checkpoint, vllm_flags
from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import PlacementOption
from domain.workload import RequestedModel
from sizing.candidates import candidates
from sizing.engines import engine_serving
from sizing.precision import FORMATS, runnable_format
from sizing.served_models import OF_FOUR_BITS, quantised_checkpoint
from sizing.serving import serving_proof
from sizing.variants import variants_of
from tests.sizing.small_catalogues import offer, request

CARDS = ("H100-SXM", "L4", "A10G", "T4", "B200-SXM", "MI300X")


def _offered(models: tuple[ModelCard, ...], gpus: dict[str, Gpu]) -> Iterator[tuple[ModelCard, PlacementOption]]:
    """Every format of every language model of the catalogue on every card that runs it."""
    for card in models:
        if card.domain not in ("llm", "multimodal") or not card.params_b or card.pipeline_tag != "text-generation":
            continue
        spec = request(models=(RequestedModel(name=card.key),))
        candidate = next(iter(candidates(spec, (card,))), None)
        if candidate is None:
            continue
        for variant in variants_of(spec, candidate):
            for name in CARDS:
                label = runnable_format(gpus[name], variant.label, strict=False)
                if label is None or engine_serving(gpus[name], label, card.key) is None:
                    continue
                proof = serving_proof(card, gpus[name], quantization=label)
                sold = offer("a", 1.0, gpu=gpus[name])
                yield card, PlacementOption(
                    label="recommended", offer=sold, nodes=1, model=card, quantization=label, gpus=1, proof=proof,
                    replicas=1, price_per_hour_usd=1.0, price_per_month_usd=730.0, hours_per_month=730.0,
                )  # fmt: skip


def test_every_offer_names_weights_of_the_size_of_its_proof(
    starter_models: tuple[ModelCard, ...], starter_gpus: dict[str, Gpu]
) -> None:
    rows, seen = {card.key: card for card in starter_models}, 0
    for card, option in _offered(starter_models, starter_gpus):
        assert not needs_quantized_checkpoint(option), (card.key, option.quantization)
        loaded, label = rows.get(checkpoint(option)), option.quantization or ""
        seen += 1
        if is_quantized_on_loading(option):
            assert any(flag.startswith("--quantization=") for flag in vllm_flags(option)), card.key
        elif loaded is not None and loaded.native_dtype in FORMATS:
            bits = FORMATS[loaded.native_dtype].bits
            assert (bits == pytest.approx(FORMATS[label].bits, rel=0.1)) or bits == 32, (card.key, label)
    assert seen > 1000


def test_a_format_that_nobody_publishes_is_no_choice(starter_models: tuple[ModelCard, ...]) -> None:
    card = next(card for card in starter_models if card.key == "bigcode/starcoder2-15b")
    offered = candidates(request(models=(RequestedModel(name=card.key),)), (card,))[0]
    labels = [variant.label for variant in variants_of(request(), offered)]
    assert quantised_checkpoint(card.key, "awq") is None
    assert labels == ["bf16", "fp8"]
    asked = request(models=(RequestedModel(name=card.key, quantization="4-bit"),))
    assert [v.label for v in variants_of(asked, candidates(asked, (card,))[0])] == ["nf4"]


@pytest.mark.parametrize(("key", "label"), [("bigcode/starcoder2-15b", "bf16"), ("deepseek-ai/DeepSeek-R1", "fp8")])
def test_weights_asked_for_as_they_are_published_are_served_in_no_other_format(
    starter_models: tuple[ModelCard, ...], key: str, label: str
) -> None:
    card = next(card for card in starter_models if card.key == key)
    asked = request(models=(RequestedModel(name=card.key),), precision="published")
    assert [v.label for v in variants_of(asked, candidates(asked, (card,))[0])] == [label]


def test_listed_checkpoints_are_of_models_of_the_catalogue_and_named_for_their_format(
    starter_models: tuple[ModelCard, ...],
) -> None:
    keys = {card.key for card in starter_models}
    told = {"awq": ("awq",), "gptq": ("gptq",), "int4": ("w4a16", "int4"), "int8": ("w8a8",), "fp8": ("fp8",),
            "nvfp4": ("nvfp4",), "gguf": ("gguf",)}  # fmt: skip
    with Path(sizing.__file__ or "").with_name("checkpoints.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["model"] in keys, row
            words = told[row["format"]] if row["format"] not in OF_FOUR_BITS else (*told["awq"], *told[row["format"]])
            assert any(word in row["repository"].lower() for word in words), row
            assert row["source"], row


def test_what_others_publish_of_a_gated_model_is_open_to_download(starter_models: tuple[ModelCard, ...]) -> None:
    """A plan asks for no token there: that rests on the repositories that the catalogue has a row of."""
    cards, seen = {card.key.lower(): card for card in starter_models}, 0
    for card in starter_models:
        for label in FORMATS if card.gated else ():
            held = cards.get((quantised_checkpoint(card.key, label) or "").lower())
            if held is not None and held.key.partition("/")[0].lower() != card.key.partition("/")[0].lower():
                assert not held.gated, (card.key, held.key)
                seen += 1
    assert seen >= 10
