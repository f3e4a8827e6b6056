"""Hours a month that machines run: opening hours, days of the week, office hours, around the clock."""

import re
from collections.abc import Iterator

from domain.base import HOURS_PER_MONTH
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM
from graph.understanding.marked import Marked
from graph.understanding.periods import HOURS_PER_DAY, HOURS_PER_WEEK
from graph.understanding.polarity import negated

WEEKS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_WEEK
DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY
OFFICE_HOURS_PER_WEEK = 40.0
WORKDAYS_PER_WEEK, DAYS_PER_WEEK = 5.0, 7.0
SHORTEST_OPENING_HOURS = 4.0
"""A range of hours shorter than this is a duration rather than opening hours."""

_PER = r"(?:/|per|a|an|each|every)"
_SCHEDULES = (
    (
        re.compile(
            r"(?<![^ ])(?:24x7|24h ?/ ?7|24x7x365|around the clock|round the clock|always on|non ?stop|"
            r"all day (?:every day|long)|day and night|24 hours a day|twenty four seven|continuously|permanently|"
            r"(?:up|on|online|runn\w+|run|runs|available|live|used|in use|needed|busy|reachable) all the time|"
            r"365 days)(?![^ ])"
        ),
        HOURS_PER_MONTH,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:(?:normal |regular |usual |standard |during )*(?:office|business|working|work) hours|"
            r"nine to five|during the work ?day|working time|N\d+ to N\d+ weekdays)(?! support)(?![^ ])"
        ),
        OFFICE_HOURS_PER_WEEK * WEEKS_PER_MONTH,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:only (?:on |during )?(?:weekdays|workdays|working days)|(?:weekdays|workdays) only|"
            r"on weekdays only)(?![^ ])"
        ),
        WORKDAYS_PER_WEEK * HOURS_PER_DAY * WEEKS_PER_MONTH,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:only (?:on |at |during )?(?:the )?weekends|weekends only|saturdays? (?:and|&) sundays? only)"
            r"(?![^ ])"
        ),
        2 * HOURS_PER_DAY * WEEKS_PER_MONTH,
    ),
)
_HOURS_PER = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:hours?|hrs?|h) (?:of use |on average |or so )?(?:{_PER} (?:single |working |work |"
    rf"business )?"
    r"(?P<unit>day|week|month|workday|weekday|night|evening|d|wk|mo)|(?P<unit2>daily|weekly|monthly))(?![^ ])"
)
_DAYS_A = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:days?|d|evenings?|nights?|afternoons?|mornings?|times) (?:{_PER} )?"
    r"(?P<unit>week|weekly|wk|month|monthly|mo)(?![^ ])"
)
_WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DAY = r"(?:mon|monday|tue|tues|tuesday|wed|wednesday|thu|thur|thurs|thursday|fri|friday|sat|saturday|sun|sunday)s?"
_DAY_RANGE = re.compile(
    rf"(?<![^ ])(?:(?P<from>{_DAY})(?: (?:-|to|till|until|through|thru|\.))? (?P<to>{_DAY})|(?P<short>mo (?:- |"
    rf"to )?(?:fr|sa|so|do)))"
    r"(?![^ ])"
)
_SHORT_RANGES = {"fr": 5.0, "sa": 6.0, "so": 7.0, "do": 4.0}
_WORKDAYS = re.compile(
    r"(?<![^ ])(?:weekdays|workdays|working days?|business days|work ?days?|per workday|per weekday|"
    r"except (?:on )?(?:the )?weekends?|not (?:on |at )?(?:the )?weekends?|no weekends?|weekends? (?:off|excluded|"
    r"free)|"
    r"outside (?:of )?(?:the )?weekends?)(?![^ ])"
)
_WEEKEND = re.compile(
    r"(?<![^ ])(?:saturdays? (?:and|&|/|\+|to) sundays?(?= only)|only (?:on )?saturdays? (?:and|&|/|"
    r"\+) sundays?)(?![^ ])"
)
_DAILY = re.compile(r"(?<![^ ])(?:daily|every day|each day|all week|seven days|every night|each night)(?![^ ])")
_OPEN = re.compile(
    r"(?<![^ ])(?:open\w*|only|from|between|daily|every day|each day|at night|nights?|overnight|hours|use|used|run|"
    r"runs|"
    r"running|up|on|needed|schedule|shift|shifts|office|work\w*)(?![^ ])"
)
_CLOCK = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+) ?(?P<am1>am|pm|h)?(?: (?:to|-|until|till|and)|(?<=m)) (?P<n2>N\d+) ?"
    r"(?P<am2>am|pm|h)|(?P<n3>N\d+) ?(?P<am3>am|pm))(?![^ ])"
)
_CLOCK_HOURS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?: (?:h|hrs|hours?|uhr|o'clock|oclock|o clock))?(?![^ ])(?! (?:/|per|a|each|every))"
)
_CLOCK_RANGE = re.compile(
    r"(?<![^ ])(?:from |between |, |only |hours |hours : |day |weekdays |\( |is |run |runs |used |use |"
    r"open )?(?P<n1>N\d+)(?: (?P<pm>pm|am))?(?= (?:weekdays|workdays|mon|monday|on (?:weekdays|work\w*|business)|"
    r"every|each|daily|"
    r"only|job|office|schedule|hours?|local)|$| [.,;)!?])"
)
_HOURS_BY_DAYS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:h )?(?:x|/) (?P<n2>N\d+)(?! ?(?:gb|g|gpus?|G\d+|support|cards?|tb|vram|b|x))(?![^ ])"
)
_HOURS_OF_DAY = re.compile(r"(?:each|time|evening|night|session|long)$")
_HOURS_EACH = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:hours?|hrs?|h)(?: (?:each|at a time|per (?:evening|night|session|time)|a (?:night|"
    r"evening)|long))?(?![^ ])"
)


def schedule_claims(line: Marked) -> Iterator[Claim]:
    """Hours a month: said per day, week or month, by the clock, or by a name ("office hours", "24/7")."""
    for match in line.free(_HOURS_PER):
        hours = line.number(match, "n1").high
        if re.match(r" of (?:audio|video|calls|recordings|footage|speech)", line.text[match.end() :]):
            continue
        line.spend(match)
        unit = match.group("unit") or match.group("unit2")
        if unit[:2] in ("da", "d", "wo", "ni", "ev") or unit == "weekday":
            workday = unit in ("workday", "weekday") or re.search(r" (?:working|work|business) day$", match.group())
            monthly = hours * _days_a_month(line, WORKDAYS_PER_WEEK if workday else None)
        else:
            monthly = hours * WEEKS_PER_MONTH if unit[:2] in ("we", "wk") else hours
        if monthly <= HOURS_PER_MONTH * 1.01:
            yield Claim("hours_per_month", round(monthly, 2), line.span(match))
            return
    yield from _days_and_hours(line)
    yield from _clock(line)
    for pattern, hours in _SCHEDULES:
        for match in pattern.finditer(line.text):
            if not negated(line, *match.span()) and not re.match(
                r" (?:support|team|monitoring|security|staff)", line.text[match.end() :]
            ):
                yield Claim("hours_per_month", round(hours, 2), line.span(match), strength=MEDIUM)


def _days_and_hours(line: Marked) -> Iterator[Claim]:
    """ "12x5", "three evenings a week, 4 hours each"."""
    for match in line.free(_HOURS_BY_DAYS):
        hours, days = line.number(match, "n1"), line.number(match, "n2")
        if 6 <= hours.high <= HOURS_PER_DAY and days.high in (5, 6, 7) and not (hours.magnitude or days.magnitude):
            line.spend(match)
            yield Claim("hours_per_month", round(hours.high * days.high * WEEKS_PER_MONTH, 2), line.span(match))
            return
    for said in line.free(_DAYS_A):
        opens, closes = line.sentence(*said.span())
        for match in line.free(_HOURS_EACH):
            number = line.number(match, "n1")
            if (
                not opens <= match.start() < closes
                or number.high > HOURS_PER_DAY
                or match.group("n1") == said.group("n1")
            ):
                continue
            if not _OPEN.search(line.text[opens:closes]) and not _HOURS_OF_DAY.search(match.group()):
                continue
            line.spend(match)
            yield Claim("hours_per_month", round(number.high * _days_a_month(line, None), 2), line.span(match))
            return


def _days_a_month(line: Marked, days_a_week: float | None) -> float:
    """As said per month or week; else the days of the week named; else every day."""
    for match in line.free(_DAYS_A):
        line.spend(match)
        days = line.number(match, "n1").high
        return days if match.group("unit").startswith("mo") else days * WEEKS_PER_MONTH
    return (days_a_week or _days_a_week(line) or DAYS_PER_WEEK) * WEEKS_PER_MONTH


def _days_a_week(line: Marked) -> float | None:
    """ "Monday to Friday", "workdays", "no weekends"; null when no days are named."""
    for match in _DAY_RANGE.finditer(line.text):
        if match.group("short"):
            return _SHORT_RANGES[match.group("short")[-2:]]
        first, last = (_WEEKDAYS.index(match.group(name)[:2]) for name in ("from", "to"))
        return float((last - first) % 7 + 1)
    if _WEEKEND.search(line.text):
        return 2.0
    if _WORKDAYS.search(line.text):
        return WORKDAYS_PER_WEEK
    return DAYS_PER_WEEK if _DAILY.search(line.text) else None


def _clock(line: Marked) -> Iterator[Claim]:
    """ "9am to 6pm", "9-5", "Monday to Friday 8-18h": opening hours, on the days that are named or on all of them."""
    days = _days_a_week(line)
    for match in line.free(_CLOCK):
        if match.group("n3"):
            number = line.number(match, "n3")
            if number.low == number.high:
                continue  # "done by 7am" opens nothing
            first, last, before_noon = number.low, number.high, None
        else:
            first, last, before_noon = line.number(match, "n1").high, line.number(match, "n2").high, match.group("am1")
        if max(first, last) > HOURS_PER_DAY or match.group().startswith("and "):
            continue
        line.spend(match)
        opens = first + 12 if before_noon == "pm" and first < 12 else first
        closes = last + 12 if (match.group("am2") or match.group("am3")) == "pm" and last < 12 else last
        yield _opening(line, match, opens, closes, days)
    for match in line.free(_CLOCK_HOURS):
        number, span = line.number(match, "n1"), line.span(match)
        by_the_clock = ":" in line.raw[span.start : span.end]
        sentence = line.text[slice(*line.sentence(*match.span()))]
        plain = number.low == number.high or number.magnitude or max(number.low, number.high) > HOURS_PER_DAY
        if plain or not (by_the_clock or (match.group() != match.group("n1") and (days or _OPEN.search(sentence)))):
            continue
        if not by_the_clock and number.high - number.low < SHORTEST_OPENING_HOURS and number.high > number.low:
            continue
        line.spend(match)
        yield _opening(line, match, number.low, number.high, days)
    for match in line.free(_CLOCK_RANGE):
        number = line.number(match, "n1")
        plain = number.low == number.high or number.magnitude or max(number.low, number.high) > HOURS_PER_DAY
        if plain or not (number.low > number.high or days):
            continue
        line.spend(match)
        overnight = number.low >= 18 and number.high <= 10
        closes = number.high + 12 if number.high <= number.low and not overnight else number.high
        yield _opening(line, match, number.low, closes, days or (None if overnight else WORKDAYS_PER_WEEK))


def _opening(line: Marked, match: re.Match[str], opens: float, closes: float, days_a_week: float | None) -> Claim:
    hours = (closes - opens) % HOURS_PER_DAY or HOURS_PER_DAY
    return Claim("hours_per_month", round(hours * _days_a_month(line, days_a_week), 2), line.span(match))
