"""What a revision changed in the plan, and which of the user's words did it."""

from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec


def plan_changes(
    before: DeploymentPlan | None, after: DeploymentPlan, changed_fields: tuple[str, ...]
) -> tuple[str, ...]:
    """One sentence a change: the constraints moved, then what moved with them. Empty for a first plan."""
    if before is None:
        return ()
    said = [_moved(before.spec, after.spec, field) for field in changed_fields]
    first_before, first_after = _first(before), _first(after)
    outcome = []
    if first_before and first_after:
        if _name(first_before) != _name(first_after):
            outcome.append(f"First recommendation: {_name(first_before)} became {_name(first_after)}.")
        old_price, new_price = first_before.price_per_month_usd, first_after.price_per_month_usd
        if old_price != new_price:
            outcome.append(f"Monthly price: ${old_price:,.2f} became ${new_price:,.2f}.")
    elif first_before:
        outcome.append("Nothing fits the changed constraints; the nearest misses say what to relax.")
    elif first_after:
        outcome.append(f"Now something fits: {_name(first_after)}.")
    outcome += _set_change("Component", [c.package.name for c in before.stack], [c.package.name for c in after.stack])
    return tuple(sentence for sentence in (*said, *outcome) if sentence) or ("Nothing in the plan changed.",)


def _moved(before: WorkloadSpec, after: WorkloadSpec, field: str) -> str:
    old, new = _at(before, field), _at(after, field)
    if old == new:
        return ""
    quote = f" (“{after.evidence[field].quote}”)" if field in after.evidence else ""
    return f"{field.replace('_', ' ').replace('.', ': ')}: {old} became {new}{quote}."


def _at(spec: WorkloadSpec, path: str) -> str:
    value: object = spec
    for name in path.split("."):
        value = getattr(value, name, None)
    if isinstance(value, tuple):
        return ", ".join(str(getattr(item, "name", item)) for item in value) or "open"
    return "open" if value is None else str(value)


def _first(plan: DeploymentPlan) -> PlacementOption | None:
    return plan.recommendations[0].option if plan.recommendations else None


def _name(option: PlacementOption) -> str:
    offer = option.offer
    return f"{option.nodes} x {offer.provider} {offer.instance_type} ({offer.region}, {offer.pricing})"


def _set_change(noun: str, before: list[str], after: list[str]) -> list[str]:
    return [
        *(f"{noun} added: {name}." for name in after if name not in before),
        *(f"{noun} removed: {name}." for name in before if name not in after),
    ]
