"""Whether a regular expression can need exponential time: read from its parse tree, by counting ways to match.

A backtracking matcher is exponential where a repeated part can match one text in two ways. Each repeated part is made
into a Glushkov automaton (a state for every place that takes a character), two copies of which walk the same text from
the part's beginning; when they can part and both come round again, there is such a text.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from re import _constants as sre
from re import _parser as parser
from typing import Any, Literal, NamedTuple, TypeVar

Key = TypeVar("Key")

MANY = 16
"""Repetitions from which a part counts as repeated without end."""
LETTERS = "".join(map(chr, range(128))) + "éßÅ日\u0665\u00a0\u2019\u20ac\u00d7\U0001f600"
"""One of each kind: ASCII, and letters, digits, spaces and signs beyond it."""
CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
MATCHED = {category: frozenset(re.findall(text, LETTERS)) for category, text in CATEGORIES.items()}
EVERY = frozenset(LETTERS)
WORD = MATCHED[sre.CATEGORY_WORD]
EXACTLY, MOST_STATES = 8, 20_000
SIGN_ELSE = "\U0001f600"
"""Stands for every character that is none of these."""


class Edge(NamedTuple):
    """What must hold between two characters for the second to come after the first."""

    kind: Literal["", "b", "B"] = ""
    """A word's boundary, none, or no matter."""
    allowed: frozenset[str] = EVERY
    """What the second may be: after a possessive repetition nothing that this would have taken."""

    def holds(self, before: str, after: str) -> bool:
        boundary = (before in WORD) != (after in WORD)
        return after in self.allowed and (not self.kind or boundary == (self.kind == "b"))

    def also(self, other: "Edge") -> "Edge | None":
        if self.kind and other.kind and self.kind != other.kind:
            return None
        return Edge(self.kind or other.kind, self.allowed & other.allowed)


Places = dict[tuple[int, Edge], int]
"""In how many ways a part begins or ends with a place, under which condition."""
ANYWAY = Edge()


class Part(NamedTuple):
    first: Places
    last: Places
    empty: dict[Edge, int]
    """In how many ways it can be empty."""


class Automaton:
    """Of one expression's parse tree."""

    def __init__(self, flags: int) -> None:
        self.places: list[frozenset[str]] = []
        self.follow: dict[int, dict[tuple[int, Edge], int]] = {}
        self._flags = flags

    def part(self, items: Iterable[tuple[object, object]]) -> Part:
        whole = Part({}, {}, {ANYWAY: 1})
        for kind, value in items:
            whole = self._joined(whole, self._one(kind, value))
        return whole

    def _one(self, kind: object, value: Any) -> Part:  # the parse tree is untyped
        if kind in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            return self._place(letters_of(kind, value, self._flags))
        if kind is sre.SUBPATTERN:
            return self.part(value[3])
        if kind is sre.ATOMIC_GROUP:
            return self.part(value)
        if kind is sre.BRANCH:
            parts = [self.part(branch) for branch in value[1]]
            return Part(*(_added(*(part[index] for part in parts)) for index in range(3)))
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeated(*value, possessive=kind is sre.POSSESSIVE_REPEAT)
        boundary = {sre.AT_BOUNDARY: "b", sre.AT_NON_BOUNDARY: "B"}.get(value) if kind is sre.AT else None
        return Part({}, {}, {Edge(boundary or ""): 1})  # type: ignore[arg-type]  # looking around takes no character

    def _place(self, letters: frozenset[str]) -> Part:
        self.places.append(letters)
        here = {(len(self.places) - 1, ANYWAY): 1}
        return Part(here, here, {})

    def _repeated(self, least: int, most: int, items: Any, *, possessive: bool) -> Part:
        if least == most and least <= EXACTLY:
            whole = Part({}, {}, {ANYWAY: 1})
            for _ in range(least):
                whole = self._joined(whole, self.part(items))
            return whole
        body = self.part(items)
        if most > 1:
            self._connect(body.last, body.first)
        last = body.last
        if possessive:
            taken = frozenset().union(*(self.places[place] for place, _ in body.first))
            last = {(place, edge._replace(allowed=edge.allowed - taken)): ways for (place, edge), ways in last.items()}
        return Part(body.first, last, {ANYWAY: 1} if least == 0 else body.empty)

    def _joined(self, before: Part, after: Part) -> Part:
        self._connect(before.last, after.first)
        return Part(
            _added(before.first, _with(after.first, before.empty)),
            _added(after.last, _with(before.last, after.empty)),
            {both: ways * more for one, ways in before.empty.items() for two, more in after.empty.items()
             if (both := one.also(two)) is not None},
        )  # fmt: skip

    def _connect(self, last: Places, first: Places) -> None:
        for (one, left), ways in last.items():
            after = self.follow.setdefault(one, {})
            for (two, right), more in first.items():
                if (edge := left.also(right)) is not None:
                    after[two, edge] = after.get((two, edge), 0) + ways * more


