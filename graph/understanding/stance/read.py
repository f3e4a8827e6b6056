"""One linear pass that labels every place of a line with its stance, from the cues beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from graph.understanding.labels.sections import book, together
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.stance.described import described
from graph.understanding.stance.experience import outgrown, reporting, seeks_hardware, wishing
from graph.understanding.stance.measured import measured
from graph.understanding.stance.opinion import is_hardware, opinions
from graph.understanding.stance.reach import ahead, back, further
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stance, Stances
from graph.understanding.stance.voice import of_others
from graph.understanding.text.phrases import Match, PhraseBook
from graph.understanding.text.words import covered
from graph.understanding.vocabulary import table

Reach = Literal["before", "after", "beside", "around", "within"]
MOST_BETWEEN = 6
"""Words between a denial and a wish that it still takes in."""
NAMED_APART = {"wished": "wanted", "advice": "background", "past": "background"}
REPORTED: frozenset[Stance | None] = frozenset({None, "wanted", "asked", "background"})
"""What a place may be whose sentence describes a machine that is there."""
BINDING = frozenset({"advice", "asked"})
OTHERS = frozenset({"you", "they", "their", "people", "others", "everyone"})
PRONOUNS = frozenset({"it", "that", "this", "they", "what", "which"})
ENDS_A_DENIAL = frozenset({"onto", "for", "at", "with", "because", "when", "if", "while"})

LEFT = frozenset({"off", "from", "away", "leaving", "leave", "of"})
"""How a cue ends that tells what is left: where one arrives is no part of it."""


@dataclass(frozen=True)
class _Cue:
    stance: Stance
    reach: Reach
    wish: bool = False
    binds: bool = False
    """Wishes that follow in its clause are part of it."""
    throughout: bool = False
    """It bears on the rest of its sentence."""
    own: bool = False
    """One's own past: where the sentence is a report, what was used is still there."""


@lru_cache
def _book() -> PhraseBook[_Cue]:
    read = table("stance", dict[str, dict[str, list[str]]])
    classes = {
        name: [word for line in lines for word in line.split("|")] for name, lines in read.pop("classes").items()
    }
    entries = [
        (phrase, _Cue(
            NAMED_APART.get(stance, stance), reach, stance == "wished", stance in BINDING,  # type: ignore[arg-type]
            stance == "asked", stance == "past",
        ))
        for stance, cues in read.items() for reach, phrases in cues.items() for phrase in phrases
    ]  # fmt: skip
    return PhraseBook("stance", entries, classes)


def stances_of(line: Line) -> Stances:
    """The stance at every place; "wanted" where no cue bears on it, and the learned opinion has none."""
    at, reports = _by_cues(line)
    held = any(at[place] == "at_hand" for place, name in line.names if name.kind == "gpu")
    for place in described(line, held=held):
        at[place] = "at_hand" if at[place] in REPORTED else at[place]
    spoken_to = line.sentences_with(OTHERS)
    for place, own in opinions(line, _silent(line, at)):
        mention, sentence = line.mentions[place], line.words[place].sentence
        rented = not isinstance(mention, Name) or mention.named[0].rented
        at[place] = "at_hand" if own or not (rented or sentence in spoken_to) else "background"
    gone = outgrown(line)
    for place, mention in enumerate(line.mentions if gone else ()):
        if at[place] in ("at_hand", "background") and line.words[place].sentence in gone and mention is not None:
            named = isinstance(mention, Name) and mention.kind == "gpu"
            at[place] = "excluded" if named else "background" if is_hardware(mention) else at[place]
    for place in of_others(line) | measured(line):
        at[place] = "background"
    void: set[int] = set()
    for match in together("orders").find(line.words):
        first, last = line.sentence(match.first) if match.value == "orders" else line.clause(match.first)
        _label(at, first, last + 1, "background")
        void.update(range(first, last + 1))
    return Stances(tuple(stance or "wanted" for stance in at), reports, frozenset(void))


def silent(line: Line) -> Sequence[bool]:
    """Where no cue says the stance: a card besides only in a sentence that neither wishes nor asks."""
    return _silent(line, _by_cues(line)[0])


def _silent(line: Line, at: Sequence[Stance | None]) -> Sequence[bool]:
    wishes = wishing(line)
    return [
        stance is None and not (isinstance(mention, Name) and word.sentence in wishes)
        for word, mention, stance in zip(line.words, line.mentions, at, strict=True)
    ]


