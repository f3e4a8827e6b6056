"""The brute force that knows the rules: every model, precision, offer, standard, replica size and number of nodes.

It knows nothing of groups, footprints or bits: of each single plan it asks the public proofs and rates whether it meets
the spec, then which of the rules R1 to R10 it breaks, as docs and `sizing/rules.py` state them.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import NamedTuple

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.placement import RuleId
from domain.workload import Budget, GpuRequirement, WorkloadSpec
from sizing.architecture import Shape, card_shape, parallel_allowed
from sizing.demand import Demand, demand_of
from sizing.engines import batch_defaults, engine_for, engine_serving
from sizing.memory import GIB, sequence_kv_bytes, weight_bytes
from sizing.precision import bytes_per_parameter, compute_tflops, runnable_format, supports
from sizing.reference_workloads import reference_for
from sizing.serving import ServingFit, native_format, serving_fit, serving_proof
from sizing.throughput import prefill_s, replica_rate, speed_of
from sizing.training import training_proof
from sizing.variants import training_epochs, training_samples
from tests.sizing.random_catalogues import BESIDE_ARM, QUANTISED

TRAINING = ("training", "fine_tuning")
JOBS = (*TRAINING, "batch_inference")
IN_ORDER: tuple[RuleId, ...] = ("R1", "R4", "R5", "R6", "R10")
"""They give way from the last; R2, R3 and, for sensitive data, R1 are constraints."""
AT_MOST_HALF_AS_MUCH_AGAIN: tuple[RuleId, ...] = ("R8", "R9")
MOST_NODES, MOST_TRAINING_NODES = 128, 32
Fits = Callable[[int, int], bool]
"""Whether one request fits a model that is split into so many columns and so many stages."""


class NaivePlan(NamedTuple):
    """`standing`: the model's place, which of the rules in their order are broken, the precision's place."""

    standing: tuple[int, tuple[bool, ...], int]
    weighted: float
    cost: float
    price_per_hour: float
    broken: frozenset[RuleId]

    @property
    def given_up(self) -> tuple[bool, ...]:
        return self.standing[1]


@dataclass(frozen=True)
class Run:
    """One way to run on `nodes` of an offer, and what comes of it; null where it has no such figure."""

    nodes: int
    filled: float
    host_gib: float
    hours: float | None = None
    per_user: float | None = None
    first_ms: float | None = None
    answer_ms: float | None = None
    known_speed: bool = True
    spare: bool = True
    gpus_of_a_copy: int = 1
    sharded: bool = False
    works_together: bool = False
    more_is_faster: bool = False
    longest: float | None = None
    """Hours at the upper end of the error."""
    loaded: float = 0.0
    """Of what a service can answer, what comes in the usual traffic."""


class Copy(NamedTuple):
    """One replica of a language model on `size` GPUs of a node, or on `span` whole nodes."""

    size: int
    span: int
    tensor_parallel: int
    stages: int
    batch: int
    requests_per_s: float
    tokens_per_s: float
    first_ms: float | None
    filled: float


def best_plans(plans: list[NaivePlan]) -> list[NaivePlan]:
    """All that are as good as the best, up to rounding."""
    standing = min(p.standing for p in plans)
    least = min(p.weighted for p in plans if p.standing == standing)
    return [p for p in plans if p.standing == standing and p.weighted <= least * (1 + 1e-9)]


def naive_plans(spec: WorkloadSpec, models: tuple[ModelCard, ...], offers: tuple[Offer, ...]) -> list[NaivePlan]:
    """Every plan of the first model that has any."""
    named = spec.models[0].name if spec.models else None
    of_domain = [m for m in models if m.domain == spec.domain]
    usable = [m for m in models if m.name == named] if named else of_domain
    if not named and spec.stakes != "hobby" and spec.industry not in ("education", "research", "academia", "science"):
        usable = [m for m in usable if m.commercial_use is not False] or usable
    allowed = [(offer, offer_breaks(spec, offer)) for offer in offers if offer_meets(spec, offer)]
    legal = [m for m in usable if not spec.license.commercial or m.commercial_use]
    for stays in (True, False):  # all month where a job's machines can, then for its run
        for place, model in enumerate(legal):
            found = [plan for offer, known in allowed for plan in _plans_on(spec, place, model, offer, known, stays)]
            if found:
                return found
    return []


def without_budget(spec: WorkloadSpec) -> WorkloadSpec:
    return spec.model_copy(update={"budget": Budget()})


def _plans_on(
    spec: WorkloadSpec, place: int, model: ModelCard, offer: Offer, known: frozenset[RuleId], stays: bool
) -> Iterator[NaivePlan]:
    assert offer.gpu is not None
    assert offer.price_per_hour_usd is not None
    for preference, label in enumerate(labels(spec, model)):
        runs_well_in_fp8 = label == "fp8" and offer.gpu.tflops_fp8 and spec.priorities.quality != "high"
        for_fun = spec.stakes == "hobby" and spec.priorities.quality != "high"
        tier = 0 if spec.priorities.cost == "high" or for_fun or runs_well_in_fp8 else preference
        for sizes in ways(spec, model, offer, label):
            for run in sizes:
                if spec.deadline_hours is None and (run.hours or 0.0) > 120 * 24:
                    continue  # nobody starts that
                price = run.nodes * offer.price_per_hour_usd
                if not affordable(spec, price, run.hours, stays):
                    if spec.budget.period != "total" and spec.task_type not in JOBS:
                        break  # more nodes cost more
                    continue
                broken = known | run_breaks(spec, offer, run)
                cost = cost_of(spec, price, run.hours)
                given_up = tuple(rule in broken for rule in IN_ORDER)
                weighted = cost * waiting(spec, broken, run.hours) * dearer(broken) * ported(spec, offer.gpu)
                yield NaivePlan((place, given_up, tier), weighted, cost, price, broken)
                if not more_nodes_help(spec, run, broken):
                    break


def dearer(broken: frozenset[RuleId]) -> float:
    return 1.5 ** sum(rule in broken for rule in AT_MOST_HALF_AS_MUCH_AGAIN)


def ported(spec: WorkloadSpec, gpu: Gpu) -> float:
    """A quarter for what is built for Arm, or for GPUs of others than NVIDIA, where nobody asked for it."""
    asked = spec.gpu.models or spec.gpu.vendors or "nvidia" in spec.gpu.excluded_vendors
    return 1.25 if (gpu.name == BESIDE_ARM or gpu.vendor != "nvidia") and not asked else 1.0


def waiting(spec: WorkloadSpec, broken: frozenset[RuleId], hours: float | None) -> float:
    """A quarter for a deadline that may be missed; without one the longer a job takes, with patience for the price."""
    if "R7" not in broken:
        return 1.0
    if spec.deadline_hours is not None:
        return 1.25
    days, patient = (hours or 0.0) / 24, spec.priorities.cost == "high"
    of_days = 1.5 if days <= 7 else 1.5**2 if days <= 14 else 1.5**3 if days <= 56 else 1.5**4
    return of_days / (1.5 if patient else 1.0)


def more_nodes_help(spec: WorkloadSpec, run: Run, broken: frozenset[RuleId]) -> bool:
    """Whether a rule that is broken here may be kept on more nodes of the same; else they only cost more."""
    faster = run.more_is_faster and bool(broken & {"R5", "R6", "R7"})
    late = spec.task_type in JOBS and run.more_is_faster
    return faster or ("R10" in broken and (not run.spare or late or run.loaded > 0.7 or spec.task_type in TRAINING))


def cost_of(spec: WorkloadSpec, price: float, hours: float | None) -> float:
    """An hour of a service; the whole of a job with half an hour of setting up, a month where no end is known."""
    if spec.task_type in JOBS:
        return price * 730 if hours is None else price * (hours + setting_up(spec))
    return price * 730 if spec.budget.amount is not None and spec.budget.period == "total" else price


def setting_up(spec: WorkloadSpec) -> float:
    """Half an hour before the work begins, or half of what is left until a deadline within the hour."""
    return min(0.5, spec.deadline_hours / 2) if spec.deadline_hours is not None else 0.5


def until_due(spec: WorkloadSpec) -> float:
    return math.inf if spec.deadline_hours is None else spec.deadline_hours - setting_up(spec)


def affordable(spec: WorkloadSpec, price: float, hours: float | None, stays: bool) -> bool:
    month = price * 730
    whole = month if hours is None else price * (hours + setting_up(spec))
    paid = month if stays or spec.task_type not in JOBS else min(month, whole)  # of a job that runs once
    spent = {"hour": price, "month": paid, "total": whole, None: paid}
    return spec.budget.amount is None or spent[spec.budget.period] <= spec.budget.amount


def is_sensitive(spec: WorkloadSpec) -> bool:
    own_documents = spec.task_type == "rag" and spec.stakes != "hobby"
    return bool(spec.sensitive or spec.compliance or own_documents or spec.industry == "healthcare")


def stays_up(spec: WorkloadSpec) -> bool:
    asked = spec.availability
    spare = asked.uptime_percent is not None or (asked.zones or 1) > 1 or (asked.min_replicas or 1) > 1
    return spare and spec.task_type not in JOBS and "spot" not in spec.pricing_allowed


def offer_meets(spec: WorkloadSpec, offer: Offer) -> bool:
    gpu, where, wanted = offer.gpu, spec.location, spec.gpu
    strange = offer.seller in ("community", "marketplace")
    welcome = bool(where.providers) or offer.seller in where.sellers
    return (
        gpu is not None
        and offer.price_per_hour_usd is not None
        and (not where.providers or offer.provider in where.providers)
        and offer.provider not in where.excluded_providers
        and offer.seller not in where.excluded_sellers
        and (welcome or not strange or not is_sensitive(spec))
        and (not where.regions or offer.region in where.regions)
        and (not where.jurisdictions or offer.jurisdictions == where.jurisdictions)
        and spec.pricing in (None, offer.pricing)
        and not (offer.pricing == "spot" and spec.pricing is None and stays_up(spec))
        and (not wanted.models or gpu.name in wanted.models or gpu.family in wanted.models)
        and gpu.name not in wanted.excluded
        and gpu.family not in wanted.excluded
        and (gpu.vendor == "nvidia" or bool(wanted.models or wanted.vendors))
        and (gpu.vendor != "nvidia" or bool(wanted.models) or (gpu.compute_capability or 0) >= 7.5)
        and (gpu.name != BESIDE_ARM or bool(wanted.models) or (spec.domain == "llm" and spec.task_type not in TRAINING))
        and (not wanted.vendors or gpu.vendor in wanted.vendors)
        and gpu.vendor not in wanted.excluded_vendors
        and (wanted.interconnect != "nvlink" or gpu.link in ("nvlink", "nvlink_bridge"))
        and (wanted.interconnect != "pcie" or gpu.link in ("pcie", "nvlink_bridge"))
        and (wanted.min_vram_gb or 0) <= gpu.memory_gb <= (wanted.max_vram_gb or math.inf)
        and one_holds_its_share(wanted, offer)
    )


def one_holds_its_share(wanted: GpuRequirement, offer: Offer) -> bool:
    """A count and a memory are asked of one instance, or of each that was asked for, where an instance can have it."""
    assert offer.gpu is not None
    machines = wanted.min_nodes or 1
    gpus, total = (wanted.min_count or 0) // machines, (wanted.min_total_vram_gb or 0) / machines
    holds = total > 8 * offer.gpu.memory_gb or offer.total_vram_gb >= total
    return holds and (gpus > 8 or offer.gpu_count >= gpus)


def nodes_allowed(spec: WorkloadSpec, offer: Offer) -> Iterator[int]:
    wanted = spec.gpu
    for nodes in range(max(1, wanted.min_nodes or 1), min(MOST_NODES, wanted.max_nodes or MOST_NODES) + 1):
        enough = nodes * offer.total_vram_gb >= (wanted.min_total_vram_gb or 0)
        if enough and (wanted.min_count or 0) <= nodes * offer.gpu_count <= (wanted.max_count or math.inf):
            yield nodes


def offer_breaks(spec: WorkloadSpec, offer: Offer) -> frozenset[RuleId]:
    """R1, R4 and R9, and what of R5 holds for every run: an offer alone breaks them."""
    welcome = bool(spec.location.providers) or offer.seller in spec.location.sellers
    relaxed = spec.task_type in JOBS or spec.stakes == "hobby"
    broken: set[RuleId] = set()
    if offer.seller in ("community", "marketplace") and not welcome and not relaxed:
        broken.add("R1")
    if offer.seller in ("containers", "community", "marketplace") and not welcome and not alone(spec, offer):
        broken.add("R4")
    stale = offer.price_age_days > (7 if offer.pricing == "spot" else 90)
    suspicious = (offer.price_per_hour_usd or 0.0) < 0.4 * (offer.usual_price_per_hour_usd or 0.0)
    if offer.price_kind != "listed" or stale or suspicious:
        broken.add("R9")
    return frozenset(broken)


def alone(spec: WorkloadSpec, offer: Offer) -> bool:
    """One container will do, without a cluster: work that is done once, or a hobby; a stranger's for a hobby, or for
    work at the lowest price."""
    once = spec.task_type in JOBS and spec.volume.per in (None, "total")
    return spec.stakes == "hobby" or (once and (offer.seller == "containers" or spec.priorities.cost == "high"))


def run_breaks(spec: WorkloadSpec, offer: Offer, run: Run) -> set[RuleId]:
    """R5 to R8 and R10."""
    assert offer.gpu is not None
    is_job, broken = spec.task_type in JOBS, set[RuleId]()
    welcome = bool(spec.location.providers) or offer.seller in spec.location.sellers
    if run.nodes > 1 and offer.seller in ("containers", "community", "marketplace") and not welcome:
        broken.add("R4")
    short_job = is_job and run.hours is not None and run.hours <= 24 and run.nodes <= 8
    short_job = short_job and "R9" not in offer_breaks(spec, offer)
    if spec.pricing is None and (offer.pricing == "reserved" or (offer.pricing == "spot" and not short_job)):
        broken.add("R5")
    frugal = spec.priorities.cost == "high"
    if not is_job and not frugal and is_slow(spec, run):
        broken.add("R6")
    unsure = (run.longest or 0.0) > until_due(spec)
    if is_job and (unsure or (spec.deadline_hours is None and (run.hours or 0.0) > (14 * 24 if frugal else 72))):
        broken.add("R7")
    joined_badly = offer.gpu.link in ("pcie", "nvlink_bridge")
    many, bridged = spec.task_type in TRAINING and offer.gpu_count > 4, 2 if offer.gpu.link == "nvlink_bridge" else 1
    wide = joined_badly and (run.gpus_of_a_copy > 2 or (run.sharded and offer.gpu_count > bridged) or many)
    fleet = run.nodes > max(8, (not is_job and spec.availability.min_replicas) or 1) and spec.priorities.cost != "high"
    unknown_fabric = run.works_together and run.nodes > 1 and offer.fabric_gbit_s is None
    trains, large = spec.task_type in TRAINING and not frugal, offer.gpu.memory_gb > 48
    idle = trains and large and offer.gpu_count * run.nodes > 1 and run.filled < 0.1
    if not spec.gpu.models and (wide or unknown_fabric or fleet or idle):
        broken.add("R8")
    little_ram = offer.ram_gib is not None and offer.ram_gib < run.host_gib + 8
    few_cores = offer.vcpu is not None and offer.vcpu < 2 * offer.gpu_count + 2
    no_spare = not is_job and (spec.availability.min_replicas or 1) > 1 and not run.spare
    late = is_job and (run.hours or 0.0) > 0.5 * until_due(spec)
    busy = not is_job and run.loaded > 0.7 + 1e-9
    if busy or (not frugal and (run.filled > 0.92 or little_ram or few_cores or no_spare or late)):
        broken.add("R10")
    return broken


def is_slow(spec: WorkloadSpec, run: Run) -> bool:
    """Under 15 tokens a second or over 2 s to the first, where that was not said; a picture after more than 1 s."""
    asked = spec.traffic
    if not run.known_speed:
        return True
    if pace_asked(spec) is None and run.per_user is not None and run.per_user < 15:
        return True
    if asked.ttft_ms is not None:
        return False
    pictures = spec.domain == "vision" and asked.latency_ms is None
    slow_answer = pictures and run.answer_ms is not None and run.answer_ms > 1000
    return slow_answer or (run.first_ms is not None and run.first_ms > 2000)


def labels(spec: WorkloadSpec, model: ModelCard) -> tuple[str, ...]:
    """The precisions or methods the spec allows, preferred first."""
    method, llm = spec.training.method, model.domain == "llm"
    if spec.task_type in TRAINING and llm and (spec.precision == "int4" or method == "qlora"):
        return ("qlora",)
    if spec.task_type == "training" or (spec.task_type == "fine_tuning" and not llm):
        return ("train",)
    if spec.task_type == "fine_tuning":
        return {"full": ("train",), "lora": ("lora",)}.get(method or "", ("lora", "qlora"))
    if spec.precision:
        return (spec.precision,)
    if model.domain != "llm":
        return (native_format(model),)
    smaller: tuple[str, ...] = ("awq",) if model.native_dtype == "fp8" else ("fp8", "int8", "awq")
    if model.key != QUANTISED:
        smaller = ("fp8",) if model.native_dtype != "fp8" else ()
    return (native_format(model), *smaller)


def ways(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str) -> Iterator[Iterator[Run]]:
    """For every layout the runs on more and more nodes."""
    if spec.task_type in TRAINING:
        return iter(training_ways(spec, model, offer, label))
    if model.domain != "llm":
        return iter([picture_runs(spec, model, offer, label)])
    return (copy_runs(spec, model, offer, label, copy) for copy in copies(spec, model, offer, label))


def usual_rate(spec: WorkloadSpec) -> float:
    by_volume = (spec.volume.amount or 0) / 86_400
    return by_volume if spec.traffic.requests_per_second is None else spec.traffic.requests_per_second


def rate_asked(spec: WorkloadSpec) -> float:
    usual = usual_rate(spec)
    peak = 0.0 if spec.task_type in JOBS else spec.traffic.peak_requests_per_second or 0.0
    by_deadline = 0.0
    if spec.task_type == "batch_inference" and spec.deadline_hours is not None:
        by_deadline = (spec.dataset.items or 0) / (until_due(spec) * 3600)
    return max(usual, peak, by_deadline)


def users_at_once(spec: WorkloadSpec) -> int:
    """20 where a service's load was not said; of people whose requests are counted, those that wait for an answer."""
    traffic = spec.traffic
    said = (traffic.concurrent_users, traffic.peak_concurrent_users, traffic.requests_per_second,
            traffic.peak_requests_per_second, traffic.tokens_per_second, spec.volume.amount)  # fmt: skip
    silent = all(figure is None for figure in said) and spec.stakes != "hobby" and spec.domain == "llm"
    assumed = 20 if silent and spec.task_type in ("inference", "rag") else 1
    usual = assumed if traffic.concurrent_users is None else traffic.concurrent_users
    if traffic.concurrent_users and traffic.requests_per_second is not None and traffic.output_tokens is not None:
        pace, first_s = traffic.tokens_per_second_per_user or 15.0, (traffic.ttft_ms or 2000.0) / 1000
        usual = min(usual, math.ceil(traffic.requests_per_second * (first_s + traffic.output_tokens / pace)))
    return max(1, usual, traffic.peak_concurrent_users or 1)


