"""Load and time: users, requests, latency, schedule, deadline."""

import re
from collections.abc import Iterator
from functools import lru_cache

from domain.base import HOURS_PER_MONTH
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, STRONG, lexicon
from graph.understanding.marked import Marked
from graph.understanding.money import HOURS_PER_DAY, HOURS_PER_WEEK
from graph.understanding.polarity import negated

WEEKS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_WEEK
DAYS_PER_MONTH = HOURS_PER_MONTH / HOURS_PER_DAY
OFFICE_HOURS_PER_WEEK = 40.0
WORKDAYS_PER_WEEK = 5.0
OVERNIGHT_HOURS = 12.0

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "o": 2_628_000.0}
_TIME_UNIT = r"(?P<unit>seconds?|secs?|s|minutes?|mins?|min|hours?|hrs?|hr|h|days?|d|weeks?|wk|months?|mo|mth)"
_PER = r"(?:/|per|a|an|each|every)"
_CONCURRENT = r"(?:concurrent(?:ly)?|simultaneous(?:ly)?|parallel|at once|at the same time|at a time|at any (?:one |given )?time|in parallel|online at once|active at once|at peak|peak concurrent)"
_RPS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:req(?:uest)?s?|queries|calls)? ?(?P<rate>rps|qps|tps|rpm|qpm|req / s|reqs / s|requests / s|r / s|q / s|rph)(?![^ ])|(?<![^ ])(?P<rate2>rps|qps|rpm|qpm)(?: (?:of|is|:|=|around|about|up to|at))* (?P<n2>N\d+)(?![^ ])"
)
_RPS_SECONDS = {"rpm": 60.0, "qpm": 60.0, "rph": 3600.0}
_FACTORS = {"double": 2.0, "doubles": 2.0, "doubled": 2.0, "twice": 2.0, "triple": 3.0, "triples": 3.0, "tripled": 3.0, "halve": 0.5, "half": 0.5, "quadruple": 4.0}
_LOAD = r"(?:users?|traffic|load|requests?|concurrency|throughput)"
_SCALE = re.compile(
    rf"(?<![^ ])(?:(?P<word>double|twice|triple|halve|half|quadruple) (?:the |our |as many |as much |number of |of )*{_LOAD}"
    rf"|(?P<n1>N\d+) (?:x|times) (?:the |our |as many |as much |more |number of |of )*{_LOAD}|(?:the |our )?{_LOAD} (?P<word2>doubles?|doubled|triples?|tripled))(?![^ ])"
)
_LATENCY_WORDS = r"(?:latenc\w+|respon\w+|repl(?:y|ies)|first token|ttft|answers?|under|within|less than|below|faster than|max\w*|p\d+|sla|slo|reaction|round trip|at most|in|inside|not more than|no more than|<|budget|target)"
_MS = re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:ms|millis\w*|msecs?)(?![^ ])")
_SHORT = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+) (?:a |an )?|(?P<one>(?:under|within|less than|below|sub|in|in under|than) (?:a|an|one|1)? ?))(?P<unit>seconds?|secs?|s)(?! (?:long|of|clips?|videos?|audio|recordings?|segments?|chunks?|each|samples?|apart|intervals?))(?![^ ])"
)
_SUB_SECOND = re.compile(r"(?<![^ ])(?:sub ?second|subsecond|sub seconds?)(?![^ ])")
_SCHEDULES = (
    (re.compile(r"(?<![^ ])(?:24x7|24h ?/ ?7|24x7x365|around the clock|round the clock|always on|non ?stop|all day (?:every day|long)|day and night|24 hours a day|twenty four seven|continuously|permanently|all the time|365 days)(?![^ ])"), HOURS_PER_MONTH),
    (re.compile(r"(?<![^ ])(?:(?:normal |regular |usual |standard |during )*(?:office|business|working|work) hours|nine to five|during the work ?day|working time|N\d+ to N\d+ weekdays)(?! support)(?![^ ])"), OFFICE_HOURS_PER_WEEK * WEEKS_PER_MONTH),
    (re.compile(r"(?<![^ ])(?:only (?:on |during )?(?:weekdays|workdays|working days)|(?:weekdays|workdays) only|on weekdays only)(?![^ ])"), WORKDAYS_PER_WEEK * HOURS_PER_DAY * WEEKS_PER_MONTH),
    (re.compile(r"(?<![^ ])(?:only (?:on |at |during )?(?:the )?weekends|weekends only)(?![^ ])"), 2 * HOURS_PER_DAY * WEEKS_PER_MONTH),
)  # fmt: skip
_HOURS_PER = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) (?:hours?|hrs?|h) (?:{_PER} (?:single |working |work |business )?(?P<unit>day|week|month|workday|weekday|night|d|wk|mo)|(?P<unit2>daily|weekly|monthly))(?![^ ])"
)
_HOURS_BARE_24 = re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:hours?|hrs?|h)(?![^ ])")
_DAYS_A_WEEK = re.compile(rf"(?<![^ ])(?P<n1>N\d+) (?:days?|d) (?:{_PER} week|weekly|/ week|/ wk)(?![^ ])")
_WORKDAYS = re.compile(
    r"(?<![^ ])(?:weekdays|workdays|working days|business days|mon(?:day)? (?:-|to|through) fri(?:day)?|work ?days|per workday|a workday|per weekday|monday to friday|mon fri|except (?:on )?(?:the )?weekends?|not (?:on |at )?(?:the )?weekends?|no weekends?)(?![^ ])"
)
_CLOCK = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+)(?: : N\d+)? ?(?P<am1>am|pm|h)? (?:to|-|until|till|and) (?P<n2>N\d+)(?: : N\d+)? ?(?P<am2>am|pm|h)|(?P<n3>N\d+) ?(?P<am3>am|pm))(?![^ ])"
)
_CLOCK_RANGE = re.compile(
    r"(?<![^ ])(?:from |between |, |only |hours |hours : |day |weekdays |\( |is |run |runs |used |use |open )?(?P<n1>N\d+)(?: (?P<pm>pm|am))?(?= (?:weekdays|workdays|mon|monday|on weekdays|every|each|daily|only|job|office|schedule|hours?|local)|$| [.,;)!?])"
)
_DURATION_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|months?|weekends?|nights?)"
_DEADLINE_CUE = r"(?:within|in under|under|in less than|less than|no more than|not more than|no longer than|not longer than|not take (?:more|longer) than|at most|max(?:imum)?(?: of)?|inside(?: of)?|up to|below|faster than|finish\w* in|done in|complet\w* in|ready in|deadline(?: (?:is|of|:|in))*|over (?:the )?next|by|shorter than|due in|(?:have|got|only|just)(?: (?:only|just|about|got))?|take|takes|results in|time limit(?: (?:is|of|:))*|(?:should|must|can|may|has to|needs? to|want(?: it| this)?|need(?: it| this| results)?)(?: \w+){0,4} in|max(?:imum)? (?:duration|runtime|time)(?: (?:is|of|:))*|run(?:s|ning)? for|for)"
_DEADLINE = re.compile(
    rf"(?<![^ ])(?P<cue>{_DEADLINE_CUE}|in)(?: (?:about|around|roughly|a maximum of|the|next|some|just|only|say))* (?:(?P<n1>N\d+)|(?P<one>an?|one)) {_DURATION_UNIT}(?! (?:a|per|/|each|every|of|old|long|history|worth|ago) ?)(?![^ ])"
)
_DEADLINE_AFTER = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) {_DURATION_UNIT} (?:deadline|max(?:imum)?|tops|turnaround|limit|at most|or less|time limit|window)(?![^ ])"
)
_BARE_DURATION = re.compile(rf"(?<![^ ])(?P<n1>N\d+) {_DURATION_UNIT}(?![^ ])")
_BIG_JOB = re.compile(
    r"(?<![^ ])(?:(?:pre ?)?train\w*|fine ?tun\w*|finetun\w*|batch|embed|transcribe|process|label|classify)(?![^ ])"
)
_JOB = re.compile(
    r"(?<![^ ])(?:finish\w*|done|complet\w*|train\w*|pre ?train\w*|fine ?tun\w*|finetun\w*|retrain\w*|process\w*|transcri\w*|embed\w*|index\w*|through|ready|results?|jobs?|take|takes|label\w*|scor\w*|deliver\w*|caption\w*|summari\w*|translat\w*|convert\w*|classif\w*|batch\w*|epochs?|deadline|backlog|generat\w*|extract\w*|render\w*|simulat\w*|fold\w*|analy[sz]\w*|digiti[sz]\w*|run|needed|need it|need this|have|it)(?![^ ])"
)
_NOT_A_JOB = re.compile(
    r"(?<![^ ])(?:launch\w*|go live|going live|expect\w*|grow\w*|scale|release|respon\w+|repl(?:y|ies)|latenc\w+|start\w*|begin\w*|onboard\w*|rent\w*|reserve\w*|commit\w*|contract|pilot|poc|trial|keep|retain\w*|retention|history|forecast\w*|predict\w*|ahead|horizon|last|past|previous|every|each|clips?|videos? of|meetings? of|project lasts|for the next)(?![^ ])"
)
_FIXED_DEADLINES = (
    (re.compile(r"(?<![^ ])(?:over ?night|by (?:the )?(?:next |tomorrow )?morning|before (?:tomorrow )?morning|in one night|in a night|by morning)(?![^ ])"), OVERNIGHT_HOURS),
    (re.compile(r"(?<![^ ])(?:by tomorrow(?! morning)|until tomorrow|within the day|same day|within a day|by end of (?:the )?day|by the end of the day|before tomorrow(?! morning))(?![^ ])"), HOURS_PER_DAY),
    (re.compile(r"(?<![^ ])(?:over (?:the|a) weekend|this weekend|in a weekend|within a weekend|during the weekend)(?![^ ])"), 2 * HOURS_PER_DAY),
)  # fmt: skip
_HOURS_IN = {
    "mi": 1 / 60,
    "h": 1.0,
    "d": HOURS_PER_DAY,
    "we": HOURS_PER_WEEK,
    "wk": HOURS_PER_WEEK,
    "mo": HOURS_PER_MONTH,
    "n": OVERNIGHT_HOURS,
}


