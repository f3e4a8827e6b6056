"""The house: a folder imports only from the floors below it, and the ground floors do no I/O."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    "domain", "sizing", "artifacts", "migrations", "catalog", "tools", "prompts", "graph", "server", "evals", "bench",
)  # fmt: skip
PURE = ("domain", "sizing", "artifacts")
DOES_IO = {"asyncio", "database", "embedded_postgres", "httpx", "os", "psycopg", "settings", "socket", "subprocess"}


def imports_of(folder: str) -> Iterator[tuple[Path, str]]:
    for module in sorted((ROOT / folder).rglob("*.py")):
        if {"program", "programs"} & set(module.relative_to(ROOT).parts):  # text for pods and users, which none imports
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield module, node.module.split(".")[0]


@pytest.mark.parametrize("folder", FLOORS)
def test_a_folder_imports_only_from_the_floors_below(folder: str) -> None:
    above = set(FLOORS[FLOORS.index(folder) + 1 :]) | {"cli", "tests"}
    assert [f"{module.relative_to(ROOT)}: {name}" for module, name in imports_of(folder) if name in above] == []


@pytest.mark.parametrize("folder", PURE)
def test_the_ground_floors_do_no_io(folder: str) -> None:
    assert [f"{module.relative_to(ROOT)}: {name}" for module, name in imports_of(folder) if name in DOES_IO] == []
