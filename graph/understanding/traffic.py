"""Load in a turn: users in all and at once, beside the rates of requests."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, STRONG, lexicon
from graph.understanding.marked import Marked
from graph.understanding.polarity import negated
from graph.understanding.rates import ADJECTIVES, OVERWHELMED, rate_claims

_CONCURRENT = (
    r"(?:concurrent(?:ly)?|simultaneous(?:ly)?|parallel|parallelly|(?:at |@ )?(?:the |a )?same (?:time|moment)|"
    r"in flight|"
    r"at peak times?|at any moment|at once|at the same time|at a time|at any (?:one |"
    r"given )?time|in parallel|online at once|active at once|at peak|peak concurrent)"
)
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
_ABOUT = (
    r"(?:(?:it is|they are|there are|there is|we have|we see|we expect|we are|you have|is|are|will be|would be|of|"
    r"like|about|"
    r"around|roughly|approx\w*|max\w*|at most|up to|only|some|more like|rather|probably|say|well|:|=|~|,) )*"
)
"""Between "concurrently" and its figure."""
_SHARES = {"half": 0.5, "a third": 1 / 3, "a quarter": 0.25, "a fifth": 0.2, "a tenth": 0.1}
_PHONES = re.compile(
    r"(?<![^ ])(?:asr|tts|stt|speech|voice\w*|call\w*|phone\w*|telephon\w*|transcri\w*|whisper|dialogue|ivr)(?![^ ])"
)


@lru_cache
def _patterns() -> dict[str, re.Pattern[str]]:
    words = lexicon()
    return {
        "concurrent": re.compile(
            rf"(?<![^ ])(?:(?P<n1>N\d+)(?: or so)? {_CONCURRENT}(?: \w+)?(?: (?:{words.user_nouns}|requests?|"
            rf"sessions?|chats?|streams?|connections?|conversations?|calls?|queries|generations?|jobs|cameras|"
            rf"feeds|threads))?"
            rf"|(?P<n2>N\d+){ADJECTIVES} (?:{words.user_nouns}|requests?|sessions?|chats?|streams?|connections?|"
            rf"conversations?|calls?|queries|cameras|feeds|generations?|lines|channels|rooms|kiosks|avatars|"
            rf"terminals|tables)"
            rf"(?: (?!N\d)[\w']+){{0,9}} {_CONCURRENT}"
            rf"|(?:concurrency|conc|concurrent(?: (?:users?|requests?|sessions?|connections?|calls|streams|chats))?|"
            rf"simultaneous (?:users?|"
            rf"requests?)|parallel requests?|peak)(?: (?:of|is|:|=|~|\.|around|about|up to|level|at|will be|"
            rf"would be))* (?P<n3>N\d+)(?! (?:rps|qps|requests?|gb))"
            rf"|(?P<n4>N\d+) (?:of (?:them|which|whom|us|those) |(?!N\d)\w+ing )(?:\w+ ){{0,3}}{_CONCURRENT}|"
            rf"(?P<n5>N\d+) (?:(?!gpu)\w+ )?(?:at peak|peak users|in parallel|online|streams|cameras|"
            rf"camera (?:streams|feeds)|video (?:streams|feeds))|(?:peaks? (?:of|at)|"
            rf"peaking at) (?P<n6>N\d+)(?: {words.user_nouns})?(?! (?:rps|qps|requests?)))(?![^ ])"
        ),
        "so_many": re.compile(
            rf"(?<![^ ]){_CONCURRENT} {_ABOUT}(?P<n1>N\d+)(?= ?(?:max\w*|tops|at most|or so|{words.user_nouns}|of them|"
            r"sessions?|chats?|requests?|streams?|calls?|conversations?|[.,;!?)])|$)"
        ),
        "share_of": re.compile(
            rf"(?<![^ ])(?:(?P<n1>N\d+) (?:%|percent)|(?P<part>half|a third|a quarter|a fifth|a tenth)|"
            rf"(?P<n3>N\d+)) of "
            rf"(?:the |our |my |these |those |"
            rf"all )*(?P<n2>N\d+)(?: \w+){{0,3}}? {words.user_nouns}(?: (?!N\d)\w+){{0,5}} "
            rf"{_CONCURRENT}(?![^ ])"
        ),
        "team": re.compile(
            r"(?<![^ ])(?P<n1>N\d+) (?:- )?(?:seats?|persons?|people|heads?|members?|man|men|strong|users?|"
            r"developers?|dev|"
            r"engineers?|employees?|student|pupil|lawyer|agent|doctor|bed|desk|partner) (?:\w+ ){0,2}(?:teams?|"
            r"compan(?:y|ies)|start ?ups?|"
            r"offices?|firms?|org\w*|departments?|groups?|class\w*|practices?|agenc(?:y|ies)|studios?|labs?|sme|shop|"
            r"business|unit|call cent(?:er|re)|helpdesk|workforce|school)(?![^ ])"
        ),
        "us": re.compile(
            rf"(?<![^ ])(?:(?P<n1>N\d+) of us|(?P<me>me|myself) (?:and|plus|\+) (?:my |our )?(?P<n2>N\d+) (?:other )?"
            rf"{words.user_nouns})(?![^ ])"
        ),
        "phone": re.compile(r"(?<![^ ])(?P<n1>N\d+) (?:\w+ )?(?:channels|lines|ports|voices)(?![^ ])"),
        "share": re.compile(
            rf"(?<![^ ])(?P<n1>N\d+) (?:%|percent)(?: \w+){{0,5}} (?:{_CONCURRENT}|concurrency|online|active)(?![^ ])"
        ),
        "users": re.compile(rf"(?<![^ ])(?P<n1>N\d+)(?:{ADJECTIVES} {words.user_nouns}| of (?:them|those))(?![^ ])"),
        "users_in_brackets": re.compile(rf"(?<![^ ]){words.user_nouns} \( (?:about |around )?(?P<n1>N\d+) \)"),
        "named": re.compile(
            rf"(?<![^ ])(?:{_CONCURRENT} ?(?:,|;|/|\(|and|of|from|"
            rf"out of) )(?P<n2>N\d+)(?: {words.user_nouns})? (?:named|"
            rf"registered|licensed|in total|total|overall|altogether)|"
            rf"(?<![^ ])(?P<n1>N\d+)(?: {words.user_nouns})? (?:named|registered|licensed|enrolled|in total|total|"
            rf"overall|"
            rf"signed up|staff|all told)(?: {words.user_nouns})?(?= ?(?:/|,|;|\(|and|with|of which|of whom|\||"
            rf"-)(?: \w+){{0,4}} "
            rf"N\d+(?: \w+){{0,2}} {_CONCURRENT})"
        ),
        "users_label": re.compile(
            r"(?<![^ ])(?:users?|user base|user count|number of users|named users|total users|users total|seats|"
            r"(?:folks|people|staff|employees|students|colleagues|team size)(?= (?::|=))|"
            r"headcount|team of|staff of|audience of|workforce of|"
            r"company of|school of)(?: (?:of|is|are|now|will be|would be|:|=|~|around|about|up to|count|->|base|to|"
            r"at))* (?P<n1>N\d+)(?! (?:gpus?|gb|x|G\d+|rps|ms|hours|tokens|%|req))(?![^ ])"
        ),
    }


def traffic_claims(line: Marked) -> Iterator[Claim]:
    """Load in a turn: requests per second and latency, then users."""
    yield from rate_claims(line)
    yield from _users(line)
    yield from _scaled(line)


def _users(line: Marked) -> Iterator[Claim]:
    patterns = _patterns()
    yield from _shares(line)
    for match in [*line.free(patterns["so_many"]), *line.free(patterns["concurrent"])]:
        if line.spent & {int(value[1:]) for name, value in match.groupdict().items() if value and name[0] == "n"}:
            continue
        group = next(name for name, value in sorted(match.groupdict().items()) if value)
        number = line.number(match, group)
        simulated = re.search(
            r"(?:simulations?|environments?|envs?|gpus?)(?![^ ])", line.text[match.start() : match.end() + 14]
        )
        if simulated or number.high != int(number.high) or negated(line, *match.span()) or number.high > 1e8:
            continue
        line.spend(match)
        if OVERWHELMED.search(line.text[: match.start()].rstrip()):
            continue
        yield Claim("traffic.concurrent_users", int(number.high), line.span(match))
    if _PHONES.search(line.text):
        for match in line.free(patterns["phone"]):
            line.spend(match)
            if not negated(line, *match.span()):
                yield Claim("traffic.concurrent_users", int(line.number(match, "n1").high), line.span(match))
    for match in line.free(patterns["us"]):
        line.spend(match)
        count = line.number(match, "n1" if match.group("n1") else "n2").high + (1 if match.group("me") else 0)
        yield Claim("traffic.users", int(count), line.span(match))
    for name in ("team", "users", "named", "users_label", "users_in_brackets"):
        for match in line.free(patterns[name]):
            number = line.number(match, "n1" if match.group("n1") else "n2")
            simulated = re.search(r"(?<![^ ])simulat\w+ $", line.text[: match.start()])
            if simulated or number.high != int(number.high) or number.high < 1 or negated(line, *match.span()):
                continue
            if re.search(r" (?:gpu|gpus|ai|agents) ", match.group()) and "gpu" in match.group():
                continue
            line.spend(match)
            if match.group().endswith((" of them", " of those")) and not re.search(
                rf"(?<![^ ]){lexicon().user_nouns}(?![^ ])", line.text
            ):
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


def _shares(line: Marked) -> Iterator[Claim]:
    """ "half of our 300 users at once": all of them, and how many of them."""
    for match in line.free(_patterns()["share_of"]):
        users = line.number(match, "n2").high
        if match.group("part"):
            active = users * _SHARES[match.group("part")]
        else:
            active = users * line.number(match, "n1").high / 100 if match.group("n1") else line.number(match, "n3").high
        line.spend(match)
        yield Claim("traffic.users", int(users), line.span(match))
        yield Claim("traffic.concurrent_users", round(active), line.span(match))


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
