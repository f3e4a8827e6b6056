"""What the four tools are asked and what they answer."""

from typing import Generic, Literal, TypeVar

from pydantic import Field

from domain.base import Frozen, Pricing
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import Offer
from domain.packages import Package
from domain.workload import Domain

Item = TypeVar("Item", bound=Frozen)
ToolName = Literal["compute", "packages", "models", "cluster"]


class ComputeQuery(Frozen):
    """Filters on `cloud.instances`. Every given filter must hold; an empty one filters nothing."""

    text: str | None = Field(default=None, description="free words: instance type, GPU or provider")
    gpu_required: bool | None = Field(default=None, description="true: GPU offers, false: CPU only, null: both")
    gpu_models: tuple[str, ...] = Field(default=(), description="GPU names, families or aliases")
    excluded_gpus: tuple[str, ...] = ()
    min_gpu_count: int | None = Field(default=None, ge=1, description="GPUs of one instance")
    min_vram_gb: float | None = Field(default=None, ge=0, description="nominal GB of one GPU")
    min_total_vram_gb: float | None = Field(default=None, ge=0, description="nominal GB of one instance")
    min_vcpu: int | None = Field(default=None, ge=0)
    min_ram_gb: float | None = Field(default=None, ge=0)
    max_price_hourly: float | None = Field(default=None, ge=0, description="USD")
    max_price_monthly: float | None = Field(default=None, ge=0, description="USD for 730 h")
    providers: tuple[str, ...] = ()
    excluded_providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = Field(default=(), description="EU, US, UK ... or ISO country codes")
    compliance: tuple[str, ...] = ()
    pricing: Pricing | None = None
    every_region: bool = Field(
        default=False, description="false: the cheapest matching region of each instance type and pricing"
    )
    top_k: int | None = Field(default=20, ge=1, le=100_000, description="null: every match")


class PackageQuery(Frozen):
    text: str = Field(default="", max_length=500)
    names: tuple[str, ...] = Field(default=(), description="exact chart names or aliases, best first")
    category: str | None = None
    repository: str | None = None
    official: bool | None = None
    include_deprecated: bool = False
    top_k: int = Field(default=10, ge=1, le=1000)


class NamedModel(Frozen):
    name: str
    params_b: float | None = None


class ModelQuery(Frozen):
    text: str = Field(default="", max_length=2000)
    named: tuple[NamedModel, ...] = Field(default=(), description="models the user named, resolved first")
    domain: Domain | None = None
    pipeline_tag: str | None = None
    licenses: tuple[str, ...] = ()
    commercial: bool | None = None
    include_gated: bool = True
    min_params_b: float | None = Field(default=None, ge=0)
    max_params_b: float | None = Field(default=None, ge=0)
    top_k: int = Field(default=10, ge=1, le=1000)


class ClusterQuery(Frozen):
    gpu_only: bool = False


class ToolResult(Frozen, Generic[Item]):
    """`took_ms` is a clock reading: it never takes part in a comparison of two plans."""

    status: Literal["ok", "empty", "failed", "timeout", "not_connected"]
    items: tuple[Item, ...] = ()
    error: str | None = None
    took_ms: float = 0.0


class OfferResult(ToolResult[Offer]):
    pass


class PackageResult(ToolResult[Package]):
    pass


class ModelResult(ToolResult[ModelCard]):
    """`scores` stand beside `items`: 0.6 * relevance + 0.4 * popularity; a named model scores 1."""

    scores: tuple[float, ...] = ()


class ClusterResult(ToolResult[ClusterNode]):
    pass
