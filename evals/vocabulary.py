"""`python -m evals.vocabulary`: the phrases and words of the reader that no scenario, table or test exercises.

Reads what the scenarios, follow-ups, intents and tests say, over the names of the starter catalogue, and prints what
never matched, book by book; exits 1 where there is any. A text is read in full only where a phrase that is still open
could be in it.
"""

import ast
import asyncio
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import yaml

from catalog.embedder import load_embedder
from domain.workload import WorkloadSpec
from evals.scenario import SCENARIOS
from evals.starter import starter_vocabulary
from graph.understanding import vocabulary
from graph.understanding.follow_ups.phrases import points_of
from graph.understanding.labels.sections import book, sections
from graph.understanding.mentions.line import Line
from graph.understanding.merge.conversation import next_round, read_turns
from graph.understanding.reading import BuiltinReader
from graph.understanding.text import phrases
from graph.understanding.text.phrases import PhraseBook, Word, Words
from graph.understanding.text.tokens import plain

ROOT = Path(__file__).parents[1]
TESTS = tuple(ROOT / "tests" / name for name in ("understanding", "understanding_openai", "graph", "acceptance"))
PROMPTS = tuple(ROOT / "prompts" / f"{name}.yaml" for name in ("intents", "examples", "follow_ups"))
EVALS = (ROOT / "evals" / "follow_ups", ROOT / "evals" / "intents", SCENARIOS)
STANDING = "Serve Llama 3.1 8B to 50 users on 2x A100 on AWS in Germany, under $3000 a month"
"""What a single sentence revises when it is read as a later turn."""
ASKING = "I need some GPUs"
"""What is asked about, so that a single short sentence answers."""
LONGEST_ANSWER = 12
MOST_TRIES, MOST_GUESSES = 40, 80
"""Texts that are read in full for a phrase that stands in them, or whose words they hold."""
MARKS = ("<it>", "<other>", "<n>", "<money>", "<model>", "<gpu>", "<place>")
"""What the reader writes into a line where it has found out more."""
SIGNS = '.,;:!?()[]{}"“”`*|'
LIBRARY = frozenset({"currencies"})
"""Books that hold words of a library, of which no test needs every one."""
Unused = Mapping[str, Sequence[str]]
Books = Mapping[str, PhraseBook[object]]


def main() -> int:
    """Prints the list; 0 where it is empty."""
    unused = unexercised()
    for name, left in unused.items():
        print(f"{name}: {len(left)}\n  " + "\n  ".join(left))
    total = sum(len(held.phrases) for held in phrases.known.values())
    print(f"{sum(map(len, unused.values()))} unexercised; {total} phrases in {len(phrases.known)} books")
    return int(bool(unused))


def unexercised() -> Unused:
    """What never matched, by book; an entry whose list would be empty is left out."""
    spoken = list(_conversations())
    used = _used(spoken)
    unused = {
        name: [phrase for phrase in held.phrases if (name, phrase) not in used]
        for name, held in sorted(phrases.known.items())
        if name not in LIBRARY
    }
    written = " ".join(chain.from_iterable(spoken)).lower().split()
    words = {*written, *(plain(word.strip(SIGNS)) for word in written)}
    for name, held in vocabulary.table("words", dict[str, dict[str, str]]).items():
        unused[f"words: {name}"] = [word for word in held if word not in words]
    return {name: left for name, left in unused.items() if left}


def _used(spoken: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """The phrases that matched where the reader looked for them, each with its book.

    First the texts are read in which an open phrase stands as it is, then those that hold its words at least: the
    reader also looks into parts of a message, and into lines with other marks.
    """
    used = set[tuple[str, str]]()
    reading = _Exerciser(used)
    reading.read([STANDING], [reading.reader.line(STANDING)])  # which opens the books
    lines = {turns: [reading.reader.line(turn) for turn in turns] for turns in map(tuple, spoken)}
    for tries, could_match in ((MOST_TRIES, _matching), (MOST_GUESSES, _holding)):
        tried, still_open = Counter[tuple[str, str]](), _open(phrases.known, used)
        for turns, read in lines.items():
            likely = {found for line in read for found in could_match(line, still_open)} - used
            known = len(phrases.known)
            if fresh := {found for found in likely if tried[found] < tries}:
                tried.update(fresh)
                reading.read(turns, read)
                still_open = _open(phrases.known if len(phrases.known) > known else still_open, used)
    return used


def _open(books: Books, used: Collection[tuple[str, str]]) -> Books:
    """The books in which something has not matched yet."""
    return {
        name: held
        for name, held in books.items()
        if name not in LIBRARY and any((name, phrase) not in used for phrase in held.phrases)
    }


def _matching(line: Line, books: Books) -> Iterator[tuple[str, str]]:
    """The phrases that stand in the line, with their books."""
    for said in dict.fromkeys((line.words, line.as_written, line.text.words)):
        for name, held in books.items():
            yield from ((name, phrase) for phrase in held.matching(said))


def _holding(line: Line, books: Books) -> Iterator[tuple[str, str]]:
    """The phrases whose words are in the line, with their books."""
    marks = [Word(mark, 0, 0) for mark in MARKS]
    said = Words((*line.words, *line.as_written, *line.text.words, *marks))
    for name, held in books.items():
        yield from ((name, phrase) for phrase in held.possible(said))


class _Exerciser:
    """Reads texts as first messages, as later turns and as answers, and notes what matches in `used`."""

    def __init__(self, used: set[tuple[str, str]]) -> None:
        self._used = used
        self.reader = BuiltinReader(starter_vocabulary(), load_embedder(), by_rules=True)
        self._explaining = [book("follow_ups", section) for section in sections("follow_ups")]
        self._standing = self.reader.read_at_once([STANDING], WorkloadSpec(), None, False).spec
        asking = self.reader.read_at_once([ASKING], WorkloadSpec(), None, False)
        self._asking, self._asked = asking.spec, next_round(asking, ())[0]

    def read(self, turns: Sequence[str], lines: Sequence[Line]) -> None:
        phrases.used = self._used
        try:
            for line in lines:  # the books that are asked while a plan is explained
                points_of(line)
                for explains in self._explaining:
                    list(explains.find(line.as_written))
            asyncio.run(read_turns(self.reader, turns))
            if len(turns) == 1:
                self.reader.read_at_once([STANDING, *turns], self._standing, None, True)
                if len(lines[0].words) <= LONGEST_ANSWER:
                    self.reader.read_at_once([ASKING, *turns], self._asking, self._asked, False)
        finally:
            phrases.used = None


def _conversations() -> Iterator[Sequence[str]]:
    """What the scenarios, the tables and the tests say, each once."""
    paths = (*PROMPTS, *chain.from_iterable(sorted(folder.rglob("*.yaml")) for folder in (*EVALS, *TESTS)))
    tables = [yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for path in paths]
    tests = chain.from_iterable(sorted(folder.rglob("test_*.py")) for folder in TESTS)
    said = chain(_said_in(tables), chain.from_iterable(map(_sentences, tests)))
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
