"""What the plan's own page says of the words of a question: its lines, each with the section in which it stands."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from artifacts.markdown import plan_sections
from domain.base import Frozen
from domain.plan import DeploymentPlan

STEM = 6
"""Letters by which two words are one."""
SHORTEST = 4
COMMON, COMMON_ALONE = 0.1, 0.3
"""Share of the page's lines that hold a word which still tells one from another, and that hold the only one asked
about."""
MOST_LINES = 2
UNTOLD = ("understood", "changes", "left_out", "sources")
"""Sections that only say again what was said, or where it was read."""
LONGEST = 320
"""Characters of a line that is quoted."""
BEFORE, AFTER = 2, 9
"""Lines around one of a manifest or a command that are shown with it."""
_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_HEADING = re.compile(r"^#{1,6} (.+)$")
_RULE = re.compile(r"^[|\s:-]*$")


class Passage(Frozen):
    """A line of the page."""

    section: str
    text: str
    shown: tuple[str, ...] = ()
    """Of a line of code, it and those around it."""
    words: frozenset[str] = frozenset()


def on_the_page(plan: DeploymentPlan, asked: Sequence[str]) -> list[Passage]:
    """The lines that hold the most of these words, the rare ones first; none where they hold less than half of
    them."""
    passages = list(_passages(plan_sections(plan), frozenset(word.removesuffix("s") for word in asked)))
    held = Counter(word for passage in passages for word in passage.words)
    wanted = {_stem(word) for word in asked if len(word) >= SHORTEST}
    most = max(2.0, (COMMON if len(wanted) > 1 else COMMON_ALONE) * len(passages))
    weights = {word: math.log(len(passages) / held[word]) for word in wanted if 0 < held[word] <= most}
    if not weights or 2 * len(weights) < len(wanted):
        return []
    scores = [sum(weight for word, weight in weights.items() if word in one.words) for one in passages]
    for at, one in enumerate(passages):
        if one.shown and not wanted <= one.words:  # code is shown for all that is asked about, or not at all
            scores[at] = 0.0
    best = max(scores, default=0.0)
    if 2 * best < sum(weights.values()):
        return []
    ranked = sorted(range(len(passages)), key=lambda at: (-scores[at], bool(passages[at].shown), at))
    found: dict[str, Passage] = {}
    for at in ranked:
        if scores[at] == best and len(found) < MOST_LINES:
            found.setdefault(passages[at].text, passages[at])
    told = list(found.values())
    return told[:1] if told and told[0].shown else [one for one in told if not one.shown]


def quoted(passages: Sequence[Passage]) -> str:
    """As Markdown, each with its section."""
    return "\n".join(_quoted(passage) for passage in passages)


def _quoted(passage: Passage) -> str:
    if passage.shown:
        return "\n".join((f"- {passage.section}:", "", "```", *passage.shown, "```"))
    text = passage.text.lstrip("-|> ").rstrip("| ")
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]} …"
    return f"- {passage.section}: {cut}"


def _passages(sections: dict[str, str], asked: frozenset[str]) -> Iterator[Passage]:
    """Of code only those words that are asked about as they stand there: "register" is no "registry"."""
    for name, text in sections.items():
        if name in UNTOLD:
            continue
        section, lines, code = name, text.splitlines(), False
        for at, line in enumerate(lines):
            if line.lstrip().startswith("```"):
                code = not code
                continue
            if not code and (heading := _HEADING.match(line)):
                section = heading[1]
            if _RULE.match(line) or (at + 1 < len(lines) and line.startswith("|") and _RULE.match(lines[at + 1])):
                continue
            shown = _around(lines, at) if code else ()
            held = _stems(line) if not shown else _stems(line) & {_stem(word) for word in _exact(line) & asked}
            yield Passage(section=section, text=line.strip(), shown=shown, words=held)


def _around(lines: Sequence[str], at: int) -> tuple[str, ...]:
    """A line of code with its neighbours, within its fence."""
    first, last = at, at
    while first > 0 and at - first < BEFORE and not lines[first - 1].lstrip().startswith("```"):
        first -= 1
    while last < len(lines) - 1 and last - at < AFTER and not lines[last + 1].lstrip().startswith("```"):
        last += 1
    return tuple(lines[first : last + 1])


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()))


def _exact(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in _WORD.findall(text.lower()))


def _stem(word: str) -> str:
    return word.removesuffix("s")[:STEM]
