"""What the user wants to run. Field names are the public API of `understand` and of every plan.

A null or empty field means that the user did not say. Money is in the currency they named, sizes are
decimal GB unless the name says GiB, times are hours or milliseconds as the name says.
"""

from typing import Literal

from pydantic import Field

from domain.base import HOURS_PER_MONTH, Frozen, Pricing
from domain.currency import ExchangeRate
from domain.offers import SellerTier

TaskType = Literal["inference", "batch_inference", "training", "fine_tuning", "rag"]
Domain = Literal[
    "llm", "embeddings", "vision", "image_generation", "video", "speech", "multimodal",
    "recommendation", "time_series", "tabular", "reinforcement_learning", "scientific",
]  # fmt: skip
LANGUAGE_DOMAINS: tuple[Domain, ...] = ("llm", "multimodal")
Level = Literal["low", "medium", "high"]
BudgetPeriod = Literal["hour", "month", "total"]
HostingKind = Literal["cloud", "on_premises", "air_gapped", "existing_cluster"]
Orchestration = Literal["containers", "kubernetes"]
GpuVendor = Literal["nvidia", "amd", "intel", "google", "aws", "apple"]
Interconnect = Literal["nvlink", "infiniband", "pcie"]
VolumeUnit = Literal[
    "requests",
    "tokens",
    "output_tokens",
    "images",
    "audio_hours",
    "videos",
    "documents",
    "pages",
    "items",
    "gpu_hours",
    "simulated_ns",
]
VolumePeriod = Literal["hour", "day", "month", "total"]
Cadence = Literal["day", "week", "month", "quarter", "year"]
RUNS_PER_MONTH: dict[Cadence, float] = {
    "day": HOURS_PER_MONTH / 24, "week": HOURS_PER_MONTH / 168, "month": 1.0, "quarter": 1 / 3, "year": 1 / 12,
}  # fmt: skip
TrainingMethod = Literal["full", "lora", "qlora", "sft", "dpo", "orpo", "grpo", "rlhf", "distillation", "pretraining"]
TrainingObjective = Literal["dpo", "orpo", "grpo"]
TrainingResult = Literal["adapter", "merged", "gguf"]
PriceUnit = Literal["million_tokens", "image", "request", "audio_hour", "gpu_hour", "user"]
DataKind = Literal["medical", "personal", "financial", "company"]
Stakes = Literal["hobby", "production"]
QuestionKind = Literal["fits", "compare", "price", "which", "why", "steps"]
QuestionAspect = Literal[
    "need", "nodes", "any_gpu", "link", "api", "own", "hosted", "afford", "count", "users", "time", "buy",
    "smallest", "kubernetes", "seller", "unit", "rent", "storage", "gpu_or_cpu", "enough",
    "gpu_hours", "model", "open",
]  # fmt: skip
"""What a question asks beside its kind: whether less would do (than what was named, than several machines, than a GPU,
than a fast link); an API or own machines (`own`, `hosted`: a yes is for this one); whether it can be had for a sum; how
many GPUs, how many users, how long; what to buy; the smallest GPU that does; whether there must be a cluster at all;
whom to buy or rent from; what one unit of the work costs; buying against renting; how much RAM and disk; whether a GPU
is of use or better code on CPUs; whether what was named is enough; how many hours of a GPU in all; which model;
what to do at all, of whoever wishes for AI and says not what for."""


class RequestedModel(Frozen):
    """A model as the user named it; the catalogue resolves it to a row."""

    name: str
    params_b: float | None = Field(default=None, description="billions of parameters")
    quantization: str | None = None
    choice: int | None = Field(
        default=None,
        description="one of several of which one is to run: 1 is tried first, the same number is as welcome; "
        "null: wanted by itself",
    )


class GpuRequirement(Frozen):
    models: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    min_count: int | None = None
    max_count: int | None = Field(default=None, description="over all machines; `exactly 8` is both bounds")
    or_more: bool | None = Field(
        default=None, description="`min_count` was said as a least (`at least 4`, `8+`): more are as welcome"
    )
    min_vram_gb: float | None = Field(default=None, description="nominal memory of one GPU")
    max_vram_gb: float | None = Field(default=None, description="nominal memory of one GPU")
    min_total_vram_gb: float | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    vendors: tuple[GpuVendor, ...] = ()
    excluded_vendors: tuple[GpuVendor, ...] = ()
    interconnect: Interconnect | None = None


