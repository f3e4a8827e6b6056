"""Figures said against those that stand: "20 more users", "raise it by 200", "double that", "100 -> 150"."""

import re
from collections.abc import Iterator
from functools import lru_cache

from domain.workload import WorkloadSpec
from graph.understanding.bare_figures import WHOLE, spoken_figures
from graph.understanding.claims import Claim
from graph.understanding.lexicon import lexicon
from graph.understanding.marked import Marked

_LESS = re.compile(r"(?:fewer|less|reduce|lower|cut|decrease|shrink|drop|minus|-|down)")
_FACTORS = {"double": 2.0, "twice": 2.0, "triple": 3.0, "thrice": 3.0, "quadruple": 4.0, "halve": 0.5, "half": 0.5}
_NOUNS = (
    ("traffic.concurrent_users", r"(?:concurrent|simultaneous|parallel)(?: \w+)?|sessions?|at once|at the same time"),
    ("gpu.min_count", r"gpus?|cards?|accelerators?"),
    ("traffic.requests_per_second", r"requests?(?: per second)?|rps|qps"),
    ("budget.amount", r"¤[a-z]{3}|budget|spend(?:ing)?|money"),
    ("context_tokens", r"tokens?(?: of context)?|context"),
    ("dataset.size_gb", r"gb|gigabytes?"),
    ("deadline_hours", r"hours?|hrs?|h"),
)


@lru_cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    users = rf"(?:(?:\w+ )?{lexicon().user_nouns})"
    nouns = "|".join(rf"(?P<f{number}>{words})" for number, (_, words) in enumerate(_NOUNS)) + rf"|(?P<users>{users})"
    noun = rf"(?: (?:of )?(?:the |our |my )?(?:{nouns}))"
    one_noun = re.sub(r"\?P<f?(\w+)>", r"?P<b\1>", noun)
    end = r"(?= (?:[,.;!?]|and|but|then|please|now|instead|too|though|per|a|for|on|in|with)(?: |$)|$)"
    verbs = r"(?:raise|increase|up|bump|lift|extend|grow|push|expand|reduce|lower|cut|decrease|shrink|drop)"
    return tuple(
        re.compile(rf"(?<![^ ])(?:{pattern})")
        for pattern in (
            rf"(?:another |plus |\+ |add (?:another )?)?(?P<n1>N\d+)(?: (?P<percent>%|percent))? "
            rf"(?P<way>more|additional|extra|further|fewer|less){noun}?{end}",
            rf"(?P<way>another|plus|minus|additional|extra|add(?: another)?) (?:¤[a-z]{{3}} )?(?P<n1>N\d+)"
            rf"(?: (?P<percent>%|percent))?{noun}?{end}",
            rf"(?P<way>{verbs})\w*(?: (?:up|down|it|that|this|them|number|count|limit)|{one_noun})* by "
            rf"(?:¤[a-z]{{3}} )?(?P<n1>N\d+)(?: (?P<percent>%|percent))?{noun}?(?![^ ])",
            rf"(?P<factor>{'|'.join(_FACTORS)})(?: (?:that|it|this|as many|as much|of|the number of)(?![^ ]))*"
            rf"{noun}?{end}",
        )
    )


_BECAME = re.compile(r"(?<![^ ])(?P<n1>N\d+)(?: [a-z]+)? (?:- >|= >|→|⇒|>) (?P<n2>N\d+)(?![^ ])")


def relative_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """The new figure, where the one it is said against stands; without a noun, the one spoken of last."""
    held = spoken_figures(spec)
    if not held:
        return
    for match in line.free(_BECAME):
        was, is_now = line.number(match, "n1").high, line.number(match, "n2").high
        for field, said in held.items():
            if said == was:
                line.spend(match)
                yield _claim(line, match, field, _value(spec, field) * is_now / was)
                break
    for pattern in _patterns():
        for match in line.free(pattern):
            words = match.groupdict()
            meant = _field(words, spec) if _has_noun(words) else next(iter(held))
            standing = _value(spec, meant) if meant else 0.0
            if not meant or not standing or (words.get("way") in ("plus", "minus", "add") and not _has_noun(words)):
                continue
            line.spend(match)
            if words.get("factor"):
                figure = standing * _FACTORS[words["factor"]]
            else:
                amount = line.number(match, "n1").high
                change = standing * amount / 100 if words.get("percent") else amount
                figure = standing - change if _LESS.match(words["way"]) else standing + change
            if figure > 0:
                yield _claim(line, match, meant, figure)


def _claim(line: Marked, match: re.Match[str], field: str, figure: float) -> Claim:
    return Claim(field, max(1, round(figure)) if field in WHOLE else float(f"{figure:.6g}"), line.span(match))


def _has_noun(words: dict[str, str | None]) -> bool:
    return any(words.get(group) for group in _groups())


def _groups() -> dict[str, str]:
    """The groups a noun is found in, and the fields they stand for."""
    groups = {"users": "traffic.users", "busers": "traffic.users"}
    for number, (field, _) in enumerate(_NOUNS):
        groups |= {f"f{number}": field, f"b{number}": field}
    return groups


def _field(words: dict[str, str | None], spec: WorkloadSpec) -> str | None:
    named = next(field for group, field in _groups().items() if words.get(group))
    if named == "traffic.users" and not spec.traffic.users:
        named = "traffic.concurrent_users"
    return named if _value(spec, named) else None


def _value(spec: WorkloadSpec, field: str) -> float:
    value: object = spec
    for name in field.split("."):
        value = getattr(value, name)
    return float(value) if isinstance(value, int | float) else 0.0
