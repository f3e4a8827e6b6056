"""Nearest labelled examples by meaning, for what no rule reads."""

from catalog.embedder import Embedder
from graph.understanding.marked import Marked
from graph.understanding.revision import Draft


class Nearest:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def fill(self, draft: Draft, line: Marked, turn: int) -> None:
        return
