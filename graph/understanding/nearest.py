"""Nearest labelled examples by meaning, for what no rule reads."""

import re
from typing import Literal

import numpy as np
import numpy.typing as npt

from catalog.embedder import Embedder
from domain.turn import Intent
from domain.workload import Evidence
from graph.understanding.examples import load_examples
from graph.understanding.marked import Marked
from graph.understanding.revision import Draft

SURE = 0.62
"""Cosine above which an example's label is taken; measured on the tests' unseen requests, below it labels are noise."""
NEAR = 0.45
"""Cosine above which an example is about the same thing at all."""
VOTERS = 3
FEWEST_WORDS = 3
_MARK = re.compile(r"^[NGMPRJC]\d+$")
_EMPTY_WORDS = frozenset(
    "a an the of to for in on with and or is are be we i you our my it this that need want would like have has do does "
    "can could should will from at by as some any all help me us about please get make use using".split()
)
Field = Literal["task_type", "domain", "use_case", "industry"]
_FIELDS: tuple[Field, ...] = ("domain", "task_type")


class Nearest:
    """The labelled examples as vectors."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._examples = load_examples()
        self._vectors = embedder.encode([_content(example.text.lower().split()) for example in self._examples])

    def fill(self, draft: Draft, line: Marked, turn: int) -> None:
        """Sets task and domain that no rule found from the examples nearest in meaning, as assumptions."""
        if turn and draft.scalars["domain"] is not None:
            return
        missing = [field for field in _FIELDS if draft.scalars[field] is None]
        if not missing:
            return
        scores = self._scores(line)
        if scores is None:
            return
        order = np.argsort(-scores, kind="stable")[:VOTERS]
        best = self._examples[int(order[0])]
        if scores[order[0]] < SURE or best.intent != "plan":
            return
        for field in missing:
            value = getattr(best.spec, field)
            if value is None:
                continue
            draft.scalars[field] = value
            draft.suppose(field, f"{str(value).replace('_', ' ')}, by the nearest request we know: “{best.text}”.")
            draft.evidence[field] = Evidence(quote=line.raw.strip()[:120], turn=turn)

    def intent(self, line: Marked) -> Intent | None:
        """The intent of the nearest example; None when nothing is near."""
        scores = self._scores(line)
        if scores is None:
            return None
        best = int(np.argmax(scores))
        return self._examples[best].intent if scores[best] >= NEAR else None

    def _scores(self, line: Marked) -> npt.NDArray[np.float32] | None:
        """Sorted words: neither politeness nor the order of sentences moves the vector."""
        words = [token.text for token in line.tokens if not _MARK.match(token.text)]
        content = _content(words)
        if len(content.split()) < FEWEST_WORDS:
            return None
        scores: npt.NDArray[np.float32] = self._vectors @ self._embedder.encode([content])[0]
        return scores


def _content(words: list[str]) -> str:
    kept = {re.sub(r"[^\w]", "", word) for word in words} - _EMPTY_WORDS
    return " ".join(sorted(word for word in kept if word and not word.isdigit()))
