"""Every statement of a function as a number, so that a test can be asked which ones it runs."""

import ast
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

SEEN = "_statements_seen"
FIRST_LINES = f"from bench.mutation.seen import SEEN as {SEEN}"
MOST = 1 << 17
"""More statements than there are."""


class Statement(NamedTuple):
    """Where it stands in its file: from (line, column) until (line, column), lines from 1, columns in bytes."""

    begins: tuple[int, int]
    ends: tuple[int, int]

    def holds(self, position: tuple[int, int]) -> bool:
        return self.begins <= position < self.ends


def told(source: str, numbers: "count[int]") -> tuple[str, dict[int, Statement]]:
    """The source, in which every statement of a function first says that it runs, and where each stands."""
    module = ast.parse(source)
    found: dict[int, Statement] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for holder, name in list(_blocks(node)):
                setattr(holder, name, list(_saying(getattr(holder, name), numbers, found)))
    if found:
        module.body[_after_future(module) : 0] = ast.parse(FIRST_LINES).body
    return ast.unparse(ast.fix_missing_locations(module)), found


def annotations(source: str) -> list[Statement]:
    """Where types stand: a change there changes nothing that runs."""
    found = []
    for node in ast.walk(ast.parse(source)):
        spans = [node.returns] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        spans += [node.annotation] if isinstance(node, ast.AnnAssign | ast.arg) else []
        found += [_span(span) for span in spans if span is not None]
    return found


def innermost(statements: dict[int, Statement], position: tuple[int, int]) -> int | None:
    """The number of the smallest statement around a position; none outside functions."""
    around = [number for number, statement in statements.items() if statement.holds(position)]
    return max(around, key=lambda number: (statements[number].begins, number), default=None)


def _blocks(function: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every list of statements of a function; one inside it comes by itself."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(function, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield function, name
            for statement in block:
                if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    yield from _blocks(statement)
    for part in (*getattr(function, "handlers", ()), *getattr(function, "cases", ())):
        yield from _blocks(part)


def _saying(block: list[ast.stmt], numbers: "count[int]", found: dict[int, Statement]) -> Iterator[ast.stmt]:
    for statement in block:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):  # a docstring is first
            number = next(numbers)
            found[number] = _span(statement)
            yield from ast.parse(f"{SEEN}[{number}] = 1").body
        yield statement


def _span(node: ast.stmt | ast.expr) -> Statement:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Statement((first, node.col_offset if first == node.lineno else 0), (node.end_lineno, node.end_col_offset))


def _after_future(module: ast.Module) -> int:
    first = 0
    for place, statement in enumerate(module.body):
        is_docstring = place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_docstring or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            first = place + 1
    return first
