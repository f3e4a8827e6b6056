"""What a question supposes otherwise than it stands, as a spec that nobody keeps (all of it blocks)."""

import math
import re
from collections.abc import Iterator

from domain.base import Frozen, value_at
from domain.plan import DeploymentPlan
from domain.workload import Availability, Evidence, OwnedHardware, WorkloadSpec
from graph.explanations.questions import WOULD, is_only_named, questions_in
from graph.explanations.subjects import OTHERS, asks_of_vectors
from graph.explanations.supposed import DIFFERS
from graph.explanations.topics import (
    ALTERNATIVES,
    CERTAIN,
    ITEMS,
    NEVER_A_CHANGE,
    NO_WISH,
    Topic,
    asked_about,
    asks_a_fact,
    is_misread,
)
from graph.revised_workloads import changes_of, revised_by_workload, revised_workloads
from graph.understanding.follow_ups.intent import names_what_is_asked
from graph.understanding.labels.book import labels
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.merge.bare import left_of_the_held, more_of_the_held
from graph.understanding.merge.derived import follow_the_count
from graph.understanding.merge.draft import changed_fields, put_together, taken_apart
from graph.understanding.merge.relative import fewer_hours, is_window, relative_proposals
from graph.understanding.merge.wishes import shares_a_figure
from graph.understanding.merge.workloads import with_workloads
from graph.understanding.reading import BuiltinReader
from graph.understanding.stance.stance import Stances

SUPPOSED = (
    "traffic", "volume", "dataset.size_gb", "dataset.items", "training", "context_tokens", "precision", "deadline",
    "hours_per_month", "availability", "gpu", "owned", "hosting", "location", "pricing", "models", "budget",
    "unit_price", "workloads",
)  # fmt: skip
"""Fields that a question may suppose otherwise, by how they begin."""
LABELS = frozenset({"dataset.modality", "stakes", "use_case", "industry", "task_type", "domain", "sensitive"})
"""Fields that the words of a question may move beside what it supposes."""
KEPT = ("stakes", "industry", "task_type", "domain", "sensitive", "priorities")
"""Of these what stays as it is."""
NAMED = frozenset({"gpu.models", "gpu.min_count", "location.providers", "models", "pricing"})
"""Fields of what is named: what the plan would be with it is looked up without a supposition."""
NO_SUPPOSITION: frozenset[Topic | None] = frozenset({
    "trace", "estimate", "price_age", "term", "transfer", "yaml", "diagram", "data", "failure", "sources", "licence",
    "compliance", "energy", "settings", "tidy", "trial", "checkpoints",
})  # fmt: skip
"""Topics that name figures without supposing them."""
COUNTS_WITHOUT: frozenset[Topic | None] = frozenset({
    "trace", "estimate", "unit_cost", "price_age", "term", "transfer", "hosted",
})  # fmt: skip
"""Topics in which a figure of what is planned for is no other load: "the cost of 1,000 reviews"."""
SAID_ALONE: frozenset[Topic | None] = frozenset({
    "why_first", "term", "precision", "context", "growth", "models", "size", "capacity", None,
})  # fmt: skip
"""Topics of what hardly says more than a name or a figure, and supposes it."""
AT_ONCE = frozenset({"once", "moment", "simultaneously", "concurrently", "parallel"})
"""Words of people who all ask at one time, whatever they are called."""
THESE = frozenset({"these", "those"})
"""With a figure behind them: of what stands, "in these 8 hours"."""
AVAILABLE = "availability.min_replicas"
MACHINES = frozenset({"server", "servers", "machine", "machines", "box", "boxes", "node", "nodes"})
FOLLOWING = 3
CARDS = frozenset({"card", "cards", "gpu", "gpus"})
FAILS = frozenset({"break", "breaks", "broke", "broken", "die", "dies", "died", "fail", "fails", "failed", "dead"})
SUFFICES = frozenset({"enough", "suffice", "sufficient", "do", "fit", "fits"})
BUYING = frozenset({"buy", "buying", "bought", "purchase", "sell", "selling", "sublet"})
COMPARES = frozenset({"then", "cheaper", "faster", "dearer", "slower", "save", "saves"})
THE = frozenset({"the", "our", "my", "these", "those", "them"})
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_USED = re.compile(r"\b(?:i|we) (use|used|take|took|run|ran|go with|went with)\b", re.I)
"""Who would use a card does not have it: "what if I use a single H100"."""
_JOINED = re.compile(r"\band\b", re.I)
THOUSAND = 1000
HOURS_PER_DAY = 24


