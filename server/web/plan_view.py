"""A plan as the page shows it: the first screen as cards and notes, everything else in folds with its pictures."""

from collections.abc import Iterator, Mapping, Sequence

from artifacts.bundle.drawing import drawing_of
from artifacts.bundle.svg import svg
from artifacts.choices import ON_SITE, speed
from artifacts.markdown import plan_sections
from artifacts.notation import count, dollars
from artifacts.parts import recurring_line, retrieval_line
from artifacts.pictures.bars import cost_bars, option_bars
from artifacts.pictures.market import market_picture, pace_picture
from artifacts.pictures.memory import memory_picture
from artifacts.pictures.unit_costs import unit_cost_picture
from artifacts.program_manifest import abridged
from artifacts.together import HEADINGS, together_rows
from artifacts.unit_cost import unit_cost_line
from domain.base import Frozen
from domain.plan import Choice, DeploymentPlan
from domain.turn import ToolCall
from server.web.highlight import highlighted
from server.web.market_table import MarketRow, market_rows, rules_given_up
from server.web.markup import as_html, without_heading
from server.web.pairs import Pair, pairs
from server.web.relaxed import Relaxed, relaxed
from sizing.budget import budget_of
from sizing.standards import JOB_HOURS, TOKENS_PER_S_PER_USER

WORDS = {
    "recommendations": "All choices", "retrieval": "What runs beside it",
    "together": "The workloads together", "models": "Models", "stack": "Kubernetes stack", "steps": "Steps",
    "cost": "Cost", "hosted": "Beside a hosted API", "tradeoffs": "Trade-offs", "gaps": "What could not be looked up",
    "sources": "Sources", "understood": "As understood",
}  # fmt: skip
"""Folds in their order; what the first screen has in full is not folded again."""
_BEFORE = ("recommendations",)
_AFTER = (
    "cost", "hosted", "models", "stack", "retrieval", "together", "tradeoffs", "gaps", "understood", "sources",
)  # fmt: skip
"""Before and after the diagram, the market and the steps, which the page draws itself."""
LONGEST_NAME = 60
"""Characters of a workload's name."""


class Card(Frozen):
    """One of the three choices."""

    label: str
    machines: str
    precision: str | None
    where: str
    price: str
    per: str
    speed: str
    gives_up: tuple[str, ...]
    age: str


class Note(Frozen):
    kind: str
    heading: str
    texts: tuple[str, ...]


class Fold(Frozen):
    id: str
    heading: str
    short: str
    html: str


class StepView(Frozen):
    """A step, each of its commands to be copied alone, as HTML."""

    order: int
    title: str
    detail: str
    commands: tuple[str, ...]


class Version(Frozen):
    """A plan of the conversation."""

    number: int
    turn: int


class PlanView(Frozen):
    conversation: str
    turn: int
    versions: tuple[Version, ...]
    compare: str
    title: str
    verdict: str
    answer: str
    cards: tuple[Card, ...]
    relaxed: tuple[Relaxed, ...]
    pairs: tuple[Pair, ...]
    workloads: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] = HEADINGS
    pictures: tuple[str, ...]
    notes: tuple[Note, ...]
    asides: tuple[str, ...]
    before: tuple[Fold, ...]
    after: tuple[Fold, ...]
    diagram: str
    market: str
    rules: tuple[tuple[str, str], ...]
    market_rows: tuple[MarketRow, ...]
    market_short: str
    steps: tuple[StepView, ...]
    lookups: tuple[ToolCall, ...]
    next_lead: str
    """What has to give way before the next step, where nothing fits."""
    next_step: str
    """Only of a plan without steps: the first step is drawn with its commands."""


def plan_view(
    plan: DeploymentPlan, conversation: str, turn: int, versions: Sequence[Version], lookups: Sequence[ToolCall] = ()
) -> PlanView:
    """`versions`: of the conversation, in order; `turn` is that of this one, `lookups` what it asked the catalogue."""
    sections = plan_sections(plan)
    here = next((place for place, version in enumerate(versions) if version.turn == turn), 0)
    return PlanView(
        conversation=conversation,
        turn=turn,
        versions=tuple(versions),
        compare=f"{versions[here - 1].turn},{turn}" if here else "",
        title=plan.title,
        verdict=plan.verdict,
        answer=plan.answer,
        cards=() if plan.together else tuple(_card(choice) for choice in plan.choices),
        relaxed=relaxed(plan),
        pairs=() if plan.together else pairs(plan),
        workloads=tuple(together_rows(plan.together, LONGEST_NAME)) if plan.together else (),
        pictures=tuple(_glances(plan)),
        notes=tuple(note for note in _notes(plan) if note.texts),
        asides=tuple(_asides(plan)),
        before=tuple(_folds(plan, sections, _BEFORE)),
        after=tuple(_folds(plan, sections, _AFTER)),
        diagram=svg(drawing_of(plan)) if plan.recommendations else "",
        market=market_picture(plan.market, _limit_usd(plan)) if plan.market else "",
        rules=rules_given_up(plan.market) if plan.market else (),
        market_rows=market_rows(plan.market) if plan.market else (),
        market_short=count(plan.market.offers, "offer") + " that fit" if plan.market else "",
        steps=tuple(_steps(plan)),
        lookups=tuple(lookups),
        next_lead="For the nearest that works" if plan.relaxations else "",
        next_step="" if plan.steps else plan.next_step.replace("`", ""),
    )


