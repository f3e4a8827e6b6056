"""What the user wants to run. Field names are the public API of `understand` and of every plan.

A null or empty field means that the user did not say. Money is in the currency they named, sizes are
decimal GB unless the name says GiB, times are hours or milliseconds as the name says.
"""

from typing import Literal

from pydantic import Field

from domain.base import Frozen, Pricing

TaskType = Literal["inference", "batch_inference", "training", "fine_tuning", "rag"]
Domain = Literal[
    "llm", "embeddings", "vision", "image_generation", "video", "speech", "multimodal",
    "recommendation", "time_series", "tabular", "reinforcement_learning", "scientific",
]  # fmt: skip
Level = Literal["low", "medium", "high"]
BudgetPeriod = Literal["hour", "month", "total"]


class RequestedModel(Frozen):
    """A model as the user named it; the catalogue resolves it to a row."""

    name: str
    params_b: float | None = Field(default=None, description="billions of parameters")
    quantization: str | None = None


class GpuRequirement(Frozen):
    models: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    min_count: int | None = None
    min_vram_gb: float | None = Field(default=None, description="nominal memory of one GPU")
    min_total_vram_gb: float | None = None


class CpuRequirement(Frozen):
    min_vcpu: int | None = None
    min_ram_gb: float | None = None


class Budget(Frozen):
    amount: float | None = None
    currency: str | None = Field(default=None, description="ISO 4217")
    period: BudgetPeriod | None = None


class Location(Frozen):
    providers: tuple[str, ...] = ()
    excluded_providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = Field(default=(), description="EU, US, UK ... or ISO 3166 codes")


class Dataset(Frozen):
    size_gb: float | None = None
    items: int | None = None
    modality: str | None = None


class Traffic(Frozen):
    users: int | None = None
    concurrent_users: int | None = None
    requests_per_second: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    ttft_ms: float | None = Field(default=None, description="time to first token")


class LicenseRequirement(Frozen):
    commercial: bool | None = None
    allowed: tuple[str, ...] = ()


class Components(Frozen):
    wanted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Priorities(Frozen):
    cost: Level | None = None
    latency: Level | None = None
    quality: Level | None = None


class Evidence(Frozen):
    """The user's own words behind a field; `turn` counts user turns from 0."""

    quote: str
    turn: int


class WorkloadSpec(Frozen):
    """The requirement as read from the conversation. Merged turn by turn, never guessed silently."""

    task_type: TaskType | None = None
    domain: Domain | None = None
    use_case: str | None = None
    industry: str | None = None
    gpu_needed: bool | None = None
    models: tuple[RequestedModel, ...] = ()
    gpu: GpuRequirement = GpuRequirement()
    cpu: CpuRequirement = CpuRequirement()
    budget: Budget = Budget()
    location: Location = Location()
    compliance: tuple[str, ...] = ()
    dataset: Dataset = Dataset()
    traffic: Traffic = Traffic()
    context_tokens: int | None = None
    precision: str | None = None
    pricing: Pricing | None = None
    hours_per_month: float | None = None
    deadline_hours: float | None = None
    license: LicenseRequirement = LicenseRequirement()
    components: Components = Components()
    priorities: Priorities = Priorities()
    confidence: Level = "low"
    evidence: dict[str, Evidence] = Field(
        default_factory=dict, description="dotted field path -> the words that support it"
    )
    assumptions: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Critical fields the user has not settled, in the order they are asked."""
        return tuple(f for f in ("task_type", "domain", "gpu_needed") if getattr(self, f) is None)
