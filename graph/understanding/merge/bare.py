"""Figures, periods and currencies said alone: they correct what was spoken of last, and keep its unit."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

from domain.workload import OwnedHardware, WorkloadSpec
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.money import currency_book
from graph.understanding.mentions.units import books
from graph.understanding.merge.figures import (
    MOST_CARDS,
    Held,
    field_words,
    figure_of,
    figures,
    held_figures,
    kind_of,
    last_place,
    number_of,
    value_at,
)
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.roles.sighting import per_month
from graph.understanding.text.phrases import Match, PhraseBook

BARE = 2.6
"""Below roles with plain words of their own, above those that only hear something from afar."""
OWNED = 20.0
"""How many there are of what is at hand is what these words mean, whatever their figure would be alone."""
SAME_NOUN = 10.0
"""Above any role of the figure alone, below a change against what stands: "30 more users"."""
SHORTEST_MESSAGE = 6
HAVE_WITHIN = 3
HAVE = frozenset({"have", "own", "got", "has", "possess"})
THEM = frozenset({"them", "those", "these"})
A_TURN_AGO = 0.7
"""What a figure's age weighs against its distance: the one of a turn ago must be half as far off."""
ONE = frozenset({"a", "an", "one"})
LONGEST = 20
"""Words up to which a clause can be nothing but a figure and what says nothing of it."""
JOBS = ("training", "fine_tuning", "batch_inference")
COUNTED_MACHINES = frozenset(
    {"server", "servers", "machine", "machines", "box", "boxes", "node", "nodes", "host", "hosts"}
)
COUNTED_CARDS = frozenset({"card", "cards", "gpu", "gpus"})
BUDGET = ("budget.amount",)
RATE = "traffic.requests_per_second"
SECONDS = {"second": 1.0, "minute": 60.0}
ONLY = frozenset({"only", "just"})
NINES, WHOLE = 99.0, 100.0
"""Per cent."""
PERIODS = ("hour", "day", "month", "total")
"""In which work is counted."""
UNTOLD = ("number", "time", "bytes", "tokens", "percent", "cores")
"""Kinds that do not say by themselves which field they are of."""


@lru_cache
def _total() -> PhraseBook[bool]:
    return PhraseBook("total", ((phrase, True) for phrase in figures().total))


