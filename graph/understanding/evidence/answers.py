"""What the language model is asked to answer with: the shapes of its strict JSON schema.

Strict mode wants every field required and null where nothing was said, and knows no defaults and no open
dictionaries; so these shapes mirror `WorkloadSpec` instead of being it. Names and units are explained in the prompt.
"""

from pydantic import Field

from domain.base import Frozen, Pricing
from domain.turn import Intent
from domain.workload import BudgetPeriod, Domain, Level, TaskType


class ModelAnswer(Frozen):
    name: str
    params_b: float | None
    quantization: str | None


class GpuAnswer(Frozen):
    models: list[str]
    excluded: list[str]
    min_count: int | None
    min_vram_gb: float | None
    min_total_vram_gb: float | None


class CpuAnswer(Frozen):
    min_vcpu: int | None
    min_ram_gb: float | None


class BudgetAnswer(Frozen):
    amount: float | None
    currency: str | None
    period: BudgetPeriod | None


class LocationAnswer(Frozen):
    providers: list[str]
    excluded_providers: list[str]
    regions: list[str]
    jurisdictions: list[str]


class DatasetAnswer(Frozen):
    size_gb: float | None
    items: int | None
    modality: str | None


class TrafficAnswer(Frozen):
    users: int | None
    concurrent_users: int | None
    requests_per_second: float | None
    input_tokens: int | None
    output_tokens: int | None
    ttft_ms: float | None


class LicenseAnswer(Frozen):
    commercial: bool | None
    allowed: list[str]


class ComponentsAnswer(Frozen):
    wanted: list[str]
    excluded: list[str]


class PrioritiesAnswer(Frozen):
    cost: Level | None
    latency: Level | None
    quality: Level | None


class Quote(Frozen):
    field: str = Field(description="dotted path of the field, e.g. budget.amount")
    quote: str = Field(description="the user's exact words")


class ReadAnswer(Frozen):
    """What the newest turn says about the workload; null or empty where it says nothing."""

    task_type: TaskType | None
    domain: Domain | None
    use_case: str | None
    industry: str | None
    gpu_needed: bool | None
    models: list[ModelAnswer]
    gpu: GpuAnswer
    cpu: CpuAnswer
    budget: BudgetAnswer
    location: LocationAnswer
    compliance: list[str]
    dataset: DatasetAnswer
    traffic: TrafficAnswer
    context_tokens: int | None
    precision: str | None
    pricing: Pricing | None
    hours_per_month: float | None
    deadline_hours: float | None
    license: LicenseAnswer
    components: ComponentsAnswer
    priorities: PrioritiesAnswer
    evidence: list[Quote]
    withdrawn: list[Quote]
    just_decide: bool


class IntentAnswer(Frozen):
    """What the newest turn wants."""

    intent: Intent


class PhraseAnswer(Frozen):
    """The paragraph in better words."""

    paragraph: str