class CpuRequirement(Frozen):
    min_vcpu: int | None = None
    min_ram_gb: float | None = None


class Budget(Frozen):
    amount: float | None = None
    currency: str | None = Field(default=None, description="ISO 4217")
    period: BudgetPeriod | None = None
    rate: ExchangeRate | None = Field(
        default=None, description="the catalogue's, of the day of its last refresh; null: the one that is shipped"
    )


class OwnedHardware(Frozen):
    """Hardware at hand: no wish to rent more of it."""

    gpu: str | None = Field(default=None, description="as the catalogue names it, else in the user's words")
    count: int | None = Field(default=None, description="GPUs in all, or in one node where `nodes` is given")
    vram_gb: float | None = Field(default=None, description="nominal memory of one GPU")
    nodes: int | None = None
    ram_gb: float | None = Field(default=None, description="memory of the machine they are in, beside that of the GPUs")
    note: str | None = Field(default=None, description="the user's words where they say more")


class Power(Frozen):
    """What machines on the user's own site may take, and what their power costs there."""

    max_kw: float | None = Field(default=None, description="at full power, of all machines together")
    price_per_kwh: float | None = None
    currency: str | None = Field(default=None, description="ISO 4217, of the price; null: USD")


class Availability(Frozen):
    uptime_percent: float | None = None
    zones: int | None = Field(default=None, description="how many zones or regions the service must span")
    min_replicas: int | None = None
    scale_to_zero: bool | None = None
    cold_start_seconds: float | None = Field(
        default=None, description="the longest that one may wait for the first answer after it was scaled to zero"
    )


class Location(Frozen):
    providers: tuple[str, ...] = ()
    excluded_providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = Field(default=(), description="EU, US, UK ... or ISO 3166 codes")
    excluded_jurisdictions: tuple[str, ...] = Field(default=(), description="it must run in none of these")
    preferred: tuple[str, ...] = Field(
        default=(), description="regions or jurisdictions within those above, where it is to run if it can be had there"
    )
    owners: tuple[str, ...] = Field(
        default=(),
        description="whose law sellers may be under, by where their owners sit: EU, US, UK ... or ISO 3166 codes",
    )
    excluded_owners: tuple[str, ...] = Field(
        default=(), description="whose law no seller may be under, wherever its regions are"
    )
    sellers: tuple[SellerTier, ...] = Field(
        default=(), description="kinds of seller that are welcome; the others are not ruled out by it"
    )
    excluded_sellers: tuple[SellerTier, ...] = ()
    everywhere: bool | None = Field(
        default=None, description="it is to run in each of the regions or jurisdictions, not in any one of them"
    )


class Dataset(Frozen):
    size_gb: float | None = None
    items: int | None = None
    columns: int | None = Field(default=None, description="values of each row of a table")
    modality: str | None = None


class Media(Frozen):
    """What one item is like where it is no text: a picture, a clip, a recording, a cloud of points, a vector."""

    width: int | None = Field(default=None, description="pixels of a picture or of a frame")
    height: int | None = Field(default=None, description="pixels of a picture or of a frame")
    seconds: float | None = Field(default=None, description="of one clip or recording")
    steps: int | None = Field(default=None, description="denoising steps of one picture or clip")
    points: int | None = Field(default=None, description="of one cloud of points")
    dimensions: int | None = Field(default=None, description="numbers of one vector")
    live: bool | None = Field(default=None, description="it is answered while it is still coming in, as a call is")


