"""What the traffic asks of a placement, with every assumption that fills what the user did not say."""

import math
from dataclasses import dataclass, replace

from domain.base import HOURS_PER_MONTH
from domain.workload import Domain, Traffic, WorkloadSpec
from sizing import standards
from sizing.amount_of_work import (
    JOB_TASKS,
    SPEECH_ITEMS_PER_HOUR,
    TRAINING_TASKS,
    items_of_job,
    runs_each,
    runs_side_by_side,
    stream_step_s,
    tokens_of,
    volume_per_s,
)
from sizing.engine_rows import llama_cpp_alone
from sizing.pictures import picture_note, picture_tokens
from sizing.standards import Standard
from sizing.units_of_work import unit_notes
from sizing.usual_requests import thinking_source, usual_request

SAME_RATE = 0.01
"""Share by which a rate may differ from that of a volume and still be the same."""
ACTIVE_SHARE_OF_USERS = 0.10
ACTIVE_SHARE_OF_VISITORS = {"day": 0.05, "month": 0.01}
"""Of those who come once a day or a month at least: for half an hour of ten, on one day in five."""
WATCHED = ("recommendation", "tabular")
"""Kinds of model that know people as what they learn from."""
DEFAULT_INPUT_TOKENS = 1024
DEFAULT_OUTPUT_TOKENS = 256
READ_TOKENS = 64
"""Answers of so many tokens are read while they are written."""
PROMPTS_PER_CONTEXT = 4
"""Prompts fill a quarter of a context that was asked for and of which nothing else was said."""


@dataclass(frozen=True, slots=True)
class Demand:
    """`concurrent` requests of input_tokens + output_tokens are in flight at once; the longest has context_tokens, or
    where nobody said at least `least_tokens`.

    Memory is kept for `held_tokens` of each; of those that go in, `fresh_tokens` are computed, the others are in the
    prefix cache.

    `concurrent` and `requests_per_s` are the larger of the usual traffic and its peak; `latency_ms` is for answers
    without a length in tokens, `tokens_per_s_per_user` for those with one.
    """

    context_tokens: int | None
    input_tokens: int
    fresh_tokens: int
    output_tokens: int
    held_tokens: int
    least_tokens: int
    concurrent: int
    requests_per_s: float | None
    interactive: bool
    ttft_ms: float | None
    latency_ms: float | None
    tokens_per_s_per_user: float | None
    tokens_per_s: float | None
    min_replicas: int
    deadline_hours: float | None
    items: float | None
    memory_share: float = 1.0
    """Of the memory that may be used, what may be filled."""
    usual_requests_per_s: float | None = None
    """Without the peak; null where nobody waits for the answers."""
    load_share: float = 1.0
    """Of what can be answered, what the usual traffic may take."""
    spare_machines: int = 0
    zones: int = 1
    """Over which the machines are spread, so that one of them may fail."""
    most_copies: int | None = None
    """Runs that can go on side by side; null: as many as one likes."""

    def with_spare(self, machines: int) -> int:
        """As many machines as are left when one fails, or a zone with all that are in it."""
        if not self.spare_machines:
            return machines
        whole = machines + self.spare_machines
        while self.zones > 1 and whole - math.ceil(whole / self.zones) < machines:
            whole += 1
        return whole

    def load_of(self, requests_per_s: float, tokens_per_s: float = 0.0) -> float:
        """Of so many answers, or tokens of them, a second the part that the usual traffic takes; 0 where none was
        said, or nobody waits for it."""
        if not self.interactive:
            return 0.0
        asked = (self.usual_requests_per_s, requests_per_s), (self.tokens_per_s, tokens_per_s)
        return max((usual / most for usual, most in asked if usual is not None and most > 0), default=0.0)

    @property
    def needs_speed(self) -> bool:
        """Whether a GPU of unknown speed must be left out."""
        asked = (self.requests_per_s, self.ttft_ms, self.tokens_per_s_per_user, self.tokens_per_s, self.deadline_hours)
        return any(figure is not None for figure in asked)

    @property
    def is_read(self) -> bool:
        """Whether people read the answers while they are written: a label or a number is there at once."""
        return self.interactive and self.output_tokens >= READ_TOKENS

    def context_for(self, model_limit: int | None) -> int:
        """Tokens of what must be served: what was asked, else what the use needs, within the model's limit."""
        if self.context_tokens is not None:
            return self.context_tokens
        wanted = max(self.least_tokens, self.input_tokens + self.output_tokens)
        return min(wanted, model_limit) if model_limit else wanted