@lru_cache
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    adjectives = (
        r"(?: (?!(?:per|a|an|and|or|to|in|of|for|with|on|x|gb|hours?|days?|weeks?|months?|/)(?![^ ]))[\w'-]+){0,3}"
    )
    return {
        "rate": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+){adjectives} {words.request_nouns}(?: \w+)? (?:{_PER} {_TIME_UNIT}|(?P<adverb>daily|hourly|monthly|weekly))(?![^ ])"
        ),
        "bare_rate": re.compile(rf"(?<![^ ])(?P<n1>N\d+) (?:/|per) (?P<unit>second|sec|s)(?![^ ])"),
        "per_first": re.compile(
            rf"(?<![^ ])(?P<adverb>daily|hourly|per (?:second|minute|hour|day|month)|a day|each day|every day)(?: \w+){{0,4}} (?P<n1>N\d+){adjectives} {words.request_nouns}(?![^ ])"
        ),
        "concurrent": re.compile(
            rf"(?<![^ ])(?:(?P<n1>N\d+)(?: or so)? {_CONCURRENT}(?: \w+)?(?: (?:{words.user_nouns}|requests?|sessions?|chats?|streams?|connections?|conversations?|calls?|queries|generations?|jobs|cameras|feeds|threads))?"
            rf"|(?P<n2>N\d+){adjectives} (?:{words.user_nouns}|requests?|sessions?|chats?|streams?|connections?|conversations?|calls?|queries|cameras|feeds|generations?)(?: \w+){{0,2}} {_CONCURRENT}"
            rf"|(?:concurrency|concurrent (?:users?|requests?|sessions?|connections?)|simultaneous (?:users?|requests?)|parallel requests?|peak)(?: (?:of|is|:|=|around|about|up to|level|at|will be|would be))* (?P<n3>N\d+)(?! (?:rps|qps|requests?|gb))"
            rf"|(?P<n4>N\d+) (?:of (?:them|which|whom) )(?:\w+ ){{0,3}}{_CONCURRENT}|(?P<n5>N\d+) (?:(?!gpu)\w+ )?(?:at peak|peak users|in parallel|online|streams|cameras|camera (?:streams|feeds)|video (?:streams|feeds))|(?:peaks? (?:of|at)|peaking at) (?P<n6>N\d+)(?: {words.user_nouns})?(?! (?:rps|qps|requests?)))(?![^ ])"
        ),
        "share": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+) (?:%|percent)(?: \w+){{0,5}} (?:{_CONCURRENT}|online|active)(?![^ ])"
        ),
        "users": re.compile(rf"(?<![^ ])(?P<n1>N\d+)(?:{adjectives} {words.user_nouns}| of (?:them|those))(?![^ ])"),
        "users_label": re.compile(
            rf"(?<![^ ])(?:users?|user base|user count|number of users|team of|staff of|audience of|workforce of|company of|school of)(?: (?:of|is|:|=|around|about|up to|count|->|base|to|at))* (?P<n1>N\d+)(?! (?:gpus?|gb|x|G\d+|rps|ms|hours|tokens|%|req))(?![^ ])"
        ),
    }


