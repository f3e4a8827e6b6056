"""The choices of a placement and the alternatives to them: each is what its label says, in the order of the labels."""

from collections.abc import Callable

import pytest

from artifacts.engines import vllm_flags
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
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
from sizing.constraints import names_gpu
from sizing.placement import UNCHECKED_DEADLINE, place
from tests.sizing.small_catalogues import MODELS, gpu, offer, request

LLAMA_70B = WorkloadSpec(
    task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name="Llama 70B", params_b=70),)
)
MRI = WorkloadSpec(
    task_type="training", domain="vision", use_case="detection", industry="healthcare", gpu_needed=True,
    dataset=Dataset(size_gb=2000, modality="mri"),
)  # fmt: skip
CHOICES = ("recommended", "cheapest", "faster", "better")


@pytest.fixture(scope="module")
def llama_8b_first(starter_models: tuple[ModelCard, ...]) -> tuple[ModelCard, ...]:
    """Candidates as a search would rank them: the best known 8B model first."""
    return tuple(sorted(starter_models, key=lambda m: m.key != "meta-llama/Llama-3.1-8B-Instruct"))


def broken(option: PlacementOption) -> tuple[bool, ...]:
    """The rules that give way, the weightiest first."""
    rules = {b.rule for b in option.breaks}
    return tuple(rule in rules for rule in ("R1", "R4", "R5", "R6", "R10"))


def pace(option: PlacementOption) -> float:
    assert option.served is not None
    return option.served.tokens_per_s_per_user or 0.0