def pace_asked(spec: WorkloadSpec) -> float | None:
    """Tokens a second of each user that were said, or that a whole answer takes to come in time."""
    traffic = spec.traffic
    if spec.task_type in JOBS:
        return None
    if not traffic.latency_ms:
        return traffic.tokens_per_second_per_user
    pace = demand_of(spec).output_tokens * 1000 / traffic.latency_ms
    if not traffic.output_tokens and pace > 60:
        return traffic.tokens_per_second_per_user
    return max(traffic.tokens_per_second_per_user or 0, pace)


def copies(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str) -> set[Copy]:
    """Every replica, made for the pace and the room of R6 and R10 and without them."""
    gpu, found = offer.gpu, set[Copy]()
    assert gpu is not None
    format_name = runnable_format(gpu, label, strict=bool(spec.precision))
    if format_name is None or engine_serving(gpu, format_name) is None:
        return found
    demand, shape = demand_of(spec), card_shape(model)
    assert shape is not None
    context = demand.context_for(shape.context)

    @cache
    def fits(tp: int, stages: int) -> bool:
        return serving_proof(
            model, gpu, quantization=format_name, tensor_parallel=tp, pipeline_parallel=stages, context_tokens=context,
            sequences=1,
        ).fits  # fmt: skip

    for pace, room in product((True, False), repeat=2):
        sizes = range(1, offer.gpu_count + 1)
        of = partial(copies_of_size, spec, model, gpu, format_name, demand, fits, pace=pace, room=room)
        widest = [widths_of(shape, size)[-1] for size in sizes]
        straight = [copy for size in sizes if widest[size - 1] == max(widest[:size]) for copy in of(size, 1)]
        inside = straight if any(straight) else [copy for size in sizes for copy in of(size, 1)]
        across: list[Copy | None] = []
        if not any(inside) and gpu.link == "nvlink" and offer.gpu_count >= 8:
            across = [copy for span in (2, 3, 4) for copy in of(offer.gpu_count, span)]
        found |= {copy for copy in (*inside, *across) if copy}
    return found