def traffic_claims(line: Marked) -> Iterator[Claim]:
    """Requests per second, users at once, users in all, time to first token."""
    for match in line.free(_RPS):
        line.spend(match)
        rate = match.group("rate") or match.group("rate2")
        if rate == "tps" and re.search(r"(?<![^ ])(?:M\d+|llms?|tokens?|chat\w*)(?![^ ])", line.text):
            continue  # of a language model these are tokens a second
        number = line.number(match, "n1" if match.group("n1") else "n2")
        yield Claim("traffic.requests_per_second", _tidy(number.high / _RPS_SECONDS.get(rate, 1.0)), line.span(match))
    patterns = _patterns()
    for name in ("rate", "per_first", "bare_rate"):
        for match in line.free(patterns[name]):
            if negated(line, *match.span()) or re.search(r" (?:hours?|gpus?) ", match.group()):
                continue
            line.spend(match)
            yield Claim(
                "traffic.requests_per_second",
                _tidy(line.number(match, "n1").high / _per_seconds(match)),
                line.span(match),
            )
    yield from _latency(line)
    yield from _users(line)
    yield from _scaled(line)


def _per_seconds(match: re.Match[str]) -> float:
    groups = match.groupdict()
    unit = groups.get("unit") or groups.get("adverb") or ""
    unit = unit.split(" ")[-1]
    if unit in ("daily", "day", "days", "d"):
        return _SECONDS["d"]
    if unit.startswith(("mo", "mth")):
        return _SECONDS["o"]
    return _SECONDS[unit[0]]