def demand_of(spec: WorkloadSpec, standard: Standard = standards.NONE, domain: Domain | None = None) -> Demand:
    """Traffic as numbers; users become concurrent requests at a tenth of them, a volume an even flow of requests.

    `standard` fills in what the user left open, as fits a model of this `domain` (the spec's, unless given).
    """
    traffic = spec.traffic
    is_job = spec.task_type in JOB_TASKS
    context, input_tokens, output_tokens = _request_tokens(spec)
    flow = average_requests_per_s(spec)
    peak = (traffic.peak_requests_per_second or 0) * runs_each(spec) or None if not is_job else None
    demand = Demand(
        context_tokens=context,
        input_tokens=input_tokens,
        fresh_tokens=_fresh_tokens(spec, input_tokens),
        output_tokens=output_tokens,
        held_tokens=context if context and _assumes_prompts(spec) else input_tokens + output_tokens,
        least_tokens=usual_request(spec).least,
        concurrent=max(1, _concurrent(spec), traffic.peak_concurrent_users or 1),
        requests_per_s=_largest(flow, peak, _rate_of_people(spec, domain or spec.domain)),
        usual_requests_per_s=flow,
        interactive=spec.task_type in (None, "inference", "rag"),
        ttft_ms=traffic.ttft_ms if not is_job else None,
        latency_ms=traffic.latency_ms if not is_job else None,
        tokens_per_s_per_user=_tokens_per_s_per_user(spec) if not is_job else None,
        tokens_per_s=traffic.tokens_per_second,
        min_replicas=max(1, spec.availability.min_replicas or 1),
        deadline_hours=standards.hours_for(spec.deadline_hours, standard) if is_job else None,
        items=items_of_job(spec, input_tokens + output_tokens, output_tokens)
        if spec.task_type == "batch_inference"
        else None,
        most_copies=runs_side_by_side(spec),
    )
    demand = _with_pace(demand, standards.answer_ms(spec, domain or spec.domain)) if standard.pace else demand
    return _with_room(spec, demand) if standard.room else demand


def _with_pace(demand: Demand, answer_ms: float | None) -> Demand:
    """A service with its first token and its pace, or its whole answer, in time."""
    if not demand.interactive:
        return demand
    if answer_ms is not None:
        return replace(demand, latency_ms=demand.latency_ms or demand.ttft_ms or answer_ms)
    return replace(
        demand,
        ttft_ms=demand.ttft_ms or standards.FIRST_TOKEN_MS,
        tokens_per_s_per_user=demand.tokens_per_s_per_user or standards.TOKENS_PER_S_PER_USER,
    )


def _with_room(spec: WorkloadSpec, demand: Demand) -> Demand:
    """Of memory, of what can be answered, and for a failure; who wants the cheapest has the second alone."""
    if spec.priorities.cost == "high":
        return replace(demand, load_share=standards.LOAD_SHARE)
    spare = standards.SPARE_MACHINES if standards.needs_spare(spec) else 0
    zones = spec.availability.zones or 1
    return replace(
        demand, memory_share=standards.MEMORY_SHARE, load_share=standards.LOAD_SHARE, spare_machines=spare, zones=zones
    )  # fmt: skip


def _largest(*rates: float | None) -> float | None:
    return max((rate for rate in rates if rate is not None), default=None)


ASKS_AGAIN_MS = 1000.0
"""Nobody asks more often, however soon the answer is there, unless it was said how many requests are under way."""


