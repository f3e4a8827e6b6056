"""What a request needs beside one model: parts of a retrieval service, several workloads, work that comes back."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.offers import Offer
from domain.placement import PlacementOption, ProofLine
from domain.workload import BudgetPeriod, Cadence

PartRole = Literal["generator", "model", "embedder", "reranker", "vector store"]
"""`generator` and `model`: what the machines of the plan are rented for; the others stand beside it."""
SERVED_BY_THE_PLAN: tuple[PartRole, ...] = ("generator", "model")
STORE_DISK_ROOM = 2.0
"""Of what a vector store holds, the room on its disk: it writes segments anew beside the old ones when it merges them
(https://qdrant.tech/documentation/guides/capacity-planning/)."""
PartPlace = Literal["own GPUs", "shared GPU", "spare GPU", "same machine", "CPU machine", "theirs", "unknown"]
"""`own GPUs`: the machine is rented for it. `shared GPU`, `spare GPU` and `same machine` use what that rent pays.
`theirs`: it runs at the user's already, and nothing of it is rented."""


class WorkloadPart(Frozen):
    """One part of a service: what it needs, where it runs, and what it adds to the bill."""

    name: str = Field(description="in plain words, with the model's name where it runs one")
    role: PartRole
    model: str | None = Field(default=None, description="catalogue key; null: a reference model, or none")
    memory_gib: float | None = Field(default=None, description="of GPU memory or RAM, as `place` says; null: unknown")
    disk_gib: float | None = None
    vcpu: float | None = Field(default=None, description="of a vector store, for its searches; null: not reckoned")
    shards: int = Field(default=1, description="of a vector store: machines that its memory is spread over")
    quantization: str | None = Field(
        default=None, description="what a vector store keeps in RAM in place of the vectors, which stay on its disk"
    )
    place: PartPlace
    where: str = Field(description="the place in words, with its GiB")
    usd_per_month: float | None = Field(default=None, description="what it adds to the bill; null: no price is known")
    offer_key: str | None = Field(default=None, description="of the machine that is rented for it alone")
    lines: tuple[ProofLine, ...] = ()


class Corpus(Frozen):
    """The texts to be searched, as chunks; null where nobody said how much there is."""

    documents: float | None = None
    chunks: float | None = None
    embedded_tokens: float | None = Field(default=None, description="read once by the embedder, overlaps included")
    chunk_tokens: int
    lines: tuple[ProofLine, ...] = ()


class Retrieval(Frozen):
    """A retrieval service in all: generator, embedder, reranker and vector store, placed and added up."""

    corpus: Corpus
    dimensions: int = Field(description="of one vector: the width of the embedder")
    parts: tuple[WorkloadPart, ...]
    generator_memory_fraction: float | None = Field(
        default=None, description="of each GPU, for the generator's engine, where others share its GPUs"
    )
    embed_hours: float | None = Field(default=None, description="to embed the corpus once on all GPUs of the plan")
    embed_usd: float | None = Field(default=None, description="rent of these hours")
    usd_per_month: float | None = Field(default=None, description="all parts; null where one has no price")
    assumptions: tuple[str, ...] = ()
    lines: tuple[ProofLine, ...] = Field(default=(), description="arithmetic of `embed_hours`")

    def part(self, role: str) -> WorkloadPart | None:
        """The part of that role; null where the service has none."""
        return next((part for part in self.parts if part.role == role), None)


def beside_the_model(found: Retrieval | None) -> tuple[WorkloadPart, ...]:
    """The parts that the machines of the plan are not rented for, and that are not there already."""
    parts = found.parts if found else ()
    return tuple(part for part in parts if part.role not in SERVED_BY_THE_PLAN and part.place != "theirs")


class PlacedWorkload(Frozen):
    """One of several workloads, as it is carried out."""

    name: str = Field(description="the model and what it does")
    does: str = Field(default="", description="what it does, in a word or two")
    option: PlacementOption | None = Field(default=None, description="null: nothing meets its constraints")
    usd_per_month: float | None = Field(
        default=None, description="of a service, of work that comes back, or of a job of unknown length"
    )
    by_the_hour: bool = Field(default=False, description="a job of unknown length: no month of its machine is paid")
    usd_once: float | None = Field(default=None, description="of a job that is run once")
    usd_per_run: float | None = Field(default=None, description="of a job that is run again")
    every: Cadence | None = Field(default=None, description="how often that job is run")
    retrieval: Retrieval | None = Field(default=None, description="of one that searches: the parts beside its model")


class SharedMachine(Frozen):
    """Two services on the GPUs of one machine, each with its own GPUs, or with its share of a single one."""

    names: tuple[str, str]
    options: tuple[PlacementOption, PlacementOption] = Field(description="each on its part of the machine")
    machine: Offer
    shares: tuple[float, float] = Field(description="of the machine's GPUs, or of its only one")
    instance: str = Field(description="provider, instance type, region")
    split: str = Field(description="who gets which part")
    one_gpu: bool = Field(description="whether both run on a single GPU")
    usd_per_month: float
    saves_usd_per_month: float = Field(description="against each on a machine of its own")


class Together(Frozen):
    """Several workloads placed and added up, two services on one machine where that is cheaper."""

    workloads: tuple[PlacedWorkload, ...]
    shared: tuple[SharedMachine, ...] = ()
    usd_per_month: float = Field(description="of everything placed, machines that are shared counted once")
    usd_once: float = Field(description="of all jobs that are run once")
    bill_usd_per_month: float | None = Field(
        default=None, description="with the disks, the network and the cluster around the machines; null: not known"
    )
    gpus_left: int = Field(default=0, description="of the machines at hand, that no workload uses")
    notes: tuple[str, ...] = Field(default=(), description="what was given up for the budget of all")

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Names of the workloads that nothing was found for: the sums leave them out."""
        return tuple(workload.name for workload in self.workloads if workload.option is None)

    def spent_usd(self, period: BudgetPeriod) -> float:
        """What a budget of that kind is held against: of a month what comes every month, of the whole jobs that are run
        once and a month of the rest, of an hour all machines at once."""
        if period == "total":
            return self.usd_per_month + self.usd_once
        if period == "month":
            return self.usd_per_month or self.usd_once
        return sum(workload.option.price_per_hour_usd for workload in self.workloads if workload.option is not None)


class RecurringRun(Frozen):
    """Work that comes back: a machine rented for each run, against one that runs all month."""

    every: Literal["hour", "day", "week", "month", "quarter", "year"]
    runs_per_month: float
    items: float = Field(description="of one run, in requests")
    hours_per_run: float = Field(description="starting and loading included")
    hours_per_month: float
    usd_per_run: float
    usd_per_month: float = Field(description="when the machines run only for the work")
    usd_all_month: float = Field(description="when the same machines run all month")
    lines: tuple[ProofLine, ...] = ()

    @property
    def keeps_up(self) -> bool:
        """Whether a run ends before the next begins."""
        return self.usd_per_month <= self.usd_all_month