class Supposition(Frozen):
    """The spec as the question would have it, and the fields that it moves."""

    spec: WorkloadSpec
    changes: tuple[str, ...]


def change_supposed(
    reader: BuiltinReader, turns: tuple[str, ...], spec: WorkloadSpec, question: str, *, own: bool, told: bool = False
) -> Supposition | None:
    """Null where the question supposes nothing, or nothing that a plan is made by. What is only named to hear what the
    plan would be with it is no supposition. `turns` are those before; `own`: the plan runs on hardware at hand; `told`:
    the message was taken for a change already, whatever its words are."""
    line = reader.line(question)
    asked = asked_about(line)
    told = told and not asks_a_fact(line)
    if line.quantities and all(place and line.words[place - 1].text in THESE for place, _ in line.quantities):
        return None
    if any(book("follow_ups", "priced").find(line.words)) or asks_for_others(line) or asks_of_vectors(asked.words):
        return None
    if asked.topic == "hosted" and asked.share >= CERTAIN:  # the load at which an API is weighed is no other load
        return None
    said = any(book("follow_ups", "instead").find(line.as_written))
    counts = asked.topic not in COUNTS_WITHOUT and any(_same_figures(reader, line, spec))
    if own and any(book("follow_ups", "rented").find(line.as_written)) and not BUYING & {*asked.words}:
        rented = spec.model_copy(update={"owned": (), "hosting": "cloud"})
        return Supposition(spec=rented, changes=("hosting",))
    if own and (left := _left_of_the_held(line, spec)) is not None:
        return Supposition(spec=spec.model_copy(update={"owned": (left,)}), changes=("owned",))
    if asked.said and asked.topic in (NO_SUPPOSITION if said else NO_SUPPOSITION | NO_WISH) and not counts:
        return None
    if asked.topic == "cost" and not line.quantities and names_availability(line):
        return Supposition(spec=_other_availability(spec), changes=(AVAILABLE,))
    if own and len(spec.owned) == 1 and (grown := more_of_the_held(line, spec.owned[0])) is not None:
        return Supposition(spec=spec.model_copy(update={"owned": (grown[0],)}), changes=("owned",))
    if own and (held := _of_the_held(line, spec)) is not None:
        return Supposition(spec=spec.model_copy(update={"owned": (held,)}), changes=("owned",))
    named = any(isinstance(one, Name) and one.kind in ALTERNATIVES for one in line.mentions)
    differs = bool(DIFFERS & {*asked.words}) and not named  # what is named is set beside what stands
    said = (
        said
        or differs
        or _tells_before(line)
        or any(fewer_hours(line, spec))
        or _asks_at_another_load(reader, line, spec)
    )
    alone = is_only_named(line) and not asks_a_fact(line) and (asked.topic in SAID_ALONE or not asked.said)
    if not (said or told or counts or alone):
        return None
    revised = _revised(reader, turns, spec, question, line)
    if len(revised.workloads) < len(spec.workloads):  # leaving some out is said in words of its own
        return None
    moved = changed_fields(spec, revised)
    for field in moved:
        if _is_echo(spec, revised, field):
            revised = _copied(revised, spec, field)
    moved = changed_fields(spec, revised)
    fields = (*SUPPOSED, "components") if differs else SUPPOSED
    changes = tuple(field for field in moved if field.startswith(fields))
    if asked.topic == "speed" and {*line_openers(line)} & {"when"}:  # it asks for the end, and sets none
        changes = tuple(field for field in changes if not field.startswith("deadline"))
        moved = tuple(field for field in moved if not field.startswith("deadline"))
    beside = {field for field in moved if field.startswith("priorities")}  # "how much faster" wishes for nothing
    if not changes or {*moved} - {*changes} - LABELS - beside:
        return None
    if {*changes} - {"workloads"} <= NAMED and (not told or asked.topic in NEVER_A_CHANGE or names_what_is_asked(line)):
        return None
    if ITEMS in changes and is_misread(revised, ITEMS, question) and AT_ONCE & {*asked.words}:
        many = int(revised.dataset.items or 0)  # "what if all 20 click at the same moment"
        peak = _with_figure(spec, "traffic.concurrent_users", many)
        evidence = {**spec.evidence, "traffic.concurrent_users": revised.evidence[ITEMS]}
        return Supposition(spec=peak.model_copy(update={"evidence": evidence}), changes=("traffic.concurrent_users",))
    if any(is_misread(revised, field, question) for field in changes):
        return None
    kept = revised.model_copy(update={field: getattr(spec, field) for field in KEPT})
    return Supposition(spec=kept, changes=changes)


