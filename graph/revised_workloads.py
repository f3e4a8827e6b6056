"""A later turn about some of several workloads: another load or model of one, or only these of them."""

from collections.abc import Iterator, Sequence

from domain.parts import Together
from domain.plan import DeploymentPlan
from domain.workload import Volume, Workload, WorkloadSpec
from graph.explanations.workloads import SHORTEST, workloads_named
from graph.fewer_workloads import without
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.merge.draft import changed_fields
from graph.understanding.reading import BuiltinReader
from sizing.workload_names import TRAINS

OWN = ("task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "media", "every")
"""Fields of the request that are those of its first workload, and stay so where another one is revised."""
SIGNS = (",", ";", ".", "?")
TRAINING = frozenset({"training", "train", "tuning", "retraining", "finetuning"})
SERVING = frozenset({"serving", "serve", "service", "inference", "endpoint"})
LISTS = (",", ";", "and", "plus", "but")
"""What parts two workloads in a short message."""


def revised_workloads(
    reader: BuiltinReader, plan: DeploymentPlan, spec: WorkloadSpec, full: WorkloadSpec, message: str
) -> WorkloadSpec | None:
    """The request with the loads and models that the message names put into the workloads that it names with them;
    `full` is the message read as that of one workload. Null where not every one of them names its workload."""
    together = plan.together
    if together is None or len(together.workloads) != len(spec.workloads):
        return None
    workloads, touched = [*spec.workloads], False
    for clause in _clauses(reader.line(message)):
        said = reader.alone(clause)
        told = _told(said)
        if not told:
            continue
        named = named_in(together, spec.workloads, reader.line(clause))
        if not named and {*told} == {"every"}:
            named = [number for number, one in enumerate(spec.workloads) if one.every]
        if len(named) != 1:
            return None
        (number,) = named
        workloads[number] = _with(workloads[number], told)
        touched = touched or workloads[number] != spec.workloads[number]
    if not touched:
        return None
    first = {name: getattr(workloads[0], name) for name in ("models", "traffic", "dataset", "volume", "training")}
    kept = {name: getattr(spec, name) for name in OWN} | (first if workloads[0] != spec.workloads[0] else {})
    return full.model_copy(update={**kept, "workloads": tuple(workloads), "unplaced": spec.unplaced})


def only_these(plan: DeploymentPlan, spec: WorkloadSpec, line: Line) -> WorkloadSpec | None:
    """The request without the workloads that the message leaves out, or with none but those that it names as the only
    ones; null where it does neither."""
    together = plan.together
    if together is None or len(together.workloads) != len(spec.workloads):
        return None
    ends = next((at for at, word in enumerate(line.words) if word.text in SIGNS and at), len(line.words))
    named = named_in(together, spec.workloads, line, ends)
    if not named or len(named) == len(spec.workloads):
        return None
    if any(book("follow_ups", "only_these").find(line.as_written)):
        gone = [number for number in range(len(spec.workloads)) if number not in named]
    elif any(book("follow_ups", "drops").find(line.as_written)):
        gone = named
    else:
        return None
    for number in sorted(gone, reverse=True):
        spec = without(spec, number)
    return spec


def revised_by_workload(
    reader: BuiltinReader, plan: DeploymentPlan, spec: WorkloadSpec, full: WorkloadSpec, line: Line
) -> WorkloadSpec | None:
    """Fewer of the workloads, else the same with what the message says of some of them; null where it does neither."""
    return only_these(plan, spec, line) or revised_workloads(reader, plan, spec, full, line.text.raw)


def named_in(together: Together, workloads: Sequence[Workload], line: Line, ends: int | None = None) -> list[int]:
    """The numbers of the workloads that the words before place `ends` name by what the plan calls them, else by the
    user's own words, else by what is done to a model."""
    said = [word.text for word in line.as_written[:ends]]
    found = workloads_named(together, said)
    if found:
        return found
    own = [_nouns(workload.quote) for workload in workloads]
    telling = [words - set().union(*own[:at], *own[at + 1 :]) for at, words in enumerate(own)]
    spoken = {_stem(word) for word in said if len(word) >= SHORTEST}
    own_words = [number for number, words in enumerate(telling) if words & spoken]
    trains, serves = TRAINING & {*said}, SERVING & {*said}
    if own_words or bool(trains) == bool(serves):
        return own_words
    return [number for number, one in enumerate(workloads) if (one.task_type in TRAINS) == bool(trains)]


def moved_workloads(before: WorkloadSpec, after: WorkloadSpec) -> Iterator[tuple[Workload, Workload]]:
    """Each workload that a turn revised, as it was and as it is."""
    if len(before.workloads) == len(after.workloads):
        yield from ((old, new) for old, new in zip(before.workloads, after.workloads, strict=True) if old != new)


def changes_of(before: WorkloadSpec, after: WorkloadSpec) -> tuple[str, ...]:
    """The fields of the request that differ, the workloads in place of what they share with it."""
    moved = changed_fields(before, after)
    shared = tuple(field for field in moved if field.startswith(OWN))
    return tuple(field for field in moved if field not in shared)


def _clauses(line: Line) -> Iterator[str]:
    """The stretches of the message between its joints."""
    first = 0
    for place, word in enumerate(line.words):
        if word.text in LISTS and place > first:
            yield line.quote(first, place - 1)
            first = place + 1
    if first < len(line.words):
        yield line.quote(first, len(line.words) - 1)


def _told(said: WorkloadSpec) -> dict[str, object]:
    """The loads and models of a clause."""
    told: dict[str, object] = {}
    if traffic := said.traffic.model_dump(exclude_none=True):
        told["traffic"] = traffic
    if said.volume.amount is not None:
        told["volume"] = said.volume
    if said.dataset.items is not None:
        told["items"] = said.dataset.items
    if said.every:
        told["every"] = said.every
    if said.models:
        told["models"] = said.models
    return told


def _with(workload: Workload, told: dict[str, object]) -> Workload:
    update: dict[str, object] = {}
    if isinstance(traffic := told.get("traffic"), dict):
        if {*traffic} == {"users"} and workload.traffic.users is None and workload.traffic.concurrent_users:
            traffic = {"concurrent_users": traffic["users"]}  # those who were counted at once
        update["traffic"] = workload.traffic.model_copy(update=traffic)
    if isinstance(volume := told.get("volume"), Volume):
        unit = workload.volume.unit or volume.unit
        update["volume"] = volume.model_copy(update={"unit": unit})
    if "items" in told:
        update["dataset"] = workload.dataset.model_copy(update={"items": told["items"]})
    update |= {name: told[name] for name in ("models", "every") if name in told}
    return workload.model_copy(update=update)


def _nouns(quote: str) -> set[str]:
    words = ("".join(sign for sign in word if sign.isalpha()).lower() for word in quote.split())
    return {_stem(word) for word in words if len(word) >= SHORTEST}


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")
