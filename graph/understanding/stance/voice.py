"""Whose matter a sentence tells: what others say, have and do is no fact of the request, whatever stands beside it.

The subject of a clause and its verb say so. What is told goes on to the end of the sentence, but for the clauses in
which the speaker is the subject again: "the readme says 8 H100, but we have two A40".
"""

from collections.abc import Collection
from functools import lru_cache

from domain.base import Frozen
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table

QUOTES = frozenset({'"', "“", "”", "«"})
OPENING = 3
"""Words with which a clause begins, among which its subject is looked for."""
LONGEST_SUBJECT = 8


class _Voice(Frozen):
    speakers: frozenset[str]
    owners: frozenset[str]
    persons: frozenset[str]
    crowds: frozenset[str]
    sources: frozenset[str]
    tells: frozenset[str]
    does: frozenset[str]
    holds: frozenset[str]
    things: frozenset[str]
    modals: frozenset[str]
    joints: frozenset[str]
    asks: frozenset[str]
    hearsay: tuple[str, ...]


@lru_cache
def _words() -> _Voice:
    return table("voice", _Voice)


@lru_cache
def _hearsay() -> PhraseBook[bool]:
    words = _words()
    classes = {"others": (*words.persons, *words.crowds, *words.sources), "sources": tuple(words.sources)}
    return PhraseBook("hearsay", [(phrase, True) for phrase in words.hearsay], classes)


def of_others(line: Line) -> frozenset[int]:
    """The places of what others say, have and do."""
    said: set[int] = set()
    until, joints = -1, _words().joints
    heard = {match.first: match.last for match in _hearsay().find(line.words)}
    if not heard and line.words.places.keys().isdisjoint(_words().tells | _words().does):
        return frozenset()
    for place, word in enumerate(line.words):
        opens = place == 0 or word.clause != line.words[place - 1].clause
        if opens or line.words[place - 1].text in joints:
            if until >= place and (_is_the_speakers(line, place) or _asks(line, place)):
                until = -1
            if until < place and (opens or _begins_anew(line, place)) and _is_anothers(line, place):
                until = line.sentence(place)[1]
        if place in heard and until < place:
            start = line.clause(place)[0] if word.text == "according" else place
            said.update(range(start, place))
            until = line.sentence(place)[1]
        if place == until + 1 and until in said and word.text in QUOTES and _announces(line, until):
            until = line.sentence(place)[1]
        if place <= until:
            said.add(place)
    return frozenset(said | _taken_up(line, said))


def _announces(line: Line, place: int) -> bool:
    """What is told ends with a colon, or began with a quotation: another one goes on with it."""
    return not {":", *QUOTES}.isdisjoint(line.said(*line.sentence(place)))


def _taken_up(line: Line, said: Collection[int]) -> set[int]:
    """Figures that others told where they are asked about, or quoted: "does 400 streams mean ...?"."""
    told = {(quantity.dimension, quantity.low) for place, quantity in line.quantities if place in said}
    quoted = line.sentences_with({"?", *QUOTES}) if told else frozenset[int]()
    return {
        place for place, quantity in line.quantities
        if (quantity.dimension, quantity.low) in told and line.words[place].sentence in quoted
    }  # fmt: skip


def _begins_anew(line: Line, place: int) -> bool:
    return line.words[place - 1].text in ("and", "but")


def _asks(line: Line, place: int) -> bool:
    """Something is asked from here on."""
    return any(word.text in _words().asks for word in line.words[place : place + 2])


def _is_the_speakers(line: Line, place: int) -> bool:
    """The speaker is the subject of what begins here."""
    last = min(place + OPENING, line.clause(place)[1] + 1)
    opening = [word.text for word in line.words[place:last]]
    return any(text in _words().speakers or text in _words().owners for text in opening)


def _is_anothers(line: Line, place: int) -> bool:
    """Somebody else, or a text, is the subject of what begins here, and tells, has or does something."""
    words, last = _words(), line.clause(place)[1]
    for verb in range(place + 1, min(place + LONGEST_SUBJECT, last) + 1):
        text, before = line.words[verb].text, line.words[verb - 1].text
        if text in words.things and before not in words.persons | words.crowds | words.sources | {"they", "it"}:
            continue  # "they paste in 25k token reports"
        if text in words.tells or text in words.does:
            subject = [word.text for word in line.words[place:verb]]
            tells = text in words.tells
            meant = not tells and any(word.text in ("me", "us") for word in line.words[verb : last + 1])
            return not meant and _are_others(line, place, subject, tells=tells)
        if line.mentions[verb] is not None and line.words[verb].text == "<gpu>":
            return False
    return False


def _are_others(line: Line, place: int, subject: list[str], *, tells: bool) -> bool:
    words = _words()
    if not words.speakers.isdisjoint(subject) or not words.modals.isdisjoint(subject):
        return False
    if not words.persons.isdisjoint(subject) or (tells and "they" in subject):
        return True
    counted = any(isinstance(line.mentions[at], Quantity) for at in range(place, place + len(subject) - 1))
    own = not words.owners.isdisjoint(subject)
    crowd = not words.crowds.isdisjoint(subject) or (tells and subject == ["<provider>"])
    holds = line.words[place + len(subject)].text in words.holds  # documents have pages, and run no cards
    text = (not words.sources.isdisjoint(subject) and not holds) or (tells and subject[-1] == "it")
    return not own and not counted and (crowd or text)
