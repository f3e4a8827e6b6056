"""For each rule a small catalogue where it decides, one where the user's words lift it, one where it gives way.

What a reader relies on: the first provider, and which rules the plan says it breaks.
"""

from typing import NamedTuple

import pytest

from domain.base import Pricing
from domain.offers import Offer
from domain.placement import RuleId
from domain.workload import (
    Availability,
    Budget,
    Dataset,
    GpuRequirement,
    Location,
    Priorities,
    Stakes,
    Traffic,
    Training,
    WorkloadSpec,
)
from sizing.constraints import OfferFilter
from sizing.misses import never_ends
from sizing.placement import place
from sizing.speeds import training_speed
from sizing.standards import MOST_JOB_HOURS
from tests.sizing.random_catalogues import beside_each_other
from tests.sizing.small_catalogues import MODELS, gpu, offer, request

CLOUD = offer("cloud", 2.0)
PATIENTS = request(sensitive=("medical",))
HOBBY: Stakes = "hobby"


class Case(NamedTuple):
    """`first`: the provider that is recommended, null for none; `breaks`: the rules it does not keep."""

    why: str
    spec: WorkloadSpec
    offers: tuple[Offer, ...]
    first: str | None
    breaks: tuple[RuleId, ...] = ()


def job(hours_on_g80: float, **said: object) -> WorkloadSpec:
    """Training of adapters that takes one G80 this long."""
    reached = training_speed("nvidia", "default").utilisation(gpu(), 312, "lora", experts=False)
    tokens = hours_on_g80 * 3600 * 312e12 * reached / (6 * 8.03e9)
    return request(task_type="fine_tuning", training=Training(method="lora", tokens=tokens), **said)


def pictures(items: int) -> WorkloadSpec:
    """Training of a classifier from as many."""
    return request(task_type="training", domain="vision", models=(), use_case="classification",
                   dataset=Dataset(items=items))  # fmt: skip


def at_rate(requests_per_s: float, peak: float | None = None, **said: object) -> WorkloadSpec:
    """A service that one G80 answers 6.3 times a second."""
    traffic = Traffic(requests_per_second=requests_per_s, peak_requests_per_second=peak)
    return request(precision="bf16", traffic=traffic, **said)


def check(case: Case) -> None:
    placed = place(case.spec, MODELS, beside_each_other(case.offers))
    if case.first is None:
        assert not placed.options
        return
    first = placed.options[0]
    assert (first.offer.provider, tuple(b.rule for b in first.breaks)) == (case.first, case.breaks)
    assert tuple(d.rule for d in placed.dropped) == case.breaks


CONTAINER, MARKET = offer("containers", 1.5, seller="containers"), offer("market", 1.0, seller="marketplace")
SELLER = [
    Case("strangers' machines are not for a service", request(), (MARKET, CONTAINER), "containers", ("R4",)),
    Case("a hobby may be anywhere", request(stakes=HOBBY), (MARKET, CONTAINER), "market"),
    Case("who asks for the market gets it", request(location=Location(sellers=("marketplace",))),
         (MARKET, CONTAINER), "market"),
    Case("what is done once needs no cluster, and no strangers", job(10), (MARKET, CONTAINER), "containers"),
    Case("where nobody else sells, it may be anywhere", job(10), (MARKET,), "market", ("R4",)),
    Case("without another offer it gives way", request(), (MARKET,), "market", ("R1", "R4")),
    Case("for patients it does not", PATIENTS, (MARKET,), None),
    Case("nor for a firm's own documents", request(task_type="rag"), (MARKET,), None),
    Case("unless the market was named", request(sensitive=("medical",), location=Location(providers=("market",))),
         (MARKET,), "market"),
]  # fmt: skip

ABROAD = offer("abroad", 1.0, region="us-1", country="US", jurisdictions=("US",))
IN_EUROPE = request(location=Location(jurisdictions=("EU",)))
PLACE = [
    Case("the place comes before the price", IN_EUROPE, (ABROAD, CLOUD), "cloud"),
    Case("where no place was said the price decides", request(), (ABROAD, CLOUD), "abroad"),
    Case("it never gives way", IN_EUROPE, (ABROAD,), None),
]

