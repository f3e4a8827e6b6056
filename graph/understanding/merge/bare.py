"""Figures, periods and currencies said alone: they correct what was spoken of last, and keep its unit."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from domain.base import value_at
from domain.workload import OwnedHardware, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.pictures import FILMED
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.labels.workload_names import CADENCES
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.money import currency_book
from graph.understanding.mentions.units import per, units
from graph.understanding.merge.figures import (
    BEHIND,
    MOST_CARDS,
    Held,
    counting_the_same,
    field_words,
    figure_of,
    figures,
    held_figures,
    kind_of,
    last_place,
    number_of,
    quote_of,
)
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.roles.sighting import per_month
from graph.understanding.text.phrases import Match
from graph.understanding.text.words import covered
from sizing.amount_of_work import JOB_TASKS

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
MOST_ADDED = 100
"""Cards more; above it an entry is an ordinal: 105 is the fifth."""
A_TURN_AGO = 0.7
"""What a figure's age weighs against its distance: the one of a turn ago must be half as far off."""
ONE = frozenset({"a", "an", "one"})
LONGEST = 20
"""Words up to which a clause can be nothing but a figure and what says nothing of it."""
COUNTED_MACHINES = frozenset(
    {"server", "servers", "machine", "machines", "box", "boxes", "node", "nodes", "host", "hosts"}
)
COUNTED_CARDS = frozenset({"card", "cards", "gpu", "gpus"})
BUDGET = ("budget.amount",)
RATE = "traffic.requests_per_second"
AT_PEAK = frozenset({"peak", "peaks", "burst", "bursts"})
SECONDS = {"second": 1.0, "minute": 60.0}
OTHERS = frozenset({"not", "of", "than"})
"""Words before what is no longer so."""
WAYS = frozenset({"in", "out"})
ONLY = frozenset({"only", "just"})
NINES, WHOLE = 99.0, 100.0
"""Per cent."""
PERIODS = ("hour", "day", "month", "total")
"""In which work is counted."""
UNTOLD = ("number", "time", "bytes", "tokens", "percent", "cores")
"""Kinds that do not say by themselves which field they are of."""


