"""The rules that a first recommendation keeps, what lifts them, and which of them a plan breaks.

    R1  the seller fits the stakes            no strangers' machines for a service, in no rank for sensitive data
    R2  compliance and place                  a constraint, never lifted: `OfferFilter` and the catalogue's query
    R3  the software runs there               a constraint: `OfferFilter` and the footprints; lifted by naming the GPU
    R4  the plan can be carried out there     what runs on Kubernetes needs a seller whose machines can be nodes; one
                                              machine without a cluster may be a container of a data centre
    R5  it stays                              on demand; spot for short jobs on few machines, at a price to rely on
    R6  people are served well                the pace of `standards.py`; lifted by wanting the cheapest
    R7  jobs end in reasonable time           within 72 hours, where that costs at most half as much again; within what
                                              was said at the upper end too, where that costs at most a quarter more
    R8  the hardware is of a piece            no copy spread or sharded over PCIe, a known fabric between nodes, few
                                              machines, no large GPUs that a training hardly fills
    R9  the price can be relied on            listed, fresh, not far below what is usual
    R10 room to live                          memory, RAM, cores and time to spare; one machine's failure; all but the
                                              room for load lifted by wanting the cheapest

R1, R4, R5, R6 and R10 give way in order, R10 first, and only where no plan keeps them. R7, R8 and R9 compare prices: a
plan that breaks one counts as if it cost `WORTH` times as much, a job of over 7 days once more, one of over 14 days
twice and one of over 56 days three times more. Who wants the cheapest waits two weeks for it, and no longer where a
plan within them costs at most `WORTH` times `WORTH` as much. A deadline that holds by the estimate, but not at the
upper end of its error, counts as `UNSURE` times the price; so does, as `PORT`, what others build for another maker's
GPUs or for Arm processors than nearly all code is written for, where neither was spoken of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor
from typing import NamedTuple, get_args

from domain.base import Pricing
from domain.offers import NODE_TIERS, STRANGERS, Gpu, Offer, PriceKind, SellerTier
from domain.placement import BrokenRule, RuleId
from domain.workload import WorkloadSpec
from sizing import standards
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS
from sizing.demand import Demand, demand_of
from sizing.deployment import VCPU_PER_GPU, Deployment, splits_badly
from sizing.engine_rows import engine_rows
from sizing.standards import Standard

WORTH = 1.5
CONTAINER_TIERS: frozenset[SellerTier] = frozenset(get_args(SellerTier)) - NODE_TIERS
ONE_DISK_GB = 500.0
"""A dataset that a machine's own disk holds beside checkpoints and images."""
UNSURE = 1.25
"""A quarter more buys that a deadline holds at the upper end of the error; where it costs more, the plan tells it."""
PORT = 1.25
"""Images are published for AMD's GPUs and for Arm, but one's own code has to be tried there: it is to save a fifth."""
FRESH_DAYS: dict[Pricing, int] = {"on_demand": 90, "reserved": 90, "spot": 7}
SUSPICIOUS_SHARE = 0.4
"""Of the usual price: below it something is wrong with the offer or the listing."""
HOST_GIB = 8.0
"""RAM of the machine beside the weights that pass through it."""
HOST_VCPU = 2
"""Of the machine itself, beside those that feed its GPUs."""
_LONG = (
    (standards.JOB_HOURS, 1.0), (standards.WEEK_JOB_HOURS, WORTH), (standards.LONG_JOB_HOURS, WORTH**2),
    (standards.LONGEST_JOB_HOURS, WORTH**3),
)  # fmt: skip
_ENDLESS = WORTH**4
"""What a job that takes up to so many hours counts more than one of a reasonable time; what one of more does. Days,
a week, weeks and months are each worth half as much again: a queue of weeks is what laboratories without money have,
and nobody chooses it who can pay twice the price."""
ROUNDED = 1 + 1e-9
_BITS: dict[RuleId, int] = {"R1": 16, "R4": 8, "R5": 4, "R6": 2, "R10": 1}
IN_ORDER: tuple[RuleId, ...] = ("R1", "R4", "R5", "R6", "R7", "R8", "R9", "R10")
_KINDS: dict[PriceKind, str] = {
    "floor": "a market's lowest price",
    "median": "a market's median price",
    "multiplied": "price multiplied from one GPU's",
    "estimate": "an estimated price",
}
_OWN_DATA = ("healthcare", "finance", "banking", "insurance", "legal", "government", "public_sector", "pharma")
"""Industries whose data is of people or of money."""
OF_RECORDS = ("tabular", "time_series", "recommendation")
"""Domains whose data is what a firm writes down of its sales, its machines and its customers."""


