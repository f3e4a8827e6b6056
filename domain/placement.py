"""Which model at which quantisation on which offers, and the arithmetic that proves it fits."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.market import Market
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Offer

Mode = Literal["serve", "train", "lora", "qlora"]
RuleId = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10"]
"""The rules of a first recommendation, the weightiest first: `sizing/rules.py` says them."""


class BrokenRule(Frozen):
    """A rule that an option does not keep, in a few words with their figure."""

    rule: RuleId
    words: str


class Served(Frozen):
    """What users of a service get under the expected load; null where the kind of model has no such figure."""

    in_flight: int = Field(description="requests at once over all replicas, which the figures are for")
    tokens_per_s_per_user: float | None = None
    ttft_ms: float | None = Field(default=None, description="time to the first token")
    answer_ms: float | None = Field(default=None, description="of a whole answer without a length in tokens: an image")


class ProofLine(Frozen):
    """One line of arithmetic a reader can redo: what, the formula with its numbers in, the result."""

    label: str
    formula: str
    value: float
    unit: str
    source: str | None = Field(default=None, description="paper, vendor page or catalogue key of the figures")


class LayerMemory(Frozen):
    """Layers of one kind. Parameters are those of the whole model, the cache is that of one GPU."""

    kind: str
    count: int
    figures: str = Field(description="heads, widths, experts")
    params_b: float | None = Field(default=None, description="of all of them; null: not known by kind")
    kv_bytes_per_token: float = Field(default=0.0, description="of all of them, while no window is full")
    window_tokens: int | None = Field(default=None, description="tokens that are kept at most")
    state_bytes: float = Field(default=0.0, description="kept of a sequence of any length")


class Kept(Frozen):
    """What a sequence keeps on one GPU in layers with the same window."""

    bytes_per_token: float
    window_tokens: int | None = Field(default=None, description="tokens that are kept at most; null: all")


LOAD_LINE = "KV cache of the load"
"""Label of the line with what the requests of the load keep at once."""


STEP_LINE = "A step of a prompt"
"""Label of the line with what is kept, in layers with a window, while a prompt is read."""


class MemoryProof(Frozen):
    """Memory of ONE GPU, in GiB. `fits` needs at least one sequence of the context at the concurrency."""

    fits: bool
    mode: Mode
    engine: str | None = Field(default=None, description="engine and version the defaults belong to")
    memory_fraction: float
    weights_gib: float
    kv_cache_gib: float = Field(description="what is left for the cache (serving); 0 in training")
    kv_bytes_per_token: float = Field(description="of all layers that keep something, while no window is full")
    kept: tuple[Kept, ...] = Field(default=(), description="the same by window; empty: every layer keeps all tokens")
    state_bytes: float = Field(default=0.0, description="kept of a sequence of any length")
    optimizer_gib: float = 0.0
    gradients_gib: float = 0.0
    activation_gib: float = Field(description="with what a step of a prompt holds in layers with a window")
    overhead_gib: float
    total_gib: float = Field(description="what must fit: weights, states, activations, overhead, the KV asked for")
    usable_gib: float
    per_gpu: bool = True
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    context_tokens: int | None = None
    concurrency: int | None = None
    max_concurrency: int | None = None
    max_context: int | None = None
    binding_constraint: str
    model: str | None = Field(default=None, description="what was sized: a catalogue id, a file, a parameter count")
    layers: tuple[LayerMemory, ...] = Field(default=(), description="what was counted, where one model is sized alone")
    lines: tuple[ProofLine, ...] = ()

    @property
    def needed_gib(self) -> float:
        """On one GPU, with the cache of the load in the place of that of the longest requests and of the step that
        reads one, where it is the larger: `total_gib` has the latter alone."""
        step = sum(line.value for line in self.lines if line.label == STEP_LINE)
        asked = self.total_gib - self.weights_gib - self.activation_gib - self.overhead_gib + step
        load = max((line.value for line in self.lines if line.label == LOAD_LINE), default=0.0)
        return self.total_gib + (max(0.0, load - asked) if self.mode == "serve" else 0.0)

    def kv_bytes(self, tokens: float) -> float:
        """Of a sequence of so many tokens, on one GPU."""
        growing = sum(k.bytes_per_token * min(tokens, k.window_tokens or tokens) for k in self.kept)
        return self.state_bytes + (growing if self.kept else self.kv_bytes_per_token * tokens)


class Throughput(Frozen):
    """A roofline estimate for the whole placement; `low` and `high` are the stated error band."""

    metric: Literal["output_tokens_per_second", "requests_per_second", "images_per_second", "training_hours",
                    "gpu_hours"]  # fmt: skip
    value: float
    low: float
    high: float
    lines: tuple[ProofLine, ...] = ()


class JobProgram(Frozen):
    """The program that a job runs, and what the request says of it; the placement says the rest."""

    name: str = Field(description="of a program in `artifacts/program`")
    arguments: tuple[str, ...] = Field(default=(), description="its own, beside those that follow from the proof")
    runs: int = Field(default=1, description="how often, one after the other: folds, seeds or parts of the data")


class ServedAdapter(Frozen):
    """Adapters that another workload of the plan tunes, on the server of the weights they were tuned from."""

    name: str = Field(description="that requests ask for")
    rank: int
    trained_by: str = Field(description="name of that workload")
    in_store: bool = Field(default=False, description="its job leaves them in the object store, where the server is")


class PlacementOption(Frozen):
    """One way to run it: `nodes` instances of `offer`, `replicas` copies of the model over them."""

    label: str = Field(
        description="recommended, cheapest, faster, better; then spot, other provider, fewer GPUs, lower precision, "
        "commitment, other model, next"
    )
    offer: Offer
    nodes: int
    model: ModelCard | None = None
    goes_alone: bool = Field(default=False, description="within the budget only without a cluster around it")
    taken_for: Literal["price", "speed"] = Field(default="price", description="why it is first among its equals")
    object_name: str = Field(default="", description="of its Kubernetes objects, where several workloads run")
    pool: str = Field(default="", description="of machines in the cluster that it runs on, where there are several")
    schedule: str = Field(default="", description="of a job that is run again, as cron writes it")
    adapter: ServedAdapter | None = Field(default=None, description="of a server, where the plan tunes one for it")
    program: JobProgram | None = Field(default=None, description="of a job that one of our programs carries out")
    runs: str = Field(default="", description="what is sized: the model's name, or that of the reference workload")
    quantization: str | None = None
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    replicas: int = 1
    zero_stage: int = Field(default=0, description="what training shards over the GPUs: ZeRO's stage, 0 nothing")
    requests_per_replica: int | None = Field(
        default=None, description="in flight at once at the estimated speed; the server's limit on sequences"
    )
    picture_pixels: int | None = Field(
        default=None, description="of a picture in a prompt at most: the server scales larger ones down to it"
    )
    gpus: int = Field(description="GPUs rented in all: nodes x GPUs of the instance, or its part of them")
    share: float | None = Field(
        default=None, description="of its machine, where another workload has the rest: price and speed are those of it"
    )
    proof: MemoryProof | None = None
    throughput: tuple[Throughput, ...] = ()
    price_per_hour_usd: float = Field(description="all nodes")
    hours_per_month: float
    price_per_month_usd: float = Field(description="price_per_hour_usd x hours_per_month")
    job_hours: float | None = None
    job_cost_usd: float | None = None
    served: Served | None = Field(default=None, description="of a service whose speed can be estimated")
    breaks: tuple[BrokenRule, ...] = Field(default=(), description="rules it does not keep, the weightiest first")
    reasons: tuple[str, ...] = ()
    held_gpus: int | None = Field(
        default=None, description="GPUs of this kind at hand; where they are more than `gpus`, the others stay free"
    )
    rents_for_per_hour_usd: float | None = Field(
        default=None, description="what the like rents for, as orientation where machines are to be provided"
    )

    @property
    def is_own(self) -> bool:
        """Whether it runs on hardware at hand, for no rent."""
        return self.offer.provider == OWN_HARDWARE


class Relaxation(Frozen):
    """A constraint that, moved from `current` to `proposed`, gives a plan at the stated cost."""

    field: str = Field(description="dotted path in WorkloadSpec, e.g. budget.amount")
    current: str
    proposed: str
    option: PlacementOption
    explanation: str
    hole: str = Field(default="", description="what the catalogue has no price of where it was asked for; else empty")


class DroppedRule(BrokenRule):
    """A rule that no plan within the constraints keeps; what keeping more costs where only the budget forbids it."""

    kept_at_usd_per_month: float | None = None


class Placement(Frozen):
    """The recommended option, the choices beside it, then alternatives; without any, the nearest misses."""

    options: tuple[PlacementOption, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    rejected: dict[str, str] = Field(
        default_factory=dict, description="offer or model key the user named -> why it is not chosen"
    )
    assumptions: tuple[str, ...] = ()
    dropped: tuple[DroppedRule, ...] = Field(default=(), description="rules that the first option does not keep")
    own_part: PlacementOption | None = Field(
        default=None, description="what runs on hardware at hand, where that does not carry the whole load"
    )
    never_ends: PlacementOption | None = Field(
        default=None, description="of a job: what meets every constraint, but takes longer than anybody waits"
    )
    market: Market | None = Field(default=None, description="what the first option was compared with")