def bare_proposals(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "No wait, 3k", "too tight ... say 650", "we stay at 70", "two weeks is fine now", "in euros"."""
    held = held_figures(spec)
    if (counted := _of_what_is_owned(line, spec)) is not None:
        yield counted
        return
    if spec.evidence:
        yield from _of_only_so_many(line)
        yield from _of_the_uptime(line)
    if (again := _of_the_same_noun(line, held, spec)) is not None:
        yield again
        return
    for first, last in line.clause_places.values() if spec.evidence else ():
        if last - first > LONGEST:
            continue
        said = [mention for mention in line.mentions[first : last + 1] if mention is not None]
        if not said:
            yield from _of_a_time(line, first, last, spec)
            if spec.budget.amount is not None:
                yield from _of_the_budget(line, first, last)
        elif len(said) == 1 and isinstance(said[0], Quantity) and kind_of(said[0]) in UNTOLD:
            listed = last - first < 2 and bool(line.names) and not said[0].per  # one item of a list of wishes
            if not listed and _says_nothing_else(line, first, last, said[0]):
                yield from _of_a_figure(line, said[0], held, spec)


def _of_what_is_owned(line: Line, spec: WorkloadSpec) -> Proposal | None:
    """ "Sorry, we have 8 of them": of the one kind of card at hand that was named."""
    if len(spec.owned) != 1:
        return None
    if (left := left_of_the_held(line, spec.owned[0])) is not None:
        now, match = left
        said = tuple(one for one in line.mentions[match.first : match.last + 1] if isinstance(one, Quantity))
        claim = Claim("owned", now, line.span(match.first, match.last), "set")
        return Proposal("bare owned", said, (claim,), OWNED)
    for at, figure in line.quantities:
        around = [word.text for word in line.words[max(0, at - HAVE_WITHIN) : at]]
        after = [word.text for word in line.words[at + 1 : at + 3]]
        whole = figure.high.is_integer() and figure.low == figure.high <= MOST_CARDS
        if whole and after[:1] == ["of"] and after[1:] and after[1] in THEM and HAVE & {*around}:
            card = spec.owned[0].model_copy(update={"count": int(figure.high)})
            claim = Claim("owned", card, line.span(at, at + 2), "set")
            return Proposal("bare owned", (figure,), (claim,), OWNED)
    return None


def left_of_the_held(line: Line, held: OwnedHardware) -> tuple[OwnedHardware, Match[str]] | None:
    """How many of the machines, or of the cards of the one machine, are left: "one of the 3 boxes is going to the other
    office", "only 2 servers now"; with the words that say so."""
    for match in book("follow_ups", "fewer_of").find(line.words):
        first, last = line.sentence(match.first)
        words = {word.text for word in line.words[first : last + 1]}
        leaf = "nodes" if words & COUNTED_MACHINES else "count" if words & COUNTED_CARDS else ""
        stands = held.nodes if leaf == "nodes" else held.count if leaf and (held.nodes or 1) == 1 else None
        number = _first_number(line, match.first, match.last)
        left = number if match.value == "left" else (stands or 0) - number
        if stands is not None and 0 < left < stands:
            return held.model_copy(update={leaf: left}), match
    return None


def _first_number(line: Line, first: int, last: int) -> int:
    """Of these words; zero where there is none."""
    for place in range(first, last + 1):
        mention = line.mentions[place]
        if isinstance(mention, Quantity):
            return int(mention.low)
        if line.words[place].text in ONE:
            return 1
    return 0


def _of_only_so_many(line: Line) -> Iterator[Proposal]:
    """ "Use only one GPU", while a plan stands: so many, and no more."""
    for at, figure in line.quantities:
        limits = ONLY & {word.text for word in line.words[max(0, at - 2) : at]}
        if limits and figure.noun == "gpus" and figure.dimension == "count" and figure.high.is_integer():
            span, many = line.span(at, last_place(line, at, figure)), int(figure.high)
            claims = (Claim("gpu.min_count", many, span), Claim("gpu.max_count", many, span))
            yield Proposal("bare gpu.max_count", (figure,), claims, SAME_NOUN)


def _of_the_uptime(line: Line) -> Iterator[Proposal]:
    """ "We need 99.9% and two zones": no other share of anything is asked for so exactly."""
    for at, figure in line.quantities:
        if figure.dimension == "percent" and NINES <= figure.low == figure.high < WHOLE:
            span = line.span(at, last_place(line, at, figure))
            claim = Claim("availability.uptime_percent", figure.high, span)
            yield Proposal("bare availability.uptime_percent", (figure,), (claim,), BARE)


def _of_the_same_noun(line: Line, held: Sequence[Held], spec: WorkloadSpec) -> Proposal | None:
    """ "60 calls", where what stands was said of "20 parallel calls", and nothing else is said."""
    said = [mention for mention in line.mentions if mention is not None]
    if len(said) != 1 or not isinstance(said[0], Quantity) or said[0].per or len(line.words) > SHORTEST_MESSAGE:
        return None
    figure = said[0]
    # A word before the noun says which of its figures is meant: "100 concurrent users".
    noun = figure.words[0].lower() if len(figure.words) == 1 else ""
    if not noun or figure.dimension != "count" or not _says_nothing_else(line, 0, len(line.words) - 1, figure):
        return None
    same = [one for one in held if noun in _quote(spec, one.field).lower().split()] if spec.evidence else []
    if len(same) != 1 or not figures().fields[same[0].field].whole:
        return None
    at = line.place_of[figure]
    claim = Claim(same[0].field, figure_of(same[0].field, figure.high), line.span(at, last_place(line, at, figure)))
    return Proposal(f"bare {same[0].field}", (figure,), (claim,), SAME_NOUN)


def _quote(spec: WorkloadSpec, field: str) -> str:
    said = spec.evidence.get(field)
    return said.quote if said else ""


def _says_nothing_else(line: Line, first: int, last: int, said: Quantity) -> bool:
    """Nothing beside the figure and its unit says what it is of."""
    return all(
        said.first <= line.firsts[at] <= said.last
        or line.words[at].text in figures().fillers
        or line.words[at].text in figures().payers
        or not line.words[at].text[0].isalnum()
        for at in range(first, last + 1)
    )


def _of_a_figure(line: Line, said: Quantity, held: Sequence[Held], spec: WorkloadSpec) -> Iterator[Proposal]:
    place = line.place_of[said]
    end = last_place(line, place, said)
    span, kind = line.span(place, end), kind_of(said)
    total = _total().at(line.words, end + 1)
    period = "total" if total else said.per
    behind = field_words().at(line.words, end + 1)
    if behind is not None and any(one.field == behind.value for one in held):
        held = [one for one in held if one.field == behind.value]  # "60 at once"
    rate = next((one for one in held if one.field == RATE), None)
    if kind == "number" and period in SECONDS and rate is not None:
        claim = Claim(RATE, float(f"{said.high / SECONDS[period]:.6g}"), span)
        yield Proposal(f"bare {RATE}", (said,), (claim,), SAME_NOUN)
        return
    if period and (amount := _of_the_volume(line, said, kind, period, spec)) is not None:
        claims = (Claim("volume.amount", amount, span), Claim("volume.per", period, span))
        yield Proposal("bare volume", (said,), claims, SAME_NOUN)
        return
    if (
        kind == "number"
        and not period
        and any(one.field in BUDGET for one in held)
        and (_of_who_pays(line, place) or _is_a_limit(said))
    ):
        amount = figure_of("budget.amount", said.high)
        yield Proposal("bare budget", (said,), (Claim("budget.amount", amount, span),), SAME_NOUN)
        return
    if kind == "time" and period:
        return  # "7 days a week" is no time that something takes
    if kind == "number" and period:
        if _newest(held, "budget.amount") >= _newest(held, "traffic.requests_per_second"):
            span = line.span(place, total.last if total else end)
            factor, name = per_month(period)
            claims = (
                Claim("budget.amount", round(said.high * factor, 2), span),
                Claim("budget.period", name or "total", span),
            )
            yield Proposal("bare budget", (said,), claims, BARE)
        return
    if kind == "number":
        likely = [
            one
            for one in held
            if (one.field != "gpu.min_count" or said.high <= MOST_CARDS)
            and (said.high >= 1 or not figures().fields[one.field].whole)
        ]
        meant = _nearest(line, said, likely)
        field, figure = (meant.field, meant.like(number_of(line, said))) if meant else ("", 0.0)
    else:
        of_kind = [one.field for one in held if kind in figures().fields[one.field].kinds]
        field = next(iter(of_kind), "") or _begun(kind, spec)
        figure = said.high * figures().fields[field].factor if field else 0.0
        counted = _nearest(
            line, said, [one for one in held if _unit_of(line, said) & {*_quote(spec, one.field).lower().split()}]
        )
        if counted is not None and counted.field not in of_kind and not _is_nearer(figure, field, said, counted, spec):
            field, figure = counted.field, counted.like(number_of(line, said))
    if figure > 0:
        yield Proposal(f"bare {field}", (said,), (Claim(field, figure_of(field, figure), span),), BARE)


def _is_a_limit(said: Quantity) -> bool:
    """ "Under 5k": a limit in thousands is of money."""
    return said.bound == "at_most" and said.magnitude in figures().thousands


def _of_who_pays(line: Line, place: int) -> bool:
    """Whether the clause of a figure names who holds the money: "the CFO says 6k tops"."""
    first, last = line.clause(place)
    return any(word.text in figures().payers for word in line.words[first : last + 1])


def _of_the_volume(line: Line, said: Quantity, kind: str, period: str, spec: WorkloadSpec) -> float | None:
    """So many of what the work is counted in, for a period: "50k a day" of images, "500 hours a day" of recordings. A
    number alone is of the work where the budget is not of that period."""
    volume = spec.volume
    if not volume.amount or volume.unit is None or period not in PERIODS:
        return None
    if kind == "time":
        number = number_of(line, said).high
        return number if volume.unit == "audio_hours" and math.isclose(number, said.high) else None  # no days
    return said.high if kind == "number" and period == volume.per != spec.budget.period else None


def _unit_of(line: Line, said: Quantity) -> set[str]:
    """The words of the figure that are no figure: "hours", of which the audio is counted, too."""
    place = line.place_of[said]
    words = (line.words[at].text for at in range(place, last_place(line, place, said) + 1))
    return {word for word in words if word.isalpha() and len(word) > 1}


def _is_nearer(figure: float, field: str, said: Quantity, other: Held, spec: WorkloadSpec) -> bool:
    """Whether the figure is nearer to what the field of its kind holds than to what counts in the same unit."""
    stands = value_at(spec, field) if field else None
    if not isinstance(stands, int | float) or stands <= 0 or figure <= 0:
        return False
    return abs(math.log(figure / stands)) <= abs(math.log(said.high / other.value))


def _newest(held: Sequence[Held], field: str) -> int:
    return max((one.turn for one in held if one.field == field), default=-1)


def _nearest(line: Line, said: Quantity, held: Sequence[Held]) -> Held | None:
    """The figure it corrects, by how lately that was said and how near it is."""
    if not held or said.high <= 0:
        return None
    number, newest = number_of(line, said), max(one.turn for one in held)
    return min(held, key=lambda one: abs(math.log(one.like(number) / one.value)) + A_TURN_AGO * (newest - one.turn))


def _begun(kind: str, spec: WorkloadSpec) -> str:
    """The field of a first figure, where what it is of stands: a job's deadline, a GPU's memory."""
    if kind == "time" and spec.task_type in JOBS:
        return "deadline_hours"
    return "gpu.min_vram_gb" if kind == "bytes" and spec.gpu.models else ""


def _of_the_budget(line: Line, first: int, last: int) -> Iterator[Proposal]:
    """The amount that stands, in another currency or for another period: "sorry, that is per week", "in euros"."""
    said: set[int] = set()
    claims: list[Claim] = []
    for at in range(first, last + 1):
        if at in said:
            continue
        currency, total, period = currency_book().at(line.words, at), _total().at(line.words, at), _period(line, at)
        if currency and currency.last <= last:
            claims.append(Claim("budget.currency", currency.value, line.span(at, currency.last)))
            said.update(range(at, currency.last + 1))
        elif period or total:
            name, end = period or ("total", total.last if total else at)
            factor, held = per_month(name)
            claims.append(Claim("budget.period", held or "total", line.span(at, end)))
            said.update(range(at, end + 1))
            if factor != 1.0:
                claims.append(Claim("budget.amount", factor, line.span(at, end), operation="scale"))
    words = [line.words[at].text for at in range(first, last + 1) if at not in said]
    if claims and all(word in figures().fillers or not word[0].isalnum() for word in words):
        yield Proposal("bare budget", (), tuple(claims), BARE)


def _of_a_time(line: Line, first: int, last: int, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "We got a week actually": one of a unit of time, said without a number, where a job is to be done."""
    if spec.task_type not in JOBS:
        return
    for at in range(first, last):
        unit = books().units.at(line.words, at + 1) if line.words[at].text in ONE else None
        if unit is None or unit.value.dimension != "time" or unit.last > last:
            continue
        others = [line.words[place].text for place in range(first, last + 1) if not at <= place <= unit.last]
        if all(word in figures().fillers or not word[0].isalnum() for word in others):
            claim = Claim("deadline_hours", figure_of("deadline_hours", unit.value.factor), line.span(at, unit.last))
            yield Proposal("bare deadline_hours", (), (claim,), BARE)


def _period(line: Line, at: int) -> tuple[str, int] | None:
    """ "Per month", "monthly": the period and the place it ends at."""
    adverb = books().adverbs.at(line.words, at)
    if adverb:
        return adverb.value, adverb.last
    said = books().per.at(line.words, at)
    unit = books().units.at(line.words, said.last + 1) if said else None
    return (unit.value.name, unit.last) if unit and unit.value.dimension == "time" else None
