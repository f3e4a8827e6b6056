"""The answer to a question: yes or no first, by how much, and what would do instead."""

import pytest

from artifacts.verdict import beside, compared, enough, gpu_hours, not_known, priced, settled
from domain.models import Architecture, ModelCard
from domain.placement import PlacementOption, Served
from domain.workload import RequestedModel, TaskType, WorkloadSpec
from sizing.candidates import candidates
from sizing.enough import Way, format_said, most_at_once, ways_on
from sizing.longest_there import longest_there
from tests.artifacts.sample_plan import H100, SOURCE, offer, option

A100 = H100.model_copy(
    update={
        "name": "A100-80GB", "family": "A100", "compute_capability": 8.0, "memory_bandwidth_gb_s": 2039.0,
        "tflops_fp16": 312.0, "tflops_bf16": 312.0, "link": "nvlink", "link_gb_s": 600.0, "usable_gib": 79.25,
    }
)  # fmt: skip
RTX_3090 = A100.model_copy(
    update={"name": "RTX-3090", "family": "RTX-3090", "compute_capability": 8.6, "memory_gb": 24.0, "usable_gib": 24.0}
)
LLAMA_70B = ModelCard(
    key="meta-llama/Llama-3.3-70B-Instruct", name="Llama-70B", family="llama", domain="llm",
    pipeline_tag="text-generation",
    params_b=70.6, native_dtype="bf16", source=SOURCE,
    architecture=Architecture(
        layers=80, hidden_size=8192, intermediate_size=28672, attention_heads=64, kv_heads=8, head_dim=128,
        vocab_size=128256, context_tokens=131072,
    ),
)  # fmt: skip


def judged(
    task: TaskType, count: int, planned: PlacementOption | None = None, *, precision: str | None = None,
    context: int | None = None,
) -> str:  # fmt: skip
    spec = WorkloadSpec(
        task_type=task, domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama-70B"),), precision=precision,
        context_tokens=context,
    )  # fmt: skip
    (candidate,) = candidates(spec, (LLAMA_70B,))
    ways, said = ways_on(spec, candidate, A100, count), format_said(spec, candidate) or task == "training"
    held = () if any(way.fits for way in ways) else longest_there(spec, candidate, A100, count)
    return enough("Llama-70B", A100, count, ways, planned, said=said, held=held)


def test_training_70b_with_adam_does_not_fit_on_eight_and_it_says_what_would() -> None:
    told = judged("training", 8)
    assert told.startswith("No: Llama-70B with all weights in Adam needs about 1.3 TB")
    assert "8 x A100-80GB hold 640 GB" in told
    assert "24 of them would do" in told
    assert "LoRA fits on 8 x A100-80GB" in told


def test_what_fits_says_by_how_much() -> None:
    assert judged("inference", 4).startswith("Yes: Llama-70B fits on 4 x A100-80GB in bf16, ")
    assert "of 79 GiB on each" in judged("inference", 4)


def test_a_model_that_fits_quantised_alone_is_a_yes_with_its_format() -> None:
    told = judged("inference", 1)
    assert told.startswith("Yes, in ")
    assert "In bf16 it needs about 141 GB" in told


def test_a_precision_that_was_said_is_the_one_judged_and_the_lower_ones_are_told() -> None:
    told = judged("inference", 1, precision="bf16")
    assert told.startswith("No: Llama-70B in bf16 needs about 141 GB before caches and activations, ")
    assert "1 x A100-80GB holds 80 GB, 61 GB too few; " in told
    assert "In 4-bit (awq) it fits" in told or "in 4-bit (awq) it fits" in told


def test_a_context_that_does_not_fit_is_no_and_the_one_that_does_is_told() -> None:
    told = judged("inference", 1, precision="awq", context=131_072)
    assert told.startswith("No: ")
    assert "GiB are free" in told
    assert "In 4-bit (awq) it fits on 1 x A100-80GB with up to about" in told


def test_a_context_that_only_the_use_needs_makes_no_no_of_what_runs_with_less() -> None:
    spec = WorkloadSpec(
        task_type="inference",
        domain="llm",
        gpu_needed=True,
        models=(RequestedModel(name="Llama-70B"),),
        use_case="code",
    )
    (candidate,) = candidates(spec, (LLAMA_70B,))
    ways, held = ways_on(spec, candidate, RTX_3090, 2), longest_there(spec, candidate, RTX_3090, 2)
    assert not any(way.fits for way in ways)
    most = held[-1].tokens
    assert enough("Llama-70B", RTX_3090, 2, ways, held=held, usual=most).startswith("Yes: ")
    told = enough("Llama-70B", RTX_3090, 2, ways, held=held, usual=most + 1)
    assert told.startswith("Only in part: ")
    assert f"{most:,} tokens" in told


def test_the_answer_has_the_format_and_the_count_of_the_plan() -> None:
    planned = option(
        offer=offer(gpu=A100), gpus=2, quantization="int8",
        served=Served(in_flight=20, tokens_per_s_per_user=21.0, ttft_ms=300),
    )  # fmt: skip
    told = judged("inference", 4, planned)
    assert told.startswith("Yes, in int8: Llama-70B fits on 4 x A100-80GB, 70 of 80 GiB on each, 20 requests at once")
    assert "2 of them do, 2 stay free" in told
    assert "In bf16 it fits too" in told


