"""Which changes are tried: places drawn by a fixed seed, and one operator of cosmic-ray for each."""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from bench.mutation.statements import annotations

FOLDERS = ("sizing", "artifacts", "graph", "tools", "catalog", "server")
LEFT_OUT = ("artifacts/program/",)
"""Programs that a plan's jobs run: they need PyTorch, and `make programs` tests them in an environment of their own."""
AS_TEXT = {"artifacts/bundle/programs/": ("tests/artifacts/test_bundle_checks.py", "tests/artifacts/test_proving.py")}
"""Programs that a folder of files carries: they run elsewhere, and these tests run them."""
SEED = 13
SENSIBLE = re.compile(
    r"core/(NumberReplacer|AddNot|ReplaceAndWithOr|ReplaceOrWithAnd|ReplaceTrueWithFalse|ReplaceFalseWithTrue"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ZeroIterationForLoop|ReplaceUnaryOperator_Delete_(Not|USub)"
    r"|ReplaceBinaryOperator_(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)_(Add|Sub|Mul|Div|FloorDiv)"
    r"|ReplaceBinaryOperator_(BitOr|BitAnd|BitXor|Sub)_(BitOr|BitAnd|Sub)"
    r"|ReplaceComparisonOperator_(Eq|NotEq|Lt|LtE|Gt|GtE)_(Eq|NotEq|Lt|LtE|Gt|GtE)"
    r"|ReplaceComparisonOperator_(Is_IsNot|IsNot_Is))"
)
"""Changes that a person could make by mistake: not `<<` for `+`, not `is` for `<`."""
NEVER_CHANGED = frozenset({"name", "string", "newline", "endmarker", "fstring_start", "fstring_string", "fstring_end"})
"""Kinds of nodes that none of these changes: half of all, and asking them takes time."""


class Mutant(NamedTuple):
    """One change to one file."""

    path: str
    operator: str
    occurrence: int
    position: tuple[int, int]
    """Line, from 1, and column."""

    @property
    def name(self) -> str:
        return f"{self.path}:{self.position[0]}:{self.position[1]} {self.operator.removeprefix('core/')}"

    def of(self, source: str) -> str:
        """The changed source."""
        changed: str | None = mutate_code(source, get_operator(self.operator)(), self.occurrence)
        assert changed is not None, self
        return changed


def sources(root: Path) -> Iterator[str]:
    """The paths of the files that are changed."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not path.startswith(LEFT_OUT):
                yield path


def sampled(root: Path, number: int) -> list[Mutant]:
    """So many changes that compile, each at a place of its own; the first ones of more are those of fewer."""
    chance = random.Random(SEED)
    places = [place for path in sources(root) for place in _places(root, path)]
    chance.shuffle(places)
    taken: list[Mutant] = []
    for place in places:
        if len(taken) == number:
            break
        mutant = chance.choice(place)
        if _compiles(mutant, (root / mutant.path).read_text(encoding="utf-8")):
            taken.append(mutant)
    return taken


def _places(root: Path, path: str) -> Iterator[Sequence[Mutant]]:
    """For each place of a file everything that can be done there."""
    source = (root / path).read_text(encoding="utf-8")
    typed = annotations(source)
    nodes = [node for node in ast_nodes(get_ast(source)) if node.type not in NEVER_CHANGED]
    places: dict[tuple[int, int], list[Mutant]] = {}
    for operator in filter(SENSIBLE.fullmatch, operator_names()):
        made = get_operator(operator)()
        positions = [start for node in nodes for start, _ in made.mutation_positions(node)]
        for occurrence, position in enumerate(positions):
            if not any(span.holds(position) for span in typed):
                places.setdefault(position, []).append(Mutant(path, operator, occurrence, position))
    yield from (places[position] for position in sorted(places))


def _compiles(mutant: Mutant, source: str) -> bool:
    changed = mutant.of(source)
    try:
        return compile(changed, mutant.path, "exec") != compile(source, mutant.path, "exec")
    except SyntaxError:
        return False