OLD = offer("old", 0.5, gpu=gpu(name="V32", family="V32", compute_capability=7.0))
NAMED_OLD = GpuRequirement(models=("V32",))
ANCIENT = offer("ancient", 0.5, gpu=gpu(name="P32", family="P32", compute_capability=6.0))
NAMED_ANCIENT = GpuRequirement(models=("P32",))
SOFTWARE = [
    Case("a GPU that current builds have dropped is not offered", request(precision="q8_0"), (OLD, CLOUD), "cloud"),
    Case("named, it is, with the engine that still runs it", request(precision="q8_0", gpu=NAMED_OLD),
         (OLD, CLOUD), "old"),
    Case("it never gives way", request(precision="q8_0"), (OLD,), None),
    Case("and then by the release that still starts there", request(precision="fp16", gpu=NAMED_OLD), (OLD,), "old"),
    Case("nor by one where none starts", request(precision="fp16", gpu=NAMED_ANCIENT), (ANCIENT,), None),
]  # fmt: skip

NODE = [
    Case("what runs on Kubernetes needs a node", request(), (CONTAINER, CLOUD), "cloud"),
    Case("what is done once does not", job(10), (CONTAINER, CLOUD), "containers"),
    Case("unless a cluster was spoken of", job(10, cluster="k3s"), (CONTAINER, CLOUD), "cloud"),
    Case("what comes back has to be started again", job(10, every="day"), (CONTAINER, CLOUD), "cloud"),
    Case("who asked for containers gets a service there", request(orchestration="containers"),
         (CONTAINER, CLOUD), "containers"),
    Case("several of them are no cluster", request(task_type="batch_inference", gpu=GpuRequirement(min_nodes=2)),
         (CONTAINER, CLOUD), "cloud"),
    Case("who asks for containers gets one", request(location=Location(sellers=("containers",))),
         (CONTAINER, CLOUD), "containers"),
    Case("so does who names the provider", request(location=Location(providers=("containers", "cloud"))),
         (CONTAINER, CLOUD), "containers"),
    Case("without another offer it gives way", request(), (CONTAINER,), "containers", ("R4",)),
]  # fmt: skip

SPOT, RESERVED = offer("spot", 1.0, pricing="spot"), offer("reserved", 1.2, pricing="reserved")
EIGHT_ON_SPOT, EIGHT = offer("spot", 8.0, pricing="spot", gpu_count=8), offer("eight", 16.0, gpu_count=8)
STAYS = [
    Case("a service is on demand", request(), (SPOT, RESERVED, CLOUD), "cloud"),
    Case("who says spot gets spot", request(pricing="spot"), (SPOT, CLOUD), "spot"),
    Case("a short job may be on spot", job(20), (SPOT, CLOUD), "spot"),
    Case("a long one may not", job(30), (SPOT, CLOUD), "cloud"),
    Case("unless more machines make it short", job(240), (EIGHT_ON_SPOT, EIGHT), "spot"),
    Case("without another offer it gives way", request(), (SPOT,), "spot", ("R5",)),
    Case("a heavier rule comes first", request(), (SPOT, CONTAINER), "spot", ("R5",)),
]

SLOW = offer("slow", 1.0, gpu=gpu(name="S80", family="S80", memory_bandwidth_gb_s=280))
UNKNOWN = offer("unknown", 1.0, gpu=gpu(name="U80", family="U80", memory_bandwidth_gb_s=None))
WEAK = offer("weak", 1.0, gpu=gpu(name="W80", family="W80", tflops_bf16=10, tflops_fp16=10))
ALONE = Traffic(concurrent_users=1)
AT_FOUR = Traffic(concurrent_users=1, tokens_per_second_per_user=4)
SERVED_WELL = [
    Case("people get their pace", request(precision="bf16", traffic=ALONE), (SLOW, CLOUD), "cloud"),
    Case("and their first token", request(precision="bf16", traffic=ALONE), (WEAK, CLOUD), "cloud"),
    Case("a speed nobody knows is no pace", request(precision="bf16", traffic=ALONE), (UNKNOWN, CLOUD), "cloud"),
    Case("who says a pace gets that", request(precision="bf16", traffic=AT_FOUR), (SLOW, CLOUD), "slow"),
    Case("without a faster one it gives way", request(precision="bf16", traffic=ALONE), (SLOW,), "slow", ("R6",)),
    Case("and where the budget forbids it",
         request(precision="bf16", traffic=ALONE, budget=Budget(amount=1.5, period="hour")), (SLOW, CLOUD), "slow",
         ("R6",)),
]  # fmt: skip