class Traffic(Frozen):
    users: int | None = None
    users_per: Literal["day", "month"] | None = Field(
        default=None, description="of those who come in such a time (DAU, MAU); null: all who have it at hand"
    )
    concurrent_users: int | None = None
    requests_per_second: float | None = None
    calls_each: int | None = Field(
        default=None, description="runs of the model for one request or item: passages of a query, questions on a text"
    )
    images_each: int | None = Field(default=None, description="pictures or frames of one request or item")
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input: float | None = Field(
        default=None, description="part of the tokens in that a prefix cache holds: 0.8 of 80 %"
    )
    ttft_ms: float | None = Field(default=None, description="time to first token")
    peak_concurrent_users: int | None = None
    peak_requests_per_second: float | None = None
    latency_ms: float | None = Field(default=None, description="of a whole answer, end to end")
    latency_percentile: float | None = Field(default=None, description="50, 95, 99 ... of `latency_ms` or `ttft_ms`")
    tokens_per_second_per_user: float | None = None
    tokens_per_second: float | None = Field(default=None, description="output of all users together")


class Volume(Frozen):
    """An amount of work: of one job (`total`), or that comes in again every hour, day or month."""

    amount: float | None = None
    unit: VolumeUnit | None = None
    per: VolumePeriod | None = None


class Training(Frozen):
    tokens: float | None = None
    epochs: float | None = None
    examples: int | None = None
    method: TrainingMethod | None = None
    resolution: str | None = Field(default=None, description="width x height [x depth], as in 1024x1024")
    objective: TrainingObjective | None = Field(
        default=None, description="what the examples teach, where `method` says how many weights learn it"
    )
    result: TrainingResult | None = Field(default=None, description="the form in which the result is to be had")
    runs: int | None = Field(
        default=None, description="how many times over: folds, styles or models trained each by itself, a grid's points"
    )


class UnitPrice(Frozen):
    """The most that one unit of work may cost."""

    amount: float | None = None
    currency: str | None = Field(default=None, description="ISO 4217")
    per: PriceUnit | None = None


class ApiBill(Frozen):
    """What somebody's API costs today, a month; null where it was not said."""

    amount: float | None = None
    currency: str | None = Field(default=None, description="ISO 4217")
    input_tokens: float | None = None
    output_tokens: float | None = None
    model: str | None = Field(default=None, description="the closed model that is paid for, or its maker")
    quotes: tuple[str, ...] = ()


class AskedQuestion(Frozen):
    """What was asked, to be answered before anything else; the subjects in the order they were named."""

    kind: QuestionKind
    subjects: tuple[str, ...] = ()
    aspects: tuple[QuestionAspect, ...] = ()
    hardware: tuple[OwnedHardware, ...] = Field(
        default=(), description="cards that it asks about, with all that the message says of them; no wish for them"
    )
    whether: bool = Field(default=False, description="it expects yes or no, and yes for what can be had")
    closed: tuple[str, ...] = Field(default=(), description="models without published weights that are to be run")
    bill: ApiBill | None = Field(
        default=None, description="what is paid an API today, or the tokens that it would be asked for"
    )
    years: float | None = Field(default=None, description="over how long buying and renting are to be compared")
    use: float | None = Field(default=None, description="share of the hours in which bought or rented machines work")
    quotes: tuple[str, ...] = Field(default=(), description="the words of `use`")

    def asks(self, *aspects: QuestionAspect) -> bool:
        """Whether it asks one of these."""
        return not set(aspects).isdisjoint(self.aspects)


class LicenseRequirement(Frozen):
    commercial: bool | None = None
    allowed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class ModelOrigin(Frozen):
    """Where the makers of the models sit: ISO 3166 codes, or EU. With `allowed`, all others are ruled out."""

    allowed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Sources(Frozen):
    """Where images and weights come from."""

    registry: str | None = Field(default=None, description="the host or name of the user's own image registry")
    excluded: tuple[str, ...] = Field(default=(), description="hosts that nothing can be pulled from, as docker.io")


class Addresses(Frozen):
    """Names of the user's own, as they wrote them: they stand in the files of a plan."""

    host: str | None = Field(default=None, description="name that people reach the service under")
    data: str | None = Field(default=None, description="bucket or container, and folder, that the data lie in")
    results: str | None = Field(default=None, description="the same that the results go to")
    account: str | None = Field(default=None, description="storage account of the containers")


class Components(Frozen):
    wanted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    present: tuple[str, ...] = Field(default=(), description="running there already: used, never installed again")


