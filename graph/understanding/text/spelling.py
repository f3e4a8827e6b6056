"""Typing mistakes: a word nobody knows that is one slip away from a word this product needs; and words of other
languages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, combinations, pairwise

from rapidfuzz.distance import OSA

from domain.base import Frozen
from graph.understanding.text.tokens import Token
from graph.understanding.vocabulary import table, words_of

SHORTEST = 4
"""Letters below which a slip could be any word."""
LONG = 8
"""Letters from which on a word may hold two slips."""
LOOKED_AT = 7
"""Letters of a word by whose deletions it is found; the whole word is compared afterwards."""
REACH_OF_A_SIZE = 5


MARKED_WITHIN = 400
"""Tokens by which it is told in which tongue a message is written."""
FEWEST_MARKS = 2
MOST_ENGLISH = 2.0
"""How many times more of a tongue's small words than English ones there must be."""


class _Tongue(Frozen):
    marks: tuple[str, ...]
    words: dict[str, str]

    @cached_property
    def known(self) -> frozenset[str]:
        """Without single letters, which are names of things in every tongue."""
        return frozenset(word for word in (*self.marks, *self.words) if len(word) > 1)


class _Tongues(Frozen):
    english: tuple[str, ...]
    tongues: dict[str, _Tongue]


class _Rules(Frozen):
    slips: dict[str, str]
    endings: tuple[str, ...]


RULES = table("spelling", _Rules)
TONGUES = table("tongue_words", _Tongues)


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
        self._known = self._needed.union(known)
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        for word in self._needed:
            for rest in _rests(word, 2 if len(word) >= LONG - 2 else 1):
                self._by_rest[rest].append(word)
        self._nearest = lru_cache(maxsize=4096)(self._find)

    def corrected(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """The tokens with misspelt words put right; their place in the raw text stays."""
        put_right = [token._replace(text=self._meant(token.text)) for token in tokens]
        for at, token in enumerate(put_right):
            if token.text in RULES.slips and _is_sized(put_right[at + 1 : at + 1 + REACH_OF_A_SIZE]):
                put_right[at] = token._replace(text=RULES.slips[token.text])
        return tuple(put_right)

    def _meant(self, word: str) -> str:
        misspelt = len(word) >= SHORTEST and word.isalpha() and word not in self._known and word not in RULES.slips
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
        return min(near)[1] if near and not self._is_inflected(word) else None

    def _is_inflected(self, word: str) -> bool:
        stems = [word[: -len(ending)] for ending in RULES.endings if word.endswith(ending)]
        return any(not self._known.isdisjoint((stem, f"{stem}e", stem[:-1])) for stem in stems if len(stem) >= SHORTEST)


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
    """The tokens with the neighbours' everyday words in English: "Nutzer" is "users", "maximal" is "at most"; in a
    message written in one of the tongues, its small words, too."""
    tongue = _tongue_of(tokens)
    foreign = {**words_of("foreign"), **tongue}
    english: list[Token] = []
    for at, token in enumerate(tokens):
        joined = token.glued or (at + 1 < len(tokens) and tokens[at + 1].glued)  # the e of "e5"
        text = token.text.partition("'")[2] if tongue and "'" in token.text else token.text  # "d'audiences"
        if text in foreign and not (joined and len(text) == 1):
            words = enumerate(foreign[text].split())
            english += (token._replace(text=word, glued=token.glued and number == 0) for number, word in words)
        else:
            english.append(token)
    return tuple(english)


def _tongue_of(tokens: Sequence[Token]) -> Mapping[str, str]:
    """The words of the tongue that the message is written in; none where it is English, or too short to tell."""
    said = Counter(token.text for token in tokens[:MARKED_WITHIN])
    english = sum(said[mark] for mark in TONGUES.english)
    marks = {name: [said[word] for word in tongue.known & said.keys()] for name, tongue in TONGUES.tongues.items()}
    name = max(marks, key=lambda name: (sum(marks[name]), len(marks[name])))
    enough = len(marks[name]) >= FEWEST_MARKS and sum(marks[name]) > MOST_ENGLISH * english
    return TONGUES.tongues[name].words if enough else {}
