"""The answer: a deployment plan in which every fact is a catalogue row or a formula's result."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.base import Frozen, Source
from domain.catalog import CatalogRef
from domain.hosted import HostedComparison
from domain.market import Market
from domain.models import ModelCard
from domain.offers import PriceKind
from domain.packages import Package
from domain.parts import RecurringRun, Retrieval, Together
from domain.placement import PlacementOption, Relaxation
from domain.queries import ToolName
from domain.workload import WorkloadSpec


class Recommendation(Frozen):
    rank: int = Field(description="from 1, the first choice")
    option: PlacementOption = Field(description="what to rent and how to run on it, with its proof")


class ModelChoice(Frozen):
    rank: int = Field(description="from 1, the first choice")
    model: ModelCard = Field(description="the catalogue's row")
    reason: str = Field(description="why it is here")


class StackComponent(Frozen):
    role: str = Field(description="inference server, vector database, observability ...")
    package: Package = Field(description="the catalogue's row")
    reason: str = Field(description="why the workload needs it")
    wanted: bool = Field(default=False, description="asked for by the user")
    connects: tuple[str, ...] = Field(default=(), description="what talks to what, each with its address")
    alternatives: tuple[str, ...] = Field(default=(), description="charts that could fill the role instead")


class LaterComponent(Frozen):
    """A chart that is not installed, because nothing in the plan would use it yet."""

    role: str = Field(description="as of a component of the stack")
    package: Package = Field(description="the catalogue's row")
    reason: str = Field(description="when it is worth adding, or what it lacks")


class Step(Frozen):
    order: int = Field(description="from 1")
    title: str = Field(description="what this step does")
    detail: str = Field(description="how and why")
    commands: tuple[str, ...] = Field(default=(), description="to run as they stand, in this order")
    cluster: str = Field(default="", description="that it is about, where the steps make or use several")


class CostLine(Frozen):
    item: str = Field(description="what is paid for")
    formula: str = Field(description="with its numbers in")
    monthly_usd: float | None = Field(default=None, description="null: the catalogue has no price for it")
    source: Source | None = Field(default=None, description="where the price was read")
    offer_key: str | None = Field(default=None, description="the catalogue's row of a machine beside the workload's")


class CostBreakdown(Frozen):
    """Cost of the first recommendation. Totals leave out the lines without a price, and say so."""

    hourly_usd: float = Field(description="all lines, per hour of running")
    monthly_usd: float = Field(description="all lines, over `hours_per_month`")
    job_usd: float | None = Field(default=None, description="the whole job, where it ends")
    hours_per_month: float = Field(description="hours it runs in a month; 730 is all of them")
    lines: tuple[CostLine, ...] = Field(default=(), description="what the totals add up")
    unpriced: tuple[str, ...] = Field(default=(), description="what the catalogue has no price for")
    currency_note: str | None = Field(default=None, description="the rate used, and its day, for another currency")


class Gap(Frozen):
    """A tool that could not answer, and what the plan therefore lacks."""

    tool: ToolName = Field(description="which retrieval failed")
    status: str = Field(description="failed or timeout")
    error: str = Field(description="what it said; safe to show to a user")
    consequence: str = Field(description="what the plan lacks for it")


class Choice(Frozen):
    """One of the three choices: what it is for, in the units people pay and wait in."""

    label: str = Field(description="own hardware, recommended, cheapest, faster or better")
    rank: int = Field(description="of the recommendation it is")
    machines: str = Field(description="GPUs, or the machine where there are none: 2 x H100-SXM 80 GB")
    model: str = Field(default="", description="what runs there")
    precision: str | None = Field(default=None, description="the number format a model is served in")
    where: str = Field(description="provider, region and kind of pricing where it is not on demand")
    usd: float = Field(description="for a month of a service, for the whole of a job, an hour of one of unknown length")
    per: Literal["month", "job", "hour"]
    tokens_per_s_per_user: float | None = Field(default=None, description="under the expected load")
    answer_ms: float | None = Field(default=None, description="of a whole answer without a length in tokens")
    job_hours: float | None = None
    gives_up: tuple[str, ...] = Field(default=(), description="rules it does not keep, each with its reason")
    price_as_of: date
    price_kind: PriceKind

    @property
    def a_per(self) -> str:
        """A month, a job, an hour."""
        return "an hour" if self.per == "hour" else f"a {self.per}"


class DeploymentPlan(Frozen):
    title: str = Field(description="the plan in a line")
    verdict: str = Field(default="", description="the answer to a question that was asked; empty where none was")
    answer: str = Field(default="", description="one sentence: what to rent, at which price, what it will do")
    choices: tuple[Choice, ...] = Field(default=(), description="recommended, cheapest, and what more money buys")
    hosted: HostedComparison | None = Field(
        default=None, description="what a unit of work costs on the first recommendation, beside hosted APIs"
    )
    retrieval: Retrieval | None = Field(default=None, description="the parts of a retrieval service, added up")
    together: Together | None = Field(default=None, description="several workloads of one request, added up")
    recurring: RecurringRun | None = Field(default=None, description="of work that comes back: hours and cost of runs")
    next_step: str = Field(default="", description="the first thing to do, as a command where there is one")
    understanding: str = Field(description="one paragraph: what was asked, as understood")
    spec: WorkloadSpec = Field(description="the requirement the plan meets")
    assumptions: tuple[str, ...] = Field(default=(), description="what the user did not say and the plan takes as so")
    not_taken_into_account: tuple[str, ...] = Field(
        default=(), description="what the user said and the plan does not weigh, in their words, and why"
    )
    recommendations: tuple[Recommendation, ...] = Field(default=(), description="ranked; empty where nothing fits")
    market: Market | None = Field(
        default=None, description="all that fits, by GPU and seller; null: nothing does, or nothing is rented"
    )
    models: tuple[ModelChoice, ...] = Field(default=(), description="ranked, up to five")
    stack: tuple[StackComponent, ...] = Field(default=(), description="Helm charts to install")
    worth_adding: tuple[LaterComponent, ...] = Field(default=(), description="charts for later, not installed")
    steps: tuple[Step, ...] = Field(default=(), description="from nothing to running, in order")
    cost: CostBreakdown | None = Field(default=None, description="of the first recommendation")
    tradeoffs: tuple[str, ...] = Field(default=(), description="what the other options give and take")
    cautions: tuple[str, ...] = Field(default=(), description="constraints to confirm: health data, licences, gating")
    relaxations: tuple[Relaxation, ...] = Field(default=(), description="where nothing fits: what would, at what cost")
    gaps: tuple[Gap, ...] = Field(default=(), description="what could not be looked up")
    changes: tuple[str, ...] = Field(default=(), description="after a revision: what changed, and why")
    sources: tuple[Source, ...] = Field(default=(), description="where the facts were read, and when")
    catalog: CatalogRef = Field(description="the catalogue the plan was made from")
    engine: str = Field(description="what read the requirement: builtin or openai")

    def component(self, role: str) -> StackComponent | None:
        """The chart that is installed in that role; null where none is."""
        return next((component for component in self.stack if component.role == role), None)
