"""What the four tools are asked and what they answer."""

from collections.abc import Iterable
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from domain.base import Frozen, Pricing
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import Offer
from domain.packages import Package
from domain.workload import Domain

Item = TypeVar("Item", bound=Frozen)
ToolName = Literal["compute", "packages", "models", "cluster"]
Preference = Literal["quality", "light", "training"]

MOST_NAMES, LONGEST_NAME = 200, 200
LONGEST_TEXT = 2000
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text holds no NUL."""
Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=NO_NUL)]
Names = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMES)]


def names_within(names: Iterable[str]) -> tuple[str, ...]:
    """As many as a query takes, each once, the first ones first; one too long for a name names nothing."""
    return tuple(name for name in dict.fromkeys(names) if len(name) <= LONGEST_NAME)[:MOST_NAMES]


class ComputeQuery(Frozen):
    """Filters on `cloud.instances`. Every given filter must hold; an empty one filters nothing."""

    text: str | None = Field(
        default=None, max_length=500, pattern=NO_NUL, description="words: instance type, GPU or provider"
    )
    gpu_required: bool | None = Field(default=None, description="true: GPU offers, false: CPU only, null: both")
    gpu_models: Names = Field(default=(), description="GPU names, families or aliases")
    excluded_gpus: Names = Field(default=(), description="GPU names, families or aliases to leave out")
    min_gpu_count: int | None = Field(default=None, ge=1, description="GPUs of one instance")
    min_vram_gb: float | None = Field(default=None, ge=0, description="nominal GB of one GPU")
    min_total_vram_gb: float | None = Field(default=None, ge=0, description="nominal GB of one instance")
    beside_gpus: bool = Field(
        default=False, description="machines without a GPU as well, of which nothing is asked that is asked of GPUs"
    )
    min_vcpu: int | None = Field(default=None, ge=0, description="of one instance")
    min_ram_gb: float | None = Field(default=None, ge=0, description="of one instance; 240 GiB are 257.7 GB")
    max_price_hourly: float | None = Field(default=None, ge=0, description="USD")
    max_price_monthly: float | None = Field(default=None, ge=0, description="USD for 730 h")
    providers: Names = Field(default=(), description="only these: aws, gcp, azure, lambda ...")
    excluded_providers: Names = Field(default=(), description="providers to leave out")
    excluded_jurisdictions: Names = Field(default=(), description="countries or unions to leave out")
    regions: Names = Field(default=(), description="as the provider names them, or their places")
    jurisdictions: Names = Field(default=(), description="EU, US, UK ... or ISO country codes")
    compliance: Names = Field(default=(), description="programmes the provider offers: hipaa, gdpr ...")
    pricing: Pricing | None = Field(default=None, description="null: every kind")
    max_term_months: int | None = Field(default=None, ge=0, description="longest commitment; null: of any length")
    every_region: bool = Field(
        default=False, description="false: the cheapest matching region of each instance type and pricing"
    )
    top_k: int | None = Field(default=20, ge=1, le=100_000, description="null: every match")


class PackageQuery(Frozen):
    text: str = Field(default="", max_length=500, pattern=NO_NUL, description="free words: a name or what it is for")
    names: Names = Field(default=(), description="exact chart names or aliases, best first")
    category: Name | None = Field(default=None, description="only this category")
    repository: Name | None = Field(default=None, description="only this repository's short name")
    official: bool | None = Field(default=None, description="true: published by the project itself")
    include_deprecated: bool = Field(default=False, description="deprecated charts too")
    last_repositories: Names = Field(default=(), description="come after all others of the same name")
    top_k: int = Field(default=10, ge=1, le=1000, description="most charts to return")


class NamedModel(Frozen):
    name: str = Field(max_length=LONGEST_NAME, pattern=NO_NUL, description="as the user wrote it")
    params_b: float | None = Field(default=None, description="billions of parameters, where they said so")


class ModelQuery(Frozen):
    text: str = Field(default="", max_length=LONGEST_TEXT, pattern=NO_NUL, description="what it is for, in words")
    named: tuple[NamedModel, ...] = Field(
        default=(), max_length=MOST_NAMES, description="models the user named, resolved first"
    )
    domain: Domain | None = Field(default=None, description="only models of this domain")
    task: Name | None = Field(
        default=None, description="only models that can do this: transcription, ocr, reranking, code-completion ..."
    )
    languages: Names = Field(
        default=(), description="for a task: ISO 639-1 codes; a model known not to cover one of them is left out"
    )
    prefer: Preference | None = Field(
        default=None, description="for a task, which of the usual models come first: quality, light or training"
    )
    pipeline_tag: Name | None = Field(default=None, description="the Hub's task: text-generation, object-detection ...")
    licenses: Names = Field(default=(), description="only these: SPDX ids or the Hub's names")
    commercial: bool | None = Field(default=None, description="true: only where the licence allows commercial use")
    include_gated: bool = Field(default=True, description="models one must ask for too")
    min_params_b: float | None = Field(default=None, ge=0, description="billions of parameters")
    max_params_b: float | None = Field(default=None, ge=0, description="billions of parameters")
    top_k: int = Field(default=10, ge=1, le=1000, description="most models to return")


class ClusterQuery(Frozen):
    gpu_only: bool = Field(default=False, description="only nodes with a GPU")


class ToolResult(Frozen, Generic[Item]):
    """`took_ms` is a clock reading: it never takes part in a comparison of two plans."""

    status: Literal["ok", "empty", "failed", "timeout", "not_connected"] = Field(description="how the search went")
    items: tuple[Item, ...] = Field(default=(), description="catalogue rows, the best first")
    error: str | None = Field(default=None, description="why it failed; safe to show to a user")
    took_ms: float = Field(default=0.0, description="a clock reading")


class OfferResult(ToolResult[Offer]):
    pass


class PackageResult(ToolResult[Package]):
    pass


class ModelResult(ToolResult[ModelCard]):
    """`scores` stand beside `items`: for words 0.8 * relevance + 0.2 * popularity, for a task as `tools.model_ranking`
    says; a named model scores 1."""

    scores: tuple[float, ...] = Field(default=(), description="one for each item")


class ClusterResult(ToolResult[ClusterNode]):
    pass


class CardQuery(Frozen):
    """Filters on what model cards say. Every given filter must hold; an empty one filters nothing."""

    text: str = Field(max_length=LONGEST_TEXT, pattern=NO_NUL, description="what you want to know, in words")
    models: Names = Field(default=(), description="only the cards of these models, by their Hugging Face ids")
    domain: Domain | None = Field(default=None, description="only models of this domain")
    commercial: bool | None = Field(default=None, description="true: only where the licence allows commercial use")
    top_k: int = Field(default=5, ge=1, le=1000, description="most pieces to return")


class CardPiece(Frozen):
    """A piece of a model's card, in its maker's words, with facts of the model."""

    key: str = Field(description="of the piece")
    model: str = Field(description="Hugging Face id: owner/name")
    text: str = Field(description="as the card says it: a stranger's words")
    similarity: float = Field(description="cosine similarity to the question")
    domain: Domain = Field(description="of the model, as the facts after it")
    pipeline_tag: str = Field(description="the Hub's task")
    license: str | None = Field(default=None, description="SPDX id or the Hub's name for it")
    commercial_use: bool | None = Field(default=None, description="null: read the licence")
    gated: bool = Field(default=False, description="one must ask for it")
    params_b: float | None = Field(default=None, description="billions of parameters")


class CardResult(ToolResult[CardPiece]):
    pass
