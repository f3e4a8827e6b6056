"""What the user said and the plan does not weigh, named so that nobody takes it for done."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from artifacts.clusters import cluster_kind, uses_own_cluster
from artifacts.notation import plain
from domain.base import Frozen, value_at
from domain.hosted import HostedComparison
from domain.own_files import own_yaml
from domain.parts import Retrieval, Together
from domain.placement import PlacementOption
from domain.workload import LANGUAGE_DOMAINS, UnitPrice, Unplaced, Volume, WorkloadSpec
from graph.changes import OPEN, field_words, value_words
from graph.due import is_held
from graph.queries import languages_in
from graph.understanding.labels.sections import book
from graph.understanding.labels.talk import words_of_message
from sizing.amount_of_work import JOB_TASKS, stated_gpu_hours
from sizing.approaches import approaches
from sizing.candidates import only_reads
from sizing.corpus import corpus_of
from sizing.demand import is_whole_answer, work_asked
from sizing.embedding_tables import tables_note
from sizing.model_facts import knows
from sizing.pictures import picture_tokens
from sizing.recurring import period_of
from sizing.reference_workloads import workload_named

PlanKind = Literal[
    "cpu",
    "cpu model",
    "cpu blind",
    "cpu endless",
    "cpu unpaced",
    "cpu service",
    "serving",
    "batch",
    "training",
    "language",
    "items",
    "rented",
]
Remark = tuple[str, str]
"""What was said, and why the plan does not weigh it."""

SERVED: frozenset[PlanKind] = frozenset({"serving", "cpu service"})
SERVED_SO: frozenset[str] = frozenset({"openai_api", "streaming", "dynamic_batching", "prefix_caching", "json_output"})
"""What the servers of language models that plans start do by themselves."""
UNPLACED = "no part of this plan rests on it"
ANOTHER_WORKLOAD = "this plan is for the first workload alone; ask for this one in a plan of its own"
NOWHERE = "nothing meets the constraints of this workload, so that it is not planned for"
NO_AMOUNT = "how much this plan has to do does not follow from it"


class NotWeighed(Frozen):
    """As the head of `not_weighed.yaml` says."""

    fields: tuple[str, ...]
    values: tuple[str, ...] = ()
    plans: tuple[PlanKind, ...] = ()
    unless: str | None = None
    why: str

    def holds(self, spec: WorkloadSpec, field: str, kinds: frozenset[PlanKind]) -> bool:
        return (
            field in self.fields
            and (not self.plans or not kinds.isdisjoint(self.plans))
            and (self.unless is None or value_words(spec, self.unless) == OPEN)
            and (not self.values or _plain_value(spec, field) in self.values)
        )


def not_taken_into_account(
    spec: WorkloadSpec,
    option: PlacementOption | None,
    together: Together | None = None,
    hosted: HostedComparison | None = None,
    beside: Retrieval | None = None,
) -> tuple[str, ...]:
    """One sentence for each thing said, in the user's own words. `option` is the first recommendation, if any;
    `together` where several workloads were planned; `hosted` what a unit of its work costs; `beside` what is kept and
    searched."""
    reasons: dict[str, list[str]] = {}
    if hosted is not None and hosted.keeps_limit is not None:
        spec = spec.model_copy(update={"unit_price": UnitPrice()})
    if {"serving", "language"} <= _kinds(spec, option) and set(spec.features) <= SERVED_SO:
        spec = spec.model_copy(update={"features": ()})
    if "language" in _kinds(spec, option) and is_whole_answer(spec):
        spec = spec.model_copy(update={"traffic": spec.traffic.model_copy(update={"latency_ms": None})})
    if "language" in _kinds(spec, option) and picture_tokens(spec):
        spec = spec.model_copy(update={"media": spec.media.model_copy(update={"width": None, "height": None})})
    if is_held(spec, option, beside):
        spec = spec.model_copy(update={"deadline_hours": None})
    for said, why in (*_remarks(spec, option, together), *_other_workloads(spec, together)):
        reasons.setdefault(said, []).append(why)
    return tuple(f"{said}: {'; '.join(dict.fromkeys(whys))}." for said, whys in reasons.items())


def not_repeated(unplaced: Sequence[Unplaced], assumptions: Sequence[str]) -> tuple[Unplaced, ...]:
    """Without the words that an assumption of the plan works with: "300 columns" in the memory of a table."""
    return tuple(words for words in unplaced if not any(words.quote.lower() in said.lower() for said in assumptions))


def left_out(unplaced: Sequence[Unplaced], reply: str) -> str:
    """The line of a reply that is no plan, about the words of the turn that no field holds and the reply does not
    speak of itself; empty where there are none."""
    quotes = dict.fromkeys(words.quote for words in unplaced if words.quote.lower() not in reply.lower())
    return f"Not taken into account: {', '.join(_quoted(plain(quote)) for quote in quotes)}." if quotes else ""


@lru_cache
def not_weighed_rules() -> tuple[NotWeighed, ...]:
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[NotWeighed, ...])


def _remarks(spec: WorkloadSpec, option: PlacementOption | None, together: Together | None) -> Iterator[Remark]:
    for words in spec.unplaced:
        if _is_priced_so(spec, words.quote):
            continue
        codes, model = languages_in(words.quote), option.model if option else None
        if model is None or len(words.quote.split()) > 1 or not codes:
            yield _quoted(words.quote), UNPLACED
        elif not knows(model, codes):
            yield _quoted(words.quote), f"the catalogue does not say how well {model.name} knows it"
    foreign = tuple(code for code in spec.languages if code != "en")
    if foreign and option is not None and option.model is not None and not knows(option.model, foreign):
        yield _said(spec, "languages"), f"the catalogue does not say how well {option.model.name} knows it"
    kinds, rules = _kinds(spec, option), not_weighed_rules()
    for field in dict.fromkeys(field for rule in rules for field in rule.fields):
        if value_words(spec, field) == OPEN or _weighed_for_another(spec, field, together):
            continue
        if field == "traffic.users" and tables_note(spec) is not None:
            continue  # a row of the tables for each
        if rule := next((rule for rule in rules if rule.holds(spec, field, kinds)), None):
            yield _said(spec, field), rule.why
    without = spec.model_copy(update={"volume": Volume()})
    amount, rate = spec.evidence.get("volume.amount"), spec.evidence.get("traffic.requests_per_second")
    is_load = (
        amount is not None
        and rate is not None
        and amount.quote == rate.quote
        and (period_of(spec) is not None or not kinds.isdisjoint(("serving", "cpu service")))
    )
    counted = spec.task_type == "rag" and spec.volume.unit == "pages"
    searched = counted and corpus_of(spec).chunks != corpus_of(without).chunks
    reckoned = spec.task_type in JOB_TASKS and stated_gpu_hours(spec) is not None
    is_weighed = is_load or searched or reckoned or work_asked(spec) != work_asked(without)
    unused = "cpu unpaced" in kinds or not is_weighed
    if spec.volume.amount is not None and unused:
        yield _said(spec, "volume.amount"), NO_AMOUNT
    if together is not None and (gpus := _gpus_of_all(together)) > (spec.gpu.max_count or gpus):
        yield _said(spec, "gpu.max_count"), f"held for each workload; all of them together take {gpus} GPUs"
    if spec.cluster is not None and not _keeps_cluster(spec, spec.cluster, option):
        yield _said(spec, "cluster"), _instead_of_cluster(option)


def _gpus_of_all(together: Together) -> int:
    """GPUs of all workloads, those of a machine that several share counted once."""
    alone = (one for one in together.workloads if not any(one.name in shared.names for shared in together.shared))
    each = (one.option.gpus for one in alone if one.option is not None)
    return sum(each) + sum(shared.machine.gpu_count or 0 for shared in together.shared)


def _is_priced_so(spec: WorkloadSpec, said: str) -> bool:
    """Whether the words say that it is done once, of a job, which is priced as one."""
    once = spec.task_type in JOB_TASKS and spec.every is None and spec.volume.per in (None, "total")
    return once and any(book("figures", "total").find(words_of_message(said)))


def _weighed_for_another(spec: WorkloadSpec, field: str, together: Together | None) -> bool:
    """Another workload that is planned for has the value of its own, or every place is planned for."""
    group, _, leaf = field.partition(".")
    if field == "location.everywhere":
        return together is not None
    if together is not None and group == "availability":
        return any(one.option is not None and one.option.job_hours is None for one in together.workloads)
    if together is None or group not in ("traffic", "dataset"):
        return False
    held = getattr(getattr(spec, group), leaf)
    placed = zip(spec.workloads[1:], together.workloads[1:], strict=False)
    return any(one.option is not None and getattr(getattr(said, group), leaf) == held for said, one in placed)


def _other_workloads(spec: WorkloadSpec, together: Together | None) -> Iterator[Remark]:
    """The workloads after the first that the plan is not for."""
    placed = together.workloads if together else ()
    for number, workload in enumerate(spec.workloads[1:], start=1):
        said = _quoted(workload.quote or workload.use_case or str(workload.task_type))
        if number >= len(placed):
            yield said, ANOTHER_WORKLOAD
        elif placed[number].option is None:
            yield said, NOWHERE


def _keeps_cluster(spec: WorkloadSpec, cluster: str, option: PlacementOption | None) -> bool:
    """Whether it is the user's own cluster, or one of that kind."""
    return option is not None and (uses_own_cluster(option, spec) or cluster_kind(option) == cluster.lower())


