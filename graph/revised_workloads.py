"""A later turn about some of several workloads: another load or model of one, or only these of them."""

from collections.abc import Iterator, Sequence

from domain.parts import Together
from domain.plan import DeploymentPlan
from domain.workload import Location, Volume, Workload, WorkloadSpec
from graph.explanations.workloads import SHORTEST, spelt, workloads_named
from graph.fewer_workloads import without
from graph.understanding.labels.book import labels
from graph.understanding.labels.sections import book, words
from graph.understanding.labels.workload_names import CADENCES
from graph.understanding.mentions.line import Line
from graph.understanding.merge.bare import COUNTED_CARDS, COUNTED_MACHINES
from graph.understanding.merge.draft import changed_fields
from graph.understanding.merge.figures import counting_the_same, held_figures
from graph.understanding.merge.relative import relative_proposals
from graph.understanding.reading import BuiltinReader
from sizing.workload_names import TRAINS

OWN = ("task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "media", "every")
"""Fields of the request that are those of its first workload, and stay so where another one is revised."""
AT_ONCE = "traffic.concurrent_users"
TIMES = ("hours_per_month", "deadline_hours")
"""Fields that a workload may have for itself, in place of the request's."""
SIGNS = (",", ";", ".", "?")
TRAINING = frozenset({"training", "train", "tuning", "retraining", "finetuning"})
SERVING = frozenset({"serving", "serve", "service", "inference", "endpoint"})
SHARED = COUNTED_MACHINES | COUNTED_CARDS | {"model", "models"}
"""Words that name what each of them may have."""
PREPOSITIONS = frozenset({"without", "minus"})
LISTS = (",", ";", "and", "plus", "but")
"""What parts two workloads in a short message."""


def revised_workloads(
    reader: BuiltinReader, plan: DeploymentPlan, spec: WorkloadSpec, full: WorkloadSpec, message: str
) -> WorkloadSpec | None:
    """The request with the loads, models and places that the message names put into the workloads that it names with
    them; `full` is the message read as that of one workload. Null where not every one of them names its workload."""
    return _revised(reader, plan, spec, full, reader.line(message), gone=frozenset())


def only_these(plan: DeploymentPlan, spec: WorkloadSpec, line: Line) -> WorkloadSpec | None:
    """The request without the workloads that the message leaves out, or with none but those that it names as the only
    ones; null where it does neither."""
    gone = _gone(plan, spec, line)
    return _without(spec, gone) if gone else None


def revised_by_workload(
    reader: BuiltinReader, plan: DeploymentPlan, spec: WorkloadSpec, full: WorkloadSpec, line: Line
) -> WorkloadSpec | None:
    """Fewer of the workloads, the same with what the message says of some of them, or both: "drop the translation and
    give the chatbot 300 users"; null where it does neither."""
    clauses = [reader.line(clause) for clause in _clauses(line)]
    gone = frozenset(number for clause in clauses for number in _gone(plan, spec, clause))
    if gone and len(clauses) > 1 and (both := _revised(reader, plan, spec, full, line, gone)) is not None:
        return both
    fewer = only_these(plan, spec, line) or (_without(spec, gone) if gone else None)
    return fewer or _revised(reader, plan, spec, full, line, frozenset())


def kept_clauses(plan: DeploymentPlan, spec: WorkloadSpec, line: Line, reader: BuiltinReader) -> list[str]:
    """The clauses of a message that leave no workload out."""
    return [clause for clause in _clauses(line) if not _gone(plan, spec, reader.line(clause))]


def leaves_out_by_number(plan: DeploymentPlan, spec: WorkloadSpec, line: Line) -> bool:
    """Whether it takes workloads out by their numbers; the items of the checklist have numbers, too."""
    return bool(_numbered(line, len(spec.workloads)) and _gone(plan, spec, line))


def _revised(
    reader: BuiltinReader, plan: DeploymentPlan, spec: WorkloadSpec, full: WorkloadSpec, line: Line,
    gone: frozenset[int],
) -> WorkloadSpec | None:  # fmt: skip
    together = plan.together
    if together is None or len(together.workloads) != len(spec.workloads):
        return None
    left = [number for number in range(len(spec.workloads)) if number not in gone]
    workloads, touched = [*spec.workloads], False
    for clause in _clauses(line):
        of_clause = reader.line(clause)
        told = {} if gone and _gone(plan, spec, of_clause) else _told(reader.alone(clause), of_clause)
        if told and (any(relative_proposals(of_clause, spec)) or _counts_for_all(of_clause, spec)):
            return None  # said against what stands, which is read for the request
        if not told:
            continue
        counted = _numbered(of_clause, len(spec.workloads)) or named_in(together, spec.workloads, of_clause)
        named = [number for number in counted if number in left]
        if not named and {*told} == {"every"}:
            named = [number for number in left if spec.workloads[number].every]
        if not named and gone and len(left) == 1:
            named = left
        if len(named) != 1:
            return None
        (number,) = named
        workloads[number] = _with(workloads[number], told)
        touched = touched or workloads[number] != spec.workloads[number]
    if not touched:
        return None
    first = {name: getattr(workloads[0], name) for name in ("models", "traffic", "dataset", "volume", "training")}
    kept = {name: getattr(spec, name) for name in (*OWN, *TIMES)} | (first if workloads[0] != spec.workloads[0] else {})
    if any(one.location != before.location for one, before in zip(workloads, spec.workloads, strict=True)):
        kept["location"] = spec.location
        workloads = [_placed(one, spec.location) for one in workloads]
    revised = full.model_copy(update={**kept, "workloads": tuple(workloads), "unplaced": spec.unplaced})
    return _without(revised, gone)


def _counts_for_all(line: Line, spec: WorkloadSpec) -> bool:
    """ "60 calls", where the load that every workload has was said of "30 concurrent calls"."""
    if len({one.traffic.concurrent_users for one in spec.workloads}) != 1:
        return False
    held = held_figures(spec)
    nouns = [figure.words[-1] for _, figure in line.quantities if figure.words and figure.dimension == "count"]
    return any(field == AT_ONCE for noun in nouns for field, _ in counting_the_same(noun, held, spec))


def _placed(workload: Workload, where: Location) -> Workload:
    """Where the others have places of their own, so has it: that of the request."""
    own = Location(regions=where.regions, jurisdictions=where.jurisdictions)
    return workload if workload.location != Location() else workload.model_copy(update={"location": own})


def _without(spec: WorkloadSpec, gone: frozenset[int]) -> WorkloadSpec:
    for number in sorted(gone, reverse=True):
        spec = without(spec, number)
    return spec


def _gone(plan: DeploymentPlan, spec: WorkloadSpec, line: Line) -> frozenset[int]:
    """The numbers of the workloads that the words leave out; none where they would leave out all of them."""
    together = plan.together
    if together is None or len(together.workloads) != len(spec.workloads):
        return frozenset()
    ends = next((at for at, word in enumerate(line.words) if word.text in SIGNS and at), len(line.words))
    named = _numbered(line, len(spec.workloads)) or named_in(together, spec.workloads, line, ends)
    everyone = range(len(spec.workloads))
    if not named or len(named) == len(everyone):
        return frozenset()
    only = (book("follow_ups", "only_these"), book("several_turns", "only"))
    begins = min((match.first for one in only for match in one.find(line.as_written)), default=None)
    if begins is not None and not (begins and named_in(together, spec.workloads, line, begins)):
        return frozenset(everyone) - {*named}  # and not "the chatbot only runs in office hours"
    drops = (book("follow_ups", "drops"), book("several_turns", "drops"))
    first = min((match.first for one in drops for match in one.find(line.as_written)), default=ends)
    if first < ends and line.words[first].text in PREPOSITIONS:  # "the search without a GPU" is still there
        named = [one for one in named if one not in named_in(together, spec.workloads, line, first)]
    return frozenset(named) if first < ends else frozenset()  # what follows a comma drops something else


def _numbered(line: Line, many: int) -> list[int]:
    """The workloads that are called by their place in the request: "the second one", "number 1 and 3"."""
    if {word.text for word in line.words} & words("several_turns", "other_numbers"):
        return []
    said = list(book("several_turns", "ordinals").find(line.as_written))
    found = {int(match.value) - 1 for match in said if match.value != "last"}
    found |= {many - 1 for match in said if match.value == "last"}
    return sorted(number for number in found if number < many)


def named_in(together: Together, workloads: Sequence[Workload], line: Line, ends: int | None = None) -> list[int]:
    """The numbers of the workloads that the words before place `ends` name by what the plan calls them, else by the
    user's own words, else by what is done to a model."""
    said = [*(word.text for word in line.as_written[:ends]), *spelt(line, ends)]
    found = workloads_named(together, said)
    if found:
        return found
    own = [_nouns(workload.quote) for workload in workloads]
    telling = [words - set().union(*own[:at], *own[at + 1 :]) for at, words in enumerate(own)]
    plain = words("follow_ups", "plain")
    spoken = {_stem(word) for word in said if len(word) >= SHORTEST and word not in SHARED | plain}
    own_words = [number for number, words in enumerate(telling) if words & spoken]
    return own_words or trained_or_served(workloads, said)


def trained_or_served(workloads: Sequence[Workload], said: Sequence[str]) -> list[int]:
    """The numbers of those that train, or of those that serve, where the words speak of one of the two."""
    trains, serves = TRAINING & {*said}, SERVING & {*said}
    if bool(trains) == bool(serves):
        return []
    return [number for number, one in enumerate(workloads) if (one.task_type in TRAINS) == bool(trains)]


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


def _told(said: WorkloadSpec, clause: Line) -> dict[str, object]:
    """The loads, models and places of a clause, and how often it says that a job is run."""
    told: dict[str, object] = {}
    if traffic := said.traffic.model_dump(exclude_none=True):
        told["traffic"] = traffic
    if said.volume.amount is not None:
        told["volume"] = said.volume
    if said.dataset.items is not None:
        told["items"] = said.dataset.items
    again = {match.value.value for match in labels("workloads").find(clause) if match.value.field == "comes_back"}
    if every := said.every or next((one for one in CADENCES if one in again and not clause.quantities), None):
        told["every"] = every
    if said.models:
        told["models"] = said.models
    told |= {name: value for name in TIMES if (value := getattr(said, name)) is not None}
    if said.location.regions or said.location.jurisdictions:
        told["location"] = Location(regions=said.location.regions, jurisdictions=said.location.jurisdictions)
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
    update |= {name: told[name] for name in ("models", "every", "location", *TIMES) if name in told}
    return workload.model_copy(update=update)


def _nouns(quote: str) -> set[str]:
    words = ("".join(sign for sign in word if sign.isalpha()).lower() for word in quote.split())
    return {_stem(word) for word in words if len(word) >= SHORTEST}


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")
