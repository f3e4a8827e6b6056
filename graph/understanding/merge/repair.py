"""Figures put right while they are said: of "for 20, no wait, 25 users" only the second is meant.

The line is given back without the figure that was put right and the words that do so: no later pass knows of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Quantity
from graph.understanding.merge.figures import in_scale_of, last_place, number_of
from graph.understanding.text.phrases import Word, Words

MOST_BETWEEN = 8


def repaired(line: Line) -> tuple[Line, tuple[Mention, ...]]:
    """The line as it was meant, and the figures that were taken back."""
    places = dict(line.quantities)
    taken_back: list[Mention] = []
    cut: set[int] = set()
    moved: dict[int, tuple[int, Quantity]] = {}
    previous: int | None = None
    for place, second in line.quantities:
        if previous is not None and place - previous <= MOST_BETWEEN:
            first = places[previous]
            held = _kept(line, previous, first, place, second)
            if held == "second":
                new = _in_place_of(line, first, second)
                noun_ends = previous if second.dimension != "number" else last_place(line, previous, first)
                cut.update(range(noun_ends + 1, place), [previous])
                moved[place] = (previous, new)
                places[place] = new
                taken_back.append(first)
            elif held == "first":
                last = last_place(line, place, second)
                cut.update(range(last_place(line, previous, first) + 1, last + 1))
                taken_back.append(second)
                continue
        previous = place
    return (_without(line, cut, moved), tuple(taken_back)) if taken_back else (line, ())


def _kept(line: Line, at: int, first: Quantity, place: int, second: Quantity) -> str:
    """Which of the two holds; empty where nothing is put right."""
    if not _of_one_kind(first, second):
        return ""
    start = last_place(line, at, first) + 1
    between = [word.text for word in line.words[start:place]]
    if " ".join(between) in words_of("corrections", "keeps_first") and not second.bound:
        return "first"
    before = line.words[at - 1].text if at else ""
    if before == "not" and all(word in (",", "but") for word in between):
        return "second"
    signals = words_of("corrections", "signals")
    allowed = signals | words_of("corrections", "fillers")
    if any(word in signals for word in between) and all(word in allowed for word in between):
        return "second"
    return ""


def _of_one_kind(first: Quantity, second: Quantity) -> bool:
    if "number" in (first.dimension, second.dimension):
        return first.dimension not in ("clock", "date") and second.dimension not in ("clock", "date")
    return (first.dimension, first.noun) == (second.dimension, second.noun)


def _in_place_of(line: Line, first: Quantity, second: Quantity) -> Quantity:
    """The second figure with what was said of the first."""
    if second.dimension != "number":
        return second
    was, now = number_of(line, first), number_of(line, second)
    unit = first.high / was.high if was.high else 1.0
    figure = in_scale_of(was, now, unit) * unit
    return replace(
        second, low=figure, high=figure, dimension=first.dimension, unit=first.unit, noun=first.noun, words=first.words,
        bound=second.bound or first.bound, per=second.per or first.per,
    )  # fmt: skip


def _without(line: Line, cut: set[int], moved: dict[int, tuple[int, Quantity]]) -> Line:
    """The line without some places; a figure that moved stands in the clause of the one it takes the place of."""
    kept = [place for place in range(len(line.words)) if place not in cut]
    clause_of: dict[int, Word] = {}
    for place, (to, _) in sorted(moved.items()):
        clause_of[line.words[place].clause] = clause_of.get(line.words[to].clause, line.words[to])
    words: list[Word] = []
    for place in kept:
        word = line.words[place]
        into = clause_of.get(word.clause, word)
        new = moved[place][1] if place in moved else None
        text = word.text if new is None else "<money>" if new.dimension == "money" else "<n>"
        words.append(Word(text, into.sentence, into.clause))
    mentions = [moved[place][1] if place in moved else line.mentions[place] for place in kept]
    return Line(line.text, Words(words), _at(line.firsts, kept), _at(line.lasts, kept), tuple(mentions))


def _at(values: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    return tuple(values[place] for place in places)