def _users(line: Marked) -> Iterator[Claim]:
    patterns = _patterns()
    for match in line.free(patterns["concurrent"]):
        group = next(name for name, value in sorted(match.groupdict().items()) if value)
        number = line.number(match, group)
        if number.high != int(number.high) or negated(line, *match.span()) or number.high > 1e8:
            continue
        line.spend(match)
        yield Claim("traffic.concurrent_users", int(number.high), line.span(match))
    for name in ("users", "users_label"):
        for match in line.free(patterns[name]):
            number = line.number(match, "n1")
            if number.high != int(number.high) or number.high < 1 or negated(line, *match.span()):
                continue
            if re.search(r" (?:gpu|gpus|ai|agents) ", match.group()) and "gpu" in match.group():
                continue
            line.spend(match)
            weak = "users" not in match.group() and "user" not in match.group()
            yield Claim("traffic.users", int(number.high), line.span(match), strength=MEDIUM if weak else STRONG)
            for share in line.free(patterns["share"]):
                line.spend(share)
                yield Claim(
                    "traffic.concurrent_users",
                    round(number.high * line.number(share, "n1").high / 100),
                    line.span(share),
                )


def _scaled(line: Marked) -> Iterator[Claim]:
    """ "double the users", "ten times the traffic": whatever load stands grows by the factor."""
    for match in line.free(_SCALE):
        factor = _FACTORS.get(match.group("word") or match.group("word2") or "") or line.number(match, "n1").high
        line.spend(match)
        fields = ("users", "concurrent_users") if "user" in match.group() else ("users", "concurrent_users", "requests_per_second")
        for field in fields:
            yield Claim(f"traffic.{field}", factor, line.span(match), operation="scale")