def _rate_of_people(spec: WorkloadSpec, domain: Domain | None) -> float | None:
    """Answers a second that people wait for where answers have no length in tokens: everyone gets theirs in time.

    Speech: everyone speaks all the time, a chunk every 30 seconds.
    """
    traffic = spec.traffic
    people = max(_concurrent(spec), traffic.peak_concurrent_users or 0)
    answer_ms = standards.answer_ms(spec, domain)
    if spec.task_type not in ("inference", "rag") or answer_ms is None or people <= 1:
        return None
    if domain == "speech" and (step_s := stream_step_s(spec)) is not None:
        return people / step_s
    if domain == "speech":
        return people * SPEECH_ITEMS_PER_HOUR / 3600
    soon_ms = traffic.latency_ms or traffic.ttft_ms or answer_ms
    said = traffic.concurrent_users is not None or traffic.peak_concurrent_users is not None
    return people * 1000 / (soon_ms if said else max(soon_ms, ASKS_AGAIN_MS))


def _concurrent(spec: WorkloadSpec) -> int:
    """Requests in flight: as said, a tenth of the users but no more than at the peak, or the standard where a service's
    load was not said.

    People who are there at once and of whose requests the rate is known wait for an answer only part of the time.
    """
    traffic = spec.traffic
    if traffic.concurrent_users is not None:
        if traffic.requests_per_second is None or traffic.output_tokens is None:
            return traffic.concurrent_users
        pace = traffic.tokens_per_second_per_user or standards.TOKENS_PER_S_PER_USER
        first_s = (traffic.ttft_ms or standards.FIRST_TOKEN_MS) / 1000
        waiting = traffic.requests_per_second * runs_each(spec) * (first_s + traffic.output_tokens / pace)
        return min(traffic.concurrent_users, math.ceil(waiting))
    known = spec.domain in WATCHED and traffic.requests_per_second is not None  # people it is learnt from, and no load
    if traffic.users is not None and not known:
        share = round(traffic.users * active_share(traffic))
        return min(share, traffic.peak_concurrent_users or share)  # never more than there are at the peak
    if not assumes_load(spec):
        return 1
    return standards.CONCURRENT_AT_HOME if _is_at_home(spec) else standards.CONCURRENT


def active_share(traffic: Traffic) -> float:
    """Of the users, how many have a request in flight at the same time."""
    return ACTIVE_SHARE_OF_VISITORS[traffic.users_per] if traffic.users_per else ACTIVE_SHARE_OF_USERS


def _is_at_home(spec: WorkloadSpec) -> bool:
    """Whether all there is are a few cards made for desks, of which nobody says that others rely on them."""
    cards = sum((owned.count or 1) * (owned.nodes or 1) for owned in spec.owned)
    desks = all(
        standards.MADE_FOR_DESKS.match(owned.gpu or "") or llama_cpp_alone(owned.gpu or "") for owned in spec.owned
    )
    return 0 < cards <= standards.CARDS_AT_HOME and desks and spec.stakes != "production" and spec.industry is None


def assumes_load(spec: WorkloadSpec) -> bool:
    """Whether a load has to be assumed: a service for others, of whose traffic nothing was said."""
    traffic = spec.traffic
    said = (traffic.users, traffic.concurrent_users, traffic.peak_concurrent_users, traffic.tokens_per_second,
            traffic.peak_requests_per_second, average_requests_per_s(spec))  # fmt: skip
    silent = all(figure is None for figure in said)
    tried = spec.stakes == "hobby" or (spec.question is not None and spec.question.kind == "fits")
    return silent and not tried and spec.task_type in ("inference", "rag") and spec.domain in ("llm", "multimodal")


def average_requests_per_s(spec: WorkloadSpec) -> float | None:
    """Runs of the model a second in the usual traffic: of a request as many as were said."""
    asked = requests_asked_per_s(spec)
    return None if asked is None else asked * runs_each(spec)


def requests_asked_per_s(spec: WorkloadSpec) -> float | None:
    """The usual traffic: as said, else the even flow of a volume. What was said for a day comes in its open hours."""
    _, input_tokens, output_tokens = _request_tokens(spec)
    said, flow = spec.traffic.requests_per_second, volume_per_s(spec, input_tokens + output_tokens)
    if said is None or flow is None or spec.hours_per_month is None:
        return flow if said is None else said
    all_day = volume_per_s(spec.model_copy(update={"hours_per_month": None}), input_tokens + output_tokens) or 0.0
    return flow if abs(said - all_day) <= SAME_RATE * said else said