def is_sensitive(spec: WorkloadSpec) -> bool:
    """Whether it handles what is personal, medical, financial or a firm's own: said, or by the nature of it."""
    own = (spec.task_type == "rag" or spec.domain in OF_RECORDS) and spec.stakes != "hobby"
    return bool(spec.sensitive or spec.compliance or own or spec.industry in _OWN_DATA)


def needs_no_cluster(spec: WorkloadSpec) -> bool:
    """Whether one machine of it is set up by itself: work that is done once, a hobby, or what was asked for in
    containers, where no cluster and no part of one was spoken of."""
    components = spec.components
    if spec.cluster or spec.orchestration == "kubernetes" or components.wanted or components.present:
        return False
    if spec.hosting in ("existing_cluster", "air_gapped") or (spec.dataset.size_gb or 0.0) > ONE_DISK_GB:
        return False
    once = spec.task_type in JOB_TASKS and spec.every is None and spec.volume.per in (None, "total")
    return once or spec.stakes == "hobby" or spec.orchestration == "containers"


def is_ported(spec: WorkloadSpec, gpu: Gpu) -> bool:
    """Whether what runs there is built for another maker or processor than most, of which nobody spoke."""
    elsewhere = gpu.vendor != "nvidia" or gpu.name in engine_rows().arm.gpus
    return elsewhere and not (spec.gpu.models or spec.gpu.vendors or "nvidia" in spec.gpu.excluded_vendors)


class Standing(NamedTuple):
    """`bits` of the rules that give way in order; `weight` by which the price counts."""

    bits: int
    weight: float


class LayoutStanding(NamedTuple):
    """The rules of one deployment: `bits` and `weight` on every offer, the rest by what the offer is."""

    bits: int
    weight: float
    leaves: frozenset[Pricing]
    """Kinds of pricing that do not stay for it, at a price to rely on and at another."""
    leaves_doubtful: frozenset[Pricing]
    needs_fabric: bool
    least_ram_gib: float
    least_vcpu: int
    """Of a machine with room; 0 where the deployment leaves none or none is needed."""
    asks_for_vcpu: bool
    """Whether that is so many that a machine of which nothing is known may lack them."""
    long: bool
    scattered: bool
    no_nodes: frozenset[SellerTier]
    """Sellers of whom one machine would do without a cluster, and these are several."""


LEAVES, CRAMPED, NO_NODE = _BITS["R5"], _BITS["R10"], _BITS["R4"]
"""The rules that depend on the offer and on what is laid out on it."""


def weight_of(breaks: Iterable[BrokenRule]) -> int:
    """How weighty the rules are that give way, R7 to R9 apart: of two options the lighter is the sounder."""
    return sum(_BITS.get(broken.rule, 0) for broken in breaks)


@lru_cache(maxsize=1024)
def rules_of(bits: int, *, long: bool, scattered: bool, doubtful: bool) -> tuple[RuleId, ...]:
    """The rules that a plan breaks, the weightiest first: those of `bits`, and R7 to R9."""
    weighed: dict[RuleId, bool] = {"R7": long, "R8": scattered, "R9": doubtful}
    given_up = {rule: bool(bits & bit) for rule, bit in _BITS.items()}
    return tuple(rule for rule in IN_ORDER if (weighed.get(rule) or given_up.get(rule)))


