"""Which test files are near a module, by what they import: known at once, where running all tests takes an hour."""

import ast
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from bench.mutation.importing import module_name

SLOW = ("tests/bench/", "tests/graph/studio/", "tests/web/", "tests/programs/", "tests/cli/test_at_a_terminal")
"""Tests that start other programs: a browser, a development server, PyTorch, a terminal."""


class Imports:
    """What imports what in a tree of Python files."""

    def __init__(self, root: Path, folders: tuple[str, ...]) -> None:
        self._root = root
        files = [file for folder in (*folders, "domain", "tests") for file in sorted((root / folder).rglob("*.py"))]
        self._paths = {
            module_name(file.relative_to(root).as_posix()): file.relative_to(root).as_posix() for file in files
        }

    @cached_property
    def _importers(self) -> Mapping[str, frozenset[str]]:
        """Module -> those that import it."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, path in self._paths.items():
            for imported in _imported((self._root / path).read_text(encoding="utf-8")):
                if imported in self._paths and imported != name:
                    found[imported].add(name)
            if name.startswith("tests."):
                for folder in accumulate(name.split(".")[:-1], "{}.{}".format):
                    found[f"{folder}.conftest"].add(name)
        return {name: frozenset(importers) for name, importers in found.items()}

    def tests_near(self, path: str) -> list[str]:
        """Paths of test files that import the file at `path`, through others too: first those that are called like it
        or stand in folders of the same names, of equals the one with fewer imports between, then the shorter."""
        wanted = module_name(path)
        distances = {wanted: 0}
        waiting = deque([wanted])
        while waiting:
            module = waiting.popleft()
            for importer in self._importers.get(module, ()):
                if importer not in distances:
                    distances[importer] = distances[module] + 1
                    waiting.append(importer)
        tests = [
            name for name in distances
            if name.rpartition(".")[2].startswith("test_") and not self._paths[name].startswith(SLOW)
        ]  # fmt: skip
        parts = _words(Path(path).with_suffix("").parts)

        def nearness(test: str) -> tuple[object, ...]:
            size = (self._root / self._paths[test]).stat().st_size
            return -len(parts & _words(test.split("."))), distances[test], size, test

        return [self._paths[test] for test in sorted(tests, key=nearness)]


def _words(parts: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") for part in parts for word in part.split("_")}


def _imported(source: str) -> Iterator[str]:
    """Names of modules, and of what is taken from them, which may be modules too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