def asks_for_others(line: Line) -> bool:
    """ "Which other models could we take?" wants to hear of some, and names none that is supposed."""
    said = {word.text for word in line.as_written}
    openly = any(form == "open" for form in asking_sentences(line).values())
    return openly and bool(said & OTHERS) and not line.quantities and not line.names


def _tells_before(line: Line) -> bool:
    """What is told before it asks what would be then: "only needed Mon-Fri 8 to 18. What would it cost then?"."""
    asked = (part for part in questions_in(line) if part.told)
    return any({*part.text.lower().strip("?! ").split()} & (WOULD | COMPARES) for part in asked)


def _asks_at_another_load(reader: BuiltinReader, line: Line, spec: WorkloadSpec) -> bool:
    """ "Time to the first token with 160 users": how fast it is for more people than it was planned for."""
    if asked_about(line).topic not in ("speed", "capacity") or not line.quantities:
        return False
    said, stands = reader.alone(line.text.raw).traffic, spec.traffic
    people = said.concurrent_users or said.users
    return people is not None and people not in (stands.users, stands.concurrent_users)


def names_availability(line: Line) -> bool:
    """It speaks of a service that goes on when a machine fails."""
    return any(match.value.field == AVAILABLE for match in labels("hardware").find(line))


def _other_availability(spec: WorkloadSpec) -> WorkloadSpec:
    """Without what makes it highly available, where that was asked for; else with it."""
    other = Availability() if spec.availability.min_replicas else Availability(min_replicas=2)
    evidence = {path: said for path, said in spec.evidence.items() if not path.startswith("availability")}
    return spec.model_copy(update={"availability": other, "evidence": evidence})


def workloads_supposed(
    reader: BuiltinReader, plan: DeploymentPlan, turns: tuple[str, ...], spec: WorkloadSpec, question: str
) -> Supposition | None:
    """What a question supposes of some of several workloads; null where it supposes nothing of them."""
    line = reader.line(question)
    if plan.together is None or asked_about(line).topic in NO_SUPPOSITION or asks_for_others(line):
        return None
    supposes = any(book("follow_ups", "instead").find(line.as_written))
    if not supposes and _asks_of_what_stands(line, spec):
        return None
    full = revised_by(reader, (*turns, question), spec)
    if supposes:
        revised = revised_by_workload(reader, plan, spec, full, line)
    else:
        revised = revised_workloads(reader, plan, spec, full, question) if line.quantities else None
    return Supposition(spec=revised, changes=changes_of(spec, revised)) if revised is not None else None


def _asks_of_what_stands(line: Line, spec: WorkloadSpec) -> bool:
    """Whether every figure of a question is one that stands: "is the lag at 80 calls really under 1 s"."""
    stands = [held for one in (spec, *spec.workloads) for held in _numbers(one)]
    seconds = [1 / 1000 * 1 / 3600, 1.0]  # milliseconds and hours of what is told in hours
    return bool(line.quantities) and all(
        any(math.isclose(figure.low, held * factor) for held in stands for factor in seconds)
        for _, figure in line.quantities
    )


def _numbers(held: object) -> Iterator[float]:
    """Every figure of a spec or a workload."""
    if isinstance(held, Frozen):
        for name in type(held).model_fields:
            yield from _numbers(getattr(held, name))
    elif isinstance(held, int | float) and not isinstance(held, bool):
        yield float(held)


def line_openers(line: Line) -> tuple[str, ...]:
    """The first words of the message."""
    return tuple(word.text for word in line.words.begin(FOLLOWING))


def is_own(plan: DeploymentPlan) -> bool:
    """Whether it runs on hardware at hand."""
    return bool(plan.recommendations) and plan.recommendations[0].option.is_own


def revised_by(reader: BuiltinReader, turns: tuple[str, ...], spec: WorkloadSpec) -> WorkloadSpec:
    """The spec as it would be if the newest turn were a wish."""
    board = reader.board(turns, spec, None)
    claims, _ = reader.claims(turns, board)
    line, standing = board.get("line", Line), board.get("standing", WorkloadSpec)
    revised = reader.merged(standing, line, claims, len(turns) - 1, standing.question, ())
    stances, parts = board.get("stances", Stances), board.get("parts", tuple)
    return with_workloads(revised, standing, line, stances, parts, reader.alone)


