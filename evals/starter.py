"""The built-in reader over the starter catalogue's names, read from its files: no database."""

from functools import lru_cache

from catalog.embedder import load_embedder
from catalog.starter_names import starter_vocabulary
from graph.understanding.reading import BuiltinReader

__all__ = ["starter_reader", "starter_vocabulary"]


@lru_cache
def starter_reader() -> BuiltinReader:
    return BuiltinReader(starter_vocabulary(), load_embedder())
