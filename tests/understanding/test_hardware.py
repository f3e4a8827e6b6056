"""Cards that are only spoken of are no wish: those at hand, those that failed, those that somebody else advises."""

import pytest

from tests.understanding.talking import spec_of

AT_HAND = [
    "running it with an H100 at home so far",
    "currently 8xA100",
    "Now: 1x L4",
    "our cluster: 16x A100 40GB. Full",
    "on-prem: 2x A100",
    "our four A100 in the basement are full",
    "our lab has a DGX with 8 A100 but the queue is endless",
    "the local server has 2x L4 and runs out of memory",
    "we own two RTX 4090 workstations",
    "our own 2 x A100 stay for dev",
    "replacing our aging 4x A100 box",
    "we did the PoC on 2x L4",
    "tried it on a 4090 and ran out of memory",
    "it OOMs on a single L4",
    "an L4 choked on it",
    "we ran out of memory with 24GB",
    "I'm running it on 4xA100 and want to move to something cheaper",
    "an L4 is not enough",
    "2x24GB wasn't enough",
    "we used to have 4 A100, now they are gone",
    "the vendor recommended 8x H100",
    "a company told us we need an '8-GPU DGX'",
    "someone on reddit said you need 4 A100s",
    "somebody wrote that on 8 A100 it takes a week",
    "I know you train on eight H100s",
    "an A100 is around $2.5 per hour",
    "an H100 has up to 80 GB",
    "it is hard for us to get a machine with 8 A100s",
    "an A100 I can't afford",
    "one data point: 2x A100 took an hour",
    "there is a 24GB card's worth of work",
]
WANTED = [
    "we have to use 2x A100",
    "2x A100 is what our team knows",
    "two A100 should be enough",
    "our budget allows 2 A100",
    "give us two A100",
    "we have access to 2 A100, use them",
    "I want to have our own pair of A100",
    "my boss said to take 2 A100",
    "we'd like to run it on 2x A100",
    "have it run on 2 A100 please",
    "it is for everybody at our company, 2x A100",
    "we need it today, two A100",
    "we run a small shop and want two A100",
    "I had planned with 2x A100",
    "he quoted 8 H100, we think 2 A100 are enough",
    "the paper trained on 64 V100, we want 2 A100",
    "we have no GPUs, need 2x A100",
    "something for our biology lab, 2 A100",
]


@pytest.mark.parametrize("words", AT_HAND)
async def test_hardware_that_is_only_spoken_of_is_no_requirement(words: str) -> None:
    gpu = (await spec_of(f"Serve Mistral 7B to 40 people, {words}.")).gpu
    assert (gpu.models, gpu.min_count, gpu.min_vram_gb) == ((), None, None)


@pytest.mark.parametrize(
    ("words", "owned", "wanted"),
    [
        ("on-prem: 2x A100", (("A100", 2),), ()),
        ("we have access to 2 A100, use them", (("A100", 2),), ("A100",)),
        ("we own four L40S, so please use those", (("L40S", 4),), ("L40S",)),
        ("it OOMs on a single L4", (), ()),
    ],
)
async def test_hardware_at_hand_is_owned_and_wanted_only_where_it_is_to_be_used(
    words: str, owned: tuple[tuple[str, int], ...], wanted: tuple[str, ...]
) -> None:
    spec = await spec_of(f"Serve Mistral 7B to 40 people, {words}.")
    assert (tuple((held.gpu, held.count) for held in spec.owned), spec.gpu.models) == (owned, wanted)


@pytest.mark.parametrize("words", WANTED)
async def test_hardware_that_is_asked_for_is_one(words: str) -> None:
    gpu = (await spec_of(f"Serve Mistral 7B to 40 people, {words}.")).gpu
    assert (gpu.models, gpu.min_count) == (("A100",), 2)
