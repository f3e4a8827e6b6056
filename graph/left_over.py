"""Figures and names of a request that no field quotes, each in the phrase that says what it is about, so that nothing
is dropped in silence. The reader's own residue names needs by their kind; this is what is left when all are taken away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from artifacts.notation import plain
from catalog.embedder import known_words as dictionary
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec
from graph.parts_of_paper import without_form
from graph.understanding.labels.strangers import known_words
from graph.understanding.text.glosses import is_glossed
from graph.understanding.text.spelling import OF_ONE

NAMES = ("headings", "firms", "closings")
MOST, LONGEST = 20, 12
"""Phrases that are told, and words of one."""
MOST_DEMANDS, BEFORE_DEMAND = 3, 3
"""Phrases that are told first, and words before one that make a must of it."""
_DEMAND = re.compile(
    r"\b(?:must|shall|requires?|required|mandatory|(?:has|have|needs?) to|exactly|never|may not|not allowed"
    r"|like (?:to )?not)\b",
    re.IGNORECASE,
)
LABELS = frozenset({
    "task_type", "domain", "use_case", "industry", "gpu_needed", "dataset.modality", "sensitive", "stakes", "hosting",
    "priorities.cost", "priorities.latency", "priorities.quality", "license.commercial",
})  # fmt: skip
_SIGNS = "\u3040-\u30ff\u3400-\u9fff"
"""Letters of scripts that put no space between words: names and figures stand among them."""
_WORD = re.compile(rf"[$€£¥]?[^\W_{_SIGNS}](?:(?:[^\W{_SIGNS}]|[.,:+'’/@-])*[^\W_{_SIGNS}])?[%€$£¥]?")
_OPENS = re.compile(r"(?:^|[.!?:;\n(\"“]|\n\s*[-*•])\s*$")
_LISTED = re.compile(r"\(\d{1,2}\)|(?<!\S)\d{1,2}\)\s|(?:^|\n)\s*\d{1,2}\.\s")
_SIGN = re.compile(f"[{_SIGNS}]")
_ASSIGNED = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+=(?:\"[^\"\n]*\"|\S*)")
"""A variable of the shell: part of a command that is shown, and no need."""
_FOR = re.compile(rf"(?<!\S)4(?=\s(?:{'|'.join(sorted(OF_ONE))})\b)", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d)\s?[xX*×]\s?(?=[\dA-Z])")
_SIGNED = 4
"""Words of a name under a message."""
_GAP = re.compile(r"[ \t]*[&+/~<>=-]{0,2}[ \t]*")
Words = Sequence[re.Match[str]]


def left_over(
    turns: Sequence[str], spec: WorkloadSpec, before: Sequence[str] = (), moved: Sequence[str] = ()
) -> tuple[str, ...]:
    """In the user's words and order, one phrase for one thing. `before` was left of earlier turns, and may be used by
    now; `moved` tells what a revision changed, so that its words are used: the 8M of "80M, not 8M"."""
    held, told = _held(spec).union(word for sentence in moved for word in _words(sentence)), set[str]()
    found: list[str] = []
    for text in (*before, *(_unnamed(turn) for turn in turns)):
        for phrase, words in _phrases(text, held):
            if not words <= told:
                found.append(phrase)
            told |= words
    return tuple(found)


def told(phrases: Sequence[str]) -> tuple[str, ...]:
    """One sentence; empty where nothing is left."""
    if not phrases:
        return ()
    more = f" and {len(phrases) - MOST} more" if len(phrases) > MOST else ""
    return (f"Also said, and not used: {', '.join(f'“{phrase}”' for phrase in phrases[:MOST])}{more}.",)


def demands_told(turns: Sequence[str], phrases: Sequence[str]) -> str:
    """What was said to be a must and no part of the plan rests on: the first thing to know of it. Empty where none
    was."""
    asked = [phrase for phrase in phrases if any(_is_demanded(turn, phrase) for turn in turns)]
    shown = ", ".join(f"“{plain(phrase)}”" for phrase in asked[:MOST_DEMANDS])
    return f"Not met by this plan, which does nothing for it: {shown}." if asked else ""


def _is_demanded(turn: str, phrase: str) -> bool:
    """A word that makes a must of it stands in it, or just before it in its sentence."""
    at = turn.find(phrase)
    before = re.split(r"[.!?;\n]\s", turn[:at])[-1].split()[-BEFORE_DEMAND:] if at > 0 else []
    return at >= 0 and _DEMAND.search(" ".join([*before, phrase])) is not None


def language_told(turns: Sequence[str]) -> tuple[str, ...]:
    """That the reply is in English, where the user writes in another language."""
    return ("Answered in English, whatever language the request is in.",) if any(map(is_glossed, turns)) else ()


def _unnamed(turn: str) -> str:
    """Without what only says who writes and which part of a paper this is: numbers of sections, names of firms, and
    whoever signs."""
    text = _FOR.sub("for", _ASSIGNED.sub(" ", _LISTED.sub(" ", without_form(turn))))
    for pattern in _names_of_no_need():
        text = pattern.sub(". ", text)
    return text


@lru_cache
def _names_of_no_need() -> tuple[re.Pattern[str], ...]:
    headings, firms, closings = ("|".join(map(re.escape, sorted(_lists()[name]))) for name in NAMES)
    return (
        re.compile(rf"(?<!\w)(?:{headings})\s*\d[\d.]*(?:\s*\([a-z]\))?", re.IGNORECASE),
        re.compile(rf"(?:(?<!\w)[A-Z][\w&'’-]*\s+(?:(?:&|und|and|et|y)\s+)?){{1,4}}(?i:{firms})\b\.?(?!\w)"),
        re.compile(rf"(?i:(?<!\w)(?:{closings}))[\s,!.]+(?:[A-Z][\w.'’-]*[\s,]*){{1,{_SIGNED}}}\Z"),
    )


def _held(spec: WorkloadSpec) -> frozenset[str]:
    """Every word of what supports a field or is named as left out already, and the names the spec holds.

    A label, such as the kind of model, is supported by words, not by the figures among them.
    """
    figures = [words.quote for field, words in spec.evidence.items() if field not in LABELS]
    figures += [words.quote for words in spec.unplaced]
    figures += [model.name for model in spec.models]
    figures += [*spec.gpu.models, *(one.gpu for one in spec.owned if one.gpu)]
    figures += [f"{one.ram_gb:g}GB RAM" for one in spec.owned if one.ram_gb]
    if (question := spec.question) is not None:
        figures += (*question.subjects, *(question.bill.quotes if question.bill else ()))
        figures += [f"{question.years:g} years"] if question.years else []
        figures += question.quotes
    labels = [words.quote for field, words in spec.evidence.items() if field in LABELS]
    said = {word for quote in labels for word in _words(quote) if not any(sign.isdigit() for sign in word)}
    return frozenset(said.union(word for quote in figures for word in _words(quote)))


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(_TIMES.sub(" ", text)):
        yield squash(match[0])
        yield from (squash(part) for part in re.split(r"[-/.,:@]", match[0]))


def _phrases(text: str, held: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """Each stretch between two signs that holds something open, without what is used of it; and the open words."""
    matches, foreign = [*_WORD.finditer(text)], is_glossed(text)
    says = [_says(text, match, foreign=foreign) for match in matches]
    open_ = [here and not _is_held(match[0], held) for match, here in zip(matches, says, strict=True)]
    used = [here and not left for here, left in zip(says, open_, strict=True)]
    first = 0
    while first < len(matches):
        last = first
        while last + 1 < len(matches) and _GAP.fullmatch(text[matches[last].end() : matches[last + 1].start()]):
            last += 1
        for start, end in _stretches(matches, open_, used, first, last):
            words = {squash(matches[at][0]) for at in range(start, end + 1) if open_[at]}
            begins, ends = matches[start].start(), matches[end].end()
            while begins and _SIGN.match(text[begins - 1]):
                begins -= 1
            while ends < len(text) and _SIGN.match(text[ends]):
                ends += 1
            yield text[begins:ends], words
        first = last + 1


def _stretches(
    matches: Words, open_: Sequence[bool], used: Sequence[bool], first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Parts from one used word to the next that hold something open: at a used word they begin behind a joint, and
    none begins or ends with one."""
    start = first
    for at in range(first, last + 2):
        if at <= last and not used[at]:
            continue
        here = [place for place in range(start, at) if open_[place]]
        if here:
            begins, ends = here[0], here[-1]
            whole = (start == first, at == last + 1)
            while begins > start and (whole[0] or not _joins(matches[begins - 1])) and ends - begins < LONGEST - 1:
                begins -= 1
            while ends + 1 < at and (whole[1] or not _joins(matches[ends + 1])) and ends - begins < LONGEST - 1:
                ends += 1
            if begins == ends and begins == start > first and matches[begins][0][0].isdigit():
                begins -= 1  # the version behind a name that is used: "OpenShift 4.17"
            while begins < here[0] and _joins(matches[begins]):
                begins += 1
            while ends > here[-1] and _joins(matches[ends]):
                ends -= 1
            yield begins, ends
        start = at + 1


