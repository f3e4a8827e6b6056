"""Unlike cards of one machine as one, the memory that was said of a card, and what lies in the RAM around it."""

import pytest

from artifacts.machine_memory import loaded_through, partly_in_memory
from catalog.reference import Reference, load_reference
from domain.workload import OwnedHardware, WorkloadSpec
from evals.starter import starter_reader
from graph.at_hand import gpu_of, owned_machines
from graph.context import ArchitectContext
from graph.pooled_cards import pooled, split_told

STATES = (("q8_0", 713.0), ("q4_k_m", 411.0))


@pytest.fixture
async def reference(context: ArchitectContext) -> Reference:
    return await load_reference(context.database)


def _spec(*held: OwnedHardware) -> WorkloadSpec:
    return WorkloadSpec(owned=held)


async def test_a_rebuilt_card_has_the_memory_that_was_said(reference: Reference) -> None:
    rebuilt, sold = gpu_of("RTX-3080-10GB", reference, 20.0), reference.gpus["RTX-3080-10GB"]
    assert rebuilt is not None
    assert (rebuilt.name, rebuilt.memory_gb) == ("RTX-3080-20GB", 20.0)
    assert rebuilt.usable_gib == pytest.approx(2 * sold.usable_gib)
    reported = gpu_of("A10", reference, 23.0)
    assert reported is not None
    assert (reported.name, reported.memory_gb) == ("A10", 24.0)


async def test_unlike_cards_of_one_machine_count_together(reference: Reference) -> None:
    held = _spec(
        OwnedHardware(gpu="RTX-2080-Ti", count=1, vram_gb=22), OwnedHardware(gpu="RTX-3080-10GB", count=1, vram_gb=20)
    )
    machines = tuple(offer for offer, _ in owned_machines(held, reference))
    whole = pooled(machines)
    assert whole is not None
    assert whole.gpu is not None
    rates = [offer.gpu.memory_bandwidth_gb_s or 0 for offer in machines if offer.gpu]
    assert (whole.gpu.memory_gb, whole.gpu_count, whole.gpu.compute_capability) == (42.0, 1, 7.5)
    assert whole.gpu.memory_bandwidth_gb_s == pytest.approx(42 / (22 / rates[0] + 20 / rates[1]))
    assert split_told(machines).endswith("--tensor-split 22,20")


async def test_cards_of_one_kind_and_computers_with_one_memory_are_not_put_together(reference: Reference) -> None:
    alike = owned_machines(_spec(OwnedHardware(gpu="L4", count=2)), reference)
    macs = owned_machines(_spec(OwnedHardware(gpu="M4-Pro-48GB"), OwnedHardware(gpu="M4-Max-64GB")), reference)
    assert [pooled(tuple(offer for offer, _ in held)) for held in (alike, macs)] == [None, None]


async def test_cards_without_a_name_are_as_fast_as_the_slowest_of_their_memory(reference: Reference) -> None:
    ((offer, machines),) = owned_machines(_spec(OwnedHardware(count=8, vram_gb=24, nodes=3)), reference)
    assert offer.gpu is not None
    assert (offer.gpu.name, offer.gpu_count, machines) == ("24 GB card", 8, 3)
    current = [g for g in reference.gpus.values() if g.memory_gb == 24 and g.vendor == "nvidia"]
    fast = [g.memory_bandwidth_gb_s or 0 for g in current if (g.compute_capability or 0) >= 8]
    assert offer.gpu.memory_bandwidth_gb_s == min(fast)


def test_part_of_a_model_lies_in_the_memory_of_the_machine() -> None:
    told = partly_in_memory(STATES, 48, 640)
    assert "in q4_k_m with about 368 of its 411 GB" in told
    assert "too few for the 411 GB of q4_k_m" in partly_in_memory(STATES, 24, 192)


def test_weights_pass_through_less_memory_than_they_take() -> None:
    assert "30 GB of RAM hold less than the 138 GB of weights" in loaded_through(138, 30)
    assert loaded_through(138, 256) == ""


@pytest.mark.parametrize(
    "words",
    [
        "I want to buy the necessary hardware for a 7B model, my budget is about 1000 EUR",
        "What graphics card should I purchase for SDXL? I don't want to spend over 700 dollars",
        "Thinking of ordering 4x RTX PRO 6000 for our office to serve gpt-oss-120b to 30 devs. Good choice?",
        "I am considering building a 2x R9700 rig to run Qwen3 32B",
        "Someone has offered to buy me a GPU for whisper, less than $2000",
    ],
)
def test_what_is_to_be_bought_is_no_rent(words: str) -> None:
    spec = starter_reader().read_at_once([words], WorkloadSpec(), None, False).spec
    assert (spec.purchase, spec.budget.period) in ((True, None), (True, "total"))


@pytest.mark.parametrize(
    "words",
    [
        "In order to serve Llama 70B on 4 GPUs, what do I rent? Up to $3k a month",
        "We bought 4x A100 last year, serve a 70B on them",
        "We do not want to buy GPUs, rent us what a 13B needs for 20 users",
    ],
)
def test_what_is_not_to_be_bought(words: str) -> None:
    assert starter_reader().read_at_once([words], WorkloadSpec(), None, False).spec.purchase is not True


async def test_cards_without_a_name_are_no_computers_of_their_own(reference: Reference) -> None:
    """The slowest accelerator of 16 GB is a Jetson."""
    ((offer, machines),) = owned_machines(_spec(OwnedHardware(count=8, vram_gb=16)), reference)
    assert (offer.gpu_count, machines) == (8, 1)