def _by_cues(line: Line) -> tuple[list[Stance | None], frozenset[int]]:
    """The stance at every place that a cue bears on, and the sentences that are reports."""
    at: list[Stance | None] = [None] * len(line.words)
    reports = reporting(line)
    arrivals = list(book("departures", "arrivals").find(line.words))
    cues = _telling(line, [_in_report(line, cue, reports) for cue in _book().longest(line.words)])
    for index, cue in enumerate(cues):
        if cue.value.reach in ("before", "within"):
            limit = next((other.first for other in cues[index + 1 :] if not _agrees(cue, other)), len(line.words))
            end = ahead(line, cue.last + 1, limit, corrects=line.words[cue.last].text == "not")
            if cue.value.throughout or cue.value.stance == "at_hand":
                heads = cue.value.stance == "at_hand"
                end = further(line, cue.first, cue.last, end, limit, throughout=cue.value.throughout, heads=heads)
            if cue.value.stance in UNWANTED or cue.value.stance == "compared":
                end = next((at for at in range(cue.last + 2, end) if line.words[at].text in ENDS_A_DENIAL), end)
            if line.words[cue.last].text in LEFT:
                end = next((arrived.first for arrived in arrivals if cue.last + 1 < arrived.first < end), end)
            _label(at, cue.last + 1, end, "wanted" if cue.value.reach == "within" else cue.value.stance)
        if cue.value.reach in ("around", "within"):
            _label(at, cue.first, cue.last + 1, cue.value.stance)
    elsewhere, sought = seeks_hardware(line), covered(book("experience", "sought").find(line.words))
    for index, cue in enumerate(cues):
        if cue.value.reach == "after":
            previous = cues[index - 1].last + 1 if index and cues[index - 1].value.reach == "after" else 0
            start = back(line, cue.first, previous)
            judged = cue.value.stance == "excluded" and _judges_hardware(line, start, cue)
            for place in range(start, cue.first):
                mention = line.mentions[place]
                if judged and isinstance(mention, Name) and mention.kind == "model":
                    continue
                if place in sought and cue.value.stance == "at_hand":
                    continue  # "how many L40S do we need on premises"
                owned = at[place] == "at_hand" and cue.value.stance in (*UNWANTED, "wanted")  # "my A100s are too slow"
                if owned and elsewhere and cue.value.stance == "excluded":
                    at[place] = "background"  # and another is looked for
                apart = cue.value.stance == "at_hand" or (
                    cue.value.stance == "wanted" and line.words[cue.first - 1].text == ","
                )
                denied = at[place] in UNWANTED and apart  # "no US clouds, on prem", "no US providers, only Germany"
                if not owned and not denied:
                    at[place] = cue.value.stance
        elif cue.value.reach == "beside":
            asked = cue.first > 1 and line.words[cue.first - 1].text == "?"
            beside = cue.first - 1 - asked
            if beside >= 0 and isinstance(line.mentions[beside], Name):
                _label(at, beside, beside + 1, cue.value.stance)
    asking = line.asking
    for place, word in enumerate(line.words if reports else ()):
        if word.sentence in reports and at[place] in (None, "wanted"):
            at[place] = "at_hand"
        elif at[place] is None and word.sentence in asking:
            at[place] = "asked"
    return at, reports


def _agrees(cue: Match[_Cue], other: Match[_Cue]) -> bool:
    """The other says the same of what stands before it: "we have an existing on-prem cluster with 8x H100"."""
    return other.value.reach == "after" and other.value.stance == cue.value.stance


def _judges_hardware(line: Line, start: int, cue: Match[_Cue]) -> bool:
    """A card stands in the clause of the verdict, before it or right behind: what runs on it is not ruled out."""
    behind = range(cue.last + 1, min(cue.last + 1 + MOST_BETWEEN, line.clause(cue.last)[1] + 1))
    found = (line.mentions[at] for at in (*range(start, cue.first), *behind))
    return any(isinstance(mention, Name) and mention.kind == "gpu" for mention in found)


def _in_report(line: Line, cue: Match[_Cue], reports: frozenset[int]) -> Match[_Cue]:
    """In a report, what one used is still at hand, "I ran it on a 1080 Ti and it failed", unless another is looked
    for."""
    if not cue.value.own or line.words[cue.first].sentence not in reports or seeks_hardware(line):
        return cue
    return replace(cue, value=replace(cue.value, stance="at_hand"))


def _telling(line: Line, cues: Sequence[Match[_Cue]]) -> list[Match[_Cue]]:
    """Without the wishes that a denial before them takes in: "do not use", "never want to run on"."""
    kept: list[Match[_Cue]] = []
    in_figures = covered(quantity for _, quantity in line.quantities)
    for cue in cues:
        if line.lasts[cue.last] in in_figures and not cue.value.throughout and cue.value.reach in ("before", "within"):
            continue  # "do not spend more than 5" is a bound
        if cue.value.reach == "after" and cue.first and line.words[cue.first - 1].text in PRONOUNS:
            continue  # "and then it is gone": something else is
        before = kept[-1] if kept else None
        denied = before is not None and before.value.reach == "before" and before.value.stance in UNWANTED
        if cue.value.wish and before is not None and denied and _nothing_between(line, before.last, cue.first):
            continue
        if before is None or cue.value.stance != "wanted" or not _is_said_by(line, before, cue):
            kept.append(cue)
    return kept


def _is_said_by(line: Line, before: Match[_Cue], wish: Match[_Cue]) -> bool:
    """The wish is part of what the cue before it tells: of advice, a question, or what others say in the sentence."""
    earlier, here = line.words[before.last], line.words[wish.first]
    had = before.value.reach == "before" and before.value.stance in SPOKEN_OF
    neutral = wish.value.reach == "before" and not wish.value.wish  # "my lab has nothing but a 3090"
    return earlier.clause == here.clause and ((wish.value.wish and before.value.binds) or (neutral and had))


def _nothing_between(line: Line, before: int, after: int) -> bool:
    """No name and no break between two cues, at most a few words."""
    return (
        after - before <= MOST_BETWEEN
        and line.words[before].clause == line.words[after].clause
        and not any(isinstance(mention, Name) for mention in line.mentions[before:after])
    )


def _label(at: list[Stance | None], start: int, end: int, stance: Stance) -> None:
    at[start:end] = [stance] * max(0, end - start)
