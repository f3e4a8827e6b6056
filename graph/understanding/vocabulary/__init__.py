"""The words the reader knows, as data: one YAML file a subject, read once."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from domain.own_files import own_yaml

HERE = Path(__file__).parent
T = TypeVar("T")


def table(name: str, shape: type[T]) -> T:
    """The file of that name, checked against its shape. Raises ValidationError where it does not hold to it."""
    return own_yaml(HERE / f"{name}.yaml", shape, all_text=True)


@lru_cache
def words_of(name: str) -> Mapping[str, str]:
    """A plain word table of `words.yaml`: what is written -> what is meant."""
    return table("words", dict[str, dict[str, str]])[name]