def bare_proposals(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "No wait, 3k", "too tight ... say 650", "we stay at 70", "two weeks is fine now", "in euros"."""
    held = held_figures(spec)
    if (counted := _of_what_is_owned(line, spec)) is not None:
        yield counted
        return
    if spec.evidence:
        yield from _of_only_so_many(line)
        yield from _of_the_uptime(line)
        yield from _of_each_stream(line, spec)
        yield from _of_the_peak(line, spec)
    if again := [*_of_the_same_noun(line, held, spec)]:
        yield from again
        return
    for first, last in line.clause_places.values() if spec.evidence else ():
        if last - first > LONGEST:
            continue
        said = [mention for mention in line.mentions[first : last + 1] if mention is not None]
        if spec.every and (cadence := _of_the_cadence(line, first, last)) is not None:
            yield from cadence
        elif not said:
            yield from _of_a_time(line, first, last, spec)
            if spec.budget.amount is not None:
                yield from _of_the_budget(line, first, last)
        elif len(said) == 1 and isinstance(said[0], Quantity) and kind_of(said[0]) in UNTOLD:
            listed = last - first < 2 and bool(line.names) and not said[0].per  # one item of a list of wishes
            place = line.place_of[said[0]]
            way = {word.text for word in line.words[place + 1 : min(place + 2, last + 1)]} & WAYS  # "3k in, 400 out"
            if (
                not listed
                and not way
                and (spec.gpu.min_count is not None or not is_a_part_of_them(line, place))
                and _says_nothing_else(line, first, last, said[0])
            ):
                yield from _of_a_figure(line, said[0], held, spec)


def _of_each_stream(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "30 fps": of each of the cameras that stand."""
    streams = spec.traffic.concurrent_users
    if not streams or spec.domain not in FILMED or any(figure.noun == "cameras" for _, figure in line.quantities):
        return
    for place, figure in line.quantities:
        if figure.dimension == "rate" and figure.noun == "frames":
            yield Proposal(
                "bare fps", (figure,), (Claim(RATE, streams * figure.high, line.span(place, place)),), SAME_NOUN
            )


def _of_the_peak(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "60 images per minute at peak", beside a load that stands."""
    if spec.volume.amount is None and spec.traffic.requests_per_second is None:
        return
    for place, figure in line.quantities:
        told = AT_PEAK & line.said(*line.clause(place))
        if told and figure.dimension == "count" and figure.per in SECONDS:
            rate = round(figure.high / SECONDS[figure.per], 9)
            claim = Claim("traffic.peak_requests_per_second", rate, line.span(place, place))
            yield Proposal("bare peak", (figure,), (claim,), SAME_NOUN)


def _of_what_is_owned(line: Line, spec: WorkloadSpec) -> Proposal | None:
    """ "Sorry, we have 8 of them": of the one kind of card at hand that was named."""
    if len(spec.owned) != 1:
        return None
    moved = left_of_the_held(line, spec.owned[0]) or more_of_the_held(line, spec.owned[0])
    if moved is not None:
        now, match = moved
        near = [one for one in line.mentions[match.first : match.last + 1 + BEHIND] if one is not None]
        counts = (at for at, one in line.quantities if one.noun in ("", "nodes") or is_a_part_of_them(line, at))
        said = tuple(dict.fromkeys([*near, *(one for at in counts if (one := line.mentions[at]) is not None)]))
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
        words = line.said(*line.sentence(match.first))
        machines = words & COUNTED_MACHINES or (words & THEM and not words & COUNTED_CARDS and (held.nodes or 1) > 1)
        leaf = "nodes" if machines else "count" if words & (COUNTED_CARDS | THEM) else ""
        stands = held.nodes if leaf == "nodes" else held.count if leaf and (held.nodes or 1) == 1 else None
        number = _first_number(line, match.first, match.last)
        number = int(number * (stands or 0) if number < 1 else number)  # "half of the servers"
        left = (stands or 0) - number if match.value == "lost" else number
        if stands is not None and 0 < left < stands:
            return held.model_copy(update={leaf: left}), match
    return None


def more_of_the_held(line: Line, held: OwnedHardware) -> tuple[OwnedHardware, Match[str]] | None:
    """What is at hand with so many machines, or cards of its one machine, more of the same: "a second identical
    server", "two more cards"; with the words that say so."""
    kept = {sign for sign in re.split(r"[^a-z0-9]+", (held.gpu or "").lower()) if any(map(str.isdigit, sign))}
    for match in book("follow_ups", "more_of").find(line.as_written):
        behind = {word.text for word in line.as_written[match.last + 1 : match.last + 1 + BEHIND]}
        machines = bool(behind & COUNTED_MACHINES)
        cards = bool({word.removesuffix("s") for word in behind} & (kept | {"card", "gpu", "<gpu>"}))
        stands = (held.nodes or 1) if machines else held.count if cards and (held.nodes or 1) == 1 else None
        many = int(match.value)
        if many > MOST_ADDED:  # "a fifth" is the one behind four
            many = many - MOST_ADDED - (stands or 0)
        if stands is not None and many > 0:
            return held.model_copy(update={"nodes" if machines else "count": stands + many}), match
    return None


def _first_number(line: Line, first: int, last: int) -> float:
    """Of these words; zero where there is none."""
    for place in range(first, last + 1):
        mention = line.mentions[place]
        if isinstance(mention, Quantity):
            return mention.low / 100 if mention.dimension == "percent" else mention.low
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


def _of_the_same_noun(line: Line, held: Sequence[Held], spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "60 calls", where what stands was said of "20 parallel calls": the figures that were said of the same noun, and
    those that were worked out from it, grow with it."""
    said = [mention for mention in line.mentions if mention is not None]
    for at, figure in line.quantities if spec.evidence else ():
        # A word before the noun says which of its figures is meant: "100 concurrent users".
        if figure.dimension != "count" or figure.per or len(figure.words) != 1 or not 0 < figure.low == figure.high:
            continue
        if figure.noun == "people" and not (len(said) == 1 and len(line.words) <= SHORTEST_MESSAGE):
            continue  # who are in all, or at once
        same = dict(counting_the_same(figure.words[0], held, spec))
        if same and len({quote_of(spec, field) for field in same}) == 1 and not is_a_part_of_them(line, at):
            span = line.span(at, last_place(line, at, figure))
            claims = [Claim(field, figure_of(field, unit * figure.high), span) for field, unit in same.items()]
            yield Proposal(f"bare {claims[0].field}", (figure,), tuple(claims), SAME_NOUN)


def is_a_part_of_them(line: Line, place: int) -> bool:
    """ "Half a million of the images" are no other number of them."""
    behind = [word.text for word in line.words[place + 1 : place + 3]]
    return behind[:1] == ["of"] and behind[1:] != [] and behind[1] in THEM | {"the", "our", "my"}


def _says_nothing_else(line: Line, first: int, last: int, said: Quantity) -> bool:
    """Nothing beside the figure and its unit says what it is of."""
    others = {line.words[at].text for at in range(first, last + 1) if not said.first <= line.firsts[at] <= said.last}
    return _are_fillers(others - words_of("figures", "payers"))


def _are_fillers(words: Iterable[str]) -> bool:
    """They are signs, or words that say nothing of a figure."""
    return all(word in words_of("figures", "fillers") or not word[0].isalnum() for word in words)


def _of_a_figure(line: Line, said: Quantity, held: Sequence[Held], spec: WorkloadSpec) -> Iterator[Proposal]:
    place = line.place_of[said]
    end = last_place(line, place, said)
    span, kind = line.span(place, end), kind_of(said)
    total = book("figures", "total").at(line.words, end + 1)
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
            and (said.high >= 1 or not figures()[one.field].whole)
        ]
        meant = _nearest(line, said, likely)
        field, figure = (meant.field, meant.like(number_of(line, said))) if meant else ("", 0.0)
    else:
        of_kind = [one.field for one in held if kind in figures()[one.field].kinds]
        field = next(iter(of_kind), "") or _begun(kind, spec)
        figure = said.high * figures()[field].factor if field else 0.0
        counted = _nearest(
            line, said, [one for one in held if _unit_of(line, said) & {*quote_of(spec, one.field).lower().split()}]
        )
        if counted is not None and counted.field not in of_kind and not _is_nearer(figure, field, said, counted, spec):
            field, figure = counted.field, counted.like(number_of(line, said))
    if figure > 0:
        yield Proposal(f"bare {field}", (said,), (Claim(field, figure_of(field, figure), span),), BARE)


def _is_a_limit(said: Quantity) -> bool:
    """ "Under 5k": a limit in thousands is of money."""
    return said.bound == "at_most" and said.magnitude in words_of("figures", "thousands")


def _of_who_pays(line: Line, place: int) -> bool:
    """Whether the clause of a figure names who holds the money: "the CFO says 6k tops"."""
    return not words_of("figures", "payers").isdisjoint(line.said(*line.clause(place)))


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
    if kind == "time" and spec.task_type in JOB_TASKS:
        return "deadline_hours"
    return "gpu.min_vram_gb" if kind == "bytes" and spec.gpu.models else ""


def _of_the_cadence(line: Line, first: int, last: int) -> tuple[Proposal, ...] | None:
    """How often it runs, where that stands: "monthly, not quarterly"; null where the clause is about something else."""
    said = [match for match in labels("workloads").find(line) if match.value.field == "comes_back"]
    said = [one for one in said if first <= one.first and one.last <= last and one.value.value in CADENCES]
    told = covered(said)
    others = [line.words[at].text for at in range(first, last + 1) if at not in told]
    if not said or not _are_fillers(others):
        return None
    now = next((one for one in said if line.words[one.first - 1].text not in OTHERS or not one.first), None)
    if now is None:
        return ()
    span = line.span(now.first, now.last)
    return (Proposal("bare every", (), (Claim("every", str(now.value.value), span),), SAME_NOUN),)


def _of_the_budget(line: Line, first: int, last: int) -> Iterator[Proposal]:
    """The amount that stands, in another currency or for another period: "sorry, that is per week", "in euros"."""
    said: set[int] = set()
    claims: list[Claim] = []
    for at in range(first, last + 1):
        if at in said:
            continue
        currency, total, period = (
            currency_book().at(line.words, at),
            book("figures", "total").at(line.words, at),
            _period(line, at),
        )
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
    if claims and _are_fillers(words):
        yield Proposal("bare budget", (), tuple(claims), BARE)


def _of_a_time(line: Line, first: int, last: int, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "We got a week actually": one of a unit of time, said without a number, where a job is to be done."""
    if spec.task_type not in JOB_TASKS:
        return
    for at in range(first, last):
        unit = units().at(line.words, at + 1) if line.words[at].text in ONE else None
        if unit is None or unit.value.dimension != "time" or unit.last > last:
            continue
        others = [line.words[place].text for place in range(first, last + 1) if not at <= place <= unit.last]
        if _are_fillers(others):
            claim = Claim("deadline_hours", figure_of("deadline_hours", unit.value.factor), line.span(at, unit.last))
            yield Proposal("bare deadline_hours", (), (claim,), BARE)


def _period(line: Line, at: int) -> tuple[str, int] | None:
    """ "Per month", "monthly": the period and the place it ends at."""
    adverb = book("periods", "adverbs").at(line.words, at)
    if adverb:
        return adverb.value, adverb.last
    said = per().at(line.words, at)
    unit = units().at(line.words, said.last + 1) if said else None
    return (unit.value.name, unit.last) if unit and unit.value.dimension == "time" else None
