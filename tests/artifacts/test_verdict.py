"""The answer to a question: yes or no first, by how much, and what would do instead."""

from artifacts.verdict import compared, enough, priced, settled
from domain.models import Architecture, ModelCard
from domain.placement import PlacementOption, Served
from domain.workload import RequestedModel, TaskType, WorkloadSpec
from sizing.candidates import candidates
from sizing.enough import ways_on
from tests.artifacts.sample_plan import H100, SOURCE, offer, option

A100 = H100.model_copy(
    update={
        "name": "A100-80GB", "family": "A100", "compute_capability": 8.0, "memory_bandwidth_gb_s": 2039.0,
        "tflops_fp16": 312.0, "tflops_bf16": 312.0, "link": "nvlink", "link_gb_s": 600.0, "usable_gib": 79.25,
    }
)  # fmt: skip
LLAMA_70B = ModelCard(
    key="made/llama-70b", name="Llama-70B", family="llama", domain="llm", pipeline_tag="text-generation",
    params_b=70.6, native_dtype="bf16", source=SOURCE,
    architecture=Architecture(
        layers=80, hidden_size=8192, intermediate_size=28672, attention_heads=64, kv_heads=8, head_dim=128,
        vocab_size=128256, context_tokens=131072,
    ),
)  # fmt: skip


def judged(task: TaskType, count: int) -> str:
    spec = WorkloadSpec(task_type=task, domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama-70B"),))
    (candidate,) = candidates(spec, (LLAMA_70B,))
    return enough("Llama-70B", A100, count, ways_on(spec, candidate, A100, count))


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
    assert compared([quick("A", 30, 1000), quick("B", 20, 2000)]).startswith("A: it costs the least and is no slower.")


def test_a_price_has_its_range_and_its_day() -> None:
    told = priced((option(price_per_month_usd=1000.0), option(price_per_month_usd=400.0)))
    assert told.startswith("About $1,000 a month")
    assert "$400 to $1,000" in told
    assert "Price of 2026-05-01" in told


def test_without_a_gpu_that_is_the_answer() -> None:
    plain = option(offer=offer(gpu=None, gpu_count=0), gpus=0)
    assert settled(plain).startswith("No GPU is needed")
