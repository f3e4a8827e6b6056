"""The rules R1 to R10 as predicates over the ranks of a plan, in our own words and figures."""

import re
from collections.abc import Iterator, Sequence

from domain.offers import PriceKind
from domain.placement import PlacementOption, RuleId
from domain.workload import WorkloadSpec
from evals.constraints import OLDEST_NVIDIA, violations
from evals.observation import Finding
from evals.plan_expectations import broken_limits
from evals.rules.case import Case, all_keep, check, told
from evals.standing import (
    ANSWER_MS,
    CONTAINERS,
    FIRST_TOKEN_MS,
    FOR_MONEY,
    FULL,
    IN_ORDER,
    LONG_JOB_HOURS,
    ON_ONE_BRIDGE,
    RAM_BESIDE_WEIGHTS_GIB,
    SPOT_JOB_HOURS,
    STRANGERS,
    TIMES,
    TOKENS_PER_S,
    VCPU_OF_A_GPU,
    VCPU_OF_A_HOST,
    WITHOUT_FABRIC,
    Judge,
    within_window,
)
from sizing.demand import average_requests_per_s
from sizing.deployment import Deployment
from sizing.engines import engine_labelled

PLACE = ("location.", "compliance", "country", "region", "jurisdiction", "provider")
MONEY = ("budget", "hourly price", "monthly price", "cost of the job", "unit_price")
LONGEST_UNSAID_HOURS = 14 * 24.0
LARGE_B = 30.0
ABOUT_AS_DEAR, STARTING_HOURS = 0.97, 0.5
"""What is cheaper by less is as dear; a machine is paid for while it starts."""
UNKNOWN_FROM_OUTSIDE: frozenset[tuple[RuleId, bool]] = frozenset({("R8", False), ("R10", False)})
"""Rules that cannot be told from an option that trains: how its states are sharded is none of its figures."""
KINDS: dict[PriceKind, str] = {
    "floor": "lowest|floor|cheapest", "median": "median", "multiplied": "multipl", "estimate": "estimat",
}  # fmt: skip
_CLUSTER_COMMAND = re.compile(r"\b(?:helm|kubectl)\b")
_MAKES = re.compile(r"\b(?:Create|Add|Rent)\b")
_A_PROGRAM = re.compile(r"\s*cat > \S+\.py <<")
_CUDA_IMAGE = re.compile(r"vllm/vllm-openai(?!-rocm)|nvidia/cuda|\bcuda\b", re.IGNORECASE)


def rule_findings(case: Case) -> Iterator[Finding]:
    """What can be told of the plan; predicates that the request gives no reason for are left out."""
    yield from _asked(case)
    first = case.first
    if first is None:
        return
    yield from _seller(case, first)
    yield from _software(case, first)
    yield from _terms(case, first)
    yield from (_hours(case, first) if case.is_job else _service(case, first))
    yield from _pieces(case)
    yield from _prices(case, first)
    yield from _room(case, first)
    yield from _precision(case)
    yield from _labels(case)
    yield _dominated(case, first)


def _asked(case: Case) -> Iterator[Finding]:
    """R2 and the user's own limits, in every rank, as read and as a person reads the request."""
    broken: list[tuple[str, str]] = []
    for option in case.options:
        broken += [(field, told(option)) for field, _, _ in violations(case.spec, option, case.market)]
        stated = [] if option.is_own else broken_limits(case.scenario.plan, option, case.market)
        broken += [(what, told(option)) for what in stated]
    groups: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("R2.place", "place, seller and programmes hold in every rank", PLACE),
        ("C.money", "what was to be paid at most holds in every rank", MONEY),
    )
    for predicate, what, fields in groups:
        wrong = (f"{field} of {name}" for field, name in broken if field.startswith(fields))
        yield all_keep(predicate, what, wrong)
    rest = (f"{field} of {name}" for field, name in broken if not field.startswith((*PLACE, *MONEY)))
    yield all_keep("C.rest", "every other limit holds in every rank", rest)
    for programme in case.spec.compliance if case.options else ():
        text = " ".join((*case.plan.cautions, *(source.name for source in case.plan.sources)))
        named = programme.lower().replace(" ", "") in text.lower().replace(" ", "")
        yield check("R2.evidence", named, "the plan says what stands behind the programme", programme, text[:120])