def _latency(line: Marked) -> Iterator[Claim]:
    for match in line.free(_MS):
        line.spend(match)
        yield Claim("traffic.ttft_ms", _tidy(line.number(match, "n1").high), line.span(match))
    for match in line.free(_SHORT):
        opens, closes = line.clause(*match.span())
        if not re.search(rf"(?<![^ ]){_LATENCY_WORDS}(?![^ ])", line.text[opens:closes]):
            continue
        if re.match(r" (?:a|per) (?:day|month)", line.text[match.end() :]):
            continue
        line.spend(match)
        seconds = line.number(match, "n1").high if match.group("n1") else 1.0
        if seconds <= 600:
            yield Claim("traffic.ttft_ms", _tidy(seconds * 1000), line.span(match))
    for match in _SUB_SECOND.finditer(line.text):
        yield Claim("traffic.ttft_ms", 1000.0, line.span(match))


def schedule_claims(line: Marked) -> Iterator[Claim]:
    """Hours a month the machines run: said per day, week or month, or by a name ("office hours", "24/7")."""
    workdays = _WORKDAYS.search(line.text)
    for match in line.free(_HOURS_PER):
        hours = line.number(match, "n1").high
        if re.match(r" of (?:audio|video|calls|recordings|footage|speech)", line.text[match.end() :]) or re.search(
            r"of (?:audio|video|recordings)", match.group()
        ):
            continue
        line.spend(match)
        unit = (match.group("unit") or match.group("unit2"))[0:2]
        days = _days_a_week(line, bool(workdays) or match.group("unit") in ("workday", "weekday"))
        if unit in ("da", "d", "wo", "ni") or match.group("unit") == "weekday":
            monthly = hours * days * WEEKS_PER_MONTH if days < 7 else hours * DAYS_PER_MONTH
        else:
            monthly = hours * WEEKS_PER_MONTH if unit in ("we", "wk") else hours
        if monthly <= HOURS_PER_MONTH * 1.01:
            yield Claim("hours_per_month", round(monthly, 2), line.span(match))
            return
    yield from _clock(line, workdays is not None)
    for pattern, hours in _SCHEDULES:
        for match in pattern.finditer(line.text):
            if not negated(line, *match.span()) and not re.match(
                r" (?:support|team|monitoring|security|staff)", line.text[match.end() :]
            ):
                yield Claim("hours_per_month", round(hours, 2), line.span(match), strength=MEDIUM)


def _days_a_week(line: Marked, workdays: bool) -> float:
    for match in line.free(_DAYS_A_WEEK):
        line.spend(match)
        return line.number(match, "n1").high
    return WORKDAYS_PER_WEEK if workdays else 7.0


