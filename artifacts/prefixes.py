"""What embedders want written before the texts they are given."""

from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.own_files import own_yaml


class Prefix(Frozen):
    """Before a question and before a passage of what is searched; `model` is a part of the embedder's name."""

    model: str = ""
    question: str = ""
    passage: str = ""


def prefix_of(model: str) -> Prefix:
    """By its name; one that is not known wants nothing."""
    return next((row for row in _prefixes() if row.model.lower() in model.lower()), Prefix())


@lru_cache
def _prefixes() -> tuple[Prefix, ...]:
    """`prefixes.yaml`, read once."""
    return own_yaml(Path(__file__).with_name("prefixes.yaml"), tuple[Prefix, ...])
