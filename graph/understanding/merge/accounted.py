"""What was said of the request as a whole and reached none of its workloads: it is that of one that can have it, or it
is named as left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.base import Frozen, value_at
from domain.workload import Dataset, Domain, Evidence, Unplaced, Workload, WorkloadSpec
from graph.understanding.labels.pictures import PICTURED
from graph.understanding.labels.workload_names import WATCHING
from graph.understanding.labels.workload_part import Part
from graph.understanding.mentions.line import Line
from graph.understanding.merge.of_each import is_counted
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS

READS: frozenset[Domain | None] = frozenset({"llm", "multimodal", "embeddings"})
ASSIGNED = ("traffic", "dataset", "volume", "training", "media", "context_tokens", "deadline_hours")
"""Fields that each workload has of its own."""
AMOUNTS = ("dataset", "volume", "training.examples")
"""Of which one stands for another."""
OF_A_TEXT = ("input_tokens", "output_tokens", "cached_input", "tokens_per_second", "tokens_per_second_per_user")
FOR_ALL = ("deadline_hours", "media", "context_tokens", "training")
"""What stands for all of the kind where none has its own."""


@dataclass(frozen=True)
class Read:
    """What the words of one workload said, by path."""

    part: Part
    evidence: Mapping[str, Evidence]


@dataclass(frozen=True)
class Accounted:
    """The workloads, the words behind what each holds, by path, and what none of them can have."""

    workloads: Sequence[Workload]
    evidence: Sequence[Mapping[str, Evidence]]
    left: tuple[Unplaced, ...]


def accounted(
    spec: WorkloadSpec, read: Sequence[Read], workloads: Sequence[Workload], line: Line, turn: int
) -> Accounted:
    """The workloads with what was said of them elsewhere in the message. A figure is that of the workload whose words
    hold it, else of the nearest before it whose kind can have it, else behind it. `workloads` may go on behind those
    that were read."""
    made, left = list(workloads), list[Unplaced]()
    held = [_held(one, workload) for one, workload in zip(read, workloads, strict=False)]
    evidence = [*map(dict, held), *(dict[str, Evidence]() for _ in workloads[len(held) :])]
    for path, words in _lost(spec, held, made, turn):
        owner = _owner(words.quote, read, line)
        order = [owner, *range(owner - 1, -1, -1), *range(owner + 1, len(made))]
        able = [number for number in order if may_have(made[number], path)]
        free = next((number for number in able if value_at(made[number], path) is None), None)
        if free is not None:
            made[free] = _with(made[free], path, spec)
            evidence[free][path] = words
        elif not path.startswith(FOR_ALL) and not any(words.quote in one.quote for one in (*spec.unplaced, *left)):
            left.append(Unplaced(quote=words.quote, turn=turn))
    told = {words.quote for one in evidence for words in one.values()}  # a flow is a load and a volume at once
    return Accounted(_with_data_learnt_from(made), evidence, tuple(words for words in left if words.quote not in told))


def _with_data_learnt_from(made: Sequence[Workload]) -> list[Workload]:
    """The workloads, of which none that answers keeps the data that another of its kind is trained on."""
    given = list(made)
    for number, one in enumerate(made):
        data = one.dataset
        learns = (
            at for at, other in enumerate(given)
            if other.task_type in TRAINING_TASKS and other.domain == one.domain and not is_counted(other)
        )  # fmt: skip
        at = next(learns, None)
        if at is None or may_have(one, "dataset") or (data.items is None and data.size_gb is None):
            continue
        given[number], given[at] = (
            one.model_copy(update={"dataset": Dataset()}), given[at].model_copy(update={"dataset": data})
        )  # fmt: skip
    return given


def may_have(workload: Workload, path: str) -> bool:
    """Whether work of its kind has such a figure: nobody waits for a training, and what answers has no pile."""
    field, _, leaf = path.partition(".")
    trains = workload.task_type in TRAINING_TASKS
    if field == "traffic":
        if leaf in OF_A_TEXT:
            return not trains and workload.domain in READS
        return workload.task_type not in JOB_TASKS
    if field == "dataset":
        return workload.task_type in (*JOB_TASKS, "rag") or workload.domain == "embeddings"
    if field in ("training", "deadline_hours"):
        return trains if field == "training" else workload.task_type in JOB_TASKS
    if field == "media":
        return workload.domain in PICTURED
    return workload.domain in READS if field == "context_tokens" else not trains


def _held(read: Read, workload: Workload) -> Mapping[str, Evidence]:
    """The words of which the workload holds what they say."""
    return {
        path: words for path, words in read.evidence.items()
        if value_at(workload, path) not in (None, "", ()) or _is_held_as_another(workload, path)
    }  # fmt: skip


def _lost(
    spec: WorkloadSpec, held: Sequence[Mapping[str, Evidence]], workloads: Sequence[Workload], turn: int
) -> Iterator[tuple[str, Evidence]]:
    """The figures of this turn by path of which no workload holds the words."""
    quotes = [words.quote for one in held for path, words in one.items() if path.startswith(ASSIGNED)]
    figures = {figure for one in workloads for figure in _figures(one)}
    for path, words in spec.evidence.items():
        value = value_at(spec, path) if path.startswith(ASSIGNED) else None
        figure = isinstance(value, int | float) and any(sign.isdigit() for sign in words.quote)
        if not figure or words.turn != turn or value in figures:
            continue
        if not any(words.quote in other or other in words.quote for other in quotes):
            yield path, words


def _is_held_as_another(workload: Workload, path: str) -> bool:
    """What comes in every week is what each training reads, or what a run of every day goes through; people are what a
    recommender is learnt from, and how long a text is says how many tokens a training has."""
    if path == "traffic.requests_per_second":
        return workload.volume.amount is not None
    if path.removeprefix("traffic.") in OF_A_TEXT:
        return workload.task_type in TRAINING_TASKS
    if path == "traffic.users":
        return workload.domain in WATCHING and workload.task_type in TRAINING_TASKS
    return path.startswith(AMOUNTS) and is_counted(workload)


def _owner(quote: str, read: Sequence[Read], line: Line) -> int:
    """The number of the workload whose words hold these, else of the last before them."""
    at = line.text.raw.find(quote)
    place = line.place_at(at) if at >= 0 else 0
    for number, one in enumerate(read):
        if any(first <= place <= last for first, last in ((one.part.first, one.part.last), *one.part.more)):
            return number
    return max((number for number, one in enumerate(read) if one.part.first <= place), default=0)


def _figures(workload: Workload) -> Iterator[float]:
    for field in ASSIGNED:
        held = getattr(workload, field)
        for value in (getattr(held, name) for name in type(held).model_fields) if isinstance(held, Frozen) else (held,):
            if isinstance(value, int | float):
                yield value


def _with(workload: Workload, path: str, spec: WorkloadSpec) -> Workload:
    field, _, leaf = path.partition(".")
    if not leaf or field == "volume":
        return workload.model_copy(update={field: getattr(spec, field)})
    held = getattr(workload, field)
    return workload.model_copy(update={field: held.model_copy(update={leaf: value_at(spec, path)})})
