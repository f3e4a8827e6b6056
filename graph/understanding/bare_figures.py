"""Figures said without their noun: they correct the figure that was spoken of last, and keep its unit."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.workload import WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.marked import Marked, Span
from graph.understanding.numbers import Number, numbers_in
from graph.understanding.timing import hours_of
from graph.understanding.wording import tokens_of

_FIGURES = (
    "budget.amount", "traffic.users", "gpu.min_count", "traffic.concurrent_users", "traffic.requests_per_second",
    "context_tokens", "gpu.min_vram_gb", "gpu.min_total_vram_gb", "deadline_hours", "dataset.items", "dataset.size_gb",
    "traffic.input_tokens", "traffic.output_tokens", "traffic.ttft_ms", "cpu.min_vcpu", "cpu.min_ram_gb",
)  # fmt: skip
WHOLE = (
    "traffic.users", "gpu.min_count", "traffic.concurrent_users", "context_tokens", "dataset.items",
    "traffic.input_tokens", "traffic.output_tokens", "cpu.min_vcpu",
)  # fmt: skip
_MOST_CARDS = 16
_THOUSANDS = ("k", "thousand", "grand")
_A_TURN_AGO = 0.7
"""What a figure's age weighs against its distance: the one of a turn ago must be half as far off."""
_CLAUSES = re.compile(r"(?<![^ ])(?:[,.;!?:()]|-|–|—|but|and|because|since)(?![^ ])")
_AROUND = (
    r"(?:no|not|wait|sorry|make|made|it|that|this|is|are|was|rather|actually|use|only|ok|okay|i|we|you|meant|mean|say|"
    r"said|better|just|let|us|correct|correction|the|to|go|with|of|them|ones|one|instead|should|be|about|around|up|"
    r"set|raise|lower|increase|reduce|cut|push|bump|bring|now|then|so|even|well|oops|hm+|at|most|least|max|maximum|"
    r"min|minimum|rather|would|will|do|does|need|needs|want|have|has|like|more|closer|nearer|think|guess|try|take|"
    r"took|fine|enough|too|final|really|all|by|from|for|a|an|on|stay|stays|staying|stick|keep|leave|remain|remains|"
    r"back|again|down|there|could|can|how|what|if|suffices|suffice|works|if|please|it's|as|before|originally|"
    r"original|previous|previously|initially|initial|old|new|number|figure|amount|limit|value|today|moment|these|those|"
    r"revert|return|restore|reset|switch|though|probably|going|gonna|got|still|yet|ah|oh|or|sure|know|may|might|must|maybe|perhaps|exactly|precisely|turns|"
    r"out|typo|mistake|my|bad|over|ever|call)"
)
_ALONE = re.compile(rf"(?:{_AROUND} )*(?P<n1>N\d+)(?: {_AROUND})*")
_NOT_THE_OTHER = re.compile(
    rf"(?:{_AROUND} |[,.!] )*(?:(?P<n1>N\d+) (?:, )?(?:and )?(?:not|instead of|rather than) (?P<n2>N\d+)|"
    rf"not (?P<n4>N\d+) (?:, )?(?:but )?(?P<n3>N\d+))(?: {_AROUND}| [,.!])*"
)
""" "40, not 50"."""
_DURATION_ALONE = re.compile(
    rf"(?:{_AROUND} )*?(?:(?P<n1>N\d+)|an?|one) (?P<unit>hours?|hrs?|h|days?|d|weeks?|wks?|months?)(?: {_AROUND})*"
)
_ANSWERS = {
    "budget": "budget.amount", "concurren": "traffic.concurrent_users", "user": "traffic.users",
    "people": "traffic.users", "seat": "traffic.users", "gpu": "gpu.min_count", "card": "gpu.min_count",
    "context": "context_tokens",
}  # fmt: skip
_ANSWERED = re.compile(
    r"(?<![^ ])(?P<of>budget|concurren\w+|users?|people|seats?|gpus?|cards?|context) \?"
    rf"(?: (?:idk|dunno|hm+|{_AROUND}|unsure|idea|[,.]))* (?P<n1>N\d+)(?= (?:[,.;!?]|max|tops)(?: |$)|$)"
)
_NAMED_SOMETHING = re.compile(r"(?<![^ ])[GMPRJC]\d+(?![^ ])")
_CARD = re.compile(r"[2345]0[5-9]0")
_SIZE_ALONE = re.compile(
    rf"(?:{_AROUND} )*(?P<n1>N\d+) (?:gb|g|gigs?|gigabytes?)(?: (?:N\d+|ones?|versions?|variant|model|cards?|type|"
    rf"{_AROUND}))+"
)
_REPAIR = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?P<noun>(?: [a-z]+){0,4})(?: (?:,|-|–|—|\.|;|\(|:))*"
    r"(?: (?:no|nope|sorry|wait|rather|actually|correction|oops|err?|i mean|i meant|make that|make it|scratch that|"
    r"or rather|let us say|well|better|say|not quite|hm+|,|:|-))+ (?P<n2>N\d+)(?= ?(?:[,.;!?)]|rather|instead|actually|"
    r"in fact|and|but|on|in|with|under|at)(?: |$)|$)"
)
_REPAIRS = re.compile(
    r"(?<![^ ])(?:no|nope|sorry|wait|rather|actually|correction|oops|err?|mean|meant|make|scratch)(?![^ ])"
)


