"""What a turn made of several workloads: what all of them cost, which are gone, which are there besides."""

from collections.abc import Iterable, Iterator

from artifacts.notation import money
from domain.parts import PartRole, Retrieval, Together
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan

EXCHANGED: frozenset[PartRole] = frozenset({"embedder", "reranker"})
"""Parts whose model no other line of the changes names."""


def all_together(before: DeploymentPlan, after: DeploymentPlan) -> list[str]:
    """Of several workloads what all of them cost, which are there no longer, and which there are besides."""
    if before.together is None and before.retrieval and after.retrieval and after.together is None:
        return _parts(before.retrieval, after.retrieval)
    if before.together is None:
        more = [one.name for one in after.together.workloads[1:]] if after.together and before.recommendations else []
        together = f"All workloads together: {money(after.together.usd_per_month)} a month." if after.together else ""
        return [*listed("Planned besides", more), together] if more else []
    old, new = before.together, after.together
    first = first_option(after)
    paid = new.usd_per_month if new else first.price_per_month_usd if first and first.job_cost_usd is None else None
    left = [one.name for one in new.workloads] if new else None
    fewer = left is not None and len(left) < len(old.workloads)
    gone = [one.name for one in old.workloads[1:] if fewer and left is not None and one.name not in left]
    stood = [one.name for one in old.workloads]
    more = [one for one in (left or [])[1:] if one not in stood] if len(left or []) > len(stood) else []
    told = [*listed("No longer planned", gone), *listed("Planned besides", more)]
    if paid is not None and abs(paid - old.usd_per_month) >= 0.005:
        told.append(f"All workloads together: {_instead(paid, old.usd_per_month)}")
    return told


def _parts(old: Retrieval, new: Retrieval) -> list[str]:
    """Of a service that searches: which of its parts came and went, and what all of them cost."""
    was, now = ({part.role: part.name for part in found.parts} for found in (old, new))
    told = listed("Parts left out", (f"{role} ({name})" for role, name in was.items() if role not in now))
    told += listed("Parts added", (f"{role} ({name})" for role, name in now.items() if role not in was))
    told += [
        f"The {role} is {now[role]} instead of {name}."
        for role, name in was.items()
        if role in EXCHANGED and now.get(role, name) != name
    ]
    if old.usd_per_month and new.usd_per_month and abs(new.usd_per_month - old.usd_per_month) >= 0.005:
        told.append(f"All parts together: {_instead(new.usd_per_month, old.usd_per_month)}")
    return told


def _instead(now: float, was: float) -> str:
    """New and old total of a month with their difference."""
    way = "more" if now > was else "less"
    return f"{money(now)} a month instead of {money(was)} ({money(abs(now - was))} {way})."


def listed(heading: str, names: Iterable[str]) -> list[str]:
    joined = ", ".join(names)
    return [f"{heading}: {joined}."] if joined else []


def first_option(plan: DeploymentPlan) -> PlacementOption | None:
    return plan.recommendations[0].option if plan.recommendations else None


def same_workloads(
    before: DeploymentPlan, after: DeploymentPlan
) -> Iterator[tuple[str, PlacementOption, PlacementOption]]:
    """Work that is in both plans, with what was and what is recommended for it: by its name, then, as a name may be
    that of its model, by its place among the others; where only one of them has several workloads by whether it is a
    job or a service, with the same model if there is one."""
    old, new = _placed(before), _placed(after)
    if before.together is not None and after.together is not None:
        gone = [name for name in old if name not in new] if len(old) == len(new) else []
        renamed = dict(zip((name for name in new if name not in old), gone, strict=False))
        yield from ((name, old[was], one) for name, one in new.items() if (was := renamed.get(name, name)) in old)
        return
    of_many, (alone,) = (old, new.values()) if before.together else (new, old.values())
    alike = {name: one for name, one in of_many.items() if (one.job_hours is None) == (alone.job_hours is None)}
    by_model = [name for name, one in alike.items() if one.model == alone.model]
    if name := next(iter([*by_model, *alike]), ""):
        yield (name, of_many[name], alone) if before.together else (name, alone, of_many[name])


def _placed(plan: DeploymentPlan) -> dict[str, PlacementOption]:
    """What each workload of a plan with a first choice runs on."""
    if plan.together is None:
        return {"": plan.recommendations[0].option}
    return {one.name: one.option for one in plan.together.workloads if one.option is not None}


def together_costs(found: Together) -> list[str]:
    """What comes every month, and what is paid once."""
    once = [f"{money(found.usd_once)} once"] if found.usd_once else []
    return [f"{money(found.usd_per_month)} a month in all", *once]
