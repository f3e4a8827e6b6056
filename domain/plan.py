"""The answer: a deployment plan in which every fact is a catalogue row or a formula's result."""

from datetime import date

from pydantic import Field

from domain.base import Frozen, Source
from domain.models import ModelCard
from domain.packages import Package
from domain.placement import PlacementOption, Relaxation
from domain.queries import ToolName
from domain.workload import WorkloadSpec


class Recommendation(Frozen):
    rank: int
    option: PlacementOption


class ModelChoice(Frozen):
    rank: int
    model: ModelCard
    reason: str


class StackComponent(Frozen):
    role: str = Field(description="inference server, vector database, observability ...")
    package: Package
    reason: str


class Step(Frozen):
    order: int
    title: str
    detail: str
    commands: tuple[str, ...] = ()


class CostLine(Frozen):
    item: str
    formula: str
    monthly_usd: float | None = Field(default=None, description="null: the catalogue has no price for it")
    source: Source | None = None


class CostBreakdown(Frozen):
    """Cost of the first recommendation. Totals leave out the lines without a price, and say so."""

    hourly_usd: float
    monthly_usd: float
    job_usd: float | None = None
    hours_per_month: float
    lines: tuple[CostLine, ...] = ()
    unpriced: tuple[str, ...] = ()
    currency_note: str | None = None


class Gap(Frozen):
    """A tool that could not answer, and what the plan therefore lacks."""

    tool: ToolName
    status: str
    error: str
    consequence: str


class CatalogRef(Frozen):
    """Which catalogue the plan was made from: same question, same `fingerprint`, same plan."""

    fingerprint: str = Field(description="sha256 over the loaded snapshots")
    as_of_oldest: date
    as_of_newest: date
    embedder: str
    offers: int
    models: int
    packages: int


class DeploymentPlan(Frozen):
    title: str
    understanding: str = Field(description="one paragraph: what was asked, as understood")
    spec: WorkloadSpec
    assumptions: tuple[str, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    models: tuple[ModelChoice, ...] = ()
    stack: tuple[StackComponent, ...] = ()
    steps: tuple[Step, ...] = ()
    cost: CostBreakdown | None = None
    tradeoffs: tuple[str, ...] = ()
    cautions: tuple[str, ...] = Field(default=(), description="constraints to confirm: health data, licences, gating")
    relaxations: tuple[Relaxation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    changes: tuple[str, ...] = Field(default=(), description="after a revision: what changed, and why")
    sources: tuple[Source, ...] = ()
    catalog: CatalogRef
    engine: str