def _seller(case: Case, first: PlacementOption) -> Iterator[Finding]:
    named = case.says("seller")
    if case.says("sensitive"):
        wrong = (told(option) for option in case.rented if option.offer.seller in STRANGERS and not named)
        yield all_keep("R1.every", "such data is on nobody else's machine in any rank", wrong)
    if first.is_own:
        return
    if not case.is_job and not case.says("hobby") and not named:
        yield check("R1.first", first.offer.seller not in STRANGERS, "no stranger's machine comes first", "a firm's",
                    told(first))  # fmt: skip
    contained = first.offer.seller in CONTAINERS
    if not named:
        owned_up = any(item.rule == "R4" for item in first.breaks)
        alone = first.nodes == 1 and not case.plan.stack
        kept = not contained or owned_up or alone
        yield check("R4.first", kept, "the first can be a node of a cluster, or is said not to be", "a node",
                    told(first))  # fmt: skip
    if contained:
        commands = [step.title for step in case.plan.steps if any(map(_CLUSTER_COMMAND.search, step.commands))]
        commands += [component.package.name for component in case.plan.stack]
        yield all_keep("R4.steps", "no Kubernetes where containers are rented", iter(commands))


def _software(case: Case, first: PlacementOption) -> Iterator[Finding]:
    old = [
        option for option in case.options
        if option.offer.gpu and option.offer.gpu.vendor == "nvidia"
        and (option.offer.gpu.compute_capability or 0.0) < OLDEST_NVIDIA
    ]  # fmt: skip
    if not case.says("gpu", "own"):
        yield all_keep("R3.age", "no GPU that current wheels have dropped", map(told, old))
    elif old:
        engines = (f"{told(o)}: {o.proof.engine if o.proof else None}" for o in old if not _runs_on_old(o))
        yield all_keep("R3.engine", "the old GPU that was named has an engine that still runs there", engines)
    together = case.plan.together
    machines = {part.option.offer.gpu for part in together.workloads if part.option} if together else {first.offer.gpu}
    if first.offer.gpu and all(gpu is not None and gpu.vendor == "amd" for gpu in machines):
        told_of = ((step.title, (step.detail, *_without_programs(step.commands))) for step in case.plan.steps)
        steps = (title for title, texts in told_of if any(map(_CUDA_IMAGE.search, texts)))
        yield all_keep("R3.rocm", "no step for CUDA on an AMD card", steps)


def _without_programs(commands: Sequence[str]) -> Iterator[str]:
    """PyTorch calls AMD's cards `cuda` too, so a program that is written out or carried in a ConfigMap says nothing."""
    return (command for command in commands if "kind: ConfigMap" not in command and not _A_PROGRAM.match(command))


def _runs_on_old(option: PlacementOption) -> bool:
    engine = engine_labelled(option.proof.engine if option.proof else None)
    return engine is not None and option.offer.gpu is not None and engine.runs_on(option.offer.gpu)


def _terms(case: Case, first: PlacementOption) -> Iterator[Finding]:
    if first.is_own or case.says("spot", "reserved"):
        return
    short = case.is_job and first.job_hours is not None and first.job_hours <= SPOT_JOB_HOURS
    steady = first.offer.pricing == "on_demand" or (first.offer.pricing == "spot" and short)
    yield check("R5.first", steady, "on demand, or spot for a job of a day", "on demand",
                f"{told(first)}, {first.job_hours} h")  # fmt: skip


