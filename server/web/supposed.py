"""The what-if panel: what can be varied in a plan, where it stands, and what a variation would change."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from domain.base import Frozen
from domain.plan import Choice, DeploymentPlan
from server.web.compared import Row, differing
from sizing.budget import budget_of

PEOPLE = (1, 5, 10, 20, 50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 10_000)
CONTEXTS = (2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)
DOLLARS = (100, 250, 500, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000)
HOURS = (1, 3, 6, 12, 24, 48, 72, 168, 336, 720)
FORMATS = (("as planned", ""), ("bf16", "in bf16"), ("fp8", "in fp8"), ("int4", "in int4"))
PRICES = (("on-demand", "on-demand prices"), ("spot", "spot prices"), ("reserved", "reserved prices"))
PLACES = (("anywhere", "in any region"), ("EU", "in the EU"), ("US", "in the US"), ("UK", "in the UK"))


class Stop(Frozen):
    """One value of a control: as shown, and the sentence that asks for it (empty: it stands so)."""

    label: str
    said: str


class Control(Frozen):
    """Something to vary; `at`: which of its stops stands."""

    name: str
    label: str
    stops: tuple[Stop, ...]
    at: int
    slider: bool


class Supposed(Frozen):
    """The plan that a change would make, in short."""

    answer: str = Field(description="what to rent, at which price, what it will do")
    choices: tuple[Choice, ...] = Field(description="recommended, cheapest, and what more money buys")
    changes: tuple[str, ...] = Field(description="against the plan that stands, and why")
    rows: tuple[Row, ...] = Field(description="what differs in the first choice, property by property")


def supposed(standing: DeploymentPlan, plan: DeploymentPlan) -> Supposed:
    """What the change makes of the plan that stands."""
    return Supposed(
        answer=plan.answer, choices=plan.choices, changes=plan.changes, rows=differing(standing, plan)
    )  # fmt: skip


def controls(plan: DeploymentPlan) -> tuple[Control, ...]:
    """What can be varied in this plan, each at its value in it."""
    return tuple(_controls(plan))


def _controls(plan: DeploymentPlan) -> Iterator[Control]:
    spec, first = plan.spec, plan.recommendations[0].option if plan.recommendations else None
    is_job = first is not None and first.job_hours is not None
    if is_job:
        hours = None if spec.deadline_hours is None else round(spec.deadline_hours)
        yield _slider("deadline", "Done within", HOURS, hours, "{:,} h", "done within {} hours", "no deadline")
    else:
        people = spec.traffic.concurrent_users or (first.served.in_flight if first and first.served else None)
        yield _slider("users", "People at once", PEOPLE, people, "{:,}", "{} people use it at the same time")
        context = spec.context_tokens or (first.proof.context_tokens if first and first.proof else None)
        if context or spec.domain in (None, "llm"):
            yield _slider("context", "Longest context", CONTEXTS, context, "{:,} tokens", "a context of {} tokens")
    budget = budget_of(spec).amount_usd if spec.budget.currency in (None, "USD") else None
    per = "in total" if is_job else "a month"
    yield _slider(
        "budget", f"Budget {per}", DOLLARS, None if budget is None else round(budget), "${:,}", f"at most ${{}} {per}",
        "no limit", "no budget limit",
    )  # fmt: skip
    if not is_job:
        yield _switch("precision", "Number format", FORMATS, spec.precision or "as planned")
    yield _switch("pricing", "Prices", PRICES, (spec.pricing or "on_demand").replace("_", "-"))
    yield _switch(
        "place", "Place", PLACES, next(iter((*spec.location.jurisdictions, *spec.location.regions)), "anywhere")
    )


def _slider(
    name: str, label: str, values: Sequence[int], now: int | None, shown: str, said: str, none: str = "as planned",
    said_none: str = "",
) -> Control:  # fmt: skip
    """The stops with the value that stands among them. What is not said has a stop of its own: a missing limit after
    all figures, else before them."""
    figures = sorted({*values} | ({now} if now is not None else set()))
    stops = [Stop(label=shown.format(value), said=said.format(value)) for value in figures]
    at = figures.index(now) if now is not None else 0
    unsaid = Stop(label=none, said=said_none)
    if none.startswith("no "):
        stops += [unsaid] if now is None or said_none else []
        at = len(stops) - 1 if now is None else at
    elif now is None:
        stops.insert(0, unsaid)
    return Control(name=name, label=label, stops=tuple(stops), at=at, slider=True)


def _switch(name: str, label: str, stops: Sequence[tuple[str, str]], now: str) -> Control:
    """What stands is among the stops, whatever it is."""
    if now not in [shown for shown, _ in stops]:
        stops = (*stops, (now, ""))
    at = [shown for shown, _ in stops].index(now)
    made = tuple(Stop(label=shown, said=said) for shown, said in stops)
    return Control(name=name, label=label, stops=made, at=at, slider=False)