def _revised(
    reader: BuiltinReader, turns: tuple[str, ...], spec: WorkloadSpec, question: str, line: Line
) -> WorkloadSpec:
    """Figures that count what a standing figure counts take its place; the rest is read as a wish would be."""
    clauses = [clause for clause in _JOINED.split(question) if any(sign.isdigit() for sign in clause)]
    if len(clauses) > 1 and len(line.quantities) == len(clauses):
        for clause in clauses:
            spec = _revised(reader, turns, spec, clause, reader.line(clause))
        return spec
    same = {} if any(relative_proposals(line, spec)) else dict(_same_figures(reader, line, spec))
    used = question if spec.owned else _USED.sub(r"\1", question)
    read = revised_by(reader, (*turns, used), spec)
    if not same:
        return read
    quotes = [quote for _, quote in same.values()]
    revised = spec
    for field in changed_fields(spec, read):
        said = read.evidence.get(field)
        if (
            field.startswith(SUPPOSED)
            and said is not None
            and not any(shares_a_figure(said.quote, one) for one in quotes)
        ):
            revised = _copied(revised, read, field)
    for field, (value, quote) in same.items():
        revised = _with_figure(revised, field, value)
        evidence = {**revised.evidence, field: Evidence(quote=quote, turn=len(turns))}
        revised = revised.model_copy(update={"evidence": evidence})
    draft = taken_apart(revised)
    follow_the_count(draft, spec)
    return put_together(draft)


def _with_figure(spec: WorkloadSpec, field: str, value: float) -> WorkloadSpec:
    name, _, leaf = field.partition(".")
    if not leaf:
        return spec.model_copy(update={name: value})
    return spec.model_copy(update={name: getattr(spec, name).model_copy(update={leaf: value})})


def _copied(into: WorkloadSpec, source: WorkloadSpec, field: str) -> WorkloadSpec:
    name = field.split(".")[0]
    return into.model_copy(update={name: getattr(source, name)})


def _same_figures(reader: BuiltinReader, line: Line, spec: WorkloadSpec) -> Iterator[tuple[str, tuple[float, str]]]:
    """Fields whose figure counts what a figure of the line counts ("120 civil servants" beside "60 civil servants"),
    with its new value and its words."""
    held: dict[str, tuple[str, float]] = {}
    for field, evidence in spec.evidence.items():
        stands = value_at(spec, field)
        if not isinstance(stands, int | float) or isinstance(stands, bool) or not field.startswith(SUPPOSED):
            continue
        quoted = reader.line(evidence.quote)
        for place, quantity in quoted.quantities:
            if math.isclose(quantity.low, stands):
                held |= {word: (field, float(stands)) for word in _counted(quoted, place, quantity)}
    yield from _of_the_period(line, spec)
    yield from _of_the_deadline(line, spec)
    for place, quantity in line.quantities:
        if is_window(line, place):
            continue
        behind = [word.text for word in line.words[place + 1 : place + 3]]
        if behind[:1] == ["of"] and behind[1:] and behind[1] in THE:
            continue  # so many of those that stand
        found = next((held[word] for word in _counted(line, place, quantity) if word in held), None)
        if found is None:
            continue
        field, stands = found
        value = _grouped(line, place, stands) or quantity.low
        if value > 1 and not math.isclose(value, stands):  # "one lecture" counts nothing
            whole = value.is_integer() and field != "dataset.size_gb"
            last = min(place + 1, len(line.words) - 1)
            yield field, (int(value) if whole else value, line.quote(place, last))


def _of_the_period(line: Line, spec: WorkloadSpec) -> Iterator[tuple[str, tuple[float, str]]]:
    """The only figure of a line that counts nothing by name and is of the period by which the work is counted: "a day
    brings 20 million"."""
    volume, said = spec.volume, {word.text for word in line.words}
    if not volume.amount or volume.per is None or volume.per not in said or len(line.quantities) != 1:
        return
    (place, quantity), *_ = line.quantities
    if _counted(line, place, quantity) or quantity.dimension not in ("count", "number") or quantity.low < THOUSAND:
        return
    if not math.isclose(quantity.low, volume.amount):
        yield "volume.amount", (quantity.low, line.quote(place, place))