CHEAP = Priorities(cost="high")
HALF = gpu(name="H80", family="H80", tflops_bf16=156, tflops_fp16=156, memory_bandwidth_gb_s=1000)
ENDS = [
    Case("half as much again buys an end within 72 hours", job(60), (offer("slow", 0.7, gpu=HALF), CLOUD), "cloud"),
    Case("who says a deadline gets that", job(60, deadline_hours=300.0), (offer("slow", 0.7, gpu=HALF), CLOUD), "slow"),
    Case("who looks at every cent waits", job(60, priorities=CHEAP),
         (offer("slow", 0.7, gpu=HALF), CLOUD), "slow"),
    Case("twice as much does not", job(60), (offer("slow", 0.5, gpu=HALF), CLOUD), "slow", ("R7",)),
    Case("over a week half as much again does", job(100), (offer("slow", 0.7, gpu=HALF), CLOUD), "cloud", ("R7",)),
    Case("and over two weeks again", job(200), (offer("slow", 0.7, gpu=HALF), CLOUD), "cloud", ("R7",)),
    Case("but not more", job(200), (offer("slow", 0.6, gpu=HALF), CLOUD), "slow", ("R7",)),
    Case("and who looks at every cent waits no longer than that", job(200, priorities=CHEAP),
         (offer("slow", 0.6, gpu=HALF), CLOUD), "cloud"),
    Case("unless it costs more than 2.25 times as much", job(200, priorities=CHEAP),
         (offer("slow", 0.4, gpu=HALF), CLOUD), "slow", ("R7",)),
    Case("a quarter more buys a deadline that holds at the upper end", job(40, priorities=CHEAP, deadline_hours=100.0),
         (offer("slow", 0.9, gpu=HALF), CLOUD), "cloud"),
    Case("half as much again does not", job(40, priorities=CHEAP, deadline_hours=100.0),
         (offer("slow", 0.6, gpu=HALF), CLOUD), "slow", ("R7",)),
]  # fmt: skip

PCIE = gpu(name="P48", family="P48", memory_gb=48, usable_gib=47.5, link="pcie", link_gb_s=64)
NVLINK = PCIE.model_copy(update={"name": "N48", "family": "N48", "link": "nvlink", "link_gb_s": 600})
SPLIT = request("m70", precision="bf16", traffic=ALONE)
BOTH_NAMED = GpuRequirement(models=("P48", "N48"))
W400 = gpu(name="W400", family="W400", memory_gb=400, usable_gib=390.0)
WIDE = offer("wide", 2.0, gpu=W400, gpu_count=2)
OF_A_PIECE = [
    Case("few larger cards rather than many over PCIe", job(60, priorities=Priorities(latency="high")),
         (offer("many", 5.0, gpu=PCIE, gpu_count=8), offer("few", 3.2, gpu=PCIE, gpu_count=4)), "few"),
    Case("four on NVLink rather than over PCIe", SPLIT,
         (offer("pcie", 4.0, gpu=PCIE, gpu_count=4), offer("nvlink", 5.6, gpu=NVLINK, gpu_count=4)), "nvlink"),
    Case("who names the GPUs gets the cheaper", SPLIT.model_copy(update={"gpu": BOTH_NAMED}),
         (offer("pcie", 4.0, gpu=PCIE, gpu_count=4), offer("nvlink", 5.6, gpu=NVLINK, gpu_count=4)), "pcie"),
    Case("more than half as much again is too dear", SPLIT,
         (offer("pcie", 4.0, gpu=PCIE, gpu_count=4), offer("nvlink", 6.4, gpu=NVLINK, gpu_count=4)), "pcie", ("R8",)),
    Case("several machines need a known fabric",
         request("m70", precision="bf16", task_type="training", training=Training(tokens=1e9)),
         (offer("plain", 10.0, gpu_count=8, fabric_gbit_s=None), offer("fabric", 14.0, gpu_count=8)), "fabric"),
    Case("large GPUs are filled by larger steps of many pictures", pictures(1_000_000),
         (WIDE, offer("fitting", 1.4)), "wide"),
    Case("but not of few, of which an epoch would have too few steps", pictures(1_000), (WIDE, offer("fitting", 1.4)),
         "fitting"),
    Case("a training fills the large GPUs that it gets", job(10), (WIDE, offer("fitting", 1.4)), "fitting"),
    Case("one of them alone is no waste", job(10), (offer("one", 1.0, gpu=W400), offer("fitting", 1.4)), "one"),
    Case("unless the fitting one is twice as dear", job(10), (WIDE, CLOUD), "wide", ("R8",)),
    Case("or the large one was named", job(10, gpu=GpuRequirement(models=("W400",))), (WIDE, CLOUD), "wide"),
    Case("or every cent counts", job(10, priorities=Priorities(cost="high")), (WIDE, offer("fitting", 1.4)), "wide"),
]  # fmt: skip

