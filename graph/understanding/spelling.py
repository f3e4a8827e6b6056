"""Typing mistakes: a word nobody knows that is one slip away from a word this product needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from graph.understanding.wording import Token

SHORTEST = 4
"""Letters below which a slip could be any word."""
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "al")


class Spelling:
    """Corrects towards `needed`, and leaves alone whatever is `known` or made from a known word.

    `slips` are words of their own that mean a model where a size follows: "lama 70b".
    """

    def __init__(self, needed: Iterable[str], known: frozenset[str], slips: Mapping[str, str]) -> None:
        self._slips = slips
        self._needed = tuple(sorted({word for word in needed if word.isalpha() and len(word) >= SHORTEST}))
        self._known = known | frozenset(self._needed)
        self._nearest = lru_cache(maxsize=4096)(self._find)

    def corrected(self, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        """The tokens with misspelt words put right; their place in the raw text stays."""
        put_right = [self._put_right(token) for token in tokens]
        for position, token in enumerate(put_right):
            meant = self._slips.get(token.text)
            if meant and _sized(tokens[position + 1 : position + 6]):
                put_right[position] = replace(token, text=meant)
        return tuple(put_right)

    def _put_right(self, token: Token) -> Token:
        word = token.text
        if len(word) < SHORTEST or not word.isalpha() or word in self._known:
            return token
        nearest = self._nearest(word)
        return Token(nearest, token.start, token.end, token.glued) if nearest else token

    def _find(self, word: str) -> str | None:
        if self._inflected(word):
            return None
        allowed = 1 if len(word) < 8 else 2
        best: tuple[int, str] | None = None
        for target in self._needed:
            if target[0] != word[0] and (target[:2] != word[1::-1] or sorted(target) != sorted(word)):
                continue
            distance = OSA.distance(word, target, score_cutoff=allowed)
            if distance <= allowed and self._plausible(word, target) and (best is None or distance < best[0]):
                best = (distance, target)
        return best[1] if best else None

    def _plausible(self, word: str, target: str) -> bool:
        """Short words forgive a swap of two neighbours, and from five letters on one too many or too few."""
        if len(target) == SHORTEST or len(word) == SHORTEST:
            return sorted(word) == sorted(target)
        return len(word) > 5 or len(word) != len(target) or sorted(word) == sorted(target)

    def _inflected(self, word: str) -> bool:
        stems = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending)]
        return any(
            stem in self._known or stem + "e" in self._known or stem[:-1] in self._known
            for stem in stems
            if len(stem) > 3
        )


def _sized(following: Sequence[Token]) -> bool:
    """A number of billions is among the next tokens."""
    return any(number.text[0].isdigit() and letter.text == "b" for number, letter in pairwise(following))
