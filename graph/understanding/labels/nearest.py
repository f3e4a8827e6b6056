"""Nearest labelled examples by meaning, for what no rule reads."""

from collections.abc import Iterable
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from catalog.embedder import Embedder
from domain.workload import Domain, Evidence
from graph.understanding.examples import Example, load_examples
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.unknown_models import runs_a_stranger
from graph.understanding.merge.draft import Draft
from graph.understanding.vocabulary import table

VOTERS = 3
"""Neighbours that must agree. Leaving one example out, three of a cosine of 0.4 named the domain right in 20 of 20
cases they spoke in, one alone in 53 of 82; tasks were not predicted better than by chance, so they are not."""
NEAR = 0.4
FEWEST_WORDS = 2


class Nearest:
    """The labelled examples as vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def warm(self) -> None:
        """Has the vectors ready: most requests name their domain and need none."""
        _ = self._vectors

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        return tuple(example for example in load_examples() if example.spec.domain is not None)

    @cached_property
    def _vectors(self) -> npt.NDArray[np.float32]:
        return self._embedder.encode([_content(example.text.lower().split()) for example in self._examples])

    def fill_domain(self, draft: Draft, line: Line, turn: int) -> None:
        """Sets a domain that no rule found when the nearest examples agree on one, as an assumption. Most requests are
        about language models: that says nothing of a model which nobody knows."""
        if draft.scalars["domain"] is not None:
            return
        neighbours = self._neighbours(line)
        domains: set[Domain | None] = {example.spec.domain for example in neighbours}
        if len(domains) != 1 or ("llm" in domains and (draft.models or runs_a_stranger(line))):
            return
        draft.scalars["domain"] = domains.pop()
        draft.suppose("domain", f"as in the nearest request we know, “{neighbours[0].text}”.")
        draft.evidence["domain"] = Evidence(quote=line.text.raw.strip()[:120], turn=turn)

    def _neighbours(self, line: Line) -> tuple[Example, ...]:
        """The voters, nearest first; none when the nearest is far. Words are sorted, so their order never matters."""
        content = _content(word.text for word in line.words)
        if len(content.split()) < FEWEST_WORDS:
            return ()
        scores = self._vectors @ self._embedder.encode([content])[0]
        order = np.argsort(-scores, kind="stable")[:VOTERS]
        return tuple(self._examples[int(i)] for i in order) if scores[order[0]] >= NEAR else ()


@lru_cache
def _empty_words() -> frozenset[str]:
    return frozenset(table("labels/empty", list[str]))


def _letters(word: str) -> str:
    if word.isascii() and word.isalpha():
        return word
    return "".join(sign if "a" <= sign <= "z" else " " for sign in word)


def _content(words: Iterable[str]) -> str:
    """The words that say what it is about: no names, no figures, none that any request may hold."""
    plain = {_letters(word) for word in {*words} if word[:1] != "<"}
    kept = {part for word in plain for part in word.split()} - _empty_words()
    return " ".join(sorted(word for word in kept if len(word) > 1))