def _service(case: Case, first: PlacementOption) -> Iterator[Finding]:
    served, screen = first.served, case.screen_in_one_line
    if served is None:
        yield check("R6.printed", False, "what users get is printed", "a speed", f"{told(first)} has no figure")
        return
    pace, wait, answer = served.tokens_per_s_per_user, served.ttft_ms, served.answer_ms
    printed = "first token after" in screen and f"{pace:.0f} tok" in screen if pace is not None else (
        answer is not None and "answers in" in screen
    )  # fmt: skip
    yield check("R6.printed", printed, "what users get is on the first screen", "both figures", screen[:160])
    owned_up = any(item.rule == "R6" for item in first.breaks)
    if not case.says("speed", "cheap"):
        slow = pace is not None and pace < TOKENS_PER_S
        slow |= wait is not None and wait > FIRST_TOKEN_MS
        slow |= answer is not None and answer > ANSWER_MS.get(case.spec.domain or "", float("inf"))
        yield check("R6.pace", not slow or owned_up, "people are served well, or the plan says that they are not",
                    f"{TOKENS_PER_S:g} tokens/s, {FIRST_TOKEN_MS:g} ms", f"{pace}, {wait}, {answer}")  # fmt: skip
    flow, length = case.spec.traffic.requests_per_second, case.spec.traffic.output_tokens
    if pace is not None and flow and length:
        made = served.in_flight * pace
        yield check("R6.load", made >= flow * length * 0.999, "the figures shown are those of the stated load",
                    f"{flow * length:,.0f} tokens/s", f"{served.in_flight} x {pace:.1f} = {made:,.0f}")  # fmt: skip


def _hours(case: Case, first: PlacementOption) -> Iterator[Finding]:
    hours = first.job_hours
    yield check("R7.printed", hours is not None, "the hours of the job are told", "hours", told(first))
    if hours is None or first.is_own:
        return
    if not case.says("deadline", "cheap") and hours > LONG_JOB_HOURS:
        most = (first.job_cost_usd or 0.0) * TIMES
        quicker = (
            f"{told(o)}: {o.job_hours:.0f} h, ${o.job_cost_usd:,.0f}" for o in case.rented
            if o.job_hours is not None and o.job_cost_usd is not None and not _gives_up_more(o, first)
            and o.job_hours <= LONG_JOB_HOURS and o.job_cost_usd <= most
        )  # fmt: skip
        yield all_keep("R7.days", f"{hours:,.0f} h only where faster costs half as much again", quicker)
    if hours > LONGEST_UNSAID_HOURS:
        said = "shorten" in case.screen_in_one_line
        yield check("R7.shorten", said, "what would shorten it is said", "shorten", f"{hours:,.0f} h")


def _gives_up_more(option: PlacementOption, first: PlacementOption) -> bool:
    """Whether it breaks a rule that the first keeps: then it is not better by its hours alone."""
    return bool({item.rule for item in option.breaks} - {item.rule for item in first.breaks})


def _pieces(case: Case) -> Iterator[Finding]:
    apart = [option for option in case.options if _is_apart(option)]
    if not apart:
        return
    text = " ".join((*case.plan.tradeoffs, *case.plan.cautions, case.plan.verdict))
    silent = (
        told(option) for option in apart
        if not any(item.rule == "R8" for item in option.breaks)
        and not re.search("pcie|fabric|nvlink", " ".join((text, *option.reasons)), re.IGNORECASE)
    )  # fmt: skip
    yield all_keep("R8.said", "what is lost without NVLink or a fabric is said", silent)


def _is_apart(option: PlacementOption) -> bool:
    gpu, copy = option.offer.gpu, option.tensor_parallel * option.pipeline_parallel
    over_pcie = gpu is not None and gpu.link in WITHOUT_FABRIC and copy > ON_ONE_BRIDGE
    return over_pcie or (copy > option.offer.gpu_count > 0 and option.offer.fabric_gbit_s is None)


