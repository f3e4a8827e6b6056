"""The reader as one list of passes: what each needs and what it gives. Nothing else connects them.

text      raw -> tokens -> text                     layout, spelling, sentences and clauses
mentions  text -> names, quantities -> line         the words with each mention in one piece
stance    line -> stances                           wanted, ruled out, at hand, only spoken of
roles     line, stances -> proposals -> claims      which field each mention fills, over the whole message
labels    line, stances -> labels                   what words alone settle
merge     claims, labels, standing -> spec          the spec as the turn leaves it
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

T = TypeVar("T")
_REQUIRED = object()


@dataclass(frozen=True)
class Pass:
    """A pure function of what other passes gave, which are its arguments by name."""

    gives: str
    needs: tuple[str, ...]
    run: Callable[..., object]


class Board:
    """What the passes have given so far. A pass may read what it declares, and nothing is given twice."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._held = dict(given)

    def run(self, step: Pass) -> None:
        if step.gives in self._held:
            raise ValueError(f"{step.gives} is given twice")
        self._held[step.gives] = step.run(**{name: self._held[name] for name in step.needs})

    @overload
    def get(self, name: str, kind: type[T]) -> T: ...

    @overload
    def get(self, name: str, kind: type[T], otherwise: None) -> T | None: ...

    def get(self, name: str, kind: type[T], otherwise: object = _REQUIRED) -> T | None:
        """What was given under this name. Raises TypeError where it is of another kind."""
        value = self._held[name]
        if value is None and otherwise is None:
            return None
        if not isinstance(value, kind):
            raise TypeError(f"{name} is a {type(value).__name__}, not a {kind.__name__}")
        return value


def run_all(passes: Sequence[Pass], given: Mapping[str, object]) -> Board:
    """Every pass in this order. Raises KeyError where one needs what no pass before it gave."""
    board = Board(given)
    for step in passes:
        board.run(step)
    return board
