"""The options beside the first: distinct offers, sorted, worth having, and the ranking rule as documented."""

import pytest

from artifacts.engines import vllm_flags
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement
from domain.workload import (
    Budget,
    Dataset,
    GpuRequirement,
    Location,
    Priorities,
    RequestedModel,
    Traffic,
    WorkloadSpec,
)
from sizing.alternatives import dominates, worthwhile
from sizing.constraints import names_gpu
from sizing.placement import UNCHECKED_DEADLINE, place
from sizing.search import search

LLAMA_70B = WorkloadSpec(
    task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama 70B", params_b=70),)
)
MRI = WorkloadSpec(
    task_type="training", domain="vision", use_case="detection", industry="healthcare", gpu_needed=True,
    dataset=Dataset(size_gb=2000, modality="mri"),
)  # fmt: skip


@pytest.fixture(scope="module")
def llama_8b_first(starter_models: tuple[ModelCard, ...]) -> tuple[ModelCard, ...]:
    """Candidates as a search would rank them: the best known 8B model first."""
    return tuple(sorted(starter_models, key=lambda m: m.key != "meta-llama/Llama-3.1-8B-Instruct"))


def placed(spec: WorkloadSpec, offers: tuple[Offer, ...], models: tuple[ModelCard, ...]) -> Placement:
    return place(spec, models, offers)