def test_three_distinct_plans_the_choices_first_then_the_alternatives_the_soundest_first(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    for spec in (LLAMA_70B, MRI, LLAMA_70B.model_copy(update={"traffic": Traffic(concurrent_users=300)})):
        options = place(spec, starter_models, starter_offers).options
        assert len(options) >= 3
        assert len({(o.offer.key, o.nodes, o.quantization) for o in options}) == len(options)
        labels = [o.label for o in options]
        choices = [label for label in CHOICES if label in labels]
        assert labels[: len(choices)] == choices
        alternatives = [broken(o) for o in options[len(choices) :]]
        assert alternatives == sorted(alternatives)


def test_a_service_comes_on_demand_first_and_spot_beside_it(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    options = place(LLAMA_70B, starter_models, starter_offers).options
    assert options[0].offer.pricing == "on_demand"
    spot = next(o for o in options if o.label == "spot")
    assert spot.offer.pricing == "spot"
    asked = place(LLAMA_70B.model_copy(update={"pricing": "spot"}), starter_models, starter_offers).options
    assert {o.offer.pricing for o in asked} == {"spot"}


@pytest.mark.parametrize("users", [None, 100, 1000])
@pytest.mark.parametrize("providers", [(), ("aws", "gcp"), ("runpod", "vast"), ("verda",), ("nebius", "lambda")])
def test_every_option_is_what_its_label_says(
    users: int | None,
    providers: tuple[str, ...],
    starter_offers: tuple[Offer, ...],
    starter_models: tuple[ModelCard, ...],
) -> None:
    spec = LLAMA_70B.model_copy(
        update={"traffic": Traffic(concurrent_users=users), "location": Location(providers=providers)}
    )
    first, *others = place(spec, starter_models, starter_offers).options
    assert first.label == "recommended"
    price = first.price_per_hour_usd
    keeps_as_much = {"faster", "better", "other provider", "fewer GPUs", "lower precision"}
    is_so: dict[str, Callable[[PlacementOption], bool]] = {
        "cheapest": lambda o: o.price_per_hour_usd == min(x.price_per_hour_usd for x in (first, *others)) < price,
        "faster": lambda o: pace(o) >= 1.3 * pace(first) and o.price_per_hour_usd <= 3 * price,
        "better": lambda o: o.price_per_hour_usd <= 3 * price and o.quantization != first.quantization,
        "spot": lambda o: o.offer.pricing == "spot" and o.price_per_hour_usd < price,
        "other provider": lambda o: o.offer.provider != first.offer.provider,
        "fewer GPUs": lambda o: o.gpus < first.gpus,
        "lower precision": lambda o: o.quantization != first.quantization and o.price_per_hour_usd < price,
        "commitment": lambda o: o.offer.pricing == "reserved" and o.price_per_hour_usd < price,
        "next": lambda o: True,
    }
    for option in others:
        assert is_so[option.label](option), option.label
        assert option.label not in keeps_as_much or broken(option) <= broken(first)
        gained = option.label == "faster" and option.model == first.model
        assert (f", {pace(option) / pace(first):.1f} times as fast" in option.reasons[0]) == gained


def test_what_the_cheapest_gives_up_is_said(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    options = place(LLAMA_70B, starter_models, starter_offers).options
    cheapest = next(o for o in options if o.label == "cheapest")
    rules = [b.rule for b in cheapest.breaks]
    assert rules == sorted(rules, key=lambda rule: int(rule[1:]))
    assert "R6" in rules
    assert all(b.words for b in cheapest.breaks)


def test_the_recommended_plan_alone_is_the_cheapest_where_nothing_saves_three_percent() -> None:
    offers = (offer("sound", 2.0), offer("container", 1.95, seller="containers"))
    assert "cheapest" not in [o.label for o in place(request(), MODELS, offers).options]
    cheaper = (offers[0], offers[1].model_copy(update={"price_per_hour_usd": 1.9}))
    assert [o.label for o in place(request(), MODELS, cheaper).options][:2] == ["recommended", "cheapest"]


def test_a_larger_model_is_offered_as_better_where_none_was_named() -> None:
    small, large = (gpu(name=f"G{gb}", family=f"G{gb}", memory_gb=gb, usable_gib=gb * 0.98, memory_bandwidth_gb_s=4000)
                    for gb in (80, 192))  # fmt: skip
    offers = (offer("small", 2.0, gpu=small), offer("large", 5.0, gpu=large))
    spec = request(models=(), traffic=Traffic(concurrent_users=1))
    options = place(spec, MODELS, offers).options
    assert [(o.label, o.model and o.model.name) for o in options[:2]] == [("recommended", "m8"), ("better", "m70")]
    dearer = (offers[0], offers[1].model_copy(update={"price_per_hour_usd": 7.0}))
    assert "better" not in [o.label for o in place(spec, MODELS, dearer).options]


def test_a_commitment_is_an_alternative_with_what_it_saves() -> None:
    offers = (offer("cloud", 2.0), offer("longer", 1.2, pricing="reserved"), offer("least", 1.0, pricing="spot"))
    options = place(request(), MODELS, offers).options
    assert [o.label for o in options] == ["recommended", "cheapest", "commitment"]
    assert "40% less than the recommended plan" in options[2].reasons[0]


def test_what_gives_way_to_the_budget_says_the_price_of_keeping_it() -> None:
    slow = offer("slow", 1.0, gpu=gpu(name="S80", family="S80", memory_bandwidth_gb_s=280), ram_gib=8)
    cramped = offer("fast", 2.0, ram_gib=8)
    spec = request(precision="bf16", budget=Budget(amount=1.5, period="hour"))
    dropped = place(spec, MODELS, (slow, cramped)).dropped
    assert [(d.rule, d.kept_at_usd_per_month) for d in dropped] == [("R6", 1460.0), ("R10", None)]


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
        assert option.job_hours is not None
        assert option.job_hours == pytest.approx(hours.value + 0.5)
        assert option.job_cost_usd == pytest.approx(option.price_per_hour_usd * option.job_hours)


def test_a_deadline_buys_more_gpus(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> None:
    slow = place(MRI, starter_models, starter_offers).options[0]
    assert slow.job_hours is not None
    hours = slow.job_hours / 2
    fast = place(MRI.model_copy(update={"deadline_hours": hours}), starter_models, starter_offers).options[0]
    assert fast.job_hours is not None
    assert fast.job_hours <= hours
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


def test_who_wants_speed_at_any_price_gets_the_fastest_card(
    starter_models: tuple[ModelCard, ...], starter_offers: tuple[Offer, ...]
) -> None:
    flux = WorkloadSpec(
        task_type="inference", domain="image_generation", gpu_needed=True,
        models=(RequestedModel(name="black-forest-labs/FLUX.1-dev"),), gpu=GpuRequirement(models=("H100", "L40S")),
    )  # fmt: skip
    dear = flux.model_copy(update={"priorities": Priorities(latency="high", cost="low")})
    by_price, by_speed = (place(one, starter_models, starter_offers).options[0] for one in (flux, dear))
    assert by_price.throughput[0].value < by_speed.throughput[0].value / 1.1
    assert by_speed.taken_for == "speed"
    assert by_speed.gpus <= by_price.gpus
