"""Which of the files of a model's repository are fetched and read, where it holds the weights in more than one form."""

from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import is_like
from domain.own_files import own_yaml


class RepositoryFiles(Frozen):
    """What vLLM is told of a repository, and what of it is left where it is."""

    keys: tuple[str, ...]
    flags: tuple[str, ...]
    left_out: tuple[str, ...]


class Vocabulary(Frozen):
    """What an engine fetches from elsewhere for a model while it serves, and where it looks for it first."""

    keys: tuple[str, ...]
    addresses: tuple[str, ...]
    folder: str
    variable: str


class _Known(Frozen):
    never_read: tuple[str, ...]
    repositories: tuple[RepositoryFiles, ...]
    vocabularies: tuple[Vocabulary, ...]


@lru_cache
def files_of(repository: str) -> RepositoryFiles:
    """Of a repository of the Hub, by its id; `left_out` with what no server here reads of any."""
    found = next(found for found in _known().repositories if is_like(repository, found.keys))
    return found.model_copy(update={"left_out": (*_known().never_read, *found.left_out)})


def vocabulary_of(model: str) -> Vocabulary | None:
    """Of a model that is served without the internet; null where its repository holds all that is read."""
    return next((found for found in _known().vocabularies if is_like(model, found.keys)), None)


@lru_cache
def _known() -> _Known:
    return own_yaml(Path(__file__).with_name("repository_files.yaml"), _Known)
