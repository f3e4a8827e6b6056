"""Training memory stands beside what its libraries publish; preference methods, the loss and checkpointing count."""

import pytest

from domain.offers import Gpu
from domain.placement import MemoryProof, Mode
from domain.speed import Optimizer
from sizing.request import SizeRequest, size

GB_PER_GIB = 1.073741824


def proof(gpu: Gpu, params_b: float, mode: Mode = "train", **options: object) -> MemoryProof:
    return size(SizeRequest.model_validate({"gpu": gpu, "params_b": params_b, "mode": mode, **options}))


@pytest.mark.parametrize(
    ("mode", "optimizer", "gb_by_params"),
    [
        ("qlora", "adam", {7: 6, 14: 12, 30: 24, 70: 48}),
        ("lora", "adam", {7: 16, 14: 32, 30: 64, 70: 160}),
        ("train", "adam", {7: 120, 14: 240, 30: 600, 70: 1200}),
        ("train", "adam_bf16", {7: 60, 14: 120, 30: 300, 70: 600}),
    ],
)
def test_it_is_within_a_quarter_of_the_table_of_llama_factory(
    mode: Mode, optimizer: Optimizer, gb_by_params: dict[int, float], starter_gpus: dict[str, Gpu]
) -> None:
    """README of LLaMA-Factory, hardware requirement (estimated): 18, 8, 2 and 1/2 GB for each billion."""
    for params_b, gb in gb_by_params.items():
        total = proof(starter_gpus["B200-SXM"], params_b, mode, optimizer=optimizer, sequence=1024).total_gib
        assert total * GB_PER_GIB == pytest.approx(gb, rel=0.25), params_b


def test_70b_in_4_bits_trains_on_one_card_of_48_gb_as_the_paper_did(starter_gpus: dict[str, Gpu]) -> None:
    assert proof(starter_gpus["RTX-A6000"], 70.0, "qlora", sequence=512).fits


def test_70b_in_4_bits_trains_on_two_cards_of_24_gb_between_them(starter_gpus: dict[str, Gpu]) -> None:
    """axolotl, examples/llama-3, qlora-fsdp-70b.yaml: two GPUs at 21 GB each; adapters are shared out as well."""
    shared = proof(starter_gpus["RTX-4090"], 70.0, "qlora", sequence=512, gpu_count=2, zero=3)
    assert shared.fits
    assert shared.total_gib * GB_PER_GIB == pytest.approx(21, rel=0.25)


def test_pairs_and_a_frozen_copy_cost_what_they_hold(starter_gpus: dict[str, Gpu]) -> None:
    gpu = starter_gpus["B200-SXM"]
    usual, paired = proof(gpu, 8.0), proof(gpu, 8.0, preference=True)
    assert paired.activation_gib == pytest.approx(2 * usual.activation_gib)
    assert (paired.weights_gib - usual.weights_gib) * 2**30 == pytest.approx(16e9)
    adapted, compared = proof(gpu, 8.0, "lora"), proof(gpu, 8.0, "lora", preference=True)
    assert compared.weights_gib == adapted.weights_gib


def test_whole_logits_and_kept_layers_take_more(starter_gpus: dict[str, Gpu]) -> None:
    gpu = starter_gpus["B200-SXM"]
    least = proof(gpu, 8.0).activation_gib
    assert proof(gpu, 8.0, loss="full").activation_gib > least
    assert proof(gpu, 8.0, checkpointing=False).activation_gib > 5 * least
