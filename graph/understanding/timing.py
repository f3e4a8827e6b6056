"""Deadlines in a turn: by when a job must be through."""

import re
from collections.abc import Iterator

from domain.base import HOURS_PER_MONTH
from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM
from graph.understanding.marked import Marked
from graph.understanding.periods import HOURS_PER_DAY, HOURS_PER_WEEK
from graph.understanding.polarity import negated

OVERNIGHT_HOURS = 12.0

_DURATION_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|months?|weekends?|nights?)"
_DEADLINE_CUE = (
    r"(?:within|in under|under|in less than|less than|no more than|not more than|no longer than|before|"
    r"not longer than|"
    r"not take (?:more|longer) than|at most|max(?:imum)?(?: of)?|inside(?: of)?|up to|below|faster than|"
    r"finish\w* in|done in|complet\w* in|ready in|deadline(?: (?:is|of|:|in|now|moved|moves|extended|changed|"
    r"becomes|to))*|over (?:the )?next|by|shorter than|"
    r"due in|(?:have|got|only|just)(?: (?:only|just|about|got))?|take|takes|results in|time limit(?: (?:is|of|:))*|"
    r"(?:should|must|can|may|has to|needs? to|want(?: it| this)?|need(?: it| this| results)?)(?: \w+){0,4} in|"
    r"(?:turn ?around|tat|time budget|time frame|timeframe|time box|runtime|run time|duration)(?: (?:time|is|of|in|"
    r":|=|max|"
    r"limit|under|at most|should be|must be|within|below))*|"
    r"max(?:imum)? (?:duration|runtime|time)(?: (?:is|of|:))*|run(?:s|ning)? for|make (?:it|that)|for)"
)
_DEADLINE = re.compile(
    rf"(?<![^ ])(?P<cue>{_DEADLINE_CUE}|in)(?: (?:about|around|roughly|a maximum of|the|next|some|just|only|"
    rf"say))* (?:(?P<n1>N\d+)|(?P<one>an?|one)) {_DURATION_UNIT}(?! (?:a|per|/|each|every|of|old|long|history|"
    rf"worth|ago)(?![^ ]))(?![^ ])"
)
_DEADLINE_AFTER = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+) {_DURATION_UNIT} (?:deadline|max(?:imum)?|tops|turnaround|limit|at most|or less|"
    rf"time limit|window|(?:is|are|would be|will be) (?:totally |also |just )?(?:fine|ok|okay|enough|plenty|"
    rf"alright|acceptable|good))(?![^ ])"
)
_BARE_DURATION = re.compile(rf"(?<![^ ])(?P<n1>N\d+) {_DURATION_UNIT}(?![^ ])")
_LASTS = re.compile(
    r"(?<![^ ])(?:project|grant|contract|pilot|poc|funding|phd|period|program\w*|lease|reservation|semester|budget|"
    r"term)"
    r"(?: \w+)? [(,]$"
)
""" "the full project (6 months)": how long the money is there."""
_BIG_JOB = re.compile(
    r"(?<![^ ])(?:distil\w*|(?:pre ?)?train\w*|(?:q ?)?lora|fine ?tun\w*|finetun\w*|batch|one ?off|once|backlog|"
    r"(?:embed|transcri|process|label|classif|ocr|caption|translat|index|summari|extract|upscal|convert|"
    r"digiti)\w*)(?![^ ])"
)
_JOB = re.compile(
    r"(?<![^ ])(?:(?:q ?)?lora|dreambooth|distil\w*|finish\w*|done|complet\w*|train\w*|pre ?train\w*|fine ?tun\w*|"
    r"finetun\w*|retrain\w*|"
    r"process\w*|transcri\w*|embed\w*|index\w*|through|ready|results?|jobs?|take|takes|label\w*|scor\w*|"
    r"deliver\w*|caption\w*|summari\w*|translat\w*|convert\w*|classif\w*|batch\w*|epochs?|deadline|backlog|"
    r"generat\w*|extract\w*|render\w*|simulat\w*|fold\w*|analy[sz]\w*|digiti[sz]\w*|run|needed|need it|"
    r"need this|have|it)(?![^ ])"
)
_NOT_A_JOB = re.compile(
    r"(?<![^ ])(?:launch\w*|go live|going live|expect\w*|grow\w*|scale|release|respon\w+|repl(?:y|ies)|"
    r"latenc\w+|start\w*|begin\w*|onboard\w*|rent\w*|reserve\w*|commit\w*|contract|pilot|poc|trial|keep|"
    r"retain\w*|retention|history|forecast\w*|predict\w*|ahead|horizon|last|past|previous|every|each|clips?|"
    r"videos? of|meetings? of|project lasts|for the next)(?![^ ])"
)
_FIXED_DEADLINES = (
    (
        re.compile(
            r"(?<![^ ])(?:over ?night|by N\d+ ?am|by (?:the )?(?:next |tomorrow )?morning|"
            r"before (?:tomorrow )?morning|"
            r"in one night|"
            r"in a night|by morning)(?![^ ])"
        ),
        OVERNIGHT_HOURS,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:by tomorrow(?! morning)|until tomorrow|within the day|same day|within a day|"
            r"by end of (?:the )?day|by the end of the day|before tomorrow(?! morning))(?![^ ])"
        ),
        HOURS_PER_DAY,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:over (?:the|a) weekend|this weekend|in a weekend|within a weekend|"
            r"during the weekend)(?![^ ])"
        ),
        2 * HOURS_PER_DAY,
    ),
)
_HOURS_IN = {
    "mi": 1 / 60,
    "h": 1.0,
    "d": HOURS_PER_DAY,
    "we": HOURS_PER_WEEK,
    "wk": HOURS_PER_WEEK,
    "mo": HOURS_PER_MONTH,
    "n": OVERNIGHT_HOURS,
}


def hours_of(unit: str) -> float:
    """Hours in a unit as it is written: "weeks", "d"; a night is the hours between two days of work."""
    return _HOURS_IN.get(unit[:2], _HOURS_IN.get(unit[0], 1.0))


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
            factor = hours_of(unit)
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
        if _LASTS.search(line.text[: match.start()].rstrip()):
            continue
        yield Claim(
            "deadline_hours",
            round(line.number(match, "n1").high * hours_of(unit), 4),
            line.span(match),
            strength=MEDIUM,
        )