def _tokens_per_s_per_user(spec: WorkloadSpec) -> float | None:
    """As said, or what a whole answer takes to come in time."""
    traffic = spec.traffic
    asked = [] if traffic.tokens_per_second_per_user is None else [traffic.tokens_per_second_per_user]
    if traffic.latency_ms and is_whole_answer(spec):
        asked.append(_request_tokens(spec)[2] * 1000 / traffic.latency_ms)
    return max(asked, default=None)


def is_whole_answer(spec: WorkloadSpec) -> bool:
    """Whether the time that was said is held against a whole answer: of the length that was said, else of the usual
    one, unless no service writes that fast. Then the first token is what is meant."""
    traffic = spec.traffic
    if traffic.latency_ms is None or traffic.output_tokens:
        return traffic.latency_ms is not None
    return _request_tokens(spec)[2] * 1000 / traffic.latency_ms <= standards.MOST_TOKENS_PER_S_PER_USER


def _request_tokens(spec: WorkloadSpec) -> tuple[int | None, int, int]:
    """Context asked for, tokens in and tokens out of one request."""
    traffic, usual = spec.traffic, usual_request(spec)
    default_input = usual.input
    room = spec.context_tokens or 2**31
    output_tokens = min(traffic.output_tokens or usual.output, max(1, room // 2))
    if _assumes_prompts(spec):
        default_input = max(default_input, room // PROMPTS_PER_CONTEXT - output_tokens)
    input_tokens = min(traffic.input_tokens or default_input, max(1, room - output_tokens))
    if (pictures := picture_tokens(spec)) and (traffic.input_tokens or 0) < pictures:
        asked = traffic.input_tokens or usual.input
        input_tokens = min(max(input_tokens, asked + pictures), max(1, room - output_tokens))
    said = (traffic.input_tokens or 0) + (traffic.output_tokens or 0)
    context = spec.context_tokens
    if context is not None and said > context:
        context = said
        input_tokens, output_tokens = traffic.input_tokens or 1, traffic.output_tokens or 1
    return context, input_tokens, output_tokens


def _fresh_tokens(spec: WorkloadSpec, input_tokens: int) -> int:
    """What the prefix cache does not hold: as said; else of prompts that fill a long context, what is usual for a use,
    the rest being the conversation so far."""
    if (cached := spec.traffic.cached_input) is not None:
        return max(1, round(input_tokens * (1 - min(max(cached, 0.0), 1.0))))
    return (
        min(input_tokens, usual_request(spec).input + picture_tokens(spec)) if _assumes_prompts(spec) else input_tokens
    )


def _assumes_prompts(spec: WorkloadSpec) -> bool:
    """Whether only the longest request of a service was said: then prompts fill a part of it, as an assumption."""
    return spec.context_tokens is not None and spec.traffic.input_tokens is None and spec.task_type not in JOB_TASKS


def demand_notes(spec: WorkloadSpec) -> tuple[str, ...]:
    """The assumptions in `demand_of`, for the reader of the plan."""
    notes: list[str] = []
    traffic = spec.traffic
    if traffic.concurrent_users is None and traffic.users is not None:
        share, who = active_share(traffic), f"users of a {traffic.users_per}" if traffic.users_per else "users"
        active = max(1, round(traffic.users * share))
        if active == max(1, _concurrent(spec)):
            notes.append(f"{share:.0%} of {traffic.users:,} {who} are active at once: {active:,} requests in flight.")
    demand = demand_of(spec)
    stated = traffic.input_tokens is not None and traffic.output_tokens is not None
    if (
        not stated
        and spec.domain in (None, "llm", "multimodal")
        and spec.task_type in (None, "inference", "rag", "batch_inference")
    ):
        notes.append(
            f"A request has {demand.input_tokens:,} tokens in{_why_so_long(spec)} and {demand.output_tokens:,} out"
            f"{_what_is_thinking(spec)}." + _what_is_new(spec, demand)
        )
    written = spec.domain in (None, "llm", "multimodal")
    if written and demand.interactive and not traffic.output_tokens and traffic.latency_ms and is_whole_answer(spec):
        notes.append(
            f"Whole answers within {traffic.latency_ms / 1000:g} s are held to the usual length, "
            f"{demand.output_tokens:,} tokens; say how long yours are where they are longer."
        )
    if runs_each(spec) > 1 and not unit_notes(spec):
        notes.append(f"Each request is {runs_each(spec):,} runs of the model; the requests of the sizing are those.")
    elif (pictures := picture_note(spec)) is not None:
        notes.append(pictures)
    if standards.needs_spare(spec) and demand.interactive:
        over = spec.availability.zones or 1
        spared = "one machine more than the load needs, so that one may fail"
        if over > 1:
            spared = f"so many machines that those left carry the load when one of {over} zones fails"
        notes.append(
            f"Availability was asked for: {spared}; a choice that gives up R10 has none. What sellers promise is not "
            "in the catalogue."
        )
    silent = traffic == Traffic() and demand.requests_per_s is None and demand.min_replicas == 1
    if assumes_load(spec):
        why = ", as of one person with cards made for desks" if _is_at_home(spec) else ""
        notes.append(f"No load was said: {demand.concurrent} requests are in flight at once{why}.")
    elif silent and spec.task_type in (None, "inference", "rag"):
        notes.append("No traffic was stated: one replica, sized for at least one request of the longest context.")
    return tuple(notes)


def _what_is_new(spec: WorkloadSpec, demand: Demand) -> str:
    """What of a prompt is computed, where nobody said that the rest is in the cache."""
    if spec.traffic.cached_input is not None or demand.fresh_tokens == demand.input_tokens:
        return ""
    return (
        f" {demand.fresh_tokens:,} of those in are new, the rest is the conversation so far, which the prefix cache "
        "holds: where prompts are long and new each time, say how many tokens they have."
    )


def _what_is_thinking(spec: WorkloadSpec) -> str:
    """What of an answer is not the answer, where nobody said how long answers are."""
    thinking = usual_request(spec).thinking
    if not thinking or spec.traffic.output_tokens is not None:
        return ""
    return f", {thinking:,} of them thinking ({thinking_source()})"


def _why_so_long(spec: WorkloadSpec) -> str:
    """Where the length of prompts comes from that nobody said."""
    if _assumes_prompts(spec):
        return ", a quarter of the context that was asked for"
    usual = usual_request(spec)
    return f" (usual for {usual.name}: {usual.source})" if spec.traffic.input_tokens is None and usual.use_cases else ""


def work_asked(spec: WorkloadSpec) -> tuple[float | None, ...]:
    """The amounts of work that the plan is made for, as far as they were said."""
    if spec.task_type in TRAINING_TASKS:
        return tokens_of(spec), items_of_job(spec)
    return average_requests_per_s(spec), demand_of(spec).items


def volume_notes(spec: WorkloadSpec) -> tuple[str, ...]:
    """How a volume was made requests or items, for the reader of the plan."""
    volume, demand = spec.volume, demand_of(spec)
    if volume.amount is None or volume.unit is None:
        return ()
    named = f"{volume.amount:,.10g} {volume.unit.replace('_', ' ')}"
    if demand.most_copies is not None:
        return (f"The job is {demand.most_copies:,} x {named}, each run step by step on one GPU.",)
    if spec.task_type == "batch_inference" and spec.dataset.items is None and demand.items is not None:
        return (f"The job is {named}, taken as {demand.items:,.10g} requests.",)
    flow = requests_asked_per_s(spec)
    if flow is None or flow == spec.traffic.requests_per_second:
        return ()
    hours = "" if volume.per == "hour" else f" over {spec.hours_per_month or HOURS_PER_MONTH:g} hours a month"
    return (f"{named} per {volume.per} are taken as an even flow{hours}: {flow:,.3g} requests a second.",)
