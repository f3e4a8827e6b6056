"""Figures and names of a request that no field quotes: the last of what is not taken into account, so that nothing is
dropped in silence. The reader's own residue names needs by their kind; this is what is left when all are taken away.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec

MOST = 20
LABELS = frozenset({
    "task_type", "domain", "use_case", "industry", "gpu_needed", "dataset.modality", "sensitive", "stakes", "hosting",
    "priorities.cost", "priorities.latency", "priorities.quality", "license.commercial",
})  # fmt: skip
_WORD = re.compile(r"[$€£¥]?[^\W_](?:[\w.,+'’/-]*[^\W_])?[%€$£¥]?")
_OPENS = re.compile(r"(?:^|[.!?:;\n(\"“]|\n\s*[-*•])\s*$")
_LISTED = re.compile(r"\(\d{1,2}\)|(?<!\S)\d{1,2}\)\s|(?:^|\n)\s*\d{1,2}\.\s")
_TIMES = re.compile(r"(?<=\d)\s?[xX*×]\s?(?=[\dA-Z])")
_GAP = re.compile(r"[ \t]+")
FOLLOWING = 2
"""Words after a figure that tell what it counts."""


def left_over(turns: Sequence[str], spec: WorkloadSpec, before: Sequence[str] = ()) -> tuple[str, ...]:
    """In the user's words and order, each once. `before` was left of earlier turns, and may be used by now."""
    held = _held(spec)
    still = (phrase for said in before for phrase in _phrases(said, held))
    new = (phrase for turn in turns for phrase in _phrases(_LISTED.sub(" ", turn), held))
    return tuple(dict.fromkeys((*still, *new)))


def told(phrases: Sequence[str]) -> tuple[str, ...]:
    """One sentence; empty where nothing is left."""
    if not phrases:
        return ()
    more = f" and {len(phrases) - MOST} more" if len(phrases) > MOST else ""
    return (f"Also said, and not used: {', '.join(f'“{phrase}”' for phrase in phrases[:MOST])}{more}.",)


def _held(spec: WorkloadSpec) -> frozenset[str]:
    """Every word of what supports a field or is named as left out already, and the names the spec holds.

    A label, such as the kind of model, is supported by words, not by the figures among them.
    """
    figures = [words.quote for field, words in spec.evidence.items() if field not in LABELS]
    figures += [words.quote for words in spec.unplaced]
    figures += [model.name for model in spec.models]
    if (question := spec.question) is not None:
        figures += (*question.subjects, *(question.bill.quotes if question.bill else ()))
        figures += [f"{question.years:g} years"] if question.years else []
    labels = [words.quote for field, words in spec.evidence.items() if field in LABELS]
    said = {word for quote in labels for word in _words(quote) if not any(sign.isdigit() for sign in word)}
    return frozenset(said.union(word for quote in figures for word in _words(quote)))


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(_TIMES.sub(" ", text)):
        yield squash(match[0])
        yield from (squash(part) for part in re.split(r"[-/.,]", match[0]))


def _phrases(text: str, held: frozenset[str]) -> Iterator[str]:
    """What is left, with the words after a figure that tell what it counts; neighbours that are left are one phrase."""
    matches = list(_WORD.finditer(text))
    open_ = [_says(text, match) and not _is_held(match[0], held) for match in matches]
    at = 0
    while at < len(matches):
        if not open_[at]:
            at += 1
            continue
        last = at
        while last + 1 < len(matches) and open_[last + 1] and _joined(text, matches[last], matches[last + 1]):
            last += 1
        end = last
        if any(sign.isdigit() for sign in matches[last][0]):
            while end + 1 < len(matches) and end < last + FOLLOWING and _joined(text, matches[end], matches[end + 1]):
                end += 1
        yield text[matches[at].start() : matches[end].end()]
        at = end + 1


def _joined(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    return _GAP.fullmatch(text[one.end() : other.start()]) is not None


def _says(text: str, match: re.Match[str]) -> bool:
    """A figure, a word with a capital inside, or a capitalised one within a sentence."""
    word = match[0]
    if squash(word) in _generic() or (len(word) == 1 and not word.isdigit()):
        return False
    if any(sign.isdigit() for sign in word) or any(sign.isupper() for sign in word[1:]):
        return True
    return word[0].isupper() and _OPENS.search(text[: match.start()]) is None


def _is_held(word: str, held: frozenset[str]) -> bool:
    parts: Iterable[str] = [squash(part) for part in re.split(r"[-/xX×*]", word) if squash(part)]
    return squash(word) in held or all(part in held for part in parts)


@lru_cache
def _generic() -> frozenset[str]:
    return frozenset(
        squash(str(word)) for word in own_yaml(Path(__file__).with_suffix(".yaml"), list[str | int | float])
    )