def _prices(case: Case, first: PlacementOption) -> Iterator[Finding]:
    response = case.reply.response.lower()
    days = (told(o) for o in case.rented if o.offer.source.as_of.isoformat() not in response)
    yield all_keep("R9.day", "each price shows its day", days)
    kinds = (
        f"{told(o)}: {o.offer.price_kind}" for o in case.rented
        if o.offer.price_kind in KINDS and not re.search(KINDS[o.offer.price_kind], response)
    )  # fmt: skip
    yield all_keep("R9.kind", "each price that no seller lists is said to be none", kinds)
    if first.is_own:
        return
    either = (first.offer.source.as_of.isoformat(), case.plan.catalog.as_of_newest.isoformat())
    yield check("R9.screen", any(day in case.screen for day in either), "the first screen says of when the prices are",
                " or ".join(either))  # fmt: skip
    if first.offer.seller == "hyperscaler" and first.offer.gpu is not None:
        steps = case.plan.steps
        makes = next((number for number, step in enumerate(steps) if _MAKES.search(step.title)), len(steps))
        told_of = " ".join(f"{step.title} {step.detail}" for step in steps[: makes + 1])
        yield check("R9.quota", "quota" in told_of.lower(), "quota is asked for before machines are made", "quota",
                    told_of[:80])  # fmt: skip


def _room(case: Case, first: PlacementOption) -> Iterator[Finding]:
    owned_up = any(item.rule == "R10" for item in first.breaks)
    proof, offer = first.proof, first.offer
    if case.says("cheap") or first.is_own:
        return
    if proof is not None:
        share = proof.total_gib / (proof.usable_gib * proof.memory_fraction)
        yield check("R10.memory", share <= FULL + 1e-6 or owned_up, "memory has room", f"{FULL:.0%}", f"{share:.1%}")
        copies = offer.gpu_count if proof.mode == "serve" else 1
        ram = proof.weights_gib * copies + RAM_BESIDE_WEIGHTS_GIB
        if proof.mode == "serve" and first.replicas == 1 and offer.ram_gib is not None:
            yield check("R10.ram", offer.ram_gib >= ram * 0.99 or owned_up, "the weights pass through the RAM",
                        f"{ram:.0f} GiB", f"{offer.ram_gib:g} GiB")  # fmt: skip
    least = VCPU_OF_A_GPU * offer.gpu_count + VCPU_OF_A_HOST
    if offer.gpu is not None and offer.vcpu is not None:
        yield check("R10.vcpu", offer.vcpu >= least or owned_up, "cores for the GPUs", f"{least}", f"{offer.vcpu}")
    if case.says("availability") and not case.is_job:
        spare = first.nodes >= 2 or owned_up
        yield check("R10.replica", spare, "one machine may fail, or it is said that none may", "2 machines",
                    f"{first.nodes}")  # fmt: skip


def _precision(case: Case) -> Iterator[Finding]:
    if case.is_job or case.says("quality"):
        return
    for option in case.options[:1]:
        gpu, model = option.offer.gpu, option.model
        if gpu is None or gpu.tflops_fp8 is None or model is None or (model.params_b or 0.0) < LARGE_B:
            continue
        wide = option.quantization in ("bf16", "fp16") and "fp8" not in case.screen.lower()
        yield check("P.fp8", not wide, "a large model in fp8 where the card has it, or fp8 is spoken of", "fp8",
                    f"{told(option)} in {option.quantization}")  # fmt: skip


def _labels(case: Case) -> Iterator[Finding]:
    """Each rank names the rules that it breaks: those that our own judgement finds."""
    judge = Judge(within_window(case.spec))
    wrong: dict[RuleId, list[str]] = {rule: [] for rule in (*IN_ORDER, *FOR_MONEY)}
    for option in case.rented:
        named = {item.rule for item in option.breaks}
        for rule in judged(judge, option) ^ named:
            if (rule, option.proof.mode == "serve" if option.proof else True) not in UNKNOWN_FROM_OUTSIDE:
                wrong[rule].append(f"{told(option)} {'names' if rule in named else 'does not name'} it")
    if judge.needs_spare:
        del wrong["R10"]
    for rule, options in wrong.items():
        yield all_keep(f"{rule}.named", "the ranks that break it say so, and no others", iter(options))


