"""`python -m evals.vocabulary`: the phrases and words of the reader that no scenario, table or test exercises.

Reads every scenario and follow-up that is not kept back, every sentence of `tests/understanding` and of `prompts`,
over the names of the starter catalogue, and prints what never matched, book by book; exits 1 where there is any.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import yaml

from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec
from evals.scenario import SCENARIOS
from evals.starter import starter_reader
from graph.understanding import vocabulary
from graph.understanding.merge.conversation import next_round
from graph.understanding.reading import BuiltinReader
from graph.understanding.text import phrases

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "understanding"
PROMPTS = tuple(ROOT / "prompts" / f"{name}.yaml" for name in ("intents", "examples", "follow_ups"))
FOLLOW_UPS = ROOT / "evals" / "follow_ups"
STANDING = "Serve Llama 3.1 8B to 50 users on 2x A100 on AWS in Germany, under $3000 a month"
"""What a single sentence revises when it is read as a later turn."""
SIGNS = '.,;:!?()[]{}"“”`*|'
LIBRARY = frozenset({"currencies"})
"""Books that hold words of a library, of which no test needs every one."""


def main() -> int:
    """Prints the list; 0 where it is empty."""
    used = set[tuple[str, str]]()
    phrases.used = used
    reader, spoken = starter_reader(), list(_conversations())
    stands = reader.read_at_once([STANDING], WorkloadSpec(), None, False).spec
    for turns in spoken:
        _read(reader, turns, stands)
    unused = {
        name: tuple(p for p in held if (name, p) not in used)
        for name, held in sorted(phrases.known.items())
        if name not in LIBRARY
    }
    words = {word.strip(SIGNS) for word in " ".join(chain.from_iterable(spoken)).lower().split()}
    for name, held in vocabulary.table("words", dict[str, dict[str, str]]).items():
        unused[f"words: {name}"] = tuple(word for word in held if word not in words)
    for name, left in unused.items():
        if left:
            print(f"{name}: {len(left)}\n  " + "\n  ".join(left))
    total = sum(map(len, phrases.known.values()))
    print(f"{sum(map(len, unused.values()))} unexercised; {total} phrases in {len(phrases.known)} books")
    return int(any(unused.values()))


def _read(reader: BuiltinReader, turns: Sequence[str], standing: WorkloadSpec) -> None:
    """The turns as they are said; a single one also while a plan stands."""
    reading, asked = Reading(spec=WorkloadSpec()), tuple[Clarification, ...]()
    for count in range(1, len(turns) + 1):
        stands = count > 1 and not asked
        reading = reader.read_at_once(turns[:count], reading.spec, asked[-1] if asked else None, stands)
        asked = next_round(reading, asked)
    if len(turns) == 1:
        reader.read_at_once([STANDING, *turns], standing, None, True)


def _conversations() -> Iterator[Sequence[str]]:
    """What the scenarios, the tables and the tests say, each once."""
    scenarios = (path for path in sorted(SCENARIOS.glob("*.yaml")) if "kept" not in path.stem)
    paths = (*PROMPTS, *sorted(FOLLOW_UPS.glob("*.yaml")), *sorted(TESTS.rglob("*.yaml")), *scenarios)
    tables = [yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for path in paths]
    said = chain(_said_in(tables), chain.from_iterable(map(_sentences, sorted(TESTS.rglob("test_*.py")))))
    return iter(dict.fromkeys(tuple(turns) for turns in said))


def _said_in(table: object) -> Iterator[Sequence[str]]:
    """The conversations of a table, and each text that is none of them."""
    if isinstance(table, str):
        yield (table,)
    elif isinstance(table, Mapping):
        turns = table.get("turns")
        if isinstance(turns, list):
            yield [str(turn) for turn in turns]
        else:
            yield from _each(value for name, value in table.items() if name != "spec")
    elif isinstance(table, list):
        yield from _each(table)


def _each(tables: Iterable[object]) -> Iterator[Sequence[str]]:
    return chain.from_iterable(map(_said_in, tables))


def _sentences(test: Path) -> Iterator[Sequence[str]]:
    """The texts of a test that are no docstrings."""
    tree = ast.parse(test.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield (node.value,)


if __name__ == "__main__":
    sys.exit(main())