@lru_cache
def _methods() -> Mapping[str, bool]:
    """Names of what is no network, and of each whether it is known how fast it answers on cores."""
    return {workload_named(one.key).name: one.served_per_s is not None for one in approaches()}


def _kinds(spec: WorkloadSpec, option: PlacementOption | None) -> frozenset[PlanKind]:
    where: frozenset[PlanKind] = frozenset({"rented"} if option is None or not option.is_own else ())
    domain = option.model.domain if option and option.model else spec.domain or "llm"
    writes = domain in LANGUAGE_DOMAINS and not (option and option.model and only_reads(option.model))
    if spec.gpu_needed is False:
        method = option is not None and option.runs in _methods()
        unpaced = writes or (option is not None and not _methods().get(option.runs, True))
        # Of a language model it is known how fast cores write, unless llama.cpp has no file of it.
        of_a_model: frozenset[PlanKind] = frozenset({"cpu"} if method else {"cpu", "cpu model"})
        reckoned = writes and not method and (option is None or bool(option.throughput))
        if reckoned and spec.task_type in JOB_TASKS:
            endless: frozenset[PlanKind] = frozenset({"cpu endless"} if option and option.job_hours is None else ())
            return where | of_a_model | endless | {"batch"}
        if reckoned:
            return where | of_a_model | {"serving", "language"}
        if spec.task_type in JOB_TASKS:
            return where | of_a_model | {"cpu blind", "cpu unpaced"}
        return where | of_a_model | {"cpu blind", "cpu unpaced" if unpaced else "cpu service"}
    runs: PlanKind = "serving"
    if spec.task_type in JOB_TASKS:
        runs = "batch" if spec.task_type == "batch_inference" else "training"
    return where | {runs, "language" if writes else "items"}


def _instead_of_cluster(option: PlacementOption | None) -> str:
    kind = cluster_kind(option) if option else None
    return f"the steps of this plan set up {kind}" if kind else "this plan sets up no such cluster"


def _said(spec: WorkloadSpec, field: str) -> str:
    """The words that support the field, else its value."""
    if field in spec.evidence:
        return _quoted(spec.evidence[field].quote)
    named = field_words()[field]
    return f"{named.name} ({named.unit.format(value_words(spec, field))})"


def _quoted(words: str) -> str:
    return f"“{words}”"


def _plain_value(spec: WorkloadSpec, field: str) -> str:
    return str(value_at(spec, field)).lower()
