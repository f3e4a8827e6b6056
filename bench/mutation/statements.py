"""Statements of functions as numbers, so that a test can be asked which of them it runs."""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

SEEN = "_statements_seen"
FIRST_LINES = f"from bench.mutation.seen import SEEN as {SEEN}"
Position = tuple[int, int]
"""Line, from 1, and column in bytes."""


class Span(NamedTuple):
    """From a position until another."""

    begins: Position
    ends: Position

    def holds(self, position: Position) -> bool:
        return self.begins <= position < self.ends


def marked(source: str, positions: Mapping[int, Position]) -> tuple[ast.Module, frozenset[int]]:
    """The source, in which the smallest statement of a function around each position first says that it runs, by the
    position's number; and the numbers of those that stand in none. Every line keeps its place."""
    module = ast.parse(source)
    wanted: dict[tuple[int, str, int], list[int]] = {}
    blocks = [
        block
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for block in _blocks(node)
    ]
    statements = [
        (_span(statement), block_number, place)
        for block_number, (holder, name) in enumerate(blocks)
        for place, statement in enumerate(getattr(holder, name))
    ]
    outside = set()
    for number, position in positions.items():
        around = [one for one in statements if one[0].holds(position)]
        if around:
            _, block_number, place = max(around)
            wanted.setdefault((block_number, blocks[block_number][1], place), []).append(number)
        else:
            outside.add(number)
    for (block_number, name, place), numbers in sorted(wanted.items(), reverse=True):
        block: list[ast.stmt] = getattr(blocks[block_number][0], name)
        saying = ast.parse("\n".join(f"{SEEN}[{number}] = 1" for number in numbers)).body
        for node in (part for statement in saying for part in ast.walk(statement)):
            ast.copy_location(node, block[place])
        block[place:place] = saying
    module.body[_after_future(module) : 0] = ast.parse(FIRST_LINES).body
    return module, frozenset(outside)


def annotations(source: str) -> list[Span]:
    """Where types stand, and whether they are imported: a change there changes nothing that runs."""
    found = []
    for node in ast.walk(ast.parse(source)):
        spans = [node.returns] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
        spans += [node.annotation] if isinstance(node, ast.AnnAssign | ast.arg) else []
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found.append(_span(node))
        found += [_span(span) for span in spans if span is not None]
    return found


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


def _span(node: ast.stmt | ast.expr) -> Span:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Span((first, node.col_offset if first == node.lineno else 0), (node.end_lineno, node.end_col_offset))


def _after_future(module: ast.Module) -> int:
    first = 0
    for place, statement in enumerate(module.body):
        is_docstring = place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_docstring or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            first = place + 1
    return first
