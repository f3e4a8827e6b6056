"""`python -m evals.vocabulary`: the phrases and words of the reader that no scenario, table or test exercises.

Reads what the scenarios, follow-ups, intents and tests say, over the names of the starter catalogue, and prints what
never matched, book by book; exits 1 where there is any. A text is read in full only for a phrase that is still open and
could be in it, the phrases that are in the fewest texts first.
"""

import ast
import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from graph.understanding.labels.talk import talk_of, words_of_message
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.surroundings import shaped
from graph.understanding.merge.conversation import next_round, read_turns
from graph.understanding.merge.history import History
from graph.understanding.merge.undo import taken_back
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
MARKS = ("<it>", "<other>", "<n>", "<side>", "<money>", "<model>", "<gpu>", "<place>")
"""What the reader writes into a line where it has found out more."""
SIGNS = '.,;:!?()[]{}"“”`*|'
LIBRARY = frozenset({"currencies"})
"""Books that hold words of a library, of which no test needs every one."""
Unused = Mapping[str, Sequence[str]]


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

    First the texts are read in which a phrase stands as it is, then those that hold its words at least: the reader also
    looks into parts of a message, and into lines with other marks.
    """
    used = set[tuple[str, str]]()
    reading = _Exerciser(used)
    left = {*map(tuple, spoken)}
    said = sorted({turn for turns in left for turn in turns})
    lines = {turn: reading.line(turn) for turn in said}
    for turns in [turns for turns in left if len(turns) > 1] + [(STANDING,)]:  # which opens the books
        left.discard(turns)
        reading.read(turns)
    for tries, could_match in ((MOST_TRIES, _standing_in), (MOST_GUESSES, _held_by)):
        asked = set[str]()
        while fresh := {name: held for name, held in phrases.known.items() if name not in LIBRARY | asked}:
            asked |= fresh.keys()
            whole = PhraseBook.of(fresh.values())
            texts: dict[tuple[str, str], list[str]] = {}
            for text, line in lines.items():
                for found in could_match(line, whole) - used:
                    texts.setdefault(found, []).append(text)
            for found in sorted(texts, key=lambda found: (len(texts[found]), found)):
                for text in sorted(texts[found], key=len)[:tries]:
                    if found in used:
                        break
                    if (text,) in left:
                        left.discard((text,))
                        reading.read([text])
    return used


def _standing_in(line: Line, whole: PhraseBook[tuple[str, str]]) -> set[tuple[str, str]]:
    """The phrases that stand in the line, with their books."""
    views = {line.words, line.as_written, line.text.words, Words(shaped(line.text))}
    return {match.value for said in views for match in whole.find(said)}


def _held_by(line: Line, whole: PhraseBook[tuple[str, str]]) -> set[tuple[str, str]]:
    """The phrases whose words are in the line, with their books."""
    marks = [Word(mark, 0, 0) for mark in MARKS]
    return {*whole.possible(Words((*line.words, *line.as_written, *line.text.words, *marks)))}


class _Exerciser:
    """Reads texts as first messages, as later turns and as answers, and notes what matches in `used`."""

    def __init__(self, used: set[tuple[str, str]]) -> None:
        self._used = used
        self.reader = BuiltinReader(starter_vocabulary(), load_embedder(), by_rules=True)
        self._explaining = [book("follow_ups", section) for section in sections("follow_ups")]
        self._explaining.append(book("question", "wishes"))  # asked only of messages that tell of trouble
        self._standing = self.reader.read_at_once([STANDING], WorkloadSpec(), None, False).spec
        self._history = History().revised(self._standing)
        asking = self.reader.read_at_once([ASKING], WorkloadSpec(), None, False)
        self._asking, self._asked = asking.spec, next_round(asking, ())[0]

    def line(self, turn: str) -> Line:
        """The turn with its mentions, and what is asked of it apart from reading, while a plan stands."""
        with self._noting():
            line = self.reader.line(turn)
            points_of(line)
            talk_of(words_of_message(turn))
            taken_back(turn, self._standing, self._history)
            for explains in self._explaining:
                list(chain(explains.find(line.words), explains.find(line.as_written)))
        return line

    def read(self, turns: Sequence[str]) -> None:
        with self._noting():
            asyncio.run(read_turns(self.reader, turns))
            if len(turns) == 1:
                self.reader.read_at_once([STANDING, *turns], self._standing, None, True)
                if len(turns[0].split()) <= LONGEST_ANSWER:
                    self.reader.read_at_once([ASKING, *turns], self._asking, self._asked, False)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        phrases.used = self._used
        try:
            yield
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
