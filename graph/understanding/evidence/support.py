"""Whether the user's own words support a value that a language model read out of them.

A value without support never enters the spec: a name must be a name that stands in the quote, a number must follow from
the quote's figures, and the quote must stand in what the user wrote.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from domain.base import Frozen
from domain.vocabulary import Vocabulary
from domain.workload import Evidence
from graph.understanding.evidence.figures import Measure, follows
from graph.understanding.names import Kind, Named, NameIndex, index_of, normal
from graph.understanding.wording import tokens_of

_SAME: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "×": "x"})
_LABEL: Final = re.compile(r"^[a-z][a-z0-9]{2,}(?:_[a-z0-9]+){0,3}$")
_LONGEST_LABEL: Final = 40
_STEM: Final = 4
_FORMAT: Final = re.compile(r"^(?:fp|bf|int|nf|q)\d{1,2}$", re.IGNORECASE)
_MOST_WORDS_OF_A_NAME: Final = 5


def located(quote: str, turns: Sequence[str]) -> Evidence | None:
    """The newest place the user wrote these words, whatever the case and the spaces; None: nowhere."""
    words = quote.translate(_SAME).strip(" \t\n\"'.…").split()
    if not any(character.isalnum() for word in words for character in word):
        return None
    body = r"\s+".join(re.escape(word) for word in words)
    pattern = re.compile(rf"(?<!\w){body}(?!\w)" if _is_word(words) else body, re.IGNORECASE)
    for turn in range(len(turns) - 1, -1, -1):
        # The translation keeps every character's place, so the span is the user's own.
        match = pattern.search(turns[turn].translate(_SAME))
        if match:
            return Evidence(quote=turns[turn][match.start() : match.end()], turn=turn)
    return None


def _is_word(words: Sequence[str]) -> bool:
    return words[0][0].isalnum() and words[-1][-1].isalnum()


class RequiredWords(Frozen):
    """Words one of which a quote needs: per value of some fields, and to take something back."""

    choices: Mapping[str, Mapping[str, tuple[str, ...]]]
    withdrawal: tuple[str, ...]


@lru_cache
def _required_words() -> RequiredWords:
    text = Path(__file__).with_name("support.yaml").read_text(encoding="utf-8")
    return RequiredWords.model_validate(yaml.safe_load(text))


def says_one_of(words: Sequence[str], quote: str) -> bool:
    """Whether one of the words stands in the quote; a trailing * stands for any ending."""
    text = quote.translate(_SAME).lower()
    return any(re.search(_as_pattern(word), text) for word in words)


def _as_pattern(word: str) -> str:
    stem = re.escape(word.removesuffix("*"))
    start = r"(?<![^\W\d_])" if word[0].isalpha() else ""
    end = r"(?![^\W\d_])" if word[-1].isalpha() else ""
    return start + stem + end


def withdraws(quote: str) -> bool:
    """Whether the words can take something back at all."""
    return says_one_of(_required_words().withdrawal, quote)


def _joined(quote: str) -> frozenset[str]:
    """Every run of a few words of the quote, written as one."""
    words = [token.text for token in tokens_of(quote) if token.text.isalnum() or "." in token.text]
    spans = range(1, _MOST_WORDS_OF_A_NAME + 1)
    return frozenset(normal("".join(words[at : at + span])) for span in spans for at in range(len(words)))


@dataclass(frozen=True)
class Support:
    """What one catalogue's names and the fixed words let a quote mean."""

    index: NameIndex
    licenses: tuple[str, ...] = ()

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Support":
        return cls(index_of(vocabulary), vocabulary.licenses)

    def choice(self, field: str, value: str, quote: str) -> bool:
        """One of a few values: where the field has required words, one of the value's stands in the quote."""
        required = _required_words().choices.get(field)
        return required is None or says_one_of(required.get(value, ()), quote)

    def number(self, measure: Measure, value: float, quote: str) -> bool:
        return follows(value, measure, quote)

    def label(self, value: str, quote: str) -> str | None:
        """A free snake_case label one of whose words begins like a word of the quote."""
        label = "_".join(re.findall(r"[a-z0-9]+", value.lower()))
        if len(label) > _LONGEST_LABEL or not _LABEL.match(label):
            return None
        said = {token.text[:_STEM] for token in tokens_of(quote) if len(token.text) >= _STEM}
        meant = [word for word in label.split("_") if len(word) >= _STEM]
        return label if any(word[:_STEM] in said for word in meant) or normal(label) in _joined(quote) else None

    def word(self, value: str, quote: str) -> str | None:
        """A name that stands in the quote itself, whatever its spaces and signs: soc2 in "SOC 2"."""
        meant = normal(value)
        return value.strip().lower() if len(meant) > 2 and meant in _joined(quote) else None

    def bits(self, value: str, quote: str) -> str | None:
        """A number format that stands in the quote, by its name or its bits: int4 in "4-bit"."""
        digits = re.findall(r"\d+", value)
        by_bits = len(digits) == 1 and f"{digits[0]}bit" in _joined(quote)
        return self.word(value, quote) or (value.strip().lower() if by_bits and _FORMAT.match(value) else None)

    def written(self, value: str, quote: str) -> str | None:
        """The name as the user wrote it; two letters alone are no name that the catalogue does not know."""
        meant = normal(value)
        found = located(value, (quote,)) if len(meant) > 2 or re.search(r"\d", meant) else None
        return found.quote if found else None

    def name(self, kind: Kind, value: str, quote: str) -> str | None:
        """The catalogue's name for what the quote names, if that is what `value` names too."""
        meant = {named for named in self.index.forms.get(normal(value), ()) if named.kind == kind}
        for said in self._named(kind, quote):
            if any(said.name == named.name or (said.family and said.family == named.family) for named in meant):
                return said.name
        return None

    def license(self, value: str, quote: str) -> str | None:
        """A licence of the catalogue whose first word stands in the quote."""
        known = next((name for name in self.licenses if normal(name) == normal(value)), None)
        if known is None:
            return None
        first = re.split(r"[\W\d_]+", known.lower(), maxsplit=1)[0]
        return known if first and first in {token.text for token in tokens_of(quote)} else None

    def names_in(self, text: str) -> frozenset[str]:
        """Every written form in the text that is a name of the catalogue or of a place."""
        return frozenset(form for form, _ in self._forms(text))

    def _named(self, kind: Kind, quote: str) -> Iterator[Named]:
        """What the quote names, longest written forms first."""
        for _, named in self._forms(quote):
            yield from (name for name in named if name.kind == kind)

    def _forms(self, text: str) -> Iterator[tuple[str, tuple[Named, ...]]]:
        said = (token.text.removesuffix("'s") for token in tokens_of(text))
        words = [word for word in said if word.isalnum() or "." in word]
        for length in range(min(self.index.longest, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                form = normal("".join(words[start : start + length]))
                if form in self.index.forms:
                    yield form, self.index.forms[form]
