"""What an expert holds against a plan, rule by rule; written apart from the code that ranks, on purpose.

Rules that give way are compared one after the other, the weightiest first; then the number format; then what the plan
costs, half as much again for each rule that money can make good; a job of over two weeks twice more, one of over eight
weeks three times more, once less each for who wants the cheapest. That a deadline holds only as long as the estimate is
not far off counts a quarter.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from domain.base import HOURS_PER_MONTH
from domain.offers import Gpu, Offer
from domain.placement import RuleId
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from sizing.deployment import Deployment

JOBS = ("training", "fine_tuning", "batch_inference")
IN_ORDER: tuple[RuleId, ...] = ("R1", "R4", "R5", "R6", "R10")
FOR_MONEY: tuple[RuleId, ...] = ("R7", "R8", "R9")
TIMES = 1.5
"""What a plan that keeps one of R7 to R9 may cost more than one that does not."""
STRANGERS = ("community", "marketplace")
CONTAINERS = ("containers", "community", "marketplace")
CLUSTERS_OF_THEIRS = ("existing_cluster", "air_gapped")
DISK_GB = 500.0
"""Of data that one machine holds by itself."""
SPOT_JOB_HOURS, LONG_JOB_HOURS, WEEK_HOURS, WEEKS_HOURS, MONTHS_HOURS = 24.0, 72.0, 168.0, 336.0, 1344.0
SPOT_MACHINES = 8
"""More are not likely to be had together, nor to stay together."""
TOKENS_PER_S, FIRST_TOKEN_MS = 15.0, 2000.0
ANSWER_MS = {
    "vision": 1e3, "embeddings": 500.0, "speech": 5e3, "image_generation": 10e3, "video": 900e3,
    "recommendation": 200.0,
    "time_series": 1e3, "tabular": 1e3, "reinforcement_learning": 1e3, "scientific": 60e3,
}  # fmt: skip
"""The product's own figures for what is not counted in tokens: the plan has to print them."""
PRICE_DAYS = {"on_demand": 90, "reserved": 90, "spot": 7}
LEAST_OF_USUAL = 0.4
FULL, BUSY, IN_TIME = 0.92, 0.7, 0.5
SETUP_HOURS = 0.5
NOT_SURE = 1.25
"""Until the work of a job begins, or half of a deadline within the hour."""
FEW_MACHINES = 8
RAM_BESIDE_WEIGHTS_GIB = 8.0
VCPU_OF_A_GPU, VCPU_OF_A_HOST = 2, 2
ON_ONE_BRIDGE = 2
MANY_CARDS = 4
"""More of them in one machine do not train together over PCIe."""
LARGE_GB, HARDLY = 48.0, 0.1
"""Of a GPU with more memory a training fills at least so much, or its steps are too small for it."""
WITHOUT_FABRIC = ("pcie", "nvlink_bridge")
OF_PEOPLE_OR_MONEY = (
    "healthcare", "finance", "banking", "insurance", "legal", "government", "public_sector", "pharma",
)  # fmt: skip


def is_sensitive(spec: WorkloadSpec) -> bool:
    """Whether strangers must not see its data: of patients, people, money, or a company's own documents."""
    if spec.sensitive or spec.compliance or spec.industry in OF_PEOPLE_OR_MONEY:
        return True
    records = spec.domain in ("tabular", "time_series", "recommendation")
    return (spec.task_type == "rag" or records) and spec.stakes != "hobby"


def within_window(spec: WorkloadSpec) -> WorkloadSpec:
    """The deadline of each run of a job that comes back: the hours in which it may run, else the day or the week until
    the next one."""
    if spec.task_type not in JOBS or spec.every is None or spec.volume.per is not None:
        return spec
    if spec.hours_per_month is None and spec.every not in ("day", "week"):
        return spec
    window = (spec.hours_per_month or HOURS_PER_MONTH) / RUNS_PER_MONTH[spec.every]
    return spec.model_copy(update={"deadline_hours": min(spec.deadline_hours or window, window)})


def strangers_are_welcome(spec: WorkloadSpec, offer: Offer) -> bool:
    """Whether the user named such a seller."""
    return bool(spec.location.providers) or offer.seller in spec.location.sellers