RELIABLE = [
    Case("a market's lowest price is none to count on", request(),
         (offer("floor", 1.5, price_kind="floor"), CLOUD), "cloud"),
    Case("nor is one of a hundred days ago", request(), (offer("stale", 1.5, days_old=100), CLOUD), "cloud"),
    Case("nor one far below what is usual", request(),
         (offer("odd", 0.7), offer("cloud", 1.0), *(offer(name, 2.0) for name in "abc")), "cloud"),
    Case("age counts from the newest price", request(), (offer("stale", 1.5, days_old=100),), "stale"),
    Case("twice as much is too dear", request(), (offer("floor", 0.99, price_kind="floor"), CLOUD), "floor", ("R9",)),
]  # fmt: skip

SCANS = request(task_type="training", domain="vision", models=(), dataset=Dataset(modality="mri", items=1000))
"""A U-Net over volumes, whose patches are cut and bent by 12 threads for each GPU."""
CRAMPED = offer("cramped", 1.0, ram_gib=16)
TWO, FOR_TWO = Availability(min_replicas=2), Traffic(concurrent_users=200)
PAIR, ONE_EACH = offer("pair", 3.0, gpu_count=2), offer("one each", 1.8)
ONE, PAIR_OF = offer("one", 1.0), offer("pair", 1.8, gpu_count=2)
FULL = offer("full", 1.0, gpu=gpu(name="F20", family="F20", memory_gb=20, usable_gib=19.0))
ROOM = [
    Case("the weights pass through the RAM", request(precision="bf16"), (CRAMPED, CLOUD), "cloud"),
    Case("every GPU needs two cores", request(), (offer("cores", 1.0, vcpu=3), CLOUD), "cloud"),
    Case("one that trains on volumes needs more", SCANS, (offer("cores", 1.0, vcpu=13), CLOUD), "cloud"),
    Case("of which nobody knows whether they are there", SCANS, (offer("cores", 1.0, vcpu=None), CLOUD), "cloud"),
    Case("which is nothing against it elsewhere", request(), (offer("cores", 1.0, vcpu=None), CLOUD), "cores"),
    Case("memory is not filled to the brim", request(precision="bf16", traffic=ALONE), (FULL, CLOUD), "cloud"),
    Case("requests come in bursts: two take what one answers by a hair", at_rate(5.0), (ONE, PAIR_OF), "pair"),
    Case("one that leaves room is enough", at_rate(4.0), (ONE, PAIR_OF), "one"),
    Case("a peak that was said is all that comes", at_rate(2.0, peak=5.0), (ONE, PAIR_OF), "one"),
    Case("who looks at every cent does not get a queue that grows, either", at_rate(5.0, priorities=CHEAP),
         (ONE, PAIR_OF), "pair"),
    Case("but memory to the brim", request(precision="bf16", traffic=ALONE, priorities=CHEAP), (FULL, CLOUD), "full"),
    Case("where there is to be one it gives way", at_rate(5.0, gpu=GpuRequirement(max_count=1)), (ONE,), "one",
         ("R10",)),
    Case("a load for two replicas takes two", request(precision="bf16", traffic=FOR_TWO), (PAIR, ONE_EACH), "pair"),
    Case("where availability was asked, what is left when a machine fails carries it",
         request(precision="bf16", traffic=FOR_TWO, availability=TWO), (PAIR, ONE_EACH), "one each"),
    Case("who looks at every cent does without", request(precision="bf16", priorities=Priorities(cost="high")),
         (CRAMPED, CLOUD), "cramped"),
    Case("without another offer it gives way", request(precision="bf16"), (CRAMPED,), "cramped", ("R10",)),
]  # fmt: skip

