"""The examples of what is said while a plan stands."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from domain.own_files import own_yaml
from graph.understanding.labels.labelled import labelled_lines

LINES = Path(__file__).parents[3] / "prompts" / "follow_ups.yaml"
REVISION, NEW_PLAN, OFF_TOPIC, QUESTION = "revision", "new_plan", "off_topic", "question"
UNKNOWABLE = "unknowable"
NO_QUESTIONS = frozenset({REVISION, NEW_PLAN, OFF_TOPIC})
ALSO = {"revision": REVISION, "off_topic": OFF_TOPIC, "aside": OFF_TOPIC}
"""Lists of `prompts/intents.yaml` that are examples too, and of what."""


@lru_cache
def example_lines() -> Mapping[str, tuple[str, ...]]:
    """The lines of `prompts/follow_ups.yaml` by what they are about."""
    return own_yaml(LINES, dict[str, tuple[str, ...]])


def examples() -> Iterator[tuple[str, str]]:
    """Each line once, with what it is about: first those written for this, then those of the intents."""
    seen: set[str] = set()
    lists = [
        *example_lines().items(),
        *((ALSO[name], lines) for name, lines in labelled_lines().items() if name in ALSO),
    ]
    for about, lines in lists:
        for line in lines:
            if line not in seen:
                seen.add(line)
                yield line, about


def act_of(about: str) -> str:
    """What a line wants that is about this: an answer, another plan, or nothing we do."""
    return about if about in NO_QUESTIONS else QUESTION


def digest() -> str:
    """Of all examples, in their order: what is stored was made of these."""
    return sha256("\n".join(f"{about}: {line}" for line, about in examples()).encode()).hexdigest()
