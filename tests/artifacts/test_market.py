"""What the first choice was compared with is what there is: nobody's cheaper offer is left out."""

from collections.abc import Mapping

from domain.market import MarketEntry
from domain.plan import DeploymentPlan
from domain.workload import GpuRequirement
from sizing.rules import PORT


def test_no_seller_of_a_kind_of_gpu_stands_twice_but_for_the_options(
    plans: Mapping[str, DeploymentPlan],
) -> None:
    for plan in plans.values():
        if plan.market is not None:
            others = [(entry.gpu, entry.provider) for entry in plan.market.entries if not entry.label]
            assert len(others) == len(set(others))
            assert plan.market.sellers == len({entry.provider for entry in plan.market.entries})


def weighed(entry: MarketEntry, asked: GpuRequirement) -> float:
    """With what it takes to port a program, where nobody spoke of GPUs."""
    ported = entry.gpu.startswith(("MI", "GH", "GB")) and not (asked.models or asked.vendors or asked.excluded_vendors)
    return entry.usd * (PORT if ported else 1.0)


def test_nothing_as_sound_is_cheaper_than_what_is_recommended(
    plans: Mapping[str, DeploymentPlan],
) -> None:
    compared = 0
    for plan in plans.values():
        if plan.market is None:
            continue
        first = [entry for entry in plan.market.entries if entry.label == "recommended"]
        for chosen in (entry for entry in first if not entry.breaks and plan.market.per == "month"):
            sound = [weighed(entry, plan.spec.gpu) for entry in plan.market.entries if not entry.breaks]
            assert weighed(chosen, plan.spec.gpu) <= min(sound) * 1.0001
            compared += 1
    assert compared
