"""What the first choice was compared with is what there is: nobody's cheaper offer is left out."""

from collections.abc import Mapping

from domain.plan import DeploymentPlan


def test_no_seller_of_a_kind_of_gpu_stands_twice_but_for_the_options(
    plans: Mapping[str, DeploymentPlan],
) -> None:
    for plan in plans.values():
        if plan.market is not None:
            others = [(entry.gpu, entry.provider) for entry in plan.market.entries if not entry.label]
            assert len(others) == len(set(others))
            assert plan.market.sellers == len({entry.provider for entry in plan.market.entries})


def test_nothing_as_sound_is_cheaper_than_what_is_recommended(
    plans: Mapping[str, DeploymentPlan],
) -> None:
    compared = 0
    for plan in plans.values():
        if plan.market is None:
            continue
        first = [entry for entry in plan.market.entries if entry.label == "recommended"]
        for chosen in (entry for entry in first if not entry.breaks and plan.market.per == "month"):
            sound = [entry.usd for entry in plan.market.entries if not entry.breaks]
            assert chosen.usd <= min(sound) * 1.0001
            compared += 1
    assert compared
