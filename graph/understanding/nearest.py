"""Nearest labelled examples by meaning, for what no rule reads."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from catalog.embedder import Embedder
from domain.turn import Intent
from domain.workload import Domain, Evidence
from graph.understanding.draft import Draft
from graph.understanding.examples import Example, load_examples
from graph.understanding.lexicon import lexicon
from graph.understanding.marked import Marked

VOTERS = 3
"""Neighbours that must agree. Leaving one example out, three of a cosine of 0.4 named the domain right in 20 of 20
cases they spoke in, one alone in 53 of 82; tasks were not predicted better than by chance, so they are not."""
NEAR = 0.4
FEWEST_WORDS = 2
_MARK = re.compile(r"[NGMPRJC]\d+")


class Nearest:
    """The labelled examples as vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._examples = load_examples()
        self._vectors = embedder.encode([_content(example.text.lower().split()) for example in self._examples])
        self._plans = np.array([example.spec.domain is not None for example in self._examples])

    def fill_domain(self, draft: Draft, line: Marked, turn: int) -> None:
        """Sets a domain that no rule found when the nearest examples agree on one, as an assumption."""
        if draft.scalars["domain"] is not None:
            return
        neighbours = self._neighbours(line, self._plans)
        domains: set[Domain | None] = {example.spec.domain for example in neighbours}
        if len(domains) != 1:
            return
        draft.scalars["domain"] = domains.pop()
        draft.suppose("domain", f"as in the nearest request we know, “{neighbours[0].text}”.")
        draft.evidence["domain"] = Evidence(quote=line.raw.strip()[:120], turn=turn)

    def intent(self, line: Marked) -> Intent | None:
        """The intent the nearest examples agree on; None when they do not, or nothing is near."""
        intents = {example.intent for example in self._neighbours(line, np.ones_like(self._plans))}
        return intents.pop() if len(intents) == 1 else None

    def _neighbours(self, line: Marked, among: npt.NDArray[np.bool_]) -> tuple[Example, ...]:
        """The voters, nearest first; none when the nearest is far. Words are sorted, so their order never matters."""
        content = _content(token.text for token in line.tokens)
        if len(content.split()) < FEWEST_WORDS:
            return ()
        scores = np.where(among, self._vectors @ self._embedder.encode([content])[0], -1.0)
        order = np.argsort(-scores, kind="stable")[:VOTERS]
        return tuple(self._examples[int(i)] for i in order) if scores[order[0]] >= NEAR else ()


def _content(words: Iterable[str]) -> str:
    """The words that say what it is about: no marks, no numbers, none that any request may hold."""
    plain = {re.sub(r"[^a-z ]", " ", word) for word in words if not _MARK.fullmatch(word)}
    kept = {part for word in plain for part in word.split()} - lexicon().empty_words
    return " ".join(sorted(word for word in kept if len(word) > 1))