RULES: dict[RuleId, list[Case]] = {
    "R1": SELLER, "R2": PLACE, "R3": SOFTWARE, "R4": NODE, "R5": STAYS, "R6": SERVED_WELL, "R7": ENDS,
    "R8": OF_A_PIECE, "R9": RELIABLE, "R10": ROOM,
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [c for cases in RULES.values() for c in cases], ids=[f"{r}: {c.why}" for r, cs in RULES.items() for c in cs]
)
def test_the_rule_decides_is_lifted_and_gives_way(case: Case) -> None:
    check(case)


def test_a_job_that_nobody_would_start_is_no_plan() -> None:
    one, short = (offer("one", 0.7, gpu=HALF),), job(60, gpu=GpuRequirement(max_count=1))
    long = job(6_000, gpu=GpuRequirement(max_count=1))
    assert not place(long, MODELS, one).options
    slow = never_ends(long, MODELS, one)
    assert slow is not None
    assert (slow.job_hours or 0.0) > MOST_JOB_HOURS
    assert place(short, MODELS, one).options
    assert never_ends(short, MODELS, one) is None


@pytest.mark.parametrize(
    ("asked", "allowed", "kept"),
    [({"uptime_percent": 99.9}, (), ["on_demand"]), ({"zones": 3}, (), ["on_demand"]), ({}, (), ["spot", "on_demand"]),
     ({"zones": 3}, ("spot",), ["spot", "on_demand"])],
)  # fmt: skip
def test_what_is_to_stay_up_is_on_no_machine_that_is_taken_back(
    asked: dict[str, float], allowed: tuple[Pricing, ...], kept: list[Pricing]
) -> None:
    spec = request(availability=Availability.model_validate(asked), pricing_allowed=allowed)
    offers = offer("cheap", 0.5, pricing="spot"), offer("sound", 1.0)
    assert [one.pricing for one in offers if not OfferFilter(spec).refuses(one)] == kept
    assert {option.offer.pricing for option in place(spec, MODELS, offers).options} <= set(kept)


@pytest.mark.parametrize(("vendor", "name", "usd", "asked", "first"), [
    ("nvidia", "GH200", 1.7, {}, "usual"), ("nvidia", "GH200", 1.5, {}, "elsewhere"),
    ("amd", "MI300X", 1.7, {}, "usual"), ("amd", "MI300X", 1.5, {}, "elsewhere"),
    ("amd", "MI300X", 1.7, {"vendors": ("amd", "nvidia")}, "elsewhere"),
    ("nvidia", "GH200", 1.7, {"models": ("GH200", "G80")}, "elsewhere"),
])  # fmt: skip
def test_what_must_be_ported_unasked_saves_a_fifth(
    vendor: str, name: str, usd: float, asked: dict[str, tuple[str, ...]], first: str
) -> None:
    """A like GPU for 2 dollars is first until the other saves so much, and then it is told how much."""
    other = gpu(vendor=vendor, name=name, family=name, compute_capability=9.0 if vendor == "nvidia" else None)
    offers = beside_each_other((offer("usual", 2.0), offer("elsewhere", usd, gpu=other)))
    placed = place(request(gpu=GpuRequirement.model_validate(asked)), MODELS, offers)
    assert placed.options[0].offer.provider == first
    told = [said for said in placed.assumptions if f"{name} was not asked for" in said]
    assert [f"instead of ${usd:.2f}, 33% more" in said for said in told] == [True] * (
        first == "elsewhere" and not asked
    )
