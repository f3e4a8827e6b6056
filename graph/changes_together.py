"""What a turn made of several workloads: what all of them cost, which are gone, which are there besides."""

from collections.abc import Iterable

from artifacts.notation import money
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan


def all_together(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """Of several workloads what all of them cost, which are there no longer, and which there are besides."""
    if before.together is None:
        more = [one.name for one in after.together.workloads[1:]] if after.together and before.recommendations else []
        together = f"All workloads together: {money(after.together.usd_per_month)} a month." if after.together else ""
        return [*listed("Planned besides", more), together] if more else []
    old, new = before.together, after.together
    first = first_option(after)
    paid = new.usd_per_month if new else first.price_per_month_usd if first and first.job_cost_usd is None else None
    left = [one.name for one in new.workloads] if new else None
    gone = [one.name for one in old.workloads[1:] if left is not None and one.name not in left]
    stood = [one.name for one in old.workloads]
    more = [one for one in (left or [])[1:] if one not in stood] if len(left or []) > len(stood) else []
    told = [*listed("No longer planned", gone), *listed("Planned besides", more)]
    if paid is not None and abs(paid - old.usd_per_month) >= 0.005:
        told.append(f"All workloads together: {money(paid)} a month instead of {money(old.usd_per_month)}.")
    return told


def listed(heading: str, names: Iterable[str]) -> list[str]:
    joined = ", ".join(names)
    return [f"{heading}: {joined}."] if joined else []


def first_option(plan: DeploymentPlan) -> PlacementOption | None:
    return plan.recommendations[0].option if plan.recommendations else None
