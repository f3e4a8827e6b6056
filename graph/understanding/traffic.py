"""Load in a turn: users, requests per second, time to first token."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, STRONG, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "o": 2_628_000.0}
_TIME_UNIT = r"(?P<unit>seconds?|secs?|s|minutes?|mins?|min|hours?|hrs?|hr|h|days?|d|weeks?|wk|months?|mo|mth)"
_PER = r"(?:/|per|a|an|each|every)"
_CONCURRENT = (
    r"(?:concurrent(?:ly)?|simultaneous(?:ly)?|parallel|at once|at the same time|at a time|at any (?:one |"
    r"given )?time|in parallel|online at once|active at once|at peak|peak concurrent)"
)
_RPS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+) (?:req(?:uest)?s?|queries|calls)? ?(?P<rate>rps|qps|tps|rpm|qpm|req / s|reqs / s|"
    r"requests / s|r / s|q / s|rph)(?![^ ])|(?<![^ ])(?P<rate2>rps|qps|rpm|qpm|(?:req(?:uest)?s?|queries|"
    r"calls) (?:/|per) "
    r"(?:second|sec|s|minute|min|hour|h|day))(?: (?:of|is|:|=|around|about|up to|at|peak|avg|average|max|\(|\)))* "
    r"(?P<n2>N\d+)(?![^ ])"
)
_RPS_SECONDS = {"rpm": 60.0, "qpm": 60.0, "rph": 3600.0}
_FACTORS = {
    "double": 2.0,
    "doubles": 2.0,
    "doubled": 2.0,
    "twice": 2.0,
    "triple": 3.0,
    "triples": 3.0,
    "tripled": 3.0,
    "halve": 0.5,
    "half": 0.5,
    "quadruple": 4.0,
}
_LOAD = r"(?:users?|traffic|load|requests?|concurrency|throughput)"
_SCALE = re.compile(
    rf"(?<![^ ])(?:(?P<word>double|twice|triple|halve|half|quadruple) (?:the |our |as many |as much |number of |"
    rf"of )*{_LOAD}"
    rf"|(?P<n1>N\d+) (?:x|times) (?:the |our |as many |as much |more |number of |of )*{_LOAD}|(?:the |"
    rf"our )?{_LOAD} (?P<word2>doubles?|doubled|triples?|tripled))(?![^ ])"
)
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
_SUB_SECOND = re.compile(r"(?<![^ ])(?:sub ?second|subsecond|sub seconds?)(?![^ ])")


@lru_cache
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    adjectives = (
        r"(?: (?!(?:per|a|an|and|or|to|in|of|for|with|on|x|gb|hours?|days?|weeks?|months?|/)(?![^ ]))[\w'-]+){0,3}"
    )
    return {
        "rate": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+){adjectives} (?:{words.request_nouns}|"
            rf"{words.item_nouns})(?: \w+)? (?:{_PER} {_TIME_UNIT}|"
            rf"(?P<adverb>daily|hourly|monthly|weekly))(?![^ ])"
        ),
        "bare_rate": re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:/|per) (?P<unit>second|sec|s)(?![^ ])"),
        "per_first": re.compile(
            rf"(?<![^ ])(?P<adverb>daily|hourly|per (?:second|minute|hour|day|month)|a day|each day|"
            rf"every day)(?: (?!(?:on|with|from|over|"
            rf"using)(?![^ ]))\w+){{0,4}} (?P<n1>N\d+){adjectives} (?:{words.request_nouns}|"
            rf"{words.item_nouns})(?![^ ])"
        ),
        "concurrent": re.compile(
            rf"(?<![^ ])(?:(?P<n1>N\d+)(?: or so)? {_CONCURRENT}(?: \w+)?(?: (?:{words.user_nouns}|requests?|"
            rf"sessions?|chats?|streams?|connections?|conversations?|calls?|queries|generations?|jobs|cameras|"
            rf"feeds|threads))?"
            rf"|(?P<n2>N\d+){adjectives} (?:{words.user_nouns}|requests?|sessions?|chats?|streams?|connections?|"
            rf"conversations?|calls?|queries|cameras|feeds|generations?|lines|channels|rooms|kiosks|avatars|"
            rf"terminals|tables)"
            rf"(?: (?!N\d)\w+){{0,4}} {_CONCURRENT}"
            rf"|(?:concurrency|concurrent(?: (?:users?|requests?|sessions?|connections?|calls|streams|chats))?|"
            rf"simultaneous (?:users?|"
            rf"requests?)|parallel requests?|peak)(?: (?:of|is|:|=|around|about|up to|level|at|will be|"
            rf"would be))* (?P<n3>N\d+)(?! (?:rps|qps|requests?|gb))"
            rf"|(?P<n4>N\d+) (?:of (?:them|which|whom) )(?:\w+ ){{0,3}}{_CONCURRENT}|"
            rf"(?P<n5>N\d+) (?:(?!gpu)\w+ )?(?:at peak|peak users|in parallel|online|streams|cameras|"
            rf"camera (?:streams|feeds)|video (?:streams|feeds))|(?:peaks? (?:of|at)|"
            rf"peaking at) (?P<n6>N\d+)(?: {words.user_nouns})?(?! (?:rps|qps|requests?)))(?![^ ])"
        ),
        "share": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+) (?:%|percent)(?: \w+){{0,5}} (?:{_CONCURRENT}|concurrency|online|active)(?![^ ])"
        ),
        "users": re.compile(rf"(?<![^ ])(?P<n1>N\d+)(?:{adjectives} {words.user_nouns}| of (?:them|those))(?![^ ])"),
        "users_in_brackets": re.compile(rf"(?<![^ ]){words.user_nouns} \( (?:about |around )?(?P<n1>N\d+) \)"),
        "named": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+)(?: {words.user_nouns})? (?:named|registered|licensed|enrolled|in total|total|"
            rf"overall|"
            rf"signed up|staff|all told)(?: {words.user_nouns})?(?= ?(?:/|,|;|\(|and|with|of which|of whom|\||"
            rf"-)(?: \w+){{0,4}} "
            rf"N\d+(?: \w+){{0,2}} {_CONCURRENT})"
        ),
        "users_label": re.compile(
            r"(?<![^ ])(?:users?|user base|user count|number of users|named users|total users|users total|seats|"
            r"headcount|team of|staff of|audience of|workforce of|"
            r"company of|school of)(?: (?:of|is|are|now|will be|would be|:|=|around|about|up to|count|->|base|to|"
            r"at))* (?P<n1>N\d+)(?! (?:gpus?|gb|x|G\d+|rps|ms|hours|tokens|%|req))(?![^ ])"
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
        seconds = _RPS_SECONDS.get(rate) or _SECONDS[rate.split(" ")[-1][0] if " " in rate else "s"]
        yield Claim("traffic.requests_per_second", _tidy(number.high / seconds), line.span(match))
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
        simulated = re.search(
            r"(?:simulations?|environments?|envs?|gpus?)(?![^ ])", line.text[match.start() : match.end() + 14]
        )
        if simulated or number.high != int(number.high) or negated(line, *match.span()) or number.high > 1e8:
            continue
        line.spend(match)
        yield Claim("traffic.concurrent_users", int(number.high), line.span(match))
    for name in ("users", "named", "users_label", "users_in_brackets"):
        for match in line.free(patterns[name]):
            number = line.number(match, "n1")
            simulated = re.search(r"(?<![^ ])simulat\w+ $", line.text[: match.start()])
            if simulated or number.high != int(number.high) or number.high < 1 or negated(line, *match.span()):
                continue
            if re.search(r" (?:gpu|gpus|ai|agents) ", match.group()) and "gpu" in match.group():
                continue
            line.spend(match)
            if match.group().endswith((" of them", " of those")) and not re.search(lexicon().user_nouns, line.text):
                continue
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
        fields = (
            ("users", "concurrent_users")
            if "user" in match.group()
            else ("users", "concurrent_users", "requests_per_second")
        )
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


def _tidy(value: float) -> float:
    return float(f"{value:.6g}")
