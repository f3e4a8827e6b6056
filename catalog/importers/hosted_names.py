"""Which open model of the catalogue an API means by the name it lists: exact names only, never a guess."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from domain.base import Frozen
from domain.hosted import weights_name
from domain.names import squash
from domain.own_files import own_yaml

TABLE = Path(__file__).with_name("hosted.yaml")
VENDOR = re.compile(r"^[a-z]+\.(?=.)")
REVISION = re.compile(r"-v?\d+:\d+$")
DECIMAL_P = re.compile(r"(?<=\d)p(?=\d)")
MODES: Mapping[str, tuple[str, ...]] = {
    "chat": ("llm", "multimodal"),
    "completion": ("llm", "multimodal"),
    "responses": ("llm", "multimodal"),
    "embedding": ("embeddings",),
    "rerank": ("embeddings",),
    "audio_transcription": ("speech",),
    "image_generation": ("image_generation",),
}
"""What a list calls a kind of use, and the kinds of models that are used so."""


class Api(Frozen):
    """An API whose prices are believed; `rows` says whether those without a page of their own are, too."""

    name: str
    page: str
    rows: Literal["cited", "all"] = "cited"
    prefix: str = ""


class HostedTable(Frozen):
    apis: dict[str, Api]
    wrong: tuple[str, ...]
    added: tuple[str, ...]
    tuned: tuple[str, ...]
    names: dict[str, str]


class KnownModel(NamedTuple):
    """A model of the catalogue."""

    key: str
    domain: str


@lru_cache
def hosted_table() -> HostedTable:
    """The table beside this module."""
    return own_yaml(TABLE, HostedTable)


class ModelNames:
    """Listed names to models; of copies of the same weights the one of the shortest name, then the first, is meant.

    An API that lists a base model's name without its owner, and serves chat with it, serves the tuned model.
    """

    def __init__(self, models: Sequence[KnownModel]) -> None:
        table = hosted_table()
        self._added = _words_at_end(table.added)
        tuned = re.compile(rf"[-_](?:{'|'.join(table.tuned)})(?=[-_]|$)", re.IGNORECASE)
        self._domains = {model.key: model.domain for model in models}
        self._owners = {squash(model.key.split("/")[0]) for model in models}
        self._exact: dict[str, str] = {}
        self._untuned: dict[str, str] = {}
        for model in sorted(models, key=lambda model: len(model.key.rsplit("/", 1)[-1])):
            self._exact.setdefault(weights_name(model.key), model.key)
            bare = tuned.sub("", model.key)
            if bare != model.key:
                self._untuned.setdefault(weights_name(bare), model.key)
        self._said = {squash(name): key for name, key in table.names.items() if key in self._domains}

    def meant(self, listed: str, mode: str, prefix: str = "") -> str | None:
        """The key of the model of that kind; null where the name leads to none, or to two."""
        domains = MODES.get(mode, ())
        is_language = "llm" in domains
        may_be_tuned = is_language and not any(squash(part) in self._owners for part in listed.split("/")[1:-1])
        for forms in (_forms(listed, prefix), _forms(self._added.sub("", listed), prefix) if is_language else ()):
            found = {key for form in forms if (key := self._model(form, may_be_tuned)) is not None}
            found = {key for key in found if self._domains[key] in domains}
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    def _model(self, form: str, may_be_tuned: bool) -> str | None:
        name = weights_name(form)
        said = self._said.get(squash(form))
        if said is not None:
            return said
        return (self._untuned.get(name) if may_be_tuned else None) or self._exact.get(name)


def _forms(listed: str, prefix: str) -> Iterator[str]:
    """The ways to read a listed name: its last part, without the vendor before a dot, with the part before it."""
    *before, last = listed.split("/")
    last = DECIMAL_P.sub(".", REVISION.sub("", last.removeprefix(prefix)))
    yield last
    if VENDOR.match(last):
        yield VENDOR.sub("", last)
    if before:
        yield f"{before[-1]}-{last}"


def _words_at_end(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:[-_](?:{'|'.join((*words, 'fp8'))}))+$", re.IGNORECASE)
