"""Whose hardware it is: what is wanted, what is at hand, what is only asked or told about."""

import pytest

from domain.workload import OwnedHardware, WorkloadSpec
from tests.understanding.talking import starter_reader


def _read(message: str) -> WorkloadSpec:
    return starter_reader().read_at_once([message], WorkloadSpec(), None, False).spec


def _owned(spec: WorkloadSpec) -> list[tuple[str | None, int | None, float | None, int | None]]:
    return [(item.gpu, item.count, item.vram_gb, item.nodes) for item in spec.owned]


def _wants_nothing(spec: WorkloadSpec) -> bool:
    return (spec.gpu.models, spec.gpu.min_count, spec.gpu.min_vram_gb, spec.cpu.min_ram_gb, spec.cpu.min_vcpu) == (
        (), None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "owned"),
    [
        # A machine that has them, and the members of the list behind them.
        ("The machine has 4x A100 40GB and 512 GB of RAM. How do I speed up Llama 2 70B?", ("A100-40GB", 4, 40, None)),
        ("Our cluster consists of 8 nodes with 4 V100 each. Is it enough for Mixtral?", ("V100", 4, None, 8)),
        ("Laptop: Ryzen 7, RTX 3060 6GB, 16GB RAM. How long does SDXL take?", ("RTX-3060-12GB", None, 6, None)),
        ("How long will it take on my own box (dataset: 5 GB, hardware: 8x A40)?", ("A40", 8, 48, None)),
        # A report of trouble: all hardware of its statements is there.
        ("CUDA OOM while finetuning Mistral 7B. GPU: 1x A100 (80GB), RAM: 256GB", ("A100-80GB", 1, 80, None)),
        ("Tried it on a T4 in a notebook but it runs out of memory.", ("T4", None, 16, None)),
        ("Inference is super slow even with a GPU (RTX 3060).", ("RTX-3060-12GB", None, 12, None)),
        # What is said of them apart from the name.
        ("Out of memory. My GPU has 48GB, RAM is 256GB. I have 2 x Nvidia A6000.", ("RTX-A6000", 2, 48, None)),
        ("It gets slow. The cards are V100, I have 4 of 32G each.", ("V100-32GB", 4, 32, None)),
        ("Can I tune it on one A100 with 80GB? The docs use more, but I only have one.", ("A100-80GB", 1, 80, None)),
        # A card that is at hand still is when it is spoken of again.
        ("I train SDXL on my RTX 4090. Are 4 hours normal for a RTX 4090?", ("RTX-4090", None, 24, None)),
        ("I run it on an A40 and it is too slow. The docs say 2x H100 are required.", ("A40", None, 48, None)),
        # An apposition, a possessive before the figure, a list behind a machine, a specification.
        ("It is slow on the GPU, a Tesla P100 16 GB, and my 16 GB of RAM are full.", ("P100", None, 16, None)),
        ("None of my 2 GPUs (T4) is used, it is super slow.", ("T4", 2, 16, None)),
        ("My own computer has Ubuntu, 50 GB of RAM and an RTX 3090. Is it enough?", ("RTX-3090", None, 24, None)),
        ("Will it run? My PC with this specification: RTX 3060, 32 GB RAM", ("RTX-3060-12GB", None, 12, None)),
        ("A reindex reached only 2 chunks per second on a T4. Why?", ("T4", None, 16, None)),
        ("It runs on one machine (8 x T4), but very slow. How can I make it better?", ("T4", 8, 16, 1)),
        # Names of cards.
        ("I can't get the Arc B70 to work with Qwen3.", ("Arc B70", None, None, None)),
        ("I'm on M4 with 16GB unified memory.", ("M4", None, 16, None)),
        ("The machine has 8 Tesla V100-PCIE-32GB.", ("V100-32GB", 8, 32, None)),
        ("I am using a nvidia dgx spark.", ("GB10", None, 128, None)),
    ],
)  # fmt: skip
def test_what_is_at_hand_is_no_wish(
    message: str, owned: tuple[str | None, int | None, float | None, int | None]
) -> None:
    spec = _read(message)
    found = [(name.lower() if (name := item[0]) else None, *item[1:]) for item in _owned(spec)]
    assert [(gpu.split()[-1] if gpu else None, *rest) for gpu, *rest in found] == [
        ((owned[0] or "").lower().split()[-1], *owned[1:])
    ]
    assert _wants_nothing(spec)


@pytest.mark.parametrize(
    "message",
    [
        "Is an A100 with 80GB enough for Mixtral?",
        "Which card should I buy for SDXL: 3090, 4090 or A6000?",
        "Does it work with a Jetson Nano?",
        "Has anyone tried it on MI300X?",
        "Were the tests run on 8x H200?",
        "The README says that it needs 40GB and works on A100, 2x3090, A40.",
        "I see you used 8 GPUs for the fine-tuning.",
        "They say: the plan has 4 cores CPU, 15 GB RAM and a Tesla K80.",
        "llama 3 8b used to take around 8788 MB of GPU VRAM.",
    ],
)
def test_what_is_asked_or_told_about_is_neither(message: str) -> None:
    spec = _read(message)
    assert not spec.owned
    assert _wants_nothing(spec)