def bare_figure_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "no wait, 3k", "too tight ... say 650", "we stay at 70": the figure spoken of last, or the nearest to it."""
    if not spec.evidence:
        return
    for pair in line.free(_NOT_THE_OTHER):
        if pair.group() == line.text:
            line.spend(pair)
            yield from _correcting(line, pair, "n1" if pair.group("n1") else "n3", spec)
    for start, end in _clauses(line.text):
        match = _ALONE.fullmatch(line.text, start, end)
        if match is None or int(match.group("n1")[1:]) in line.spent:
            continue
        if match.group() == match.group("n1") and _NAMED_SOMETHING.search(line.text):
            continue  # one item of a list of wishes
        if _CARD.fullmatch(f"{line.number(match, 'n1').high:g}"):
            continue  # "4090 it is"
        line.spend(match)
        yield from _correcting(line, match, "n1", spec)


def answered_claims(line: Marked) -> Iterator[Claim]:
    """ "Budget? idk, 300": the question is the noun of the figure after it."""
    for match in line.free(_ANSWERED):
        field = next(field for word, field in _ANSWERS.items() if match.group("of").startswith(word))
        line.spend(match)
        figure = line.number(match, "n1").high
        yield Claim(field, max(1, round(figure)) if field in WHOLE else figure, line.span(match))


def bare_duration_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "two weeks is fine now": another deadline, where one stands; "24h" alone, where a job is planned."""
    a_job = spec.task_type in ("training", "fine_tuning", "batch_inference")
    for start, end in _clauses(line.text):
        match = _DURATION_ALONE.fullmatch(line.text, start, end)
        if match is None or (match.group("n1") and int(match.group("n1")[1:]) in line.spent):
            continue
        if spec.deadline_hours is None and not (a_job and match.group().strip() == line.text.strip()):
            continue
        count = line.number(match, "n1").high if match.group("n1") else 1.0
        line.spend(match)
        yield Claim("deadline_hours", round(count * hours_of(match.group("unit")), 4), line.span(match))


