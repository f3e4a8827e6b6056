"""Load over time in a turn: requests and frames per second, time to first token."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.understanding.claims import Claim
from graph.understanding.lexicon import lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "o": 2_628_000.0}
_TIME_UNIT = r"(?P<unit>seconds?|secs?|s|minutes?|mins?|min|hours?|hrs?|hr|h|days?|d|weeks?|wk|months?|mo|mth)"
_PER = r"(?:/|per|a|an|each|every)"
ADJECTIVES = r"(?: (?!(?:per|a|an|and|or|to|in|of|for|with|on|x|gb|hours?|days?|weeks?|months?|/)(?![^ ]))[\w'-]+){0,3}"
"""Up to three words between a number and what it counts."""
_RPS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:req(?:uest)?s?|queries|calls)? ?(?P<rate>rps|qps|tps|rpm|qpm|req / s|reqs / s|"
    r"requests / s|r / s|q / s|rph)(?![^ ])|(?<![^ ])(?P<rate2>rps|qps|rpm|qpm|(?:req(?:uest)?s?|queries|"
    r"calls) (?:/|per) "
    r"(?:second|sec|s|minute|min|hour|h|day))(?: (?:of|is|:|=|around|about|up to|at|peak|avg|average|max|\(|\)))* "
    r"(?P<n2>N\d+)(?![^ ])"
)
_RPS_SECONDS = {"rpm": 60.0, "qpm": 60.0, "rph": 3600.0}
_LATENCY_WORDS = (
    r"(?:latenc\w+|respon\w+|repl(?:y|ies)|first token|ttft|answers?|under|within|less than|below|faster than|"
    r"max\w*|p\d+|sla|slo|reaction|round trip|at most|in|inside|not more than|no more than|<|budget|target)"
)
_MS = re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:ms|millis\w*|msecs?)(?![^ ])")
_SHORT = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+) (?:a |an )?|(?P<one>(?:under|within|less than|below|sub|in|in under|than) (?:a|"
    r"an|one|1)? ?))(?P<unit>seconds?|secs?|s)(?! (?:long|of|clips?|videos?|audio|recordings?|segments?|chunks?|"
    r"each|samples?|apart|intervals?))(?![^ ])"
)
_FRAMES = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:rtsp |ip |hd |cctv |live |video |camera |full hd |4k )*(?:streams|cameras|cams|"
    r"feeds|channels|sensors|"
    r"lines)(?: [\w@]+){0,3}? ?(?:,|at|@|with|x|\*|of|running at|\()? ?(?:about |~ )?(?P<n2>N\d+) "
    r"(?:fps|frames (?:per|a|/) (?:second|sec|s)|hz)(?: each)?(?![^ ])"
)
_FRAME_RATE = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) fps(?= (?:in total|total|overall|altogether|throughput|combined|aggregate))"
)
_GENERATED = re.compile(r"(?<![^ ])(?:generat\w*|avatars?|text to video|image to video|render\w*|i2v|t2v)(?![^ ])")
_TOO_SLOW = re.compile(
    r"^(?: (?:per|an?|each|for|\w+)){0,3} ?(?:,|\(|-|;|which is|and (?:that|it) is|that is)? ?"
    r"(?:way |far |much )?too (?:slow|long|much)"
)
_SLOW_NOW = re.compile(
    r"(?<![^ ])(?:currently|today|right now|at the moment|now|took|(?:our|my) (?:\w+ ){1,4}takes?)"
    r"(?![^ ])(?! (?:we|i) (?:want|need))"
)
""" "our T4s take 9 s per answer, too slow": how it is, not how it must be."""
_AT_PEAK = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:at (?:the )?peak|in peaks?|peak|at peak times?|during peaks?|in bursts?)(?![^ ])"
)
_INTERVAL = re.compile(
    r"(?<![^ ])(?:(?P<n1>N\d+)|an?|one) (?:requests?|quer(?:y|ies)|calls?|images?|questions?|prompts?|messages?|"
    r"jobs?|documents?|"
    r"pictures?|frames?|inferences?|predictions?|transactions?)(?: comes in| arrives)? (?:every|each) (?P<n2>N\d+) "
    r"(?P<unit>seconds?|secs?|s|minutes?|mins?|hours?|days?)(?![^ ])"
)
_SUB_SECOND = re.compile(r"(?<![^ ])(?:sub ?second|subsecond|sub seconds?)(?![^ ])")
OVERWHELMED = re.compile(
    r"(?<![^ ])(?:chok\w+|crash\w+|died|dies|ooms?|fail\w*|struggl\w+|broke\w*|overwhelm\w*|collapsed?|not (?:even )?"
    r"(?:handle|manage|serve|cope))(?: \w+){0,3}?$"
)
""" "choked on 3 streams": what was too much is no requirement."""


@lru_cache
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    return {
        "rate": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+){ADJECTIVES} (?:{words.request_nouns}|"
            rf"{words.item_nouns})(?: \w+)? (?:{_PER} {_TIME_UNIT}|"
            rf"(?P<adverb>daily|hourly|monthly|weekly))(?![^ ])"
        ),
        "bare_rate": re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:/|per) (?P<unit>second|sec|s)(?![^ ])"),
        "labelled_rate": re.compile(
            rf"(?<![^ ])(?:{words.request_nouns}|{words.item_nouns})(?: (?:volume|count|rate|load))?(?: (?::|=|~|"
            rf"is|are|about|"
            rf"around|roughly|up to))+ (?P<n1>N\d+) (?:{_PER} {_TIME_UNIT}|(?P<adverb>daily|hourly|monthly|"
            rf"weekly))(?![^ ])"
        ),
        "per_first": re.compile(
            rf"(?<![^ ])(?P<adverb>daily|hourly|per (?:second|minute|hour|day|month)|a day|each day|"
            rf"every day)(?: (?!(?:on|with|from|over|"
            rf"using)(?![^ ]))\w+){{0,4}} (?P<n1>N\d+){ADJECTIVES} (?:{words.request_nouns}|"
            rf"{words.item_nouns})(?![^ ])"
        ),
    }


def rate_claims(line: Marked) -> Iterator[Claim]:
    """Requests per second, in whatever unit of time, and the time to the first token."""
    for match in line.free(_RPS):
        line.spend(match)
        rate = match.group("rate") or match.group("rate2")
        if rate == "tps" and _is_about_language(line):
            continue  # of a language model these are tokens a second
        number = line.number(match, "n1" if match.group("n1") else "n2")
        seconds = _RPS_SECONDS.get(rate) or _SECONDS[rate.split(" ")[-1][0] if " " in rate else "s"]
        yield Claim("traffic.requests_per_second", _tidy(number.high / seconds), line.span(match))
    yield from _frames(line)
    patterns = _patterns()
    for name in ("rate", "labelled_rate", "per_first", "bare_rate"):
        for match in line.free(patterns[name]):
            if negated(line, *match.span()) or re.search(r" (?:hours?|gpus?) ", match.group()):
                continue
            if " frames " in match.group() and _GENERATED.search(line.text):
                continue  # how smooth a made video is
            line.spend(match)
            yield Claim(
                "traffic.requests_per_second",
                _tidy(line.number(match, "n1").high / _per_seconds(match)),
                line.span(match),
            )
            yield from _peak(line, match)
    yield from _latency(line)


def _is_about_language(line: Marked) -> bool:
    named = {mention.named[0].domain for mention in line.mentions if mention.kind == "model"}
    if named:
        return bool(named & {"llm", "multimodal", None})
    return re.search(r"(?<![^ ])(?:llms?|tokens?|chat\w*)(?![^ ])", line.text) is not None


def _frames(line: Marked) -> Iterator[Claim]:
    """ "64 streams at 15 frames per second each" are 64 at once: how many of the frames are looked at is not said."""
    for match in line.free(_FRAMES):
        if negated(line, *match.span()) or OVERWHELMED.search(line.text[: match.start()].rstrip()):
            continue
        line.spend(match)
        yield Claim("traffic.concurrent_users", int(line.number(match, "n1").high), line.span(match))
    for match in line.free(_FRAME_RATE):
        line.spend(match)
        yield Claim("traffic.requests_per_second", _tidy(line.number(match, "n1").high), line.span(match))
    for match in line.free(_INTERVAL):
        seconds = line.number(match, "n2").high * _SECONDS[match.group("unit")[0]]
        count = line.number(match, "n1").high if match.group("n1") else 1.0
        line.spend(match)
        if seconds:
            yield Claim("traffic.requests_per_second", _tidy(count / seconds), line.span(match))


def _peak(line: Marked, rate: re.Match[str]) -> Iterator[Claim]:
    """ "20 queries a second, 60 at peak"."""
    closes = line.sentence(*rate.span())[1]
    for match in line.free(_AT_PEAK):
        if rate.end() <= match.start() < closes:
            line.spend(match)
            per_second = line.number(match, "n1").high / _per_seconds(rate)
            yield Claim("traffic.requests_per_second", _tidy(per_second), line.span(match))


def _per_seconds(match: re.Match[str]) -> float:
    groups = match.groupdict()
    unit = groups.get("unit") or groups.get("adverb") or ""
    unit = unit.split(" ")[-1]
    if unit in ("daily", "day", "days", "d"):
        return _SECONDS["d"]
    if unit.startswith(("mo", "mth")):
        return _SECONDS["o"]
    return _SECONDS[unit[0]]


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
        if _TOO_SLOW.match(line.text[match.end() :]) or _SLOW_NOW.search(line.text[opens : match.start()]):
            continue
        seconds = line.number(match, "n1").high if match.group("n1") else 1.0
        if seconds <= 600:
            yield Claim("traffic.ttft_ms", _tidy(seconds * 1000), line.span(match))
    for match in _SUB_SECOND.finditer(line.text):
        yield Claim("traffic.ttft_ms", 1000.0, line.span(match))


def _tidy(value: float) -> float:
    return float(f"{value:.6g}")
