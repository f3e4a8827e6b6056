"""Placement equals the brute force of `brute_force.py` on random catalogues and specs.

The first option breaks the same rules at the same weighted cost, the cheapest is the cheapest that is allowed at all,
and what gives way is said with the price of keeping it.
"""

import random

import pytest

from domain.offers import Gpu
from domain.placement import Placement, PlacementOption
from domain.workload import Traffic, WorkloadSpec
from sizing.placement import place
from sizing.search import search
from tests.sizing.brute_force import (
    IN_ORDER,
    NaivePlan,
    best_plans,
    cost_of,
    dearer,
    naive_plans,
    ported,
    setting_up,
    waiting,
    without_budget,
)
from tests.sizing.random_catalogues import random_models, random_offers, random_spec

CASES = 4200
CHUNKS = 6
AS_DEAR = 0.97


def cost(spec: WorkloadSpec, option: PlacementOption) -> float:
    """Of a job the one that is printed."""
    if option.job_cost_usd is not None:
        return option.job_cost_usd
    return cost_of(spec, option.price_per_hour_usd, None)


def check_first(spec: WorkloadSpec, placed: Placement, best: list[NaivePlan]) -> None:
    first = placed.options[0]
    broken = frozenset(rule.rule for rule in first.breaks)
    assert broken & set(IN_ORDER) == best[0].broken & set(IN_ORDER)
    working = 0.0 if first.job_hours is None else first.job_hours - setting_up(spec)
    assert first.offer.gpu is not None
    weighted = cost(spec, first) * waiting(spec, broken, working) * dearer(broken) * ported(spec, first.offer.gpu)
    assert weighted == pytest.approx(best[0].weighted, rel=1e-9)
    assert broken in [plan.broken for plan in best]


def check_cheapest(spec: WorkloadSpec, placed: Placement, plans: list[NaivePlan]) -> None:
    least, first = min(plan.cost for plan in plans), placed.options[0]
    cheapest = next((option for option in placed.options if option.label == "cheapest"), None)
    if cheapest is None:
        assert least >= cost(spec, first) * AS_DEAR * (1 - 1e-9)
    else:
        assert cost(spec, cheapest) == pytest.approx(least, rel=1e-9)


def check_dropped(placed: Placement, best: list[NaivePlan], richer: list[NaivePlan]) -> None:
    """A rule that gives way says what keeping it costs, where a larger budget would keep it."""
    assert [(d.rule, d.words) for d in placed.dropped] == [(b.rule, b.words) for b in placed.options[0].breaks]
    for dropped in placed.dropped:
        keeping = (p for p in richer if p.given_up < best[0].given_up and dropped.rule not in p.broken)
        months = [plan.price_per_hour * 730 for plan in keeping]
        if dropped.kept_at_usd_per_month is None:
            assert len(months) < max(1, len(richer))
        else:
            assert any(month == pytest.approx(dropped.kept_at_usd_per_month, rel=1e-9) for month in months)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_placement_is_what_the_brute_force_finds(chunk: int) -> None:
    feasible = 0
    for seed in range(chunk * CASES // CHUNKS, (chunk + 1) * CASES // CHUNKS):
        dice = random.Random(seed)
        offers, models, spec = random_offers(dice), random_models(dice), random_spec(dice)
        named = {m.name for m in models}
        if (spec.models and spec.models[0].name not in named) or not any(m.domain == spec.domain for m in models):
            continue
        plans, placed = naive_plans(spec, models, offers), place(spec, models, offers)
        assert bool(placed.options) == bool(plans), (seed, spec)
        if not plans:
            continue
        feasible += 1
        best = best_plans(plans)
        gives_way = bool(placed.dropped) and bool(spec.budget.amount)
        richer = best_plans(naive_plans(without_budget(spec), models, offers)) if gives_way else []
        try:
            check_first(spec, placed, best)
            check_cheapest(spec, placed, plans)
            check_dropped(placed, best, richer)
        except AssertionError as different:
            raise AssertionError(f"seed {seed}: {different}\n{spec!r}") from different
    assert feasible >= 80  # 480 in all


def test_the_first_option_alone_is_the_first_of_all() -> None:
    """What is left out as too dear to be the best never was."""
    found = 0
    for seed in range(CASES, CASES + CASES // CHUNKS):
        dice = random.Random(seed)
        offers, models, spec = random_offers(dice), random_models(dice), random_spec(dice)
        best, every = search(spec, models, offers, best_only=True).best, search(spec, models, offers).best
        assert (best is None) == (every is None)
        if best is not None and every is not None:
            assert (best.order, best.offer, best.deployment) == (every.order, every.offer, every.deployment)
            assert best.variant.label == every.variant.label
            found += 1
    assert found > CASES // CHUNKS // 10


@pytest.mark.parametrize("users", [5, 30, 100])
def test_a_model_over_several_machines_takes_the_fewest_that_hold_its_users(users: int) -> None:
    """A copy over three machines may hold more users than two copies over two each."""
    gpu = Gpu(
        name="G0", family="Family0", vendor="nvidia", compute_capability=9.0, memory_gb=16, usable_gib=15.36,
        memory_bandwidth_gb_s=900, tflops_fp16=989, tflops_bf16=989, tflops_fp8=1979, link="nvlink", link_gb_s=900,
    )  # fmt: skip
    offer = random_offers(random.Random(0))[0].model_copy(
        update={"gpu": gpu, "gpu_count": 8, "price_per_hour_usd": 1.0, "pricing": "on_demand"}
    )
    model = random_models(random.Random(0))[0]
    large = model.architecture.model_copy(
        update={"layers": 60, "hidden_size": 8192, "attention_heads": 64, "kv_heads": 8, "intermediate_size": 32_768}
    )
    model = model.model_copy(update={"domain": "llm", "params_b": 200.0, "native_dtype": "bf16", "architecture": large})
    asked = Traffic(concurrent_users=users, input_tokens=3000, output_tokens=1000)
    spec = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True, traffic=asked, precision="fp8")
    expected, placed = best_plans(naive_plans(spec, (model,), (offer,))), place(spec, (model,), (offer,))
    assert placed.options[0].price_per_hour_usd == expected[0].price_per_hour