def bare_memory_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "The 80 GB one", where a card stands."""
    for start, end in _clauses(line.text) if spec.gpu.models else ():
        match = _SIZE_ALONE.fullmatch(line.text, start, end)
        if match and int(match.group("n1")[1:]) not in line.spent:
            line.spend(match)
            yield Claim("gpu.min_vram_gb", line.number(match, "n1").high, line.span(match))


def spoken_figures(spec: WorkloadSpec) -> dict[str, float]:
    """The figures that stand as they were said, the latest first."""
    held = {field: said[0].high for field in _FIGURES if (said := _held(field, spec)) is not None}
    return dict(sorted(held.items(), key=lambda item: (-spec.evidence[item[0]].turn, _FIGURES.index(item[0]))))


def _correcting(line: Marked, match: re.Match[str], group: str, spec: WorkloadSpec) -> Iterator[Claim]:
    if meant := _meant(line.number(match, group), spec):
        field, figure = meant
        yield Claim(field, max(1, round(figure)) if field in WHOLE else figure, line.span(match))


def repaired(line: Marked, claims: Sequence[Claim]) -> list[Claim]:
    """ "for 50 people, no: 80": what was said of the first figure is said of the second."""
    mended = list(claims)
    for match in _REPAIR.finditer(line.text):
        if not _REPAIRS.search(line.text[match.start() : match.end()]) or int(match.group("n2")[1:]) in line.spent:
            continue
        first, second = line.number(match, "n1"), line.number(match, "n2")
        at, until = _at(line, match, "n1"), _at(line, match, "n2")
        for position, claim in enumerate(mended):
            figure = claim.value
            if claim.operation != "set" or not isinstance(figure, int | float) or isinstance(figure, bool):
                continue
            if claim.span.start <= at.start and at.end <= claim.span.end and first.high:
                value = figure / first.high * _scaled_like(first, second)
                kept = max(1, round(value)) if claim.field in WHOLE else float(f"{value:.6g}")
                mended[position] = replace(claim, value=kept, span=Span(claim.span.start, until.end))
    return mended


def _at(line: Marked, match: re.Match[str], group: str) -> Span:
    return Span(*line.raw_span(*match.span(group)))


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for boundary in (*_CLAUSES.finditer(text), None):
        end = boundary.start() if boundary else len(text)
        words = text[start:end]
        if words.strip():
            opens = start + len(words) - len(words.lstrip())
            yield opens, opens + len(words.strip())
        start = boundary.end() if boundary else end


def _meant(number: Number, spec: WorkloadSpec) -> tuple[str, float] | None:
    """The figure it corrects, by how lately that was said and how near it is; and its new value in the field's unit."""
    held = {field: figure for field in _FIGURES if (figure := _held(field, spec)) is not None}
    if "gpu.min_count" not in held and "gpu.models" in spec.evidence and number.high <= _MOST_CARDS:
        held["gpu.min_count"] = Number(1.0, 1.0), 1.0  # a card named without a count is one
    if not held or number.high <= 0:
        return None
    said_in = {field: _turn(field, spec) for field in held}
    newest = max(said_in.values())

    def distance(field: str) -> float:
        said, unit = held[field]
        away = abs(math.log(_scaled_like(said, number, unit) / said.high))
        return away + _A_TURN_AGO * (newest - said_in[field])

    field = min(held, key=lambda name: (distance(name), _FIGURES.index(name)))
    said, unit = held[field]
    return field, float(f"{_scaled_like(said, number, unit) * unit:.6g}")


def _turn(field: str, spec: WorkloadSpec) -> int:
    """When it was spoken of; how many cards, when the cards were."""
    spoken = (field, "gpu.models") if field == "gpu.min_count" else (field,)
    return max(spec.evidence[name].turn for name in spoken if name in spec.evidence)


def _held(field: str, spec: WorkloadSpec) -> tuple[Number, float] | None:
    """The number in the words that support the field, and how much of the field one of it is."""
    value: object = spec
    for name in field.split("."):
        value = getattr(value, name)
    if field not in spec.evidence or not isinstance(value, int | float) or value <= 0:
        return None
    tokens = tokens_of(spec.evidence[field].quote)
    said = numbers_in(tokens, [False] * len(tokens))
    if len(said) != 1 or said[0].high <= 0:
        return Number(value, value), 1.0
    return said[0], value / said[0].high


def _scaled_like(said: Number, number: Number, unit: float = 1.0) -> float:
    """ "3k, no, 4" is four thousand, "4 ... 2.5k" is not two and a half million."""
    if said.magnitude in _THOUSANDS and not number.magnitude and number.high < 100:
        return number.high * 1000.0
    if unit >= 1000 and (number.magnitude in _THOUSANDS or number.high >= 100 * said.high):
        return number.high / unit
    return number.high
