"""The question a message asks: its kind, and what it asks about in the order it was named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from domain.workload import AskedQuestion
from graph.understanding.labels.aspects import with_aspects
from graph.understanding.labels.sections import book, kinds, listed, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.roles.memory import is_system_memory
from graph.understanding.roles.shapes import unnamed_shape
from graph.understanding.text.phrases import Match, Word
from graph.understanding.text.words import covered

MOST_LEADS = 12
"""Words at a sentence's beginning that may only lead in to it."""
MOST_ASKED = 24
"""Sentences that are looked into for what they ask; who asks more is not asking us."""
LONGEST_ASKED = 60
"""Words of such a sentence."""
SUPPOSING = frozenset({"if", "unless", "should", "must", "cannot", "may", "might", "case"})
REACH_OF_IF = 4
"""Words from an "if" to what it supposes."""
LONGEST_REPORT = 400
"""Words in which trouble is told."""
SUFFICES = ("enough", "sufficient", "suffice", "suffices", "ok")
CARDS = ("card", "cards", "gpu", "gpus", "vram")
"""A card known by its memory alone."""
UNTOLD = "untold"
"""What is asked has no kind: how long something takes."""


@dataclass(frozen=True)
class _Told:
    """What a sentence asks, by its words or (`by_form`) only because it asks yes or no about something."""

    sentence: int
    kind: str
    by_form: bool


def asking_sentences(line: Line) -> Mapping[int, str]:
    """The sentences that ask, by how they or one of their clauses begin (`may`, `is` or `open`), by words that say so
    or by their sign alone; none that the writer answers."""
    asking = dict.fromkeys(sorted(line.asking), "")
    asking |= {line.words[match.first].sentence: "" for match in book("question", "anywhere").find(line.words)}
    leads = words("question", "leads")
    for first, last in line.clause_places.values():
        start = first
        while start < min(last, first + MOST_LEADS) and line.words[start].text in leads:
            start += 1
        opener = book("question", "openers").at(line.words, start)
        if opener is not None:
            asking[line.words[start].sentence] = asking.get(line.words[start].sentence) or opener.value
    for match in book("question", "answers").find(line.words):
        asking.pop(line.words[match.first].sentence - 1, None)
    return asking


def reports_trouble(line: Line) -> bool:
    """Something goes wrong: too slow, out of memory, an error."""
    return any(True for _ in troubles_in(line))


def troubles_in(line: Line) -> Iterator[Match[str]]:
    """The words that tell what goes wrong."""
    told = line.words.begin(LONGEST_REPORT)
    return (match for match in book("question", "troubles").find(told) if not _is_supposed(told, match.first))


def _is_supposed(told: Sequence[Word], place: int) -> bool:
    """ "If it fails on stage": what may go wrong has not."""
    before = told[max(0, place - REACH_OF_IF) : place]
    return any(word.text in SUPPOSING and word.clause == told[place].clause for word in before)


def _wishes(line: Line) -> bool:
    """Something is ordered or wished for."""
    return _holds(line.words.begin(LONGEST_REPORT), "wishes")


def question_of(line: Line) -> AskedQuestion | None:
    """What is asked, with its aspects; null where nothing is asked, or nothing of these kinds."""
    asking = asking_sentences(line)
    return with_aspects(line, asking, _by_kind(line, asking))


def _by_kind(line: Line, asking: Mapping[int, str]) -> AskedQuestion | None:
    """Of several sentences the kind that is preferred; trouble told without a question asks why."""
    trouble = reports_trouble(line)
    told = [
        found for number, form in islice(asking.items(), MOST_ASKED) if (found := _told(line, number, form, trouble))
    ]
    if told:
        order = listed("question", "preferred")
        best = min(told, key=lambda one: (one.by_form, order.index(one.kind), one.sentence))
    elif trouble and not _wishes(line):
        best = _Told(line.words[-1].sentence, "why", by_form=True)
    else:
        return None
    return AskedQuestion.model_validate({"kind": best.kind, "subjects": _subjects(line, best.kind, best.sentence)})


