"""The tokens of a message as names are looked for among them."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from domain.names import squash
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.name_rules import beside, form_of, name_rules
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Word
from graph.understanding.text.tokens import is_run

EACH = frozenset({"a", "an", "each", "every", "per"})


@dataclass(frozen=True)
class Surroundings:
    """The tokens of a message as names are looked for among them."""

    text: Text
    index: NameIndex

    @cached_property
    def texts(self) -> list[str]:
        """The tokens' texts, with a few empty ones behind the last."""
        return [token.text for token in self.text.tokens] + [""] * 4

    @cached_property
    def handles(self) -> list[str]:
        """Letters and digits of each token; empty for a sign."""
        return [
            squash(text) if len(text) > 1 or not text.isascii() else text if text.isalnum() else ""
            for text in self.texts
        ]

    @cached_property
    def joined(self) -> list[bool]:
        """Written together with the token before, a hyphen between them or not."""
        return [position > 0 and token.glued for position, token in enumerate(self.text.tokens)] + [False] * 4

    @cached_property
    def touching(self) -> list[bool]:
        """Nothing at all between this token and the one before."""
        tokens, raw = self.text.tokens, self.text.raw
        return [
            at > 0
            and token.start == tokens[at - 1].end
            and not any(map(is_run, raw[token.start - 1 : token.start + 1]))
            for at, token in enumerate(tokens)
        ] + [False] * 4

    @cached_property
    def shouted(self) -> bool:
        """All in capitals, which then say nothing."""
        return self.text.raw.isupper()

    @cached_property
    def providers(self) -> frozenset[str]:
        """Whose name is said, or that of one of their services."""
        named = (one for text in self.said for one in self.index.forms.get(text, ()))
        return frozenset(one.provider or one.name for one in named if one.kind in ("provider", "cluster", "region"))

    @cached_property
    def said(self) -> frozenset[str]:
        return frozenset(self.texts)

    @cached_property
    def things(self) -> frozenset[str]:
        """What the message counts, or speaks of each of: the clip of "5 s clips, from tap to clip", of "per clip"."""
        each = {text for before, text in zip(self.texts, self.texts[1:], strict=False) if before in EACH}
        return frozenset(each | {text[:-1] for text in self.said if text[-1:] == "s"})

    @cached_property
    def _cards_before(self) -> list[int]:
        """How many tokens that speak of cards stand before each place."""
        return list(accumulate((self._speaks_of_cards(at) for at in range(len(self.text.tokens))), initial=0))

    def before(self, position: int) -> str:
        return self.texts[position - 1] if position else ""

    def word_before(self, position: int) -> str:
        """The word that this token only goes on, without a space or a hyphen; else empty."""
        return self.handles[position - 1] if self.touching[position] else ""

    def cards_between(self, start: int, end: int) -> bool:
        start, end = max(0, start), min(end, len(self.text.tokens))
        return start < end and self._cards_before[end] > self._cards_before[start]

    def _speaks_of_cards(self, at: int) -> bool:
        text = self.texts[at]
        if not text[0].isdigit():
            return text in beside("card_company")
        form = self.handles[at - 1] + text if self.joined[at] else text
        longer = form + self.handles[at + 1] if self.joined[at + 1] else form  # "L40S"
        return is_bare_card(form) or bool(self.index.of(form, "gpu") or self.index.of(longer, "gpu"))

    def written(self, first: int, last: int) -> str:
        """The user's words, with the corrected form of a misspelt one in its place."""
        parts: list[str] = []
        end = self.text.tokens[first].start
        for token in self.text.tokens[first : last + 1]:
            typed = self.text.raw[token.start : token.end]
            parts.append(self.text.raw[end : token.start])
            same = typed.lower() == token.text or form_of(typed) == form_of(token.text)
            parts.append(typed if same else token.text.capitalize())
            end = token.end
        return _APART.sub("", " ".join("".join(parts).split()))


_APART = re.compile(r"(?<=\d) (?=[bB]\b)")
"""Between a size and its unit: "671 B"."""


@lru_cache(maxsize=4096)
def _shape_of(figure: str) -> str:
    return f"<{len(figure)}>" if figure.isdigit() else "<v>" if figure.replace(".", "").isdigit() else figure


def shaped(text: Text) -> tuple[Word, ...]:
    """The words with each figure by its shape: "<4>" for four digits, "<v>" for a version such as 3.11."""
    return tuple(
        Word(_shape_of(word.text), word.sentence, word.clause) if word.text[:1].isdigit() else word
        for word in text.words
    )


def is_bare_card(form: str) -> bool:
    """The number of a card that goes without its name and that the catalogue need not know."""
    return form in name_rules().bare_cards