def _clock(line: Marked, workdays: bool) -> Iterator[Claim]:
    """ "9am to 6pm", "9-5": opening hours, on weekdays when said so or when it is the proverbial nine to five."""
    for match in line.free(_CLOCK):
        if match.group("n3"):
            number = line.number(match, "n3")
            first, last, before_noon = number.low, number.high, None
        else:
            first, last, before_noon = line.number(match, "n1").high, line.number(match, "n2").high, match.group("am1")
        if first == last or max(first, last) > 24 or match.group().startswith("and "):
            continue
        line.spend(match)
        opens = first + 12 if before_noon == "pm" and first < 12 else first
        closes = last + 12 if (match.group("am2") or match.group("am3")) == "pm" and last < 12 else last
        yield from _opening(line, match, opens, closes, workdays)
    for match in line.free(_CLOCK_RANGE):
        number = line.number(match, "n1")
        if (
            number.low == number.high
            or number.magnitude
            or max(number.low, number.high) > 24
            or not (number.low > number.high or workdays)
        ):
            continue
        line.spend(match)
        closes = number.high + 12 if number.high <= number.low else number.high
        yield from _opening(line, match, number.low, closes, True)


def _opening(line: Marked, match: re.Match[str], opens: float, closes: float, workdays: bool) -> Iterator[Claim]:
    hours = (closes - opens) % 24 or 24.0
    days = _days_a_week(line, workdays)
    monthly = hours * days * WEEKS_PER_MONTH if days < 7 else hours * DAYS_PER_MONTH
    yield Claim("hours_per_month", round(monthly, 2), line.span(match))


def deadline_claims(line: Marked) -> Iterator[Claim]:
    """By when a job must be through."""
    for pattern in (_DEADLINE, _DEADLINE_AFTER):
        for match in line.free(pattern):
            groups = match.groupdict()
            opens, closes = line.clause(*match.span())
            clause = line.text[opens:closes]
            sentence = line.text[slice(*line.sentence(*match.span()))]
            cue = groups.get("cue", "deadline")
            loose = cue in (
                "in",
                "for",
                "have",
                "only",
                "just",
                "got",
                "by",
                "over the next",
                "over next",
                "run for",
                "runs for",
            ) or (cue or "").startswith(("have", "got", "run"))
            if _NOT_A_JOB.search(clause) or (loose and not _JOB.search(sentence)) or negated(line, *match.span()):
                continue
            if cue == "for" and not re.search(r"(?<![^ ])(?:job|(?:pre ?)?train\w*|run)(?![^ ])", sentence):
                continue
            unit = groups["unit"] or ""
            factor = _HOURS_IN.get(unit[:2], _HOURS_IN.get(unit[0], 1.0))
            if unit.startswith("weekend"):
                factor = 2 * HOURS_PER_DAY
            count = line.number(match, "n1").high if groups.get("n1") else 1.0
            if unit[:3] == "min" and not _JOB.search(clause):
                continue
            line.spend(match)
            yield Claim("deadline_hours", round(count * factor, 4), line.span(match))
    yield from _bare_durations(line)
    for fixed, hours in _FIXED_DEADLINES:
        for match in fixed.finditer(line.text):
            if not negated(line, *match.span()) and not re.match(
                r" (?:batch|jobs?|runs?|inference|process\w*)(?= (?:every|each))", line.text[match.end() :]
            ):
                yield Claim("deadline_hours", hours, line.span(match), strength=MEDIUM)


def _bare_durations(line: Marked) -> Iterator[Claim]:
    """A clause that is nothing but a duration, beside a job: "64 H100, 30 days, pretraining"."""
    for match in line.free(_BARE_DURATION):
        opens, closes = line.clause(*match.span())
        if line.text[opens:closes].strip(" .") != match.group().strip() or not _BIG_JOB.search(line.text):
            continue
        unit = match.group("unit")
        line.spend(match)
        yield Claim(
            "deadline_hours",
            round(line.number(match, "n1").high * _HOURS_IN.get(unit[:2], _HOURS_IN.get(unit[0], 1.0)), 4),
            line.span(match),
            strength=MEDIUM,
        )


def _tidy(value: float) -> float:
    return float(f"{value:.6g}")