def _joins(match: re.Match[str]) -> bool:
    return match[0].lower() in _lists()["joints"]


def _says(text: str, match: re.Match[str], *, foreign: bool) -> bool:
    """A figure, a word with a capital inside, or a capitalised one within a sentence; no plain word in capitals. In
    another language than English a first capital says nothing: German writes every noun with one."""
    word = match[0]
    generic = squash(word) in _lists()["generic"] or word.lower() in _lists()["joints"]
    if generic or (len(word) == 1 and not word.isdigit()):
        return False
    if any(sign.isdigit() for sign in word) or any(sign.isupper() for sign in word[1:]):
        return True
    named = word[0].isupper() and not foreign and _OPENS.search(text[: match.start()]) is None
    return named and not (word.lower() in dictionary() and known_words().hold(word.lower()))


def _is_held(word: str, held: frozenset[str]) -> bool:
    parts: Iterable[str] = [squash(part) for part in re.split(r"[-/:xX×*]", word) if squash(part)]
    return squash(word) in held or all(part in held for part in parts)


@lru_cache
def _lists() -> Mapping[str, frozenset[str]]:
    read = own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[str | int | float, ...]])
    joints = frozenset(str(word) for word in read["joints"])
    named = {name: frozenset(str(word) for word in read[name]) for name in NAMES}
    return {"joints": joints, "generic": frozenset(squash(str(word)) for word in read["generic"]), **named}