def _dominated(case: Case, first: PlacementOption) -> Finding:
    """No rank beside the first costs less, is as fast, runs the same and keeps the same rules."""
    kept = {item.rule for item in first.breaks}
    better = (
        f"{told(option)}: ${_cost(option):,.2f} against ${_cost(first):,.2f}"
        for option in case.rented
        if option is not first and not first.is_own and _runs(option) == _runs(first)
        and {item.rule for item in option.breaks} <= kept
        and _cost(option) < _cost(first) * ABOUT_AS_DEAR and _is_as_fast(option, first)
    )  # fmt: skip
    return all_keep("F.dominated", "nothing beside the first is cheaper, as fast and as sound", better)


def _runs(option: PlacementOption) -> tuple[str | None, ...]:
    return option.model.key if option.model else None, option.quantization


def _cost(option: PlacementOption) -> float:
    """Of a month; of a job with the half hour in which its machines start, which its hours hold."""
    if option.job_hours is None:
        return option.price_per_month_usd
    return option.price_per_hour_usd * option.job_hours


def _is_as_fast(option: PlacementOption, first: PlacementOption) -> bool:
    if option.job_hours is not None and first.job_hours is not None:
        return option.job_hours <= first.job_hours
    mine, other = option.served, first.served
    if mine is None or other is None:
        return False
    if mine.tokens_per_s_per_user and other.tokens_per_s_per_user:
        return mine.tokens_per_s_per_user >= other.tokens_per_s_per_user
    return bool(mine.answer_ms and other.answer_ms and mine.answer_ms <= other.answer_ms)


def _slowest(option: PlacementOption) -> float:
    """How many times as long a job takes at the upper end of the error that is printed with it."""
    printed = (rate for rate in option.throughput if rate.low > 0 and rate.metric != "gpu_hours")
    return max((t.high / t.value if t.metric == "training_hours" else t.value / t.low for t in printed), default=1.0)


def _load(spec: WorkloadSpec, option: PlacementOption) -> float:
    """Of the answers a second that are printed, those that come in the usual traffic; 0 for a job."""
    printed = {rate.metric: rate.value for rate in option.throughput}
    most = printed.get("requests_per_second", printed.get("images_per_second", 0.0))
    return (average_requests_per_s(spec) or 0.0) / most if most and option.served is not None else 0.0


def judged(judge: Judge, option: PlacementOption) -> frozenset[RuleId]:
    """What the option breaks, from its own figures."""
    proof, served = option.proof, option.served
    if option.offer.gpu is None or proof is None:
        seen = Deployment(
            option.nodes, answer_ms=served.answer_ms if served else None, ttft_ms=served.ttft_ms if served else None,
            per_user=served.tokens_per_s_per_user if served else None,
        )  # fmt: skip
        return judge.of_machine(option.offer, seen)
    begins = min(STARTING_HOURS, (judge.spec.deadline_hours or 2 * STARTING_HOURS) / 2)
    hours = None if option.job_hours is None else option.job_hours - begins
    run = Deployment(
        nodes=option.nodes, tensor_parallel=option.tensor_parallel, pipeline_parallel=option.pipeline_parallel,
        replicas=option.replicas, job_hours=hours, longest_hours=None if hours is None else hours * _slowest(option),
        per_user=served.tokens_per_s_per_user if served else None, ttft_ms=served.ttft_ms if served else None,
        answer_ms=served.answer_ms if served else None,
        memory_share=proof.total_gib / (proof.usable_gib * proof.memory_fraction), load_share=_load(judge.spec, option),
    )  # fmt: skip
    return judge.of_plan(option.offer, run, proof.weights_gib * option.tensor_parallel * option.pipeline_parallel)
