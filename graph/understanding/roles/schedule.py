"""Hours a month by opening hours and days, and deadlines by a date: "Mon-Fri 8am to 6pm", "12x5", "by Friday"."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from babel.dates import get_month_names

from domain.base import HOURS_PER_MONTH
from graph.understanding.labels.sections import entries, numbers
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Quantity
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.phrases import Match, PhraseBook
from graph.understanding.text.words import Word

TABLE = "schedule"
USES = (
    "workdays", "weekend", "everyday", "other_times", "cue", "deadline", "date", "end", "start", "finish", "job",
)  # fmt: skip
HOURS_PER_DAY, DAYS_PER_WEEK, WORKDAYS_PER_WEEK = 24.0, 7.0, 5.0
WEEKS_PER_MONTH = HOURS_PER_MONTH / (HOURS_PER_DAY * DAYS_PER_WEEK)
SHORTEST_OPENING_HOURS = 4.0
"""A range of plain hours shorter than this is a duration rather than opening hours."""
MORNING = 9.0
"""The hour to which a night lasts at most."""
EVENING = 18.0
"""The hour from which on a range that ends earlier than it begins is a night: "22-6"."""
SCORE = 6.0
ONCE_A_DAY = frozenset({"day", "night", "evening"})
NAMED_BEFORE = 3
"""Words before the hours in which days are named that they are of."""
DAY_JOINTS = frozenset({"a", "in"})
"""Between two weekdays too, as other languages say it: "lundi au samedi"."""
LISTING = frozenset({"and", "&", ",", "/", "+"})
"""Words between two days that are each meant, and not those between them."""
DATE_REACH = 4
"""Words between "by" and its date."""


@dataclass(frozen=True)
class _Window:
    """Hours of a day, the places that say so, and on how many days of a week."""

    first: int
    last: int
    length: float
    days: float
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class _Time:
    """A time of the clock: its places with those of its weekday (0 is Monday), and its hour."""

    first: int
    last: int
    hour: float
    day: int | None
    figure: Quantity


@lru_cache
def _months() -> dict[str, int]:
    """Names and short names of the months in English -> their number, from CLDR."""
    names = {
        name.lower(): number
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale="en").items()
    }
    return names | {"sept": 9}


@lru_cache
def _book() -> PhraseBook[str]:
    return PhraseBook("schedule", entries(TABLE, *USES), {"months": _months()})


def schedule_proposals(line: Line, stances: Stances) -> Iterator[Proposal]:
    """Opening hours and dates; a proposal takes the figures that it is made of."""
    said = list(_book().find(line.words))
    sentences = line.sentences_of(m for m in said if m.value in ("cue", "workdays", "weekend", "everyday"))
    days_of: dict[int, float | None] = {}
    weeks: dict[int, list[_Window]] = defaultdict(list)
    for place, quantity in line.quantities:
        hours = _opening(line, place, quantity)
        sentence = line.words[place].sentence
        if hours is not None:
            length, last, mentions, by_the_clock = hours
            if sentence not in days_of:
                days_of[sentence] = _days(line, sentence, said)
            days = DAYS_PER_WEEK if quantity.per in ONCE_A_DAY else days_of[sentence]
            named = _weekdays(line.words[max(0, place - NAMED_BEFORE) : place])
            shortest = 1.0 if named else SHORTEST_OPENING_HOURS
            if not (by_the_clock or ((days or sentence in sentences) and (length >= shortest))):
                continue
            usual = WORKDAYS_PER_WEEK if EVENING > quantity.low > quantity.high else DAYS_PER_WEEK
            weeks[sentence].append(_Window(place, last, length, days or usual, mentions))
        elif (product := _hours_by_days(line, place, quantity)) is not None:
            monthly, other = product
            claim = Claim("hours_per_month", round(monthly, 2), line.span(place, line.place_of[other]))
            yield Proposal("schedule", (quantity, other), (claim,), SCORE)
    other_times = line.sentences_of(match for match in said if match.value == "other_times")
    for sentence, windows in weeks.items():
        if sentence not in other_times:
            yield from _of_a_week(line, windows)
    yield from _windows(line, said)
    yield from _dates(line, stances, said)


def opening_hours(line: Line) -> tuple[float, tuple[Quantity, ...]] | None:
    """The hours of the first window of a day that the line names, with its figures: 12 of "8-20"."""
    for place, quantity in line.quantities:
        if (window := _opening(line, place, quantity)) is not None and window[0] >= SHORTEST_OPENING_HOURS:
            return window[0], tuple(one for one in window[2] if isinstance(one, Quantity))
    return None


def _of_a_week(line: Line, windows: Sequence["_Window"]) -> Iterator[Proposal]:
    """Each window by itself; of several that have days of their own, "Mon-Thu 7-19 and Fri 7-15", all hours of the
    week."""
    starts = [line.sentence(windows[0].first)[0], *(window.last + 1 for window in windows)]
    own = [_weekdays(line.words[at : one.first]) for at, one in zip(starts, windows, strict=False)]
    if len(windows) > 1 and all(own) and len(frozenset().union(*own)) == sum(map(len, own)):
        hours = sum(one.length * len(days) for one, days in zip(windows, own, strict=True))
        claim = Claim(
            "hours_per_month", round(hours * WEEKS_PER_MONTH, 2), line.span(windows[0].first, windows[-1].last)
        )
        yield Proposal("schedule", tuple(m for one in windows for m in one.mentions), (claim,), SCORE)
        return
    for one in windows:
        monthly = one.length * one.days * WEEKS_PER_MONTH
        claim = Claim("hours_per_month", round(monthly, 2), line.span(one.first, one.last))
        yield Proposal("schedule", one.mentions, (claim,), SCORE)


def _weekdays(words: Sequence[Word]) -> frozenset[int]:
    """The weekdays that these words name: all from the one to the other, or those of a list."""
    found, joints = set[int](), (words_of(TABLE, "joints") | DAY_JOINTS) - LISTING
    weekdays, short_from, short_to = (numbers(TABLE, name) for name in ("weekdays", "short_from", "short_to"))
    before: tuple[int, int] | None = None
    for at, word in enumerate(words):
        between = words[at - 1].text if before is not None and at - before[0] == 2 else ""
        joined = before is not None and (at - before[0] == 1 or between in joints)
        day = weekdays.get(word.text)
        pair = (words[at - 1].text if at else "", word.text, words[at + 1].text if at + 1 < len(words) else "")
        if day is None and (pair[0] in short_from or pair[2] in short_to):
            day = short_to.get(pair[1], short_from.get(pair[1]))
        if day is None:
            continue
        if before is not None and joined:
            found |= {(before[1] + step) % 7 for step in range((day - before[1]) % 7)}
        found.add(day)
        before = (at, day)
    return frozenset(found)


def night_hours(line: Line) -> float | None:
    """Hours of the first window of a night: it begins in the evening and runs past midnight, "22:00-6:00", or is over
    in the morning, "1am to 5am"."""
    for place, quantity in line.quantities:
        if (window := _opening(line, place, quantity)) is not None and window[3]:
            afternoon = not quantity.is_range and quantity.low < 12 and _half(line, place)[0] == 12
            opens = quantity.low + (12 if afternoon else 0)
            closes = opens + window[0]
            if (opens >= EVENING and closes > HOURS_PER_DAY) or closes <= MORNING:
                return window[0]
    return None


def _windows(line: Line, said: list[Match[str]]) -> Iterator[Proposal]:
    """ "Starts at 01:00 and must be done by 03:30", "from Friday 18:00 to Monday 7am": a job has from the one time to
    the other; what is used or open is so every week."""
    clocks = [time for place, q in line.quantities if (time := _time(line, place, q)) is not None]
    starts = {match.last + 1 for match in said if match.value == "start"}
    ends = {match.last + 1 for match in said if match.value == "finish"}
    jobs = any(match.value == "job" for match in said)
    for begins, closes in pairwise(clocks):
        of_a_job = begins.first in starts and closes.first in ends
        between = line.words[begins.last + 1 : closes.first]
        joined = len(between) == 1 and between[0].text in words_of(TABLE, "joints")
        days = None if begins.day is None or closes.day is None else (closes.day - begins.day) % 7
        together = line.words[begins.first].sentence == line.words[closes.first].sentence
        if not together or not (of_a_job or (joined and days)):
            continue
        hours = round((days or 0) * HOURS_PER_DAY + closes.hour - begins.hour, 4)
        hours = hours if days else hours % HOURS_PER_DAY
        span = line.span(begins.first, closes.last)
        claim = Claim("deadline_hours", hours, span)
        if not (of_a_job or jobs):
            claim = Claim("hours_per_month", round(hours * WEEKS_PER_MONTH, 2), span)
        yield Proposal("window", (begins.figure, closes.figure), (claim,), SCORE + 1)


def _time(line: Line, place: int, quantity: Quantity) -> _Time | None:
    """A time of the clock, with the day of the week that stands before it: "18:00", "7am", "Monday at 7am"."""
    half, last = _half(line, place)
    read = quantity.dimension == "clock" or (half is not None and quantity.dimension in ("number", "time"))
    if not read or quantity.is_range or quantity.magnitude or quantity.low > HOURS_PER_DAY:
        return None
    at = place - (line.words[place - 1].text in words_of(TABLE, "before_times")) if place else 0
    day = numbers(TABLE, "weekdays").get(line.words[at - 1].text) if at else None
    first = place if day is None else at - 1 - (at > 1 and line.words[at - 2].text in words_of(TABLE, "before_days"))
    return _Time(first, last, quantity.low + (12 if half == 12 and quantity.low < 12 else 0), day, quantity)


def _opening(line: Line, place: int, quantity: Quantity) -> tuple[float, int, tuple[Mention, ...], bool] | None:
    """Hours of one day, the last place, the figures, and whether a clock is read: "9:00", "9am", "17 Uhr"."""
    apart = quantity.per and quantity.per not in ONCE_A_DAY
    if quantity.magnitude or quantity.dimension not in ("clock", "number", "time") or apart:
        return None
    if quantity.dimension == "time" and quantity.unit != "hour":
        return None
    if quantity.is_range:
        half, last = _half(line, place) if quantity.dimension != "time" else (None, place)
        if max(quantity.low, quantity.high) > HOURS_PER_DAY or (
            quantity.dimension == "time" and quantity.low <= quantity.high and quantity.high <= 12 and half is None
        ):
            return None
        overnight = quantity.low >= EVENING and quantity.high <= 10
        closes = (
            quantity.high + 12
            if (quantity.high <= 12 and quantity.high <= quantity.low and not overnight)
            or (half == 12 and quantity.high < 12)
            else quantity.high
        )
        by_the_clock = quantity.dimension == "clock" or half is not None or quantity.low > quantity.high
        return (closes - quantity.low) % HOURS_PER_DAY or HOURS_PER_DAY, last, (quantity,), by_the_clock
    first_half, last = _half(line, place)
    if last + 2 >= len(line.words) or line.words[last + 1].text not in words_of(TABLE, "joints"):
        return None
    other = line.mentions[last + 2]
    if (
        not isinstance(other, Quantity)
        or other.is_range
        or other.magnitude
        or max(quantity.high, other.high) > HOURS_PER_DAY
    ):
        return None
    second_half, end = _half(line, last + 2)
    clock = quantity.dimension == "clock" or first_half is not None or second_half is not None
    if not clock and (quantity.noun or other.noun or quantity.dimension != other.dimension or quantity.bound):
        return None
    opens = quantity.high + (12 if first_half == 12 and quantity.high < 12 else 0)
    closes = other.high + (12 if second_half == 12 and other.high < 12 else 0)
    return (closes - opens) % HOURS_PER_DAY or HOURS_PER_DAY, end, (quantity, other), clock


def _half(line: Line, place: int) -> tuple[int | None, int]:
    """What "am", "pm" or a word of the clock behind a figure says, and the last place it covers."""
    after = line.words[place + 1].text if place + 1 < len(line.words) else ""
    if after in numbers(TABLE, "halves"):
        return numbers(TABLE, "halves")[after], place + 1
    return (0, place + 1) if after in words_of(TABLE, "clock_words") else (None, place)


def _hours_by_days(line: Line, place: int, quantity: Quantity) -> tuple[float, Quantity] | None:
    """ "12x5": hours a day by days a week."""
    if place + 2 >= len(line.words) or line.words[place + 1].text not in ("x", "/"):
        return None
    other = line.mentions[place + 2]
    plain = quantity.dimension == "number" and isinstance(other, Quantity) and other.dimension == "number"
    if (
        not plain
        or not isinstance(other, Quantity)
        or not 6 <= quantity.high <= HOURS_PER_DAY
        or other.high not in (5, 6, 7)
    ):
        return None
    return quantity.high * other.high * WEEKS_PER_MONTH, other


def days_a_week(line: Line, sentence: int) -> float | None:
    """How many days a week the sentence names: 5 of "Mon-Fri"; null where it names none."""
    return _days(line, sentence, list(_book().find(line.words)))


def _days(line: Line, sentence: int, said: list[Match[str]]) -> float | None:
    """Days of a week that are named in the sentence, or in the message where only one set of days is."""
    first, last = line.sentence_places[sentence]
    named = _weekdays(line.words[first : last + 1])
    if len(named) > 1:
        return float(len(named))
    here = [match.value for match in said if first <= match.first <= last]
    if named and not {"weekend", "workdays", "everyday"} & {*here}:
        return 1.0  # "on Tuesdays from 9 to 5"
    uses = here or [match.value for match in said]
    if "weekend" in uses:
        return 2.0
    if "workdays" in uses:
        return WORKDAYS_PER_WEEK
    return DAYS_PER_WEEK if "everyday" in uses else None


def _dates(line: Line, stances: Stances, said: list[Match[str]]) -> Iterator[Proposal]:
    """ "by Friday", "until March 15", "deadline 2026-12-01", "by the end of the month"."""
    at = {match.first: match for match in said if match.value in ("date", "end")}
    for cue in (match for match in said if match.value == "deadline"):
        for place in range(cue.last + 1, min(len(line.words), cue.last + 1 + DATE_REACH)):
            if line.words[place].sentence != line.words[cue.last].sentence:
                break
            found = _date_at(line, place, at.get(place))
            if found is not None:
                date, last, mentions = found
                if stances.of(place, place) not in UNWANTED:
                    claim = Claim("deadline_date", date, line.span(cue.first, last))
                    yield Proposal("date", mentions, (claim,), SCORE)
                break


def _date_at(line: Line, place: int, said: Match[str] | None) -> tuple[str, int, tuple[Mention, ...]] | None:
    word, mention = line.words[place].text, line.mentions[place]
    if isinstance(mention, Quantity) and mention.dimension == "date":
        return mention.written, place, (mention,)
    if word in numbers(TABLE, "weekdays"):
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return names[numbers(TABLE, "weekdays")[word]], place, ()
    if said is None:
        return None
    if said.value == "end":
        return line.quote(said.first, said.last).lower(), said.last, ()
    figure = next(m for m in line.mentions[said.first : said.last + 1] if isinstance(m, Quantity))
    month = next(word.text for word in line.words[said.first : said.last + 1] if word.text in _months())
    return f"{_months()[month]:02d}-{int(figure.high):02d}", said.last, (figure,)