class Priorities(Frozen):
    cost: Level | None = None
    latency: Level | None = None
    quality: Level | None = None


class Workload(Frozen):
    """One of several workloads that a single request names."""

    task_type: TaskType | None = None
    domain: Domain | None = None
    use_case: str | None = None
    models: tuple[RequestedModel, ...] = ()
    traffic: Traffic = Traffic()
    dataset: Dataset = Dataset()
    volume: Volume = Volume()
    training: Training = Training()
    media: Media = Media()
    context_tokens: int | None = None
    languages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    every: Cadence | None = Field(default=None, description="how often a job is run again")
    location: Location = Field(
        default=Location(), description="its own places, where each has others; else the request's"
    )
    deadline_hours: float | None = None
    hours_per_month: float | None = None
    quote: str = ""


class Unplaced(Frozen):
    """Words with a number, a name or a constraint that no field holds; `turn` counts user turns from 0."""

    quote: str
    turn: int


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
    owned: tuple[OwnedHardware, ...] = ()
    purchase: bool | None = Field(
        default=None,
        description="hardware is to be bought: cards that are named are those to buy, no wish to rent them",
    )
    power: Power = Power()
    cpu: CpuRequirement = CpuRequirement()
    budget: Budget = Budget()
    unit_price: UnitPrice = UnitPrice()
    hosting: HostingKind | None = None
    cluster: str | None = Field(default=None, description="eks, gke, aks, openshift, k3s ...: the kind that is meant")
    orchestration: Orchestration | None = Field(
        default=None, description="what is to start and watch the programs: containers on machines, or Kubernetes"
    )
    availability: Availability = Availability()
    location: Location = Location()
    compliance: tuple[str, ...] = ()
    sensitive: tuple[DataKind, ...] = Field(
        default=(),
        description="what of its data is not for strangers' machines: of patients, people, money, a firm",
    )
    stakes: Stakes | None = Field(default=None, description="a hobby or experiment, or a service that others rely on")
    dataset: Dataset = Dataset()
    traffic: Traffic = Traffic()
    volume: Volume = Volume()
    training: Training = Training()
    media: Media = Media()
    embedding_tables_gb: float | None = Field(default=None, description="of a recommender, all tables together")
    context_tokens: int | None = None
    languages: tuple[str, ...] = Field(
        default=(), description="ISO 639 codes of the languages that people write, say or are to be answered in"
    )
    features: tuple[str, ...] = Field(
        default=(), description="what the model or its server must be able to do: diarization, json_output ..."
    )
    every: Cadence | None = Field(
        default=None, description="how often the job is run again; of several workloads each has its own"
    )
    precision: str | None = None
    pricing: Pricing | None = Field(default=None, description="the kind of price that is wished")
    pricing_allowed: tuple[Pricing, ...] = Field(
        default=(), description="kinds of price that are permitted without a wish: `spot is fine`; rules none out"
    )
    commitment_months: int | None = Field(default=None, description="how long they would commit to a reserved price")
    hours_per_month: float | None = None
    deadline_hours: float | None = None
    deadline_date: str | None = Field(default=None, description="YYYY-MM-DD, MM-DD without a year, or a weekday")
    license: LicenseRequirement = LicenseRequirement()
    model_origin: ModelOrigin = ModelOrigin()
    sources: Sources = Sources()
    addresses: Addresses = Addresses()
    components: Components = Components()
    priorities: Priorities = Priorities()
    workloads: tuple[Workload, ...] = Field(default=(), description="where one request names several; else empty")
    question: AskedQuestion | None = None
    confidence: Level = "low"
    evidence: dict[str, Evidence] = Field(
        default_factory=dict, description="dotted field path -> the words that support it"
    )
    assumptions: tuple[str, ...] = ()
    assumed: dict[str, str] = Field(
        default_factory=dict, description="dotted path of a field that is a guess -> its sentence in `assumptions`"
    )
    unplaced: tuple[Unplaced, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """Critical fields the user has not settled, in the order they are asked."""
        return tuple(f for f in ("task_type", "domain", "gpu_needed") if getattr(self, f) is None)
