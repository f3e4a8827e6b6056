"""Prompt templates, and the labelled examples that serve both engines."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from domain.own_files import own_yaml


@lru_cache
def template(name: str) -> str:
    """The text of `prompts/NAME.md`."""
    return Path(__file__).with_name(f"{name}.md").read_text(encoding="utf-8")


def filled(name: str, values: Mapping[str, str]) -> str:
    """A template with every `{{word}}` replaced; values are put in once and never read as templates."""
    pieces = template(name).split("{{")
    text = [pieces[0]]
    for piece in pieces[1:]:
        word, rest = piece.split("}}", maxsplit=1)
        text += [values[word], rest]
    return "".join(text)


@lru_cache
def phrase_words() -> frozenset[str]:
    """Words that tie a sentence together and state no fact: all that a rewording may add."""
    lines = own_yaml(Path(__file__).with_name("phrase_words.yaml"), list[str])
    return frozenset(word for line in lines for word in line.split())
