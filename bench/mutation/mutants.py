"""Which changes are tried: places drawn by a fixed seed, and one operator of cosmic-ray for each."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
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


def sampled(root: Path, numbers: Mapping[int, int]) -> dict[int, list[Mutant]]:
    """By seed so many changes that compile, each at a place of its own, over the folders by their lines."""
    lines = dict.fromkeys(FOLDERS, 0)
    places: dict[str, list[Sequence[Mutant]]] = {folder: [] for folder in FOLDERS}
    for path in sources(root):
        folder = path.partition("/")[0]
        lines[folder] += len((root / path).read_text(encoding="utf-8").splitlines())
        places[folder] += _places(root, path)
    samples: dict[int, list[Mutant]] = {}
    for seed, number in numbers.items():
        samples[seed] = [
            mutant
            for folder, share in shares(lines, number).items()
            for mutant in _drawn(root, places[folder], random.Random(f"{seed} {folder}"), share)
        ]
        random.Random(seed).shuffle(samples[seed])
    return samples


def shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """The number divided by the sizes, rounded so that the shares are the number together: the largest rests up."""
    total = sum(sizes.values())
    rest = {name: size * number % total for name, size in sizes.items()}
    up = sorted(sizes, key=lambda name: (-rest[name], name))[: sum(rest.values()) // total]
    return {name: size * number // total + (name in up) for name, size in sizes.items()}


def _drawn(root: Path, places: Sequence[Sequence[Mutant]], chance: random.Random, number: int) -> Iterator[Mutant]:
    left = number
    for place in chance.sample(places, len(places)):
        mutant = chance.choice(place)
        if left and _compiles(mutant, (root / mutant.path).read_text(encoding="utf-8")):
            left -= 1
            yield mutant


def _places(root: Path, path: str) -> Iterator[Sequence[Mutant]]:
    """For each place of a file everything that can be done there."""
    source = (root / path).read_text(encoding="utf-8")
    typed, lines = annotations(source), source.splitlines()
    nodes = [node for node in ast_nodes(get_ast(source)) if node.type not in NEVER_CHANGED]
    places: dict[tuple[int, int], list[Mutant]] = {}
    for operator in filter(SENSIBLE.fullmatch, operator_names()):
        made = get_operator(operator)()
        positions = [start for node in nodes for start, _ in made.mutation_positions(node)]
        for occurrence, position in enumerate(positions):
            marks_names = lines[position[0] - 1][position[1] :].startswith("*,")  # "what follows is given by name"
            if not marks_names and not any(span.holds(position) for span in typed):
                places.setdefault(position, []).append(Mutant(path, operator, occurrence, position))
    yield from (places[position] for position in sorted(places))


def _compiles(mutant: Mutant, source: str) -> bool:
    changed = mutant.of(source)
    try:
        return compile(changed, mutant.path, "exec") != compile(source, mutant.path, "exec")
    except SyntaxError:
        return False
