"""What stands near a figure: the cues in its sentence, weighed by how near they are."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from graph.understanding.labels.sections import together
from graph.understanding.mentions.counted import LISTED
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import hours_in, nouns
from graph.understanding.text.phrases import Match

REACH = 14
"""Places on either side of a figure in which words can bear on it."""
CLOSE, MIDDLE = 3, 7
IN_ANOTHER_CLAUSE, BEHIND_ANOTHER_FIGURE, BEHIND_A_JOINT = 0.5, 0.5, 0.5
JOINTS = frozenset({"and", "or", "/", "plus", "&"})
FIGURES = frozenset({"<n>", "<money>"})
LONGEST_PAIR = 6
"""Words of two keys that stand before two figures."""
NOWHERE = (1, 0)
Places = tuple[int, int]
"""The first and the last."""
COUNTS = ("count", "number")
"""Dimensions of figures without a unit."""
OPPOSITES = ({"peak", "average"}, {"input", "output"})
"""Cues of which each of two figures beside each other has its own."""
PAIRED = frozenset({"/", ":"})
BEFORE_A_KEY = frozenset({"(", "on", "in", "at", "the", "a", "of"})
LABEL_SIGNS = frozenset({":", "=", "("})
STREAM = "stream"
"""A cue that no word is: so many come in a day, a week or a month, each of which may have its own time to wait."""
PEOPLE = "people"
"""Another one: somebody is named who may use it."""
HEARS, GENERATES = "hears", "generates"
"""A model of speech is named; one that writes, draws or films."""
GENERATIVE = frozenset({"llm", "multimodal", "image_generation", "video"})


class Surroundings:
    """The cues of a line, and how strongly each bears on a figure in it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._cues = sorted(together("cues").find(line.words), key=lambda cue: (cue.first, cue.last, cue.value))
        streams = any(q.noun in LISTED and (hours_in(q.per) or 0.0) > 1 for _, q in line.quantities)
        people = any(noun.value == "people" for noun in nouns().find(line.words))
        domains = {name.named[0].domain for _, name in line.names if name.kind == "model"}
        self.all_cues = frozenset(cue.value for cue in self._cues) | {
            *([STREAM] if streams else []), *([PEOPLE] if people else []), *([HEARS] if "speech" in domains else []),
            *([GENERATES] if domains & GENERATIVE else []),
        }  # fmt: skip
        figures = {at for at, word in enumerate(line.words) if word.text in FIGURES}
        self._with_figures = {cue for cue in self._cues if not figures.isdisjoint(range(cue.first, cue.last + 1))}
        """These speak of the figures that they hold, and of no other; so do shorter ones of the same name in them."""
        held = {(cue.value, at) for cue in self._with_figures for at in range(cue.first, cue.last + 1)}
        inner = [cue for cue in self._cues if cue not in self._with_figures and (cue.value, cue.first) in held]
        self._cues = [cue for cue in self._cues if cue not in inner]
        self._firsts = [cue.first for cue in self._cues]
        self._longest = max((cue.last - cue.first for cue in self._cues), default=0)
        self._breaks = [0]
        for before, word in zip(line.words, line.words[1:], strict=False):
            of_a_key = before.text in LABEL_SIGNS or (before.text == ")" and word.text in LABEL_SIGNS)
            steps = before.clause != word.clause and not of_a_key
            self._breaks.append(self._breaks[-1] + steps)
        self._of_dimension: dict[str, list[int]] = defaultdict(list)
        for place, quantity in line.quantities:
            self._of_dimension[quantity.dimension].append(place)
        keyed = (cue for cue in self._cues if any(cue.value in pair for pair in OPPOSITES))
        self._openings = {cue.first: (cue.value, (cue.first, cue.last)) for cue in keyed}
        self._in_order: dict[int, str] = {}
        self._keys = self._pairs_of_keys() | self._own_keys()
        self._found: dict[int, Mapping[str, float]] = {}

    def cues(self, place: int, quantity: Quantity) -> Mapping[str, float]:
        """Cue -> how near it is to the quantity at this place: 1 beside it, less with distance and breaks between."""
        if place not in self._found:
            self._found[place] = self._weighed(place, quantity)
        return self._found[place]

    def _weighed(self, place: int, quantity: Quantity) -> Mapping[str, float]:
        line, found = self._line, dict[str, float]()
        if place in self._in_order:
            found[self._in_order[place]] = 1.0
        first, last = self.extent(place, quantity)
        mine, others = self._keys.get(place, (NOWHERE, NOWHERE))
        start = bisect_left(self._firsts, first - REACH - self._longest)
        for cue in self._cues[start : bisect_right(self._firsts, last + REACH)]:
            if line.words[cue.first].sentence != line.words[place].sentence:
                continue
            of_another = cue in self._with_figures and not cue.first <= place <= cue.last
            if of_another or others[0] <= cue.first <= others[1]:
                continue
            keyed = mine[0] <= cue.first <= mine[1]
            weight = 1.0 if keyed else self._weight(cue, place, first, last, quantity.dimension)
            if weight > found.get(cue.value, 0.0):
                found[cue.value] = weight
        return found

    def _pairs_of_keys(self) -> dict[int, tuple[Places, Places]]:
        """Of "input / output: 1200 / 400" and of "1500/300 tokens in/out" each figure's own key, and the other's: the
        first and last place of both."""
        keys: dict[int, tuple[Places, Places]] = {}
        before = -1
        for (one, first), (other, second) in pairwise(self._line.quantities):
            since, before = before + 1, self.extent(one, first)[1]
            (opens, closes), (ahead, behind) = self.extent(one, first), self.extent(other, second)
            if ahead != closes + 2 or self._word(closes + 1) not in PAIRED:
                continue
            end = opens - 1 - (self._word(opens - 1) in (":", "="))
            start = max(since, self._line.sentence(one)[0], end - LONGEST_PAIR)
            parts = [at for at in range(start, end + 1) if self._word(at) in PAIRED]
            if len(parts) == 1:
                left, right = (start, parts[0] - 1), (parts[0] + 1, end)
                keys |= {one: (left, right), other: (right, left)}
                continue
            at = behind + 1 + (self._word(behind + 1) == "(")
            left, right = (at, at), (at + 2, at + 2)
            if self._word(at + 1) in PAIRED and all(key[0] in self._openings for key in (left, right)):
                keys |= {one: (left, right), other: (right, left)}
            elif second.unit == "token" and first.dimension in ("number", "tokens") and self._word(closes + 1) == "/":
                self._in_order |= {one: "input", other: "output"}
        return keys

    def _own_keys(self) -> dict[int, tuple[Places, Places]]:
        """Of "6,000 req/s peak, 1,500 avg", "2k in / 400 out" and "isl 2048 osl 256" the word beside each figure is its
        own, and the other's is none of its."""
        keys: dict[int, tuple[Places, Places]] = {}
        for (one, first), (other, second) in pairwise(self._line.quantities):
            if self._line.words[one].sentence != self._line.words[other].sentence:
                continue
            for beside in (self._ahead, self._behind):
                own, after = beside(one, first), beside(other, second)
                if own and after and {own[0], after[0]} in OPPOSITES:
                    keys |= {one: (own[1], after[1]), other: (after[1], own[1])}
                    break
        return keys

    def _ahead(self, place: int, quantity: Quantity) -> tuple[str, Places] | None:
        """The key of one word that stands right before the figure."""
        at = self.extent(place, quantity)[0] - 1
        found = self._openings.get(at - (self._word(at) in (":", "=")))
        return found if found is not None and found[1][0] == found[1][1] else None

    def _behind(self, place: int, quantity: Quantity) -> tuple[str, Places] | None:
        """The key that stands right behind the figure, over "on", "in the" and a bracket."""
        at = self.extent(place, quantity)[1] + 1
        while at not in self._openings and self._word(at) in BEFORE_A_KEY:
            at += 1
        return self._openings.get(at)

    def _word(self, place: int) -> str:
        return self._line.words[place].text if 0 <= place < len(self._line.words) else ""

    def extent(self, place: int, quantity: Quantity) -> tuple[int, int]:
        """First and last place that the quantity covers with its bound, unit, noun and "per what"."""
        firsts, lasts = self._line.firsts, self._line.lasts
        first = last = place
        while first > 0 and firsts[first - 1] >= quantity.first:
            first -= 1
        while last + 1 < len(lasts) and lasts[last + 1] <= quantity.last:
            last += 1
        return first, last

    def _weight(self, cue: Match[str], place: int, first: int, last: int, dimension: str) -> float:
        if cue.first >= first and cue.last <= last:
            return 1.0
        distance = first - cue.last if cue.first < first else cue.first - last
        if distance > REACH:
            return 0.0
        line = self._line
        weight = 1.0 if distance <= CLOSE else 0.8 if distance <= MIDDLE else 0.5
        low, high = sorted((cue.first, place))
        if self._breaks[low] != self._breaks[high]:
            weight *= IN_ANOTHER_CLAUSE
        if any(
            word.text in JOINTS
            for word in (line.words[cue.last + 1 : first] if cue.first < first else line.words[last + 1 : cue.first])
        ):
            weight *= BEHIND_A_JOINT
        alike = COUNTS if dimension in COUNTS else (dimension,)  # "900 employees with 80 at the same time"
        others = 0
        for one in alike:
            others += bisect_left(self._of_dimension[one], high) - bisect_right(self._of_dimension[one], low)
        if others > 0:
            weight *= BEHIND_ANOTHER_FIGURE
        return weight

    def labelled(self, place: int, quantity: Quantity) -> bool:
        """A label stands before the figure: "Users: 50", "users = 50"."""
        first, _ = self.extent(place, quantity)
        return first > 0 and self._line.words[first - 1].text in (":", "=")

    def alone(self, place: int, quantity: Quantity) -> bool:
        """The figure is all that its clause says."""
        first, last = self.extent(place, quantity)
        opens, closes = self._line.clause(place)
        return first <= opens + 1 and all(
            not word.text[0].isalnum() for word in self._line.words[last + 1 : closes + 1]
        )