@pytest.mark.parametrize(
    ("message", "models", "count"),
    [
        ("Requirements: GPU: 4x A100 80GB, RAM: 256GB, region: Frankfurt", ("A100-80GB",), 4),
        ("We have 2 A40 and need 2 more A40 for training.", ("A40",), 2),
        ("Is an A100 enough for Mixtral? Budget 2000 USD a month.", ("A100",), None),
        ("8x H100, fallback to fewer in case of OOM.", ("H100",), 8),
        ("too slow, use 2 H100", ("H100",), 2),
    ],
)
def test_what_is_wanted(message: str, models: tuple[str, ...], count: int | None) -> None:
    spec = _read(message)
    assert (spec.gpu.models, spec.gpu.min_count) == (models, count)


def test_memory_of_the_machine_is_not_that_of_its_card() -> None:
    spec = _read("I have 16 GB of VRAM and 80 GB of system RAM. It takes too long.")
    assert spec.owned == (OwnedHardware(vram_gb=16, ram_gb=80),)
    assert _wants_nothing(spec)


Kept = tuple[str | None, int | None, float | None, int | None, float | None]


@pytest.mark.parametrize(
    ("message", "owned"),
    [
        # The environment of a report, the parts of a computer, a bare list.
        ("Is it enough for Mixtral?\nGPU: 4 x A6000 48GB\nCPU: EPYC\nMemory: 512GB", ("RTX-A6000", 4, 48, None, 512)),
        ("Which R1 fits 8 * 4090,256G memory?\nCPU: 80\nGPU: 8 * 4090\nMemory: 256G", ("RTX-4090", 8, 24, None, 256)),
        ("Two 3090 in the same PC, 96GB DDR5. What is the biggest Llama?", ("RTX-3090", 2, 24, None, 96)),
        ("How long does it take (dataset: 16GB of text, hardware: 8 * V100 (32GB))?", ("V100-32GB", 8, 32, None, None)),
        ("Which model for my Mac Studio M3 Ultra?\n28-core CPU, 60-core graphics processor\n256GB Memory\n1TB SSD",
         ("M3-Ultra-256GB", None, 256, None, None)),
        # Possession in few words.
        ("Bought four used 3060 12GB cards, all in one box with 128GB of RAM. Can I run a 70B?",
         ("RTX-3060-12GB", 4, 12, None, 128)),
        ("8 gpus with 16GB memory each are available on my server, I want to train a 7B", (None, 8, 16, None, None)),
        ("Can I finetune a 70B with 16 * A10( 16 * 23G)\n\nThis is my gpus, 16 gpus in one machine.",
         ("A10", 16, 23, None, None)),
        ("My Mac mini M4 Pro has 48 GB of unified memory. Can it run a 32B?", ("M4-Pro-48GB", None, 48, None, None)),
        ("My rig: i9-13900K, 192GB RAM, 1x 4090. Can it run R1?", ("RTX-4090", 1, 24, None, 192)),
        ("I use ZeRO-3 offload, the speed is very low (6 machine x 8 card x 16GB)", (None, 8, 16, 6, None)),
        ("3 machines x 8 cards x 24GB at our lab, need to SFT a 32B", (None, 8, 24, 3, None)),
        ("There are 2 DGX boxes (8x H100 80GB each, 2TB RAM per box) in our datacenter. Can they serve it?",
         ("H100", 8, 80, 2, 2000)),
        ("I own an RTX 3080 modded to 20GB, can I use it for a 14B?", ("RTX-3080-10GB", None, 20, None, None)),
        # In Chinese.
        ("我有2台服务器，每台8张A800 80G，内存1TB，能部署70B吗？", ("A800", 8, 80, 2, 1000)),
        ("手里有一块3090 24G显存，电脑64G内存，跑得动32B吗", ("RTX-3090", 1, 24, None, 64)),
        ("我现在有内存640GB，显卡一张L40，显存48GB，能否把671B跑起来呢？", ("L40", 1, 48, None, 640)),
    ],
)  # fmt: skip
def test_machines_that_are_described_are_at_hand(message: str, owned: Kept) -> None:
    spec = _read(message)
    assert [(o.gpu, o.count, o.vram_gb, o.nodes, o.ram_gb) for o in spec.owned] == [owned]
    assert _wants_nothing(spec)
    assert spec.dataset.size_gb in (None, 16)


@pytest.mark.parametrize(
    "message",
    [
        "GPU: 2x A100 80GB\nRAM: 256 GB\nRegion: EU\nBudget: $5k a month\nServe Llama 70B. What is cheapest?",
        "Requirements: GPU: 4x L40S, RAM: 256 GB. Who rents that out?",
        "Rent 4x A100 80GB with 512 GB of RAM in Frankfurt. What does it cost?",
    ],
)
def test_machines_on_terms_are_ordered(message: str) -> None:
    spec = _read(message)
    assert (spec.owned, len(spec.gpu.models)) == ((), 1)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Can I finetune with 4 GPU of 16gb each?", (None, 4, 16, None)),
        ("Are three A100 nodes enough for R1? Others use four A100 nodes, each with 8 80GB GPUs.",
         ("A100-80GB", 8, 80, 3)),
        ("Would it be possible to fine-tune it on 4xV100?", ("V100", 4, None, None)),
    ],
)  # fmt: skip
def test_cards_that_are_asked_about_are_the_subject_of_the_question(
    message: str, asked: tuple[str | None, int | None, float | None, int | None]
) -> None:
    spec = _read(message)
    assert spec.question is not None
    assert [(o.gpu, o.count, o.vram_gb, o.nodes) for o in spec.question.hardware] == [asked]
    assert spec.owned == ()
