"""What the reader makes of one catalogue's names and of the labelled lines, kept for the processes after this one.

Making it takes 0.7 s of computing, reading what was kept 5 ms. It counts for the same names, the same embedder and the
same code; where it is missing, broken, not ours alone or not to be written, it is made. It is a pickle, so a file that
anybody else may write to is not opened, and what is opened may hold these few classes and nothing else.
"""

import hashlib
import importlib.metadata
import os
import pickle
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from catalog.embedder import Embedder
from domain.own_files import DIGEST_BYTES, write_whole
from domain.vocabulary import InstanceTerm, ModelTerm, Vocabulary
from graph.understanding.labels.labelled import Direction, Leanings
from graph.understanding.mentions.index import Family, NameIndex
from graph.understanding.mentions.mention import Named

HOME = Path(__file__).parents[2]
MADE_BY = ("domain/**/*", "prompts/**/*", "graph/understanding/**/*", "catalog/embedder.py")
"""All code and data of ours that the tables depend on, beside the names."""
SOURCES = frozenset({".py", ".yaml"})
DISTRIBUTIONS = ("babel", "numpy", "pycountry", "tokenizers")
"""Whose data or arithmetic they depend on."""
FILE = "reader.tables"
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
UNREADABLE = OSError, pickle.UnpicklingError, ImportError, EOFError, AttributeError, LookupError, TypeError, ValueError
"""What opening and unpickling a file raise, which may hold anything."""


class Tables(NamedTuple):
    """The names, and which way the labelled lines lean."""

    names: NameIndex
    leanings: Leanings


_HOLDS = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (Tables, NameIndex, Family, Named, ModelTerm, InstanceTerm, Leanings, Direction)
}


def kept_or_made(folder: Path, vocabulary: Vocabulary, embedder: Embedder, make: Callable[[], Tables]) -> Tables:
    """The tables that the folder keeps for these names; where it keeps none, those that `make` gives, which it then
    keeps."""
    path, key = folder / FILE, _key(vocabulary, embedder)
    with suppress(*UNREADABLE):
        return _read(path, key)
    tables = make()
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        body = pickle.dumps(tables, protocol=pickle.HIGHEST_PROTOCOL)
        write_whole(path, key + hashlib.sha256(body).digest() + body, mode=0o600)
    return tables


def _read(path: Path, key: bytes) -> Tables:
    """Raises one of UNREADABLE where the file is not there, not ours alone, of another key or broken."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & OTHERS_MAY_WRITE:
            raise PermissionError(f"{path} is not ours alone")
        if file.read(DIGEST_BYTES) != key:
            raise ValueError(f"{path} is of other names or another version")
        digest, body = file.read(DIGEST_BYTES), file.read()
    if hashlib.sha256(body).digest() != digest:
        raise ValueError(f"{path} is broken")
    tables = _Unpickler(BytesIO(body)).load()
    if not isinstance(tables, Tables):
        raise TypeError(f"{path} holds something else")
    return tables


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        try:
            return _HOLDS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place here") from None


def _key(vocabulary: Vocabulary, embedder: Embedder) -> bytes:
    digest = hashlib.sha256(f"{sys.version} {embedder.name} {embedder.dim}".encode())
    for name in DISTRIBUTIONS:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for path in (path for pattern in MADE_BY for path in sorted(HOME.glob(pattern)) if path.suffix in SOURCES):
        digest.update(f"{path.relative_to(HOME)}\n".encode())
        digest.update(path.read_bytes())
    digest.update(vocabulary.model_dump_json().encode())
    return digest.digest()
