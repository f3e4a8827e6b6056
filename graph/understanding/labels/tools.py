"""What a tool of the stack is for: vLLM serves language models."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from domain.names import squash
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.roles.claim import MEDIUM, Claim
from graph.understanding.stance.stance import Stances
from graph.understanding.vocabulary import table


@lru_cache
def _tools() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Name of a tool, without spaces and signs -> the fields and values it hints at."""
    read = table("labels/tools", dict[str, dict[str, list[str]]])
    held: dict[str, list[tuple[str, str]]] = {}
    for field, values in read.items():
        for value, names in values.items():
            for name in names:
                held.setdefault(squash(name), []).append((field, value))
    return {name: tuple(hints) for name, hints in held.items()}


def tool_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """A hint for each tool that is named, in one word or two; a name that the catalogue knows is its own hint."""
    for place, word in enumerate(line.words):
        mention = line.mentions[place]
        written = mention.written if isinstance(mention, Name) else word.text
        hints, last = _hints(written) or _hints(_before_hyphen(written)), place
        if not hints and mention is None and place + 1 < len(line.words) and line.mentions[place + 1] is None:
            hints, last = _hints(word.text + line.words[place + 1].text), place + 1
        if hints and stances.of(place, last) not in ("excluded", "withdrawn"):
            for field, value in hints:
                yield Claim(field, value, line.span(place, last), strength=MEDIUM)


@lru_cache(maxsize=8192)
def _hints(written: str) -> tuple[tuple[str, str], ...]:
    return _tools().get(squash(written), ())


def purposes_of(written: str) -> frozenset[str]:
    """The tasks that a tool of this name hints at."""
    return frozenset(value for field, value in _hints(written) if field == "task_type")


def _before_hyphen(written: str) -> str:
    """ "GPT-4o" is one of the GPTs."""
    return written.split("-")[0] if "-" in written else ""
