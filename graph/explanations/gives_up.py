"""Answers about what a choice or a change gives up, and which parts of the plan could go."""

from artifacts.notation import bullets, code, figure, money, plain
from domain.parts import SERVED_BY_THE_PLAN
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.wording import name, priced
from graph.savings import spent

LOST = (
    "Slower",
    "What gives way",
    "It runs",
    "Nothing fits",
    "Components removed",
    "Parts left out",
    "Left out",
    "Machines a month",
    "The job costs",
)
"""How sentences of the changes begin that tell a loss, another model or format, or what was got for it."""
LABELS = {
    "cheap": "cheapest", "cheaper": "cheapest", "cheapest": "cheapest", "fast": "faster", "faster": "faster",
    "fastest": "faster", "better": "better", "best": "better", "spot": "spot",
}  # fmt: skip
"""Words by which a question calls a choice."""


def gives_up(standing: Standing) -> str | None:
    """What the choice that is asked about loses against the first; else what the last change lost, and which rules the
    first recommendation does not keep."""
    if not standing.plan.recommendations:
        return None
    first, option = standing.first, _asked_for(standing)
    if option is not None and option is not first:
        lost = [*_rules(option), *_slower(first, option), *_other_format(first, option)]
        told = bullets(lost) or "Nothing that the plan goes by: it keeps every rule that the first one keeps."
        return f"Against number 1, {priced(first)}, this gives up, {priced(option)}:\n\n{told}"
    lost = [plain(told) for told in standing.plan.changes if told.startswith(LOST)]
    kept = _rules(first)
    if lost:
        return f"Against the plan before:\n\n{bullets(lost)}"
    if standing.plan.changes:
        since = "The last change lost nothing that the plan goes by: it is no slower and breaks no rule that was kept."
        return f"{since}\n\nWhat number 1 does not keep:\n\n{bullets(kept)}" if kept else since
    if kept:
        return f"What number 1, {name(first)}, does not keep:\n\n{bullets(kept)}"
    return f"Number 1, {name(first)}, keeps every rule of the plan; what the other choices give up stands beside them."


def parts_to_drop(standing: Standing) -> str | None:
    """What stands beside the machines of the model, with what leaving it out saves."""
    found, breakdown = standing.plan.retrieval, standing.plan.cost
    lines = [
        f"the {part.role} ({plain(part.name)}): "
        + (
            f"saves {money(part.usd_per_month)} a month"
            if part.usd_per_month
            else f"saves nothing, {plain(part.where)}"
        )
        for part in (found.parts if found else ())
        if part.role not in SERVED_BY_THE_PLAN
    ]
    if breakdown is not None:
        lines += [f"{plain(x.item)}: {money(x.monthly_usd)} a month" for x in breakdown.lines[1:] if x.monthly_usd]
    charts = ", ".join(f"{code(part.package.name)} ({plain(part.role)})" for part in standing.plan.stack)
    lines += [f"charts, which cost no rent of their own: {charts}"] if charts else []
    if not lines:
        return None
    rent = f"{money(spent(standing.first))} {'a month' if standing.first.job_cost_usd is None else 'for the job'}"
    ends = "Say “without the ...” to leave a part out, or “make it cheaper” for another machine."
    return f"The machines of the model are {rent}; what could go beside them:\n\n{bullets(lines)}\n\n{ends}"


def _asked_for(standing: Standing) -> PlacementOption | None:
    if counted := standing.counted():
        return counted[0].option
    label = next((LABELS[word] for word in standing.words if word in LABELS), None)
    return next((option for option in standing.placement.options if option.label == label), None)


def _rules(option: PlacementOption) -> list[str]:
    return [f"{plain(broken.words)} ({broken.rule})" for broken in option.breaks]


def _slower(first: PlacementOption, option: PlacementOption) -> list[str]:
    if option.job_hours and first.job_hours and option.job_hours > first.job_hours:
        return [f"time: {figure(option.job_hours, 1)} h instead of {figure(first.job_hours, 1)} h"]
    was, now = ((one.served.tokens_per_s_per_user if one.served else None) or 0.0 for one in (first, option))
    if now and round(now) < round(was):
        return [f"speed: {figure(now, 0)} tokens a second for each user instead of {figure(was, 0)}"]
    return []


def _other_format(first: PlacementOption, option: PlacementOption) -> list[str]:
    if option.model and first.model and option.model.key != first.model.key:
        return [f"the model: {code(option.model.key)} instead of {code(first.model.key)}"]
    if option.quantization != first.quantization and option.quantization and first.quantization:
        return [f"the format of the weights: {plain(option.quantization)} instead of {plain(first.quantization)}"]
    return []