def test_other_machines_than_those_asked_about_have_a_reason() -> None:
    asked = option(price_per_month_usd=2000.0, quantization="awq")
    told = beside(option(price_per_month_usd=1000.0, quantization="fp8"), asked)
    assert "cost less, run it in fp8; the others: 8 x H100-SXM 80 GB at aws us-east-1, $2,000 a month" in told
    assert "nobody in the catalogue rents" in beside(option(), None)


def test_two_are_compared_side_by_side_even_where_one_has_no_plan() -> None:
    told = compared([("A100", option(offer=offer(gpu=A100)), ""), ("H200", None, "no offer of it")])
    assert "A100: 8 x A100-80GB at aws us-east-1, $40,179 a month" in told
    assert "H200: no offer of it" in told


def quick(name: str, tokens: float, month: float) -> tuple[str, PlacementOption, str]:
    served = Served(in_flight=20, tokens_per_s_per_user=tokens, ttft_ms=300)
    return name, option(served=served, price_per_month_usd=month), ""


def test_who_costs_the_least_and_who_is_the_fastest() -> None:
    assert compared([quick("A", 20, 1000), quick("B", 30, 2000)]).startswith(
        "A costs the least, B is the fastest, 1.5 times."
    )
    even = compared([quick("A", 20, 1000), quick("B", 20.4, 1005)])
    assert even.startswith("Either: they cost the same and are as fast.")
    assert "1.0 times" not in compared([quick("A", 20, 1000), quick("B", 20.4, 2000)])
    assert compared([quick("A", 30, 1000), quick("B", 20, 2000)]).startswith(
        "A: it costs the least and is no slower, 50 %"
    )


def test_a_price_has_its_range_and_its_day() -> None:
    told = priced((option(price_per_month_usd=1000.0), option(price_per_month_usd=400.0)))
    assert told.startswith("About $1,000 a month")
    assert "$400 to $1,000" in told
    assert "Price of 2026-05-01" in told


def test_without_a_gpu_that_is_the_answer() -> None:
    plain = option(offer=offer(gpu=None, gpu_count=0), gpus=0)
    assert settled(plain).startswith("No GPU is needed")


def test_how_many_at_once_keep_the_pace() -> None:
    spec = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    (candidate,) = candidates(spec, (LLAMA_70B,))
    few, many = most_at_once(spec, candidate, A100, 2), most_at_once(spec, candidate, A100, 8)
    assert few is not None
    assert many is not None
    assert 1 <= few.at_once < many.at_once
    assert (many.deployment.per_user or 0) >= 15


@pytest.mark.parametrize(
    ("precision", "context", "says"),
    [
        ("int4", 16_384, ["n q4_k_m with llama.cpp it fits", "its KV cache in 8 bits"]),
        (None, 131_072, ["its KV cache in 8 bits"]),
    ],
)
def test_what_narrowly_fails_says_what_these_very_cards_hold(
    precision: str | None, context: int, says: list[str]
) -> None:
    """The longest context in a format as light as the one that was asked, with the cache as computed and in 8 bits."""
    models = (RequestedModel(name="Llama-70B", quantization=precision),)
    spec = WorkloadSpec(task_type="inference", domain="llm", models=models, context_tokens=context)
    (candidate,) = candidates(spec, (LLAMA_70B,))
    held = longest_there(spec, candidate, RTX_3090, 2)
    assert [one.tokens for one in held] == sorted(one.tokens for one in held)
    assert all(2048 <= one.tokens <= context for one in held)
    ways = ways_on(spec, candidate, RTX_3090, 2)
    told = enough("Llama-70B", RTX_3090, 2, ways, said=precision is not None, held=held)
    assert told.startswith("No: ")
    assert all(words in told for words in says)


@pytest.mark.parametrize("why_not", ["", "its heads divide by no number of cards"])
def test_what_memory_does_not_stand_against_is_no_with_its_reason(why_not: str) -> None:
    way = Way("bf16", 16.0, 80.0, None, None, None, why_not=why_not)
    told = enough("Llama-8B", A100, 1, (way,), None)
    assert told == (
        "No: Llama-8B in bf16 does not fit on 1 x A100-80GB as it is usually run, "
        f"{why_not or 'it is not known to run there'}."
    )


def test_of_unknown_hardware_what_was_asked_and_the_lightest_are_told() -> None:
    told = not_known("Llama-70B", "a WSE-3", None, [("bf16", 141.0), ("fp8", 71.0), ("q4_k_m", 43.0)], "vLLM")
    assert "needs about 141 GB in bf16 or 43 GB in" in told


@pytest.mark.parametrize(("hours", "told"), [(1.1875, "About 9.5 "), (1.3, "About 10 "), (100.0, "About 800 ")])
def test_the_hours_of_a_job_are_those_of_all_its_gpus(hours: float, told: str) -> None:
    assert gpu_hours(option(job_hours=hours)).startswith(f"{told}H100-SXM hours (8 x ")