def copies_of_size(
    spec: WorkloadSpec, model: ModelCard, gpu: Gpu, format_name: str, demand: Demand, fits: Fits, size: int, span: int,
    *, pace: bool, room: bool,
) -> list[Copy | None]:  # fmt: skip
    shape = card_shape(model)
    assert shape is not None
    return [
        copy_of(spec, model, gpu, format_name, demand, size, span, tp, pace, room)
        for tp in widths_of(shape, size)
        if fits(tp, size // tp * span)
    ]


def widths_of(shape: Shape, size: int) -> list[int]:
    """One width, and every one below it where a latent lies whole on each GPU."""
    allowed = [t for t in (1, 2, 4, 8, 16) if size % t == 0 and parallel_allowed(shape, t)]
    latent = any(cache.whole_values for cache in shape.caches)
    return [t for t in (1, 2, 4, 8, 16) if size % t == 0 and t <= allowed[-1]] if latent else allowed[-1:]


def copy_of(
    spec: WorkloadSpec, model: ModelCard, gpu: Gpu, format_name: str, demand: Demand, size: int, span: int, tp: int,
    pace: bool, room: bool,
) -> Copy | None:  # fmt: skip
    """Of a layout whose memory holds one request."""
    shape, traffic = card_shape(model), spec.traffic
    assert shape is not None
    stages = size // tp * span

    engine, context = engine_for(gpu, format_name, model.key), demand.context_for(shape.context)
    most, step_tokens = batch_defaults(gpu)
    budget_gib = gpu.usable_gib * engine.memory_fraction

    def started_for(sequences: int) -> ServingFit:
        batch = sequences, step_tokens
        return serving_fit(shape, gpu.usable_gib, batch, engine, format_name, tp, stages, context, 2.0)

    is_job, said = spec.task_type in JOBS, pace_asked(spec)
    usual_pace = pace and not is_job
    least = 15.0 if usual_pace and said is None else said
    first = 2000.0 if usual_pace and traffic.ttft_ms is None else None if is_job else traffic.ttft_ms
    full = spec.context_tokens is not None and spec.traffic.input_tokens is None and not is_job
    tokens = spec.context_tokens if full and spec.context_tokens else demand.input_tokens + demand.output_tokens
    each = sequence_kv_bytes(shape, tokens, 2, tp, stages) / GIB
    held = max(
        1, bisect_right(range(1, most + 1), False, key=lambda count: started_for(count).cache_gib < count * each)
    )
    speed = speed_of(gpu, format_name)
    if speed is None:
        deadline = is_job and spec.deadline_hours is not None
        asked = rate_asked(spec) or least or first or traffic.tokens_per_second or deadline
        share = started_for(held).share_of(budget_gib)
        if asked or (room and share > 0.92):
            return None
        return Copy(size, span, tp, stages, held, math.inf, math.inf, None, share)
    first_ms = prefill_s(shape, speed, tp, stages, demand.fresh_tokens) * 1000
    rate = replica_rate(
        shape, speed, format_name, 2.0, tp, stages, held, demand.input_tokens, demand.output_tokens, not is_job,
        least or 10.0, demand.fresh_tokens, None if first is None else first / 1000,
    )  # fmt: skip
    if rate.tokens_per_s_per_user < (least or 0) or first_ms > (first or math.inf):
        return None
    share = started_for(rate.batch).share_of(budget_gib)
    if room and share > 0.92:
        return None
    return Copy(size, span, tp, stages, rate.batch, rate.requests_per_s, rate.tokens_per_s, first_ms, share)


def copy_runs(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str, copy: Copy) -> Iterator[Run]:
    gpu, shape, demand = offer.gpu, card_shape(model), demand_of(spec)
    assert gpu is not None
    assert shape is not None
    format_name = runnable_format(gpu, label, strict=bool(spec.precision)) or label
    speed, host_gib = speed_of(gpu, format_name), weight_bytes(shape, label) / GIB
    is_job, together = spec.task_type in JOBS, copy.span > 1
    rate, total = rate_asked(spec), spec.traffic.tokens_per_second or 0.0
    users = 1 if is_job else users_at_once(spec)
    usual_pace = pace_asked(spec) is None
    busy = max(users, *(math.ceil(asked / one * copy.batch) for asked, one in (
        (rate, copy.requests_per_s), (total, copy.tokens_per_s))))  # fmt: skip

    def carries(replicas: int) -> bool:
        enough = replicas * copy.requests_per_s >= rate and replicas * copy.tokens_per_s >= total
        return enough and (is_job or replicas * copy.batch >= users)

    def pace_of(replicas: int) -> tuple[int, float | None, float | None]:
        share = math.ceil(min(busy, replicas * copy.batch) / replicas)
        if speed is None or is_job:
            return share, None, copy.first_ms
        figures = replica_rate(
            shape, speed, format_name, 2.0, copy.tensor_parallel, copy.stages, share, demand.input_tokens,
            demand.output_tokens, False, fresh_tokens=demand.fresh_tokens,
        )  # fmt: skip
        return share, figures.tokens_per_s_per_user, figures.first_token_s * 1000

    for nodes in nodes_allowed(spec, offer):
        replicas = nodes // copy.span if together else nodes * (offer.gpu_count // copy.size)
        if nodes % copy.span or replicas < (spec.availability.min_replicas or 1) or not carries(replicas):
            continue
        hours = None
        if spec.task_type == "batch_inference" and spec.dataset.items is not None and speed is not None:
            hours = spec.dataset.items / (copy.requests_per_s * replicas) / 3600
        share, per_user, first_ms = pace_of(replicas)
        remain = replicas - (1 if together else offer.gpu_count // copy.size)
        left = remain > 0 and carries(remain)
        if left and usual_pace and per_user is not None and per_user >= 15:
            left = (pace_of(remain)[1] or 0.0) >= 15
        yield Run(
            nodes, copy.filled, host_gib, hours=hours, per_user=per_user, first_ms=None if is_job else first_ms,
            known_speed=speed is not None, spare=left, works_together=together, longest=longer_by(2.0, hours),
            gpus_of_a_copy=copy.tensor_parallel * copy.stages, more_is_faster=hours is not None or share > 1,
            loaded=max(usual_rate(spec) / (replicas * copy.requests_per_s), total / (replicas * copy.tokens_per_s)),
        )  # fmt: skip


def picture_runs(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str) -> Iterator[Run]:
    gpu = offer.gpu
    assert gpu is not None
    format_name = runnable_format(gpu, label, strict=bool(spec.precision))
    if format_name is None:
        return
    row, params_b = reference_for(spec.model_copy(update={"domain": model.domain})), model.params_b or 0.0
    need = params_b * 1e9 * bytes_per_parameter(format_name) / GIB + row.serve_activation_gib + 0.8
    tflops, is_job = compute_tflops(gpu, format_name), spec.task_type in JOBS
    if need > gpu.usable_gib * 0.95 or tflops is None:
        return
    wide, narrow = {"convolutions": (0.20, 0.28), "network": (0.35, 0.26)}.get(row.kind, (0.35, 0.28))
    share = narrow if format_name == "fp8" and gpu.tflops_fp8 else wide
    arithmetic_s = 2 * row.gmacs_per_item * row.passes * params_b / row.params_b / (tflops * 1e3 * share)
    rate = 1 / (arithmetic_s + (2e-3 if row.domain == "vision" and share == wide else 0.0))
    limit = min(spec.traffic.ttft_ms or math.inf, spec.traffic.latency_ms or math.inf)
    if not is_job and 1000 / rate > limit:
        return
    host_gib, people = params_b * 1e9 * bytes_per_parameter(label) / GIB, users_at_once(spec)
    in_time_s = (spec.traffic.latency_ms or spec.traffic.ttft_ms or 1000) / 1000
    asked = max(rate_asked(spec), people / in_time_s if people > 1 and not is_job else 0.0)
    for nodes in nodes_allowed(spec, offer):
        replicas = nodes * offer.gpu_count
        if replicas < (spec.availability.min_replicas or 1) or replicas * rate < asked:
            continue
        hours = None
        if spec.task_type == "batch_inference" and spec.dataset.items is not None:
            hours = spec.dataset.items / (rate * replicas) / 3600
        yield Run(
            nodes, need / (gpu.usable_gib * 0.95), host_gib, hours=hours, answer_ms=None if is_job else 1000 / rate,
            spare=nodes > 1 and (nodes - 1) * offer.gpu_count * rate >= asked, more_is_faster=hours is not None,
            longest=longer_by(1 / 0.33, hours), loaded=usual_rate(spec) / (replicas * rate),
        )  # fmt: skip


def training_ways(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str) -> Iterator[Iterator[Run]]:
    gpu, shape = offer.gpu, card_shape(model)
    assert gpu is not None
    assert shape is not None
    if not (supports(gpu, "fp16") or supports(gpu, "bf16")) or (label == "qlora" and not supports(gpu, "nf4")):
        return
    for stage in range(4) if model.domain == "llm" else (0,):
        yield training_runs(spec, model, offer, label, stage)


def training_runs(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str, stage: int) -> Iterator[Run]:
    gpu, shape, count, params_b = offer.gpu, card_shape(model), offer.gpu_count, model.params_b or 0.0
    assert gpu is not None
    assert shape is not None
    tflops, flops = compute_tflops(gpu, "bf16") or 0.0, work_of_training(spec, model, label)
    row = reference_for(spec.model_copy(update={"domain": model.domain}))
    scale = max(1.0, params_b / row.params_b) ** 0.5
    need = params_b * 18e9 / GIB + row.train_activation_gib * row.train_batch * scale + 0.8
    host_gib = params_b * 2e9 / GIB
    if model.domain == "llm":
        host_gib = weight_bytes(shape, "nf4" if label == "qlora" else "bf16") / GIB
    for nodes in nodes_allowed(spec, offer):
        if nodes > MOST_TRAINING_NODES or (nodes > 1 and (count < 8 or gpu.link in ("pcie", "nvlink_bridge"))):
            return
        if model.domain == "llm":
            mode = next(m for m in ("train", "lora", "qlora") if m == label)
            if stage and nodes * count == 1:
                continue
            need = training_proof(
                shape, gpu, mode=mode, gpus=nodes * count, zero_stage=stage, sequence=sequence_of(spec, shape)
            ).total_gib
        fall_off = 0.25 if row.kind == "convolutions" else 0.2
        kept = (1 if nodes == 1 else 0.9) if model.domain == "llm" else nodes**-fall_off
        hours = flops / (tflops * 1e12 * share_reached(spec, model, gpu, label) * nodes * count * kept) / 3600
        if need > gpu.usable_gib * 0.95 or hours > until_due(spec):
            continue
        held = need
        if row.grows and model.domain != "llm":
            held = grown(spec, need, row.train_activation_gib * scale, row.train_batch, gpu, nodes * count)
        yield Run(
            nodes, held / (gpu.usable_gib * 0.95), host_gib, hours=hours, sharded=stage == 3, works_together=nodes > 1,
            more_is_faster=True, longest=hours * (2.0 if model.domain == "llm" else 3.0),
        )  # fmt: skip


def grown(spec: WorkloadSpec, need: float, each: float, batch: int, gpu: Gpu, gpus: int) -> float:
    """With as many samples a step as half of the memory holds and 156 steps an epoch leave."""
    row = reference_for(spec)
    most = math.floor(training_samples(spec, row) / training_epochs(spec, row) / 156 / gpus)
    while batch < most and need + each <= gpu.usable_gib * 0.95 * 0.5:
        batch, need = batch + 1, need + each
    return need


def longer_by(times: float, hours: float | None) -> float | None:
    """At the upper end of the error of an estimate."""
    return None if hours is None else hours * times


def sequence_of(spec: WorkloadSpec, shape: Shape) -> int:
    """The longest example in blocks of 64, at least 256; twice the usual one in blocks of 512; else 2,048."""
    usual = (spec.traffic.input_tokens or 0) + (spec.traffic.output_tokens or 0)
    longest = max(256, math.ceil((spec.context_tokens or 0) / 64) * 64)
    if not spec.context_tokens and not usual:
        return 2048
    return min(longest if spec.context_tokens else math.ceil(2 * usual / 512) * 512, shape.context or 2**31)


def share_reached(spec: WorkloadSpec, model: ModelCard, gpu: Gpu, label: str) -> float:
    """Of the TFLOPS: what has to be moved takes its time too."""
    tflops, bandwidth = compute_tflops(gpu, "bf16") or 0.0, gpu.memory_bandwidth_gb_s
    if model.domain == "llm":
        products = {"train": 0.81, "lora": 0.48, "qlora": 0.33}[label]
        moving = 3.2 * tflops / bandwidth if bandwidth else 1 / products
        return 1 / (1 / products + moving)
    row = reference_for(spec.model_copy(update={"domain": model.domain}))
    if row.kind != "convolutions" or not bandwidth:
        return row.utilisation
    return min(row.utilisation, 6e-3 * bandwidth / 0.244 / tflops)


def work_of_training(spec: WorkloadSpec, model: ModelCard, label: str) -> float:
    """FLOPs over all epochs."""
    params_b, examples = model.params_b or 0.0, spec.training.examples or spec.dataset.items
    if model.domain == "llm":
        passes = {"train": 8.0, "lora": 6.0, "qlora": 6.0}[label]
        epochs = spec.training.epochs or (3 if spec.task_type == "fine_tuning" and not spec.training.tokens else 1)
        tokens = (examples or 10_000) * float(
            (spec.traffic.input_tokens or 0) + (spec.traffic.output_tokens or 0) or 512
        )
        if spec.task_type == "training" and examples is None:
            tokens = 20 * params_b * 1e9
        shape = card_shape(model)
        assert shape is not None
        attended = shape.full_layers * shape.heads * shape.head_dim * sequence_of(spec, shape)
        return passes * (params_b * 1e9 + attended) * (spec.training.tokens or tokens) * epochs
    row = reference_for(spec.model_copy(update={"domain": model.domain}))
    items = (examples or row.default_items) * row.samples_per_item * (spec.training.epochs or row.epochs)
    return 6 * row.gmacs_per_item * 1e9 * params_b / row.params_b * items