def _of_the_deadline(line: Line, spec: WorkloadSpec) -> Iterator[tuple[str, tuple[float, str]]]:
    """The only time of days of a line, where the work is to be done by a time: "if I had ten days"; beside other
    figures right behind its word: "1T tokens in 6 weeks"."""
    times = [(place, one) for place, one in line.quantities if one.dimension == "time"]
    if spec.deadline_hours is None or len(times) != 1:
        return
    ((place, quantity),) = times
    near = line.words if len(line.quantities) == 1 else line.words[max(0, place - 2) : place]
    having = {word.text for word in near} & words("follow_ups", "having")
    if not quantity.per and having and quantity.low >= HOURS_PER_DAY:
        yield "deadline_hours", (quantity.low, line.quote(place, min(place + 1, len(line.words) - 1)))


def _is_echo(spec: WorkloadSpec, revised: WorkloadSpec, field: str) -> bool:
    """A bare figure that stands already as another's is no figure of a field that was open: "for 60?" of 60 users."""
    was, now = value_at(spec, field), value_at(revised, field)
    if was is not None or not isinstance(now, int | float) or isinstance(now, bool):
        return False
    said = revised.evidence.get(field)
    bare = said is None or not any(sign.isalpha() for sign in said.quote)
    stands = (value_at(spec, one) for one in spec.evidence)
    return bare and any(isinstance(one, int | float) and math.isclose(one, now) for one in stands)


def _counted(line: Line, place: int, quantity: Quantity) -> list[str]:
    """The words after a figure that tell what it counts, in the singular."""
    following: list[str] = []
    for word in line.words[place + 1 : place + 1 + FOLLOWING]:
        if not word.text.isalpha() or word.clause != line.words[place].clause:
            break
        following.append(word.text.removesuffix("s"))
    plain = words("follow_ups", "plain")
    return [word for word in following if len(word) > 3 and word not in plain and f"{word}s" not in plain]


def _grouped(line: Line, place: int, stands: float) -> float | None:
    """A figure whose thousands are set off by points, where what stands is as large."""
    written = line.quote(place, place)
    return float(written.replace(".", "")) if stands >= THOUSAND and _GROUPED.fullmatch(written) else None


def _of_the_held(line: Line, spec: WorkloadSpec) -> OwnedHardware | None:
    """So many of the cards or machines at hand as the line says would do: "would 4 of the 8 be enough"."""
    if len(spec.owned) != 1 or any(isinstance(m, Name) and m.kind == "gpu" for m in line.mentions):
        return None
    held = spec.owned[0]
    for match in book("follow_ups", "some_of").find(line.as_written):
        many = int(match.value)
        machines = _counts_machines(line)
        if machines and held.nodes and many < held.nodes:
            return held.model_copy(update={"nodes": many})
        if not machines and held.count and (held.nodes or 1) == 1 and many < held.count:
            return held.model_copy(update={"count": many})
    return None


def _left_of_the_held(line: Line, spec: WorkloadSpec) -> OwnedHardware | None:
    """What is left of the cards at hand when so many fail ("what if two of the cards break"), or are asked about alone
    ("would 4 be enough")."""
    said = {word.text for word in line.words}
    held, figures = (spec.owned[0] if len(spec.owned) == 1 else None), [one for _, one in line.quantities]
    if held is not None and FAILS & said and (left := left_of_the_held(line, held)) is not None:
        return left[0]
    if held is None or not held.count:
        return None
    nodes = held.nodes or 1
    figures = [one for one in figures if one.low != held.count] or figures  # "two of the four"
    if len(figures) != 1 or not figures[0].low.is_integer():
        return None
    many = int(figures[0].low)
    cards = figures[0].noun == "gpus" or bool(CARDS & said)
    if not 0 < many < held.count or many > held.count // nodes:
        return None
    if nodes > 1:  # so many of one machine
        fits = cards and SUFFICES & said
        return held.model_copy(update={"count": many, "nodes": 1}) if fits else None
    if FAILS & said and cards:
        return held.model_copy(update={"count": held.count - many})
    alone = cards or not {*_counted(line, line.place_of[figures[0]], figures[0])} - SUFFICES
    return held.model_copy(update={"count": many}) if SUFFICES & said and alone else None


def _counts_machines(line: Line) -> bool:
    """Whether it is machines that are counted, not cards."""
    return bool(MACHINES & {word.text for word in line.words})