def _with(places: Places, empty: dict[Edge, int]) -> Places:
    return {
        (place, both): ways * more
        for (place, edge), ways in places.items() for other, more in empty.items()
        if (both := edge.also(other)) is not None
    }  # fmt: skip


def _added(*parts: dict[Key, int]) -> dict[Key, int]:
    whole: dict[Key, int] = {}
    for part in parts:
        for key, ways in part.items():
            whole[key] = whole.get(key, 0) + ways
    return whole


def letters_of(kind: object, value: Any, flags: int) -> frozenset[str]:
    """The characters, of those that stand for all, which one place takes."""
    if kind is sre.ANY:
        return EVERY if flags & re.DOTALL else EVERY - {"\n"}
    if kind is sre.IN:
        negated = value[0][0] is sre.NEGATE
        found = frozenset().union(*(letters_of(one, what, flags) for one, what in value[int(negated) :]))
        return EVERY - found if negated else found
    if kind is sre.CATEGORY:
        return MATCHED[value]
    if kind is sre.RANGE:
        found = frozenset(letter for letter in LETTERS if value[0] <= ord(letter) <= value[1])
    else:
        letter = chr(value)
        found = frozenset({letter if letter in EVERY else SIGN_ELSE})
    if flags & re.IGNORECASE:
        found |= {letter for letter in LETTERS if letter.lower() in found or letter.upper() in found}
    return EVERY - found if kind is sre.NOT_LITERAL else found


def ambiguous_loops(pattern: str, flags: int) -> Iterator[str]:
    """A text for each repeated part that can match it, and what follows, in two ways: there a search is exponential."""
    tree = parser.parse(pattern, flags)
    for items in _repeated_parts(tree):
        automaton = Automaton(tree.state.flags)
        body = automaton.part(items)
        automaton._connect(body.last, body.first)
        if found := _two_ways(automaton, body):
            yield found


def _two_ways(automaton: Automaton, body: Part) -> str:
    """A text that leads from the beginning round to the beginning along two paths; empty where there is none."""
    for start in {place for place, _ in body.first}:
        queue = deque((start, start, letter, False, letter) for letter in sorted(automaton.places[start]))
        seen = {state[:4] for state in queue}
        while queue and len(seen) < MOST_STATES:
            one, two, before, parted, text = queue.popleft()
            for (left, edge), ways in automaton.follow.get(one, {}).items():
                for (right, other), more in automaton.follow.get(two, {}).items():
                    for after in sorted(automaton.places[left] & automaton.places[right]):
                        if not (edge.holds(before, after) and other.holds(before, after)):
                            continue
                        now = parted or left != right or (edge, ways) != (other, more) or ways > 1
                        if now and left == right == start:
                            return text
                        if (state := (left, right, after, now)) not in seen:
                            seen.add(state)
                            queue.append((*state, text + after))
    return ""


def _repeated_parts(tree: Any) -> Iterator[Any]:
    """The bodies of all that is repeated without end."""
    for kind, value in tree:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            if value[1] >= MANY and kind is not sre.POSSESSIVE_REPEAT:
                yield value[2]
            yield from _repeated_parts(value[2])
        elif kind is sre.SUBPATTERN:
            yield from _repeated_parts(value[3])
        elif kind is sre.ATOMIC_GROUP:
            yield from _repeated_parts(value)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _repeated_parts(value[1])
        elif kind is sre.BRANCH:
            for branch in value[1]:
                yield from _repeated_parts(branch)