def _told(line: Line, number: int, form: str, trouble: bool) -> _Told | None:
    """In a sentence the first words that tell a kind count, of equal places the kind that is listed first."""
    first, last = line.sentence_places[number]
    part = _outside_brackets(line.words[first : min(last + 1, first + LONGEST_ASKED)])
    order = kinds("question", "kinds")
    found = sorted(book("question", "kinds").find(part), key=lambda match: (match.first, order.index(match.value)))
    hidden = covered(match for match in found if match.value == UNTOLD)
    told = [match for match in found if match.first not in hidden]
    apart = [match for match in told if not _is_of_places(line, first + match.first, first + match.last)]
    plain = [match.value for match in (apart or told)]
    if plain:
        return _Told(number, "compare" if "compare" in plain and _sets_against(part) else plain[0], by_form=False)
    closed = form in ("may", "is") or (not form and bool(part) and part[-1].text == "?")
    diagnosed = trouble and form == "is"
    if hidden or not closed or not (diagnosed or _about_something(line, first, min(last, first + LONGEST_ASKED - 1))):
        return None
    return _Told(number, "why" if diagnosed else "fits", by_form=True)


def _is_of_places(line: Line, first: int, last: int) -> bool:
    """ "Singapore or Tokyo, what would it cost?": where it may run is no question beside another one."""
    kinds = [mention.kind for mention in line.mentions[first : last + 1] if isinstance(mention, Name)]
    return bool(kinds) and all(kind in ("place", "region") for kind in kinds)


def _sets_against(part: Sequence[Word]) -> bool:
    """One thing is set against another, whatever of them is asked: "what does it cost compared to B"."""
    return _holds(part, "against")


def _outside_brackets(part: Sequence[Word]) -> Sequence[Word]:
    """Without what is put in: "for CPU (Arm) or for GPU" is one clause."""
    kept: list[Word] = []
    rejoined: dict[int, int] = {}
    depth = 0
    for before, word in zip((None, *part), part, strict=False):
        depth = max(0, depth + (word.text == "(") - (word.text == ")"))
        if depth or word.text == ")":
            continue
        if before is not None and before.text == ")" and kept and word.text[0].isalnum():
            rejoined[word.clause] = kept[-1].clause
        kept.append(word._replace(clause=rejoined.get(word.clause, word.clause)))
    return kept


def _about_something(line: Line, first: int, last: int) -> bool:
    """It names or measures something, or speaks of hardware."""
    said = any(mention is not None for mention in line.mentions[first : last + 1])
    return said or _holds(line.words[first : last + 1], "hardware")


def _holds(part: Sequence[Word], section: str) -> bool:
    return next(book("question", section).find(part), None) is not None


def _subjects(line: Line, kind: str, sentence: int) -> tuple[str, ...]:
    """What the sentence that asks names; where it names nothing, what the sentences before it do."""
    first, last = line.sentence_places[sentence]
    there = _things(line, kind, first, last)
    models = [place for place, name in line.names if name.kind == "model" and place <= last]
    if kind == "compare" and len(there) == 1 and models and models[-1] >= first:
        return tuple(dict.fromkeys(line.quote(place, place) for place in models))  # "worth it compared to the 8B?"
    return there or _things(line, kind, 0, first - 1)


def _unnamed(line: Line, place: int, quantity: Quantity) -> tuple[int, int] | None:
    """Cards known by their number and memory: "4 GPUs of 16 GB each"."""
    shape = unnamed_shape(line, place, quantity)
    return None if shape is None or shape.memory is None else (shape.first, shape.last)


def _things(line: Line, kind: str, first: int, last: int) -> tuple[str, ...]:
    """Names with their count, models by their size alone, and in a comparison also what goes by no name."""
    part = line.words[first : last + 1]
    counted = {match.last + 1: match.first for match in book("question", "counts").find(part)}
    unnamed = {match.first: match.last for match in book("question", "comparands").longest(part)}
    found: list[tuple[int, int]] = []
    for place in range(first, last + 1):
        mention = line.mentions[place]
        if isinstance(mention, Quantity) and mention.dimension == "bytes" and mention.noun == "gpus":
            end = max((at for at in range(place, min(last, place + 3) + 1) if line.words[at].text in CARDS), default=-1)
            if end > place:
                found.append((place, end))
        elif isinstance(mention, Quantity) and mention.dimension == "bytes" and is_system_memory(line, place):
            continue
        elif isinstance(mention, Quantity) and mention.noun == "gpus" and (cards := _unnamed(line, place, mention)):
            found.append(cards)
        elif isinstance(mention, Quantity) and mention.dimension == "bytes" and kind == "fits":
            following = {word.text for word in line.words[place + 1 : place + 4]}
            if not following.isdisjoint(SUFFICES):
                found.append((place, min(last, place + 1)))
        if isinstance(mention, Name):
            found.append((first + counted.get(place - first, place - first), place))
        elif isinstance(mention, Quantity) and mention.dimension == "params":
            found.append((place, place))
        elif kind == "compare" and place - first in unnamed:
            found.append((place, first + unnamed[place - first]))
    return tuple(dict.fromkeys(line.quote(start, end) for start, end in found))
