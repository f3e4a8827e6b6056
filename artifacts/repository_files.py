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


class _Known(Frozen):
    repositories: tuple[RepositoryFiles, ...]


@lru_cache
def files_of(repository: str) -> RepositoryFiles:
    """Of a repository of the Hub, by its id."""
    path = Path(__file__).with_name("repository_files.yaml")
    known = own_yaml(path, _Known).repositories
    return next(found for found in known if is_like(repository, found.keys))
