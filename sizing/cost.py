"""What the first recommendation costs in all: GPUs, storage, egress, control plane, load balancer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.base import HOURS_PER_MONTH, Source
from domain.offers import Offer, ServicePrice
from domain.parts import SERVED_BY_THE_PLAN, STORE_DISK_ROOM, RecurringRun, Retrieval
from domain.placement import PlacementOption
from domain.plan import CostBreakdown, CostLine
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.currency import DEFAULT_RATES, Rates, rate_note
from sizing.demand import average_requests_per_s

ServiceKind = Literal["block_storage", "object_storage", "file_storage", "egress", "load_balancer", "control_plane"]

KEPT_CHECKPOINTS = 3
CHECKPOINT_BYTES_PER_PARAMETER = 14.0
"""16-bit weights and fp32 master weights with both Adam moments."""
ADAPTER_CHECKPOINT_GB = 1.0
ROOT_DISK_GB = 100.0
BYTES_PER_ANSWER_TOKEN = 6.0
"""About 4 characters of text and the framing of a streamed reply."""
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Helpers:
    """Machines that the steps create beside those of the workload; `offer` null: the catalogue has no price there."""

    item: str
    machine: str
    nodes: int
    offer: Offer | None


Stays = Literal["nothing", "disks", "cluster"]
"""What is paid for between the hours of a service, or between the runs of a job that comes back: nothing, since all is
given back; the disks of machines that are stopped; or all of the cluster but the machines of the workload."""
_NOTHING: Stays = "nothing"


@dataclass(frozen=True, slots=True)
class Disks:
    """Disks that the steps make for the machines and the workload, all together; `of_machines_gb` of them go with the
    machines when these are given back. `shared_gb`: of a file system that several machines write to, which is no disk,
    and `shared_by` the class that makes it."""

    gb: float
    of_what: str
    of_machines_gb: float = 0.0
    shared_gb: float = 0.0
    shared_by: str = ""


def cost_breakdown(
    option: PlacementOption, spec: WorkloadSpec, service_prices: Sequence[ServicePrice], rates: Rates = DEFAULT_RATES,
    *, helpers: Sequence[Helpers] = (), beside: Retrieval | None = None, recurring: RecurringRun | None = None,
    in_cluster: bool = True, disks: Disks | None = None, stays: Stays = "nothing",
) -> CostBreakdown:  # fmt: skip
    """Lines of a month with their formula; a service without a price is named, never guessed.

    Of hardware at hand only the machine has a line: its disks and network are its owner's. A job pays for its hours, a
    job that comes back for those of all its runs. `in_cluster`: the steps make a cluster or use one. `disks`: as the
    steps make them; null: what such machines need at least. `stays`: what is paid for all month, whatever the hours.
    """
    if recurring is not None:
        hours, paid = recurring.hours_per_month, recurring.usd_per_month
        option = option.model_copy(update={"hours_per_month": hours, "price_per_month_usd": paid})
    bills = [
        _lines(option, spec, _Prices(option, service_prices, kept), helpers, beside, in_cluster=in_cluster, disks=disks)
        for kept in (stays, _NOTHING)
    ]
    lines, running = (bill[:1] if option.is_own else bill for bill in bills)
    priced = [line.monthly_usd for line in lines if line.monthly_usd is not None]
    monthly = sum(priced)
    job = None
    if option.job_hours is not None and option.job_cost_usd is not None:
        # What stays between the runs is the month's and not a run's.
        runs = max(1e-9, option.hours_per_month / option.job_hours)
        beside_it = sum(line.monthly_usd or 0.0 for line in running) - option.price_per_month_usd
        stays_after = _parts(beside, _Prices(option, service_prices, _NOTHING), job=True, claimed=disks is not None)
        beside_it -= sum(line.monthly_usd or 0.0 for line in stays_after)
        job = option.job_cost_usd + beside_it / runs
    return CostBreakdown(
        hourly_usd=option.price_per_hour_usd,
        monthly_usd=monthly,
        job_usd=job,
        hours_per_month=option.hours_per_month,
        lines=tuple(lines),
        unpriced=tuple(line.item for line in lines if line.monthly_usd is None),
        currency_note=rate_note(spec.budget, rates),
    )


def _lines(
    option: PlacementOption, spec: WorkloadSpec, prices: "_Prices", helpers: Sequence[Helpers],
    beside: Retrieval | None, *, in_cluster: bool, disks: Disks | None,
) -> list[CostLine]:  # fmt: skip
    """The machines first."""
    is_job = spec.task_type in JOB_TASKS
    root_gb = option.nodes * ROOT_DISK_GB
    held = disks or Disks(_disk_gb(option), f"{option.nodes} x weights and 100 GB", of_machines_gb=root_gb)
    lines = [
        CostLine(
            item=("" if option.share is None else f"{option.share:.0%} of ")
            + f"{option.nodes} x {option.offer.instance_type}"
            + ("" if option.is_own else f" ({option.offer.pricing.replace('_', '-')})"),
            formula=_own_cost(option)
            if option.is_own
            else (f"${option.price_per_hour_usd:,.4f} an hour x {option.hours_per_month:,.6g} h"),
            monthly_usd=option.price_per_month_usd,
            source=option.offer.source,
        ),
        *prices.disks("Node disks" if disks is None else "Disks", held),
        *(prices.machines(helper) for helper in helpers),
        *_parts(beside, prices, job=option.job_hours is not None, claimed=disks is not None),
    ]
    if spec.dataset.size_gb:
        lines.append(prices.per_gb_month("Dataset", "object_storage", spec.dataset.size_gb, "the dataset as stated"))
    # Disks of the steps have the job's volume, and so its checkpoints.
    if (
        disks is None
        and is_job
        and spec.task_type != "batch_inference"
        and (checkpoints := _checkpoint_gb(option)) is not None
    ):
        lines.append(
            prices.per_gb_month("Checkpoints", "object_storage", checkpoints, f"{KEPT_CHECKPOINTS} checkpoints kept")
        )
    if not is_job:
        lines.append(prices.egress(_egress_gb(spec, option.hours_per_month)))
        if in_cluster:
            lines.append(prices.hourly("Load balancer", "load_balancer"))
    if in_cluster and option.offer.can_be_node and spec.hosting != "existing_cluster":
        lines.append(prices.hourly("Kubernetes control plane", "control_plane"))
    return lines


def _parts(beside: Retrieval | None, prices: "_Prices", *, job: bool, claimed: bool) -> Iterator[CostLine]:
    """What stands beside the model on machines of its own, and the disk of a store. `job`: its end leaves the store
    standing. `claimed`: the steps claim volumes, for the store too where it is on the machine of the model."""
    for part in beside.parts if beside is not None else ():
        if part.role in SERVED_BY_THE_PLAN or part.place == "theirs":
            continue
        apart = part.place in ("own GPUs", "CPU machine", "unknown")
        if apart:
            hours = f", its share of {prices.hours:,.6g} h" if part.usd_per_month is not None else ""
            if job and hours:
                hours = f", {HOURS_PER_MONTH:g} h: what the job has filled stays"
            formula, paid = f"{part.where}{hours}", part.usd_per_month
            yield CostLine(item=part.name, formula=formula, monthly_usd=paid, offer_key=part.offer_key)
        if part.disk_gib and (apart or claimed):
            gb = STORE_DISK_ROOM * part.disk_gib * 2**30 / 1e9
            yield prices.per_gb_month(f"{part.name}: disk", "block_storage", gb, "as much again to write it anew")


def _own_cost(option: PlacementOption) -> str:
    """What is not rented is paid for in other ways, of which the catalogue has no prices."""
    if option.rents_for_per_hour_usd is None:
        return "yours: no rent; power, space and care are not priced"
    return f"to buy; the like rents for ${option.rents_for_per_hour_usd:,.2f} an hour; power and space are not priced"


class _Prices:
    """The provider's prices in the option's region, or everywhere; else the highest of its other regions, which the
    line then names: a bill without its disks is further off than one with those of the next region."""

    def __init__(self, option: PlacementOption, prices: Sequence[ServicePrice], stays: Stays) -> None:
        offer = option.offer
        self.hours = option.hours_per_month
        self._stays = stays
        self._beside_hours = HOURS_PER_MONTH if stays == "cluster" else self.hours
        self._found: dict[str, ServicePrice] = {}
        for price in sorted(prices, key=lambda p: (p.region == "*", p.price_usd, p.key)):
            if price.provider == offer.provider and price.region in (offer.region, "*"):
                self._found.setdefault(price.kind, price)
        for price in sorted(prices, key=lambda p: (-p.price_usd, p.key)):
            if price.provider == offer.provider:
                self._found.setdefault(price.kind, price)
        self._region = offer.region

    def _of(self, price: ServicePrice) -> str:
        return "" if price.region in (self._region, "*") else f" (of {price.region}; none is known here)"

    def per_gb_month(self, item: str, kind: ServiceKind, gb: float, of_what: str) -> CostLine:
        price = self._found.get(kind)
        if price is None or price.unit not in ("gb_month", "gb"):
            return CostLine(item=item, formula=f"{gb:,.0f} GB ({of_what}), no price known")
        return CostLine(
            item=item, formula=f"{gb:,.0f} GB ({of_what}) x ${price.price_usd:g} a GB and month{self._of(price)}",
            monthly_usd=gb * price.price_usd, source=price.source,
        )  # fmt: skip

    def disks(self, item: str, held: Disks) -> Iterator[CostLine]:
        """Those of machines are given back with them; what stays is paid for all month."""
        if held.shared_gb:
            told = f"{held.shared_by}: a file system that several machines write to; what is read and written is often"
            line = self.per_gb_month(
                "Disks that are shared", "file_storage", held.shared_gb, f"{told} charged beside it"
            )
            briefly = line.monthly_usd is not None and self.hours < HOURS_PER_MONTH and self._stays == "nothing"
            yield self._while_it_runs(line) if briefly else line
        if not held.gb:
            return  # part of the machines
        whole = self.per_gb_month(item, "block_storage", held.gb, held.of_what)
        if whole.monthly_usd is None or self.hours >= HOURS_PER_MONTH or self._stays == "disks":
            yield whole
        elif self._stays == "nothing" or not held.of_machines_gb:
            yield self._while_it_runs(whole)
        else:
            kept = held.gb - held.of_machines_gb
            yield self.per_gb_month(
                f"{item} that stay", "block_storage", kept, f"{held.of_what}; but for those of the machines"
            )
            gone = self.per_gb_month(
                f"{item} of the machines", "block_storage", held.of_machines_gb, "given back with them"
            )
            yield self._while_it_runs(gone)

    def _while_it_runs(self, line: CostLine) -> CostLine:
        share = f" x {self.hours:,.4g} of {HOURS_PER_MONTH:g} h"
        part = (line.monthly_usd or 0.0) * self.hours / HOURS_PER_MONTH
        return line.model_copy(update={"formula": line.formula + share, "monthly_usd": part})

    def machines(self, helper: Helpers) -> CostLine:
        """What runs beside the workload's machines: for as long as they do, or all month."""
        item, offer = f"{helper.item}: {helper.nodes} x {helper.machine}", helper.offer
        if offer is None or offer.price_per_hour_usd is None:
            return CostLine(item=item, formula="no price known there")
        return CostLine(
            item=item, formula=f"{helper.nodes} x ${offer.price_per_hour_usd:g} an hour x {self._beside()}",
            monthly_usd=helper.nodes * offer.price_per_hour_usd * self._beside_hours, source=offer.source,
            offer_key=offer.key,
        )  # fmt: skip

    def egress(self, gb: float | None) -> CostLine:
        price = self._found.get("egress")
        if gb is None:
            return CostLine(item="Egress", formula="the traffic was not said, so its egress is not known")
        if price is None:
            return CostLine(item="Egress", formula=f"{gb:,.1f} GB, no price known")
        return CostLine(
            item="Egress", formula=f"{gb:,.1f} GB of answers x ${price.price_usd:g} a GB{self._of(price)}",
            monthly_usd=gb * price.price_usd, source=price.source,
        )  # fmt: skip

    def hourly(self, item: str, kind: ServiceKind) -> CostLine:
        price = self._found.get(kind)
        if price is None:
            return CostLine(item=item, formula="no price known")
        source: Source = price.source
        return CostLine(
            item=item, formula=f"${price.price_usd:g} an hour{self._of(price)} x {self._beside()}",
            monthly_usd=price.price_usd * self._beside_hours, source=source,
        )  # fmt: skip

    def _beside(self) -> str:
        told = f"{self._beside_hours:,.6g} h"
        return f"{told}: it stays on" if self._beside_hours > self.hours else told


