"""A wish for a share less than the plan costs ("30 % cheaper", "half the price"): a budget, by what stands."""

from domain.plan import DeploymentPlan
from domain.reading import Reading
from domain.workload import Budget, BudgetPeriod, Evidence, WorkloadSpec
from graph.changes_together import first_option
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.merge.draft import changed_fields

COSTS = frozenset({"cheaper", "cost", "costs", "price", "prices", "bill", "spend", "spending", "expensive"})
LESS = frozenset(
    {"cheaper", "less", "lower", "cut", "reduce", "off", "down", "half", "halve", "save", "under", "below"}
)
REACH = 3
"""Words from the share to a word for the cost that is quoted with it."""
PERCENT = frozenset({"%", "percent"})
OF_THE_COST = ("budget", "priorities")
LIMITS = frozenset({"budget", "limit", "cap", "ceiling"})
"""Words of what may be spent, which is a figure of its own."""
MOVED = frozenset({"priorities.cost", "budget.amount"})


def cheaper_by(line: Line) -> tuple[float, str] | None:
    """How many per cent less it is to cost, with the words that say it; null where no such share is named."""
    said = {word.text for word in line.words}
    if not (said & COSTS and said & LESS) or said & LIMITS:
        return None
    percents = [(place, one) for place, one in line.quantities if one.dimension == "percent" and 0 < one.low < 100]
    if len(percents) == 1:
        place, one = percents[0]
        near = range(max(0, place - REACH), min(len(line.words), place + 1 + REACH))
        signs = [place + 1] if line.words[place + 1 : place + 2] and line.words[place + 1].text in PERCENT else []
        quoted = [place, *signs, *(at for at in near if line.words[at].text in COSTS | LESS)]
        return one.low, line.quote(min(quoted), max(quoted))
    found = next(iter(book("savings", "shares").find(line.words)), None)
    return None if percents or found is None else (float(found.value), line.quote(found.first, found.last))


def unlimited(revised: WorkloadSpec, spec: WorkloadSpec) -> WorkloadSpec:
    """What a message changes besides the cost: its preference for what is cheap is the share that it names."""
    evidence = {path: said for path, said in revised.evidence.items() if not path.startswith(OF_THE_COST)}
    evidence |= {path: said for path, said in spec.evidence.items() if path.startswith(OF_THE_COST)}
    kept = {"budget": spec.budget, "priorities": spec.priorities, "evidence": evidence}
    return revised.model_copy(update=kept)


def with_share_of_the_cost(
    reading: Reading, spec: WorkloadSpec, share: tuple[float, str], plan: DeploymentPlan, turn: int
) -> Reading:
    """The reading with the budget that is that much less than `plan` costs; as it is where that costs nothing."""
    if (now := _cost(plan)) is None:
        return reading
    (percent, quote), (usd, period), revised = share, now, unlimited(reading.spec, spec)
    budget = Budget(amount=round(usd * (1 - percent / 100), 2), currency="USD", period=period)
    said = dict.fromkeys(("budget.amount", "budget.currency", "budget.period"), Evidence(quote=quote, turn=turn))
    revised = revised.model_copy(update={"budget": budget, "evidence": {**revised.evidence, **said}})
    return reading.model_copy(update={"spec": revised, "changes": changed_fields(spec, revised)})


def _cost(plan: DeploymentPlan) -> tuple[float, BudgetPeriod] | None:
    """What is paid now, and for what: of a job that comes once the whole of it, else a month."""
    if plan.together is not None:
        month, once = plan.together.usd_per_month, plan.together.usd_once
        return (month, "month") if month else (once, "total") if once else None
    first = first_option(plan)
    if first is None or first.is_own:
        return None
    if first.job_cost_usd is not None:
        return first.job_cost_usd, "total"
    return first.price_per_month_usd, "month"