@dataclass(slots=True)
class RuleBook:
    """The rules under one spec: what is lifted is never broken."""

    spec: WorkloadSpec
    _demand: Demand = field(init=False)
    _leaving: dict[bool, frozenset[Pricing]] = field(init=False)
    """Kinds of pricing that do not stay, for a short job at a price to rely on and for all else."""
    is_job: bool = field(init=False)
    _frugal: bool = field(init=False)
    """The user wants the cheapest: comfort does not count (R6, R7, R10)."""
    _needs_spare: bool = field(init=False)
    _alone: frozenset[SellerTier] = field(init=False)
    """Sellers of containers from whom one will do, since no cluster is set up."""
    _offers: dict[int, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What is asked of every plan is worked out once."""
        self._demand = demand_of(self.spec)
        self.is_job = self.spec.task_type in JOB_TASKS
        self._frugal = self.spec.priorities.cost == "high"
        self._needs_spare = standards.needs_spare(self.spec) and not self.is_job
        self._alone = self._welcome_alone()
        self._leaving = {
            safe: frozenset(p for p in FRESH_DAYS if self._leaves(p, safe=safe) is not None) for safe in (True, False)
        }

    @property
    def standards(self) -> tuple[tuple[Standard, ...], tuple[Standard, ...]]:
        """What deployments are made to: first, and where no plan keeps all rules."""
        due = self.spec.deadline_hours is not None
        return standards.standards_for(job=self.is_job, spot=self.spec.pricing is None, frugal=self._frugal, due=due)

    def of_offer(self, offer: Offer) -> Standing:
        """What can be told without a deployment."""
        known = self._offers.get(id(offer))
        if known is None:
            bits = _BITS["R1"] * (self._strangers(offer) is not None) + _BITS["R4"] * (self._no_node(offer) is not None)
            known = self._offers[id(offer)] = Standing(bits, WORTH if self._unreliable(offer) else 1.0)
        return known

    @classmethod
    def is_doubtful(cls, offer: Offer) -> bool:
        """Whether its price breaks R9, which no request lifts."""
        stale = offer.price_age_days > FRESH_DAYS[offer.pricing]
        return offer.price_kind != "listed" or stale or cls._unreliable(offer) is not None

    def of_layout(self, gpu: Gpu, gpu_count: int, deployment: Deployment, host_gib: float) -> "LayoutStanding":
        """What holds for a deployment whichever of the group's offers it is on, and what is still to look at."""
        cramped, wait = self._filled(deployment) is not None, self._wait(deployment)
        bits = _BITS["R6"] * (self._slow(deployment) is not None) + _BITS["R10"] * cramped
        idle = self._idle(gpu, gpu_count, deployment) is not None
        split = self._over_pcie(gpu, gpu_count, deployment) is not None
        scattered = idle or split or self._many(deployment) is not None
        return LayoutStanding(
            bits, wait * (WORTH if scattered else 1.0) * (PORT if is_ported(self.spec, gpu) else 1.0),
            leaves=self._leaving[self._is_short(deployment)],
            leaves_doubtful=self._leaving[False],
            needs_fabric=not scattered and self._needs_fabric(gpu_count, deployment),
            least_ram_gib=0.0 if cramped or self._frugal else host_gib + HOST_GIB,
            least_vcpu=0 if cramped or self._frugal else deployment.vcpu_per_gpu * gpu_count + HOST_VCPU,
            asks_for_vcpu=not (cramped or self._frugal) and deployment.vcpu_per_gpu > VCPU_PER_GPU,
            long=wait > 1,
            scattered=scattered,
            no_nodes=self._alone if deployment.nodes > 1 else frozenset(),
        )  # fmt: skip

    def of_machine(self, offer: Offer, deployment: Deployment) -> Standing:
        """The rules that hold for machines without a GPU. Who has a language model written by cores has given up its
        pace: there it counts as money does."""
        bits, weight = self.of_offer(offer)
        bits |= _BITS["R4"] * (offer.seller in self._alone and deployment.nodes > 1)
        waits = deployment.is_timed and self._slow(deployment) is not None
        if waits and deployment.per_user is not None:
            waits, weight = False, weight * (WORTH if self._demand.is_read else 1.0)
        return Standing(bits + _BITS["R5"] * (offer.pricing in self._leaving[False]) + _BITS["R6"] * waits, weight)

    def broken(
        self, offer: Offer, gpu: Gpu | None, gpu_count: int, deployment: Deployment, host_gib: float
    ) -> tuple[BrokenRule, ...]:
        """The rules that the plan breaks, in words, the weightiest first."""
        found: tuple[tuple[RuleId, str | None], ...] = (
            ("R1", self._strangers(offer)),
            ("R4", self._no_node(offer, deployment.nodes)),
            ("R5", self._leaves(offer.pricing, safe=self._is_short(deployment) and not self._unreliable(offer))),
            ("R6", self._slow(deployment) if gpu or deployment.is_timed else None),
            ("R7", self._long(deployment)),
            ("R8", self._scattered(offer, gpu, gpu_count, deployment) if gpu else None),
            ("R9", self._unreliable(offer)),
            ("R10", self._cramped(offer, gpu_count, deployment, host_gib) if gpu else None),
        )
        return tuple(BrokenRule(rule=rule, words=words) for rule, words in found if words is not None)

    def _strangers(self, offer: Offer) -> str | None:
        spec = self.spec
        if offer.seller not in STRANGERS or offer.seller in spec.location.sellers or spec.location.providers:
            return None
        if self.is_job or spec.stakes == "hobby":
            return None
        return f"{offer.seller} hosts"

    def _welcome_alone(self) -> frozenset[SellerTier]:
        where = self.spec.location
        welcome = self.spec.stakes == "hobby" or (self.is_job and self._frugal)
        strangers = frozenset[SellerTier]() if welcome else STRANGERS
        if where.providers or not needs_no_cluster(self.spec):
            return frozenset()
        return CONTAINER_TIERS - strangers - {*where.sellers}

    def _no_node(self, offer: Offer, nodes: int = 1) -> str | None:
        where = self.spec.location
        if offer.can_be_node or offer.seller in where.sellers or where.providers:
            return None
        if offer.seller in self._alone:
            return None if nodes == 1 else f"{nodes} containers, no Kubernetes nodes"
        return "a stranger's container" if self._alone else "a container, no Kubernetes node"

    def _is_short(self, deployment: Deployment) -> bool:
        """A job that capacity which may be taken back is good for."""
        hours, few = deployment.job_hours, deployment.nodes <= standards.MOST_SPOT_MACHINES
        return self.is_job and hours is not None and hours <= standards.SPOT_HOURS and few

    def _leaves(self, pricing: Pricing, *, safe: bool) -> str | None:
        """`safe`: a short job at a price that can be relied on."""
        if self.spec.pricing or pricing == "on_demand" or pricing in self.spec.pricing_allowed:
            return None
        if pricing == "reserved":
            return "needs a commitment"
        return None if safe else "spot, can be taken back"

    def _slow(self, deployment: Deployment) -> str | None:
        """Held against a default only: what was said is a constraint."""
        demand = self._demand
        if self.is_job or self._frugal:
            return None
        pace, first, answer = deployment.per_user, deployment.ttft_ms, deployment.answer_ms
        if pace is None and answer is None:
            return "speed not known"
        if demand.tokens_per_s_per_user is None and pace is not None and pace < standards.TOKENS_PER_S_PER_USER:
            return f"slow: {_below(pace)} tok/s a user, under {standards.TOKENS_PER_S_PER_USER:g}"
        if demand.ttft_ms is None and first is not None and first > standards.FIRST_TOKEN_MS:
            return f"first token after {first / 1000:.1f} s, over {standards.FIRST_TOKEN_MS / 1000:g}"
        said = demand.ttft_ms is not None or demand.latency_ms is not None
        limit = None if said else standards.answer_ms(self.spec, self.spec.domain)
        if limit is not None and answer is not None and answer > limit:
            return f"slow: {answer / 1000:.1f} s an answer, over {limit / 1000:g}"
        return None

    def _wait(self, deployment: Deployment) -> float:
        """By how much the price of a job counts more for the time that it takes, or may take."""
        hours, longest, ends = deployment.job_hours, deployment.longest_hours, self.spec.deadline_hours
        if not self.is_job or hours is None:
            return 1.0
        if ends is not None:
            return 1.0 if longest is None or longest <= standards.working_hours(ends) else UNSURE
        if self._frugal and hours <= standards.LONG_JOB_HOURS:
            return 1.0
        weight = next((worth for most, worth in _LONG if hours <= most), _ENDLESS)
        return weight / WORTH if self._frugal else weight

    def _long(self, deployment: Deployment) -> str | None:
        if self._wait(deployment) <= 1:
            return None
        ends = self.spec.deadline_hours
        if ends is None:
            return f"takes {(deployment.job_hours or 0.0) / 24:.1f} days, over {standards.JOB_HOURS / 24:g}"
        longest = (deployment.longest_hours or 0.0) + standards.setup_hours(ends)
        return f"may take {longest:.0f} h of {ends:g}"

    def _scattered(self, offer: Offer, gpu: Gpu, gpu_count: int, deployment: Deployment) -> str | None:
        if (split := self._over_pcie(gpu, gpu_count, deployment)) is not None:
            return split
        if offer.fabric_gbit_s is None and self._needs_fabric(gpu_count, deployment):
            return f"{deployment.nodes} nodes without a known fabric"
        return self._many(deployment) or self._idle(gpu, offer.gpu_count, deployment)

    def _many(self, deployment: Deployment) -> str | None:
        """A fleet of small machines, whose failures, images and updates are work that no price shows."""
        asked = 1 if self.is_job else self._demand.min_replicas
        few = deployment.nodes <= max(standards.MOST_MACHINES, asked)
        return (
            None
            if few or self.spec.gpu.models or self._frugal
            else f"{deployment.nodes} machines to look after, over {standards.MOST_MACHINES}"
        )

    def _idle(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> str | None:
        """Several large GPUs that a training hardly fills: its steps are too small to keep so many wide chips at work,
        whatever the estimate by their TFLOPS says."""
        filled = deployment.memory_share
        if gpu_count * deployment.nodes == 1:
            return None
        if self.spec.task_type not in TRAINING_TASKS or self.spec.gpu.models or self._frugal:
            return None
        if gpu.memory_gb <= standards.LARGE_GPU_GB or filled >= standards.LEAST_FILLED:
            return None
        return f"a step fills {filled:.0%} of each GPU, under {standards.LEAST_FILLED:.0%}"

    def _over_pcie(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> str | None:
        if self.spec.gpu.models:
            return None
        if splits_badly(gpu, deployment.together):
            return f"one copy over {deployment.together} GPUs on PCIe"
        slow_links = splits_badly(gpu, gpu_count) or (gpu.link == "pcie" and gpu_count > 1)
        if deployment.zero_stage == 3 and slow_links:
            return f"weights sharded over {gpu_count} GPUs on PCIe"
        trains = self.spec.task_type in TRAINING_TASKS
        if trains and gpu_count > standards.MOST_CARDS and splits_badly(gpu, gpu_count):
            return f"one training over {gpu_count} GPUs on PCIe"
        return None

    def _needs_fabric(self, gpu_count: int, deployment: Deployment) -> bool:
        trains = deployment.nodes > 1 and self.spec.task_type in ("training", "fine_tuning")
        return not self.spec.gpu.models and (trains or deployment.together > gpu_count)

    @staticmethod
    def _unreliable(offer: Offer) -> str | None:
        if offer.price_kind != "listed":
            return _KINDS[offer.price_kind]
        if offer.price_age_days > FRESH_DAYS[offer.pricing]:
            return f"price of {offer.source.as_of.isoformat()}, over {FRESH_DAYS[offer.pricing]} days old"
        price, usual = offer.price_per_hour_usd, offer.usual_price_per_hour_usd
        if usual and price is not None and price < usual * SUSPICIOUS_SHARE:
            return f"{price / usual:.0%} of the usual price, under {SUSPICIOUS_SHARE:.0%}"
        return None

    def _cramped(self, offer: Offer, gpu_count: int, deployment: Deployment, host_gib: float) -> str | None:
        if (filled := self._filled(deployment)) is not None or self._frugal:
            return filled
        if offer.ram_gib is not None and offer.ram_gib < host_gib + HOST_GIB:
            return f"{offer.ram_gib:g} GiB of RAM for {host_gib + HOST_GIB:.0f}"
        least = deployment.vcpu_per_gpu * gpu_count + HOST_VCPU
        if offer.vcpu is not None and offer.vcpu < least:
            return f"{offer.vcpu} vCPU for {gpu_count} GPUs"
        if offer.vcpu is None and deployment.vcpu_per_gpu > VCPU_PER_GPU:
            return f"vCPU not known, {least} needed"
        return None

    def _filled(self, deployment: Deployment) -> str | None:
        """What of R10 can be told without the machine. Who wants the cheapest needs no comfort, but a service that can
        answer hardly more than what comes has a queue that grows."""
        if deployment.memory_share > standards.MEMORY_SHARE and not self._frugal:
            return f"memory {deployment.memory_share:.0%} full, over {standards.MEMORY_SHARE:.0%}"
        if deployment.load_share > standards.LOAD_SHARE * ROUNDED:
            most = f"over {standards.LOAD_SHARE:.0%}"
            return f"the load takes {deployment.load_share:.0%} of what it can answer, {most}"
        if self._frugal:
            return None
        hours, ends = deployment.job_hours, self.spec.deadline_hours
        due = None if ends is None else standards.working_hours(ends)
        if self.is_job and hours is not None and due is not None and hours > due * standards.DEADLINE_SHARE:
            return f"{hours / due:.0%} of the time until the deadline, over {standards.DEADLINE_SHARE:.0%}"
        if self._needs_spare and not deployment.spare:
            return "nothing to spare when a machine fails"
        return None


def _below(pace: float) -> str:
    """A pace that is too slow, never rounded up to what would do: 14.97 is 14.9."""
    return f"{floor(pace * 10) / 10:g}"