def test_three_distinct_offers_the_rest_cheapest_first(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    for spec in (LLAMA_70B, MRI, LLAMA_70B.model_copy(update={"traffic": Traffic(concurrent_users=300)})):
        options = place(spec, starter_models, starter_offers).options
        assert len(options) >= 3
        assert len({(o.offer.provider, o.offer.instance_type, o.offer.pricing) for o in options}) == len(options)
        prices = [o.price_per_hour_usd for o in options[1:]]
        assert prices == sorted(prices)


def test_a_service_comes_on_demand_first_and_spot_beside_it(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    options = place(LLAMA_70B, starter_models, starter_offers).options
    assert options[0].offer.pricing == "on_demand"
    spot = next(o for o in options if o.label == "cheapest spot")
    assert spot.offer.pricing == "spot"
    asked = place(LLAMA_70B.model_copy(update={"pricing": "spot"}), starter_models, starter_offers).options
    assert {o.offer.pricing for o in asked} == {"spot"}


def test_the_published_precision_comes_first_unless_cost_does(
    starter_offers: tuple[Offer, ...], llama_8b_first: tuple[ModelCard, ...]
) -> None:
    spec = LLAMA_70B.model_copy(update={"models": (RequestedModel(name="meta-llama/Llama-3.1-8B-Instruct"),)})
    careful = place(spec, llama_8b_first, starter_offers).options[0]
    frugal = place(
        spec.model_copy(update={"priorities": Priorities(cost="high")}), llama_8b_first, starter_offers
    ).options[0]  # fmt: skip
    assert careful.quantization in ("bf16", "fp16")
    assert frugal.price_per_hour_usd <= careful.price_per_hour_usd


def test_a_budget_too_small_for_the_published_precision_gets_a_smaller_one(
    starter_offers: tuple[Offer, ...], llama_8b_first: tuple[ModelCard, ...]
) -> None:
    named = RequestedModel(name="meta-llama/Llama-3.1-8B-Instruct")
    spec = LLAMA_70B.model_copy(update={"models": (named,), "location": Location(providers=("aws",))})
    full = place(spec, llama_8b_first, starter_offers).options[0]
    less = Budget(amount=full.price_per_hour_usd * 0.9, period="hour")
    smaller = place(spec.model_copy(update={"budget": less}), llama_8b_first, starter_offers).options
    assert all(o.price_per_hour_usd <= full.price_per_hour_usd * 0.9 for o in smaller)
    assert not smaller or smaller[0].quantization not in ("bf16", "fp16") or smaller[0].offer.pricing == "spot"


@pytest.mark.parametrize("users", [None, 100, 1000])
@pytest.mark.parametrize("providers", [("aws", "gcp"), ("runpod", "vast"), ("verda",), ("nebius", "lambda")])
def test_no_option_of_a_provider_beats_another_in_everything(
    users: int | None,
    providers: tuple[str, ...],
    starter_offers: tuple[Offer, ...],
    starter_models: tuple[ModelCard, ...],
) -> None:
    spec = LLAMA_70B.model_copy(
        update={"traffic": Traffic(concurrent_users=users), "location": Location(providers=providers)}
    )
    found = search(spec, starter_models, starter_offers)
    best = found.best
    assert best is not None
    shown = [plan for label, plan in worthwhile(best, found.plans, ()) if label != "next cheapest"]
    assert not any(dominates(a, b) for a in shown for b in shown if a is not b)


def test_accelerators_with_another_engine_are_used_only_by_name(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    plain = place(LLAMA_70B, starter_models, starter_offers).options
    assert all(o.offer.gpu is not None and o.offer.gpu.vendor in ("nvidia", "amd") for o in plain)
    asked = LLAMA_70B.model_copy(update={"gpu": GpuRequirement(models=("Trainium1", "Inferentia2", "Trainium2"))})
    for option in place(asked, starter_models, starter_offers).options:
        assert option.offer.gpu is not None
        assert option.offer.gpu.vendor == "aws"
        assert any("Neuron" in reason for reason in option.reasons)


def test_mri_training_is_sized_as_volumes_with_hours_and_disk_throughput(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    placement = place(MRI, starter_models, starter_offers)
    assert any("nnU-Net" in a for a in placement.assumptions)
    for option in placement.options:
        assert option.proof is not None
        assert option.proof.mode == "train"
        hours = next(t for t in option.throughput if t.metric == "training_hours")
        disk = next(line for line in hours.lines if line.label == "Disk to GPU")
        assert disk.value == pytest.approx(2000 * 100 * 1e3 / (hours.value * 3600))
        assert option.job_cost_usd == pytest.approx(option.price_per_hour_usd * hours.value)


def test_a_deadline_buys_more_gpus(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> None:
    slow = place(MRI, starter_models, starter_offers).options[0]
    fast = place(MRI.model_copy(update={"deadline_hours": 12.0}), starter_models, starter_offers).options[0]
    assert fast.job_hours is not None
    assert fast.job_hours <= 12.0
    assert fast.price_per_hour_usd > slow.price_per_hour_usd


def test_traffic_becomes_replicas(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> None:
    one = place(LLAMA_70B, starter_models, starter_offers).options[0]
    many = place(
        LLAMA_70B.model_copy(update={"traffic": Traffic(concurrent_users=2000)}), starter_models, starter_offers
    ).options[0]  # fmt: skip
    in_flight = next(line for line in many.throughput[0].lines if line.label == "Requests in flight")
    assert in_flight.value >= 2000
    assert many.price_per_hour_usd > one.price_per_hour_usd


def test_the_same_question_gives_the_same_bytes(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    once = place(LLAMA_70B, starter_models, starter_offers).model_dump_json()
    assert place(LLAMA_70B, starter_models, starter_offers[::-1]).model_dump_json() == once


def test_of_several_named_models_the_largest_decides_and_the_others_are_mentioned(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    embedder = RequestedModel(name="BAAI/bge-m3")
    both = place(LLAMA_70B.model_copy(update={"models": (embedder, *LLAMA_70B.models)}), starter_models, starter_offers)
    alone = place(LLAMA_70B, starter_models, starter_offers)
    assert both.options == alone.options
    assert any("bge-m3" in assumption for assumption in both.assumptions)


def test_a_misspelt_model_is_still_the_model(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    typo = LLAMA_70B.model_copy(update={"models": (RequestedModel(name="lamma 70b", params_b=70),)})
    assert (
        place(typo, starter_models, starter_offers).options == place(LLAMA_70B, starter_models, starter_offers).options
    )


@pytest.mark.parametrize(("items", "checked"), [(None, False), (40_000, True)])
def test_a_deadline_without_an_amount_of_work_is_said_to_be_unchecked(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...], items: int | None, checked: bool
) -> None:
    asked = WorkloadSpec.model_validate(
        {
            "task_type": "batch_inference", "domain": "speech", "gpu_needed": True, "deadline_hours": 48,
            "models": [{"name": "Whisper large-v3"}], "dataset": {"items": items},
        }
    )  # fmt: skip
    placement = place(asked, starter_models, starter_offers)
    assert placement.options
    assert (UNCHECKED_DEADLINE in " ".join(placement.assumptions)) is not checked
    assert all((option.job_hours is not None) is checked for option in placement.options)


@pytest.mark.parametrize("users", [1, 20, 150])
def test_replicas_together_take_the_requests_that_are_in_flight_at_the_estimated_speed(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...], users: int
) -> None:
    asked = LLAMA_70B.model_copy(update={"traffic": Traffic(concurrent_users=users)})
    for option in place(asked, starter_models, starter_offers).options:
        in_flight = next(line for line in option.throughput[0].lines if line.label == "Requests in flight")
        assert option.requests_per_replica is not None
        assert option.requests_per_replica * option.replicas == in_flight.value >= users
        assert f"--max-num-seqs={option.requests_per_replica}" in vllm_flags(option)


@pytest.mark.parametrize(
    ("wanted", "name", "means"),
    [
        ("A100-80GB", "A100-80GB-PCIe", True),
        ("A100 80GB", "A100-80GB", True),
        ("A100-80GB-PCIe", "A100-80GB", False),
        ("A100-80GB", "A100-40GB", False),
        ("RTX-3090", "RTX-3090-Ti", False),
        ("H100", "H100-NVL", True),
    ],
)
def test_a_variant_of_a_gpu_covers_the_finer_ones(
    starter_offers: tuple[Offer, ...], wanted: str, name: str, means: bool
) -> None:
    gpu = next(offer.gpu for offer in starter_offers if offer.gpu is not None)
    family = "RTX-3090-Ti" if name == "RTX-3090-Ti" else name.split("-")[0]
    assert names_gpu(wanted, gpu.model_copy(update={"name": name, "family": family, "aliases": ()})) is means