def _card(choice: Choice) -> Card:
    rented = choice.where != ON_SITE
    price = dollars(choice.usd) if rented else "to buy" if choice.label == "to provide" else "no rent"
    pace = speed(choice)
    return Card(
        label=choice.label,
        machines=choice.machines,
        precision=choice.precision,
        where=choice.where,
        price=price,
        per=f"a {choice.per}" if rented else "",
        speed=f"{pace} per user" if choice.tokens_per_s_per_user is not None else pace,
        gives_up=choice.gives_up,
        age=f"price {choice.price_kind}, {choice.price_as_of.isoformat()}" if rented else "",
    )


def _notes(plan: DeploymentPlan) -> Iterator[Note]:
    yield Note(kind="changed", heading="Changed", texts=plan.changes)
    yield Note(kind="assumed", heading="Assumed", texts=plan.assumptions)
    yield Note(kind="left", heading="Not taken into account", texts=plan.not_taken_into_account)
    yield Note(kind="confirm", heading="To confirm", texts=plan.cautions)


def _asides(plan: DeploymentPlan) -> Iterator[str]:
    """Sentences of the first screen on what belongs to the price."""
    if plan.retrieval:
        yield retrieval_line(plan.retrieval)
    if plan.recurring and plan.together is None:
        yield recurring_line(plan.recurring)
    if plan.hosted and (line := unit_cost_line(plan.hosted)):
        yield line


def _folds(plan: DeploymentPlan, sections: Mapping[str, str], names: Sequence[str]) -> Iterator[Fold]:
    pictures = _pictures(plan)
    for name in names:
        if name in sections:
            kind = ' class="wide" tabindex="0"' if name == "hosted" else ""
            html = "".join(f"<figure{kind}>{picture}</figure>" for picture in pictures.get(name, ()))
            html += as_html(without_heading(sections[name]))
            yield Fold(id=name, heading=WORDS[name], short=_short(name, plan), html=html)


def _steps(plan: DeploymentPlan) -> Iterator[StepView]:
    for step in plan.steps:
        commands = tuple(highlighted(abridged(command).strip("\n"), "bash") for command in step.commands)
        yield StepView(order=step.order, title=step.title, detail=step.detail, commands=commands)


def _glances(plan: DeploymentPlan) -> Iterator[str]:
    """What is seen before anything is read: price and speed of all that fits, and what fills a GPU of the first."""
    if plan.recommendations and plan.together is None:
        first = plan.recommendations[0].option
        if plan.market and (drawn := pace_picture(plan.market, _target(plan), _limit_usd(plan))):
            yield drawn
        yield option_bars(plan.recommendations, _limit_usd(plan))
        if first.proof and first.offer.gpu:
            yield memory_picture(first.proof, first.offer.gpu.name)


def _target(plan: DeploymentPlan) -> float | None:
    """What the choice has to reach, in the unit of the market: what was said, else the default of the rules."""
    spec, pace = plan.spec, plan.market.pace if plan.market else None
    if pace == "tokens_per_s_per_user":
        return spec.traffic.tokens_per_second_per_user or TOKENS_PER_S_PER_USER
    return spec.deadline_hours or JOB_HOURS if pace == "job_hours" else spec.traffic.latency_ms


def _pictures(plan: DeploymentPlan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if plan.cost:
        found["cost"] = [cost_bars(plan.cost)]
    if plan.hosted and (drawn := unit_cost_picture(plan.hosted)):
        found["hosted"] = [drawn]
    return found


def _short(name: str, plan: DeploymentPlan) -> str:
    """What a closed fold says of its inside."""
    match name:
        case "recommendations":
            return f"{count(len(plan.recommendations), 'way')} to run it, with the proof that it fits"
        case "cost" if plan.cost and plan.cost.monthly_usd:
            return f"{dollars(plan.cost.monthly_usd)} a month, line by line"
        case "models":
            return plan.models[0].model.key
        case "stack":
            return count(len(plan.stack), "chart")
        case "sources":
            return f"catalogue of {plan.catalog.as_of_newest.isoformat()}"
    return ""


def _limit_usd(plan: DeploymentPlan) -> float | None:
    """The budget, where it is for what the choices cost: a month, or the job."""
    if plan.spec.budget.currency not in (None, "USD"):
        return None
    budget, per_job = budget_of(plan.spec), plan.recommendations[0].option.job_cost_usd is not None
    return budget.amount_usd if budget.period == ("total" if per_job else "month") else None