class Standing(NamedTuple):
    """Compares as plans do that cost the same."""

    against: tuple[bool, ...]
    times: float

    @classmethod
    def of(
        cls, broken: frozenset[RuleId], spec: WorkloadSpec | None = None, job_hours: float | None = None
    ) -> "Standing":
        """The order of a plan that breaks these."""
        times = TIMES ** sum(rule in broken for rule in FOR_MONEY if rule != "R7")
        if spec is not None and job_hours is not None and "R7" in broken:
            cheap = spec.priorities.cost == "high"
            longer = sum(job_hours > most for most in (WEEK_HOURS, WEEKS_HOURS, MONTHS_HOURS))
            steps = 1 + longer - cheap
            times *= TIMES**steps if spec.deadline_hours is None else NOT_SURE
        return cls(tuple(rule in broken for rule in IN_ORDER), times)


@dataclass(frozen=True)
class Judge:
    """The rules under one spec, offers remembered."""

    spec: WorkloadSpec
    _offers: dict[str, frozenset[RuleId]] = field(default_factory=dict)

    def of_offer(self, offer: Offer) -> frozenset[RuleId]:
        """What the offer breaks whatever runs on it."""
        if offer.key not in self._offers:
            self._offers[offer.key] = frozenset(self._seller(offer) | self._price(offer))
        return self._offers[offer.key]

    def of_machine(self, offer: Offer, deployment: Deployment) -> frozenset[RuleId]:
        """What machines without a GPU break."""
        waits = self._pace(deployment) if deployment.is_timed else set[RuleId]()
        several = self._several(offer, deployment.nodes)
        return self.of_offer(offer) | several | self._tenure(offer, None, 1) | (waits & {"R6"})

    def of_plan(self, offer: Offer, deployment: Deployment, host_gib: float) -> frozenset[RuleId]:
        """What a deployment on this offer breaks; `host_gib` is what passes through the RAM while it starts."""
        gpu = offer.gpu
        assert gpu is not None
        return (
            self.of_offer(offer)
            | self._several(offer, deployment.nodes)
            | self._tenure(offer, deployment.job_hours, deployment.nodes)
            | self._pace(deployment)
            | self._links(offer, gpu, deployment)
            | self._room(offer, deployment, host_gib)
        )

    @property
    def needs_spare(self) -> bool:
        """Whether one machine may fail: availability was asked for."""
        asked = self.spec.availability
        many = asked.uptime_percent is not None or (asked.zones or 1) > 1 or (asked.min_replicas or 1) > 1
        return many and not self._is_job

    @property
    def _is_job(self) -> bool:
        return self.spec.task_type in JOBS

    @property
    def _cheap_above_all(self) -> bool:
        return self.spec.priorities.cost == "high"

    def _seller(self, offer: Offer) -> set[RuleId]:
        if strangers_are_welcome(self.spec, offer):
            return set()
        found: set[RuleId] = set()
        for_others = not self._is_job and self.spec.stakes != "hobby"
        if offer.seller in STRANGERS and for_others:
            found.add("R1")
        if offer.seller in CONTAINERS and not self._goes_without_cluster(offer):
            found.add("R4")
        return found

    def _goes_without_cluster(self, offer: Offer) -> bool:
        """Whether one container of this seller is all that is set up: for what is done once, at anybody's where it is
        to be cheap, or for a hobby, at anybody's."""
        spec = self.spec
        spoken_of = spec.cluster or spec.orchestration == "kubernetes" or spec.hosting in CLUSTERS_OF_THEIRS
        if spoken_of or spec.components.wanted or spec.components.present or (spec.dataset.size_gb or 0) > DISK_GB:
            return False
        once = self._is_job and spec.every is None and spec.volume.per in (None, "total")
        easy = spec.stakes == "hobby" or (self._is_job and self._cheap_above_all)
        strange = offer.seller in STRANGERS and not easy
        return not strange and (once or spec.stakes == "hobby" or spec.orchestration == "containers")

    def _several(self, offer: Offer, machines: int) -> set[RuleId]:
        """Several containers are no cluster, whatever runs in them."""
        alone = machines == 1 or offer.seller not in CONTAINERS or strangers_are_welcome(self.spec, offer)
        return set() if alone else {"R4"}

    def _price(self, offer: Offer) -> set[RuleId]:
        price, usual = offer.price_per_hour_usd, offer.usual_price_per_hour_usd
        old = offer.price_age_days > PRICE_DAYS[offer.pricing]
        odd = price is not None and usual is not None and usual > 0 and price < LEAST_OF_USUAL * usual
        return {"R9"} if offer.price_kind != "listed" or old or odd else set()

    def _tenure(self, offer: Offer, job_hours: float | None, machines: int) -> set[RuleId]:
        if self.spec.pricing or offer.pricing == "on_demand" or offer.pricing in self.spec.pricing_allowed:
            return set()
        short = self._is_job and job_hours is not None and job_hours <= SPOT_JOB_HOURS
        sure = "R9" not in self._price(offer)
        return set() if offer.pricing == "spot" and short and machines <= SPOT_MACHINES and sure else {"R5"}

    def _pace(self, run: Deployment) -> set[RuleId]:
        """Of a job its hours, of a service what each user waits for; a target that was said is a constraint."""
        said = self.spec.traffic
        if self._is_job:
            return {"R7"} if self._waits(run) else set()
        if self._cheap_above_all:
            return set()
        paced = said.tokens_per_second_per_user is not None or (said.latency_ms and said.output_tokens)
        slow = run.per_user is not None and not paced and run.per_user < TOKENS_PER_S
        slow |= run.per_user is None and run.answer_ms is None
        if said.ttft_ms is None:
            slow |= run.ttft_ms is not None and run.ttft_ms > FIRST_TOKEN_MS
            most_ms = ANSWER_MS.get(self.spec.domain or "")
            waits = most_ms is not None and said.latency_ms is None
            slow |= waits and run.answer_ms is not None and run.answer_ms > (most_ms or 0.0)
        return {"R6"} if slow else set()

    def _waits(self, run: Deployment) -> bool:
        """Whether a job takes long, or may end too late."""
        due = self.spec.deadline_hours
        if due is not None:
            return run.longest_hours is not None and run.longest_hours > due - min(SETUP_HOURS, due / 2)
        most = WEEKS_HOURS if self._cheap_above_all else LONG_JOB_HOURS
        return run.job_hours is not None and run.job_hours > most

    def _links(self, offer: Offer, gpu: Gpu, run: Deployment) -> set[RuleId]:
        if self.spec.gpu.models:
            return set()
        copy = run.tensor_parallel * run.pipeline_parallel
        on_pcie = gpu.link in WITHOUT_FABRIC
        together = max(copy, offer.gpu_count if run.zero_stage == 3 else 1)
        learns = self.spec.task_type in ("training", "fine_tuning")
        if learns and offer.gpu_count > MANY_CARDS:
            together = max(together, offer.gpu_count)
        apart = ((learns and run.nodes > 1) or copy > offer.gpu_count) and offer.fabric_gbit_s is None
        asked = 1 if self._is_job else self.spec.availability.min_replicas or 1
        fleet = run.nodes > max(FEW_MACHINES, asked) and not self._cheap_above_all
        several = offer.gpu_count * run.nodes > 1
        hardly_filled = learns and several and gpu.memory_gb > LARGE_GB and run.memory_share < HARDLY
        idle = hardly_filled and not self._cheap_above_all
        return {"R8"} if (on_pcie and together > ON_ONE_BRIDGE) or apart or fleet or idle else set()

    def _room(self, offer: Offer, run: Deployment, host_gib: float) -> set[RuleId]:
        if self._cheap_above_all:
            return set()
        tight = run.memory_share > FULL or run.load_share > BUSY * (1 + 1e-9) or (self.needs_spare and not run.spare)
        due = self.spec.deadline_hours if self._is_job else None
        due = None if due is None else due - min(SETUP_HOURS, due / 2)
        tight |= due is not None and run.job_hours is not None and run.job_hours > IN_TIME * due
        tight |= offer.ram_gib is not None and offer.ram_gib < host_gib + RAM_BESIDE_WEIGHTS_GIB
        fed = run.vcpu_per_gpu > VCPU_OF_A_GPU and offer.vcpu is None
        tight |= fed or (offer.vcpu is not None and offer.vcpu < run.vcpu_per_gpu * offer.gpu_count + VCPU_OF_A_HOST)
        return {"R10"} if tight else set()
