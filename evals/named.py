"""Whether what no field can hold is named: quotes compared with the words a careful human insists on."""

import re
from collections.abc import Iterable, Iterator

from evals.matching import squash
from evals.observation import Finding, Observation

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"“([^”]+)”")
SHORTEST = 3
"""Letters of a word that counts; one with a figure counts at any length."""


def unplaced_findings(seen: Observation) -> Iterator[Finding]:
    """Each need of the scenario that no field held when it was labelled, in the spec or in the last reply: named as
    left out, or held by a field since; and, where every need is listed, that nothing else is said to be left out."""
    quotes = [words.quote for words in seen.spec.unplaced]
    for need in seen.scenario.unplaced:
        yield Finding(
            grader="unplaced", passed=_named(need, seen, quotes), what=f"“{need}” is named", expected=need,
            got="; ".join(quotes) or "nothing",
        )  # fmt: skip
    if seen.scenario.source is not None or seen.scenario.unplaced:
        strays = [quote for quote in quotes if not any(alike(quote, need) for need in seen.scenario.unplaced)]
        yield Finding(
            grader="alarms", passed=not strays, what="nothing else is left out",
            expected="; ".join(seen.scenario.unplaced) or "nothing", got="; ".join(strays),
        )  # fmt: skip


def alike(quote: str, need: str) -> bool:
    """Half the words of the shorter one are in the other."""
    one, other = _words(quote), _words(need)
    return 0 < min(len(one), len(other)) <= 2 * len(one & other)


def _named(need: str, seen: Observation, quotes: Iterable[str]) -> bool:
    if any(alike(quote, need) for quote in quotes) or _held(need, seen):
        return True
    if not seen.turns:
        return False
    reply = seen.turns[-1].reply
    told = reply.deployment_plan.not_taken_into_account if reply.deployment_plan else ()
    left_out = (quote for sentence in told for quote in _QUOTED.findall(sentence))
    return squash(need) in squash(reply.response) or any(alike(quote, need) for quote in left_out)


def _held(need: str, seen: Observation) -> bool:
    """Every figure of the need stands in the words that support some field: "1024 dimensions", since there is one."""
    figures = {word for word in _words(need) if any(sign.isdigit() for sign in word)}
    return bool(figures) and figures <= {word for said in seen.spec.evidence.values() for word in _words(said.quote)}


def _words(text: str) -> set[str]:
    found = _WORD.findall(text.lower())
    return {word for word in found if len(word) >= SHORTEST or any(sign.isdigit() for sign in word)}
