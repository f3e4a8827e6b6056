"""Typing mistakes: a word nobody knows that is one slip away from a word this product needs; and words of other
languages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, combinations, pairwise, zip_longest

from rapidfuzz.distance import OSA

from graph.understanding.labels.sections import listed, meanings
from graph.understanding.text.tokens import Token
from graph.understanding.vocabulary import words_of

SHORTEST = 4
"""Letters below which a slip could be any word."""
LONG = 8
"""Letters from which on a word may hold two slips."""
LOOKED_AT = 7
"""Letters of a word by whose deletions it is found; the whole word is compared afterwards."""
REACH_OF_A_SIZE = 5
OF_ONE = frozenset({"the", "my", "our", "me", "us"})
"""Words that no figure counts."""


SLIPS, ENDINGS = meanings("spelling", "slips"), listed("spelling", "endings")


class Spelling:
    """Corrects towards `needed`, and leaves alone whatever is `known` or made from a known word.

    Needed words are found by what is left of their beginning when letters are left out (the idea of SymSpell), so
    that a word costs the same however many words are needed.
    """

    def __init__(self, needed: Iterable[str], known: Iterable[str], once: Iterable[str] = ()) -> None:
        """The words of `once` are needed too, and corrected towards over a single slip."""
        wanted = frozenset(needed)
        self._once = frozenset(once) - wanted
        self._needed = frozenset(word for word in wanted | self._once if word.isalpha() and len(word) >= SHORTEST)
        self._known = self._needed.union(known, listed("spelling", "no_slips"))
        self._nearest = lru_cache(maxsize=4096)(self._find)

    def warm(self) -> None:
        """Has ready what a message without a strange word does not need."""
        _ = self._by_rest

    @cached_property
    def _by_rest(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in self._needed:
            for rest in _rests(word, 2 if len(word) >= LONG - 2 else 1):
                found[rest].append(word)
        return found

    def corrected(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """The tokens with misspelt words put right; their place in the raw text stays."""
        put_right = [token._replace(text=self._meant(token.text)) for token in tokens]
        for at, token in enumerate(put_right):
            if token.text in SLIPS and _is_sized(put_right[at + 1 : at + 1 + REACH_OF_A_SIZE]):
                put_right[at] = token._replace(text=SLIPS[token.text])
        return tuple(put_right)

    def _meant(self, word: str) -> str:
        misspelt = len(word) >= SHORTEST and word.isalpha() and word not in self._known and word not in SLIPS
        return (self._nearest(word) if misspelt else None) or word

    def _find(self, word: str) -> str | None:
        """The needed word that was meant, which begins with the same letter, or with the two first ones swapped."""
        allowed = 1 if len(word) < LONG else 2
        swapped = word[1] + word[0] + word[2:]
        found = {swapped} & self._needed
        for rest in _rests(word, allowed):
            found.update(self._by_rest.get(rest, ()))
        distances = ((OSA.distance(word, target, score_cutoff=allowed), target) for target in found)
        near = [
            (far, target)
            for far, target in distances
            if far <= (1 if target in self._once else allowed) and _is_plausible(word, target)
        ]
        return min(near)[1] if near and not (self._is_inflected(word) or self._is_compound(word)) else None

    def _is_inflected(self, word: str) -> bool:
        stems = [word[: -len(ending)] for ending in ENDINGS if word.endswith(ending)]
        return any(
            not self._known.isdisjoint((stem, f"{stem}e", stem[:-1], f"{stem[:-1]}y" if stem[-1] == "i" else stem))
            for stem in stems if len(stem) >= SHORTEST
        )  # fmt: skip

    def _is_compound(self, word: str) -> bool:
        """Two known words written together are a name and no slip: "opencode"."""
        cuts = range(SHORTEST, len(word) - SHORTEST + 1)
        return any(word[:at] in self._known and word[at:] in self._known for at in cuts)


def _rests(word: str, most: int) -> set[str]:
    """What is left of the word's beginning without up to so many of its letters, the first of them kept."""
    first, start = word[0], word[1:LOOKED_AT]
    kept = chain.from_iterable(combinations(start, len(start) - left_out) for left_out in range(most + 1))
    return {first + rest for rest in map("".join, kept)}


def _is_plausible(word: str, target: str) -> bool:
    """Short words forgive a swap of two neighbours, and from five letters on one too many or too few."""
    swapped = sorted(word) == sorted(target)
    if SHORTEST in (len(word), len(target)):
        return swapped
    return swapped or len(word) > SHORTEST + 1 or len(word) != len(target)


def _is_sized(following: Sequence[Token]) -> bool:
    """A number of billions is among the next tokens."""
    return any(number.is_figure and letter.text in ("b", "billion") for number, letter in pairwise(following))


def in_english(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with the neighbours' everyday words in English: "Nutzer" is "users", "maximal" is "at most"; and a
    chat's "4 the office" is "for the office"."""
    foreign = words_of("foreign")
    english: list[Token] = []
    for token, after in zip_longest(tokens, tokens[1:]):
        if token.text == "4" and after is not None and after.text in OF_ONE and not after.glued:
            english.append(token._replace(text="for"))
        elif token.text in foreign:
            words = enumerate(foreign[token.text].split())
            english += (token._replace(text=word, glued=token.glued and number == 0) for number, word in words)
        else:
            english.append(token)
    return tuple(english)