def _disk_gb(option: PlacementOption) -> float:
    proof = option.proof
    weights_gib = 0.0 if proof is None else proof.weights_gib * proof.tensor_parallel * proof.pipeline_parallel
    return option.nodes * (ROOT_DISK_GB + weights_gib * 2**30 / 1e9)


def _checkpoint_gb(option: PlacementOption) -> float | None:
    if option.proof is not None and option.proof.mode in ("lora", "qlora"):
        return KEPT_CHECKPOINTS * ADAPTER_CHECKPOINT_GB
    if option.model is not None and option.model.params_b is not None:
        return KEPT_CHECKPOINTS * option.model.params_b * CHECKPOINT_BYTES_PER_PARAMETER
    if option.proof is None:
        return None
    return KEPT_CHECKPOINTS * (option.proof.weights_gib + option.proof.optimizer_gib) * 2**30 / 1e9


def _egress_gb(spec: WorkloadSpec, hours_per_month: float) -> float | None:
    """Answers leave the provider's network; null when nobody said how many there are."""
    rate, tokens = average_requests_per_s(spec), spec.traffic.output_tokens or 256
    if rate is None or spec.domain not in (None, "llm", "embeddings", "multimodal", "speech"):
        return None
    return rate * hours_per_month * SECONDS_PER_HOUR * tokens * BYTES_PER_ANSWER_TOKEN / 1e9
