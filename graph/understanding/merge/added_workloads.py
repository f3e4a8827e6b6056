"""A workload that a later turn adds to those that stand: "also summarise each call with an 8B model"."""

from collections.abc import Sequence

from domain.workload import Evidence, Workload, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.sections import book
from graph.understanding.labels.workload_part import Part
from graph.understanding.mentions.line import Line
from graph.understanding.merge.of_each import OWN, Alone
from sizing.amount_of_work import TRAINING_TASKS

SERVES = ("serving", "running", "inferring")
REFERS = "again"
JOINTS = frozenset({"and", "then", ","})
MOST = 4


def with_added(
    standing: WorkloadSpec, revised: WorkloadSpec, line: Line, parts: Sequence[Part], turn: int, alone: Alone
) -> WorkloadSpec | None:
    """What stands, with one workload more; null where the turn adds none of another kind. What the turn says besides
    its workload holds for all."""
    if not turn or standing.task_type is None or not any(book("several_turns", "adds").find(line.as_written)):
        return None
    read = alone(line.text.raw)
    stands = standing.workloads or (_first(standing),)
    if parts and (read.models or read.dataset.items or not any(one.task_type in TRAINING_TASKS for one in stands)):
        return None
    new = _new(read, stands, line, of_parts=bool(parts))
    if new is None or len(stands) >= MOST:
        return None
    own = {name: getattr(standing, name) for name in OWN}
    kept = {path: words for path, words in revised.evidence.items() if not path.startswith(OWN)}
    kept |= {path: words for path, words in standing.evidence.items() if path.startswith(OWN)}
    quote = line.text.raw.strip()
    return revised.model_copy(
        update={
            **own,
            "models": tuple(dict.fromkeys((*standing.models, *new.models))),
            "workloads": (*stands, new.model_copy(update={"quote": quote})), "every": None,
            "evidence": {**kept, "workloads": Evidence(quote=quote, turn=turn)},
        }
    )  # fmt: skip


def joint_of_addition(line: Line) -> int | None:
    """The place of the word that joins an order to add something to what is wished before it."""
    joints = [match.first for match in book("several_turns", "adds").find(line.as_written) if match.first]
    return next((at for at in joints if line.words[at].text in JOINTS and at + 1 < len(line.words)), None)


def _new(read: WorkloadSpec, stands: Sequence[Workload], line: Line, *, of_parts: bool) -> Workload | None:
    """Another kind of model than those that stand, another model with a load of its own, or the running of what is
    trained; the words name it, it is no guess from a figure. `of_parts`: the turn speaks of the training, too."""
    said = {match.value.value for match in labels("workloads").find(line)}
    trains = read.task_type in TRAINING_TASKS and "task_type" not in read.assumed
    trained = next((one for one in reversed(stands) if one.task_type in TRAINING_TASKS), None)
    served = next((one for one in reversed(stands) if one.task_type not in TRAINING_TASKS), None)
    if trained is not None and served is None and (of_parts or not trains) and said & {*SERVES}:
        return _workload(read, trained, "inference")
    if of_parts:
        return None
    if served is not None and trained is None and trains and (read.domain in (None, served.domain)):
        return _workload(read, served, read.task_type or "fine_tuning")
    if read.domain is None or "domain" in read.assumed:
        return None
    if any(one.task_type == "rag" for one in stands) and read.domain == "embeddings":
        return None  # a part of what answers from documents
    alike = [one for one in stands if one.domain == read.domain]
    named = {model.name for one in alike for model in one.models}
    if not alike:
        return _workload(read, None, read.task_type or "inference")
    other = any(model.name not in named for model in read.models)
    loaded = bool(read.traffic.model_dump(exclude_none=True)) or read.volume.amount is not None
    return _workload(read, None, read.task_type or "inference") if other and loaded else None


def _workload(read: WorkloadSpec, before: Workload | None, task: str) -> Workload:
    """As its own words say, with the kind and the model of what it follows on."""
    own = {name: getattr(read, name) for name in OWN} | {"task_type": task}
    if before is not None:
        own |= {"domain": before.domain, "models": read.models or before.models}
    return Workload.model_validate(own)


def _first(standing: WorkloadSpec) -> Workload:
    """The one that stands, of which the request says all."""
    quote = standing.evidence.get("task_type")
    return Workload(**{name: getattr(standing, name) for name in OWN}, quote=quote.quote if quote else "")
