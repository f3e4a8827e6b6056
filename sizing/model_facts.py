"""What is known of models and stands on no row of a catalogue: languages, engines without them, refused formats, and
contexts that can be stretched."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from domain.base import Frozen
from domain.models import ModelCard
from domain.names import is_like
from domain.own_files import own_yaml
from domain.workload import Domain

MODELS_KEPT = 16_384
SERVED_BY_THE_ENGINE: tuple[Domain, ...] = ("llm", "multimodal")
"""Models of other domains are served by programs of their own."""


class Named(Frozen):
    """A fact about models, by patterns of their ids."""

    keys: tuple[str, ...]
    source: str

    def is_about(self, key: str) -> bool:
        """Whether one of the patterns is the model's."""
        return is_like(key, self.keys)


class Languages(Named):
    languages: tuple[str, ...] = Field(description="ISO 639-1")


class Unsupported(Named):
    what: str
    engine: str
    until: str | None = Field(description="last version that ran it; null: none did")
    instead: str


class RefusedFormats(Named):
    formats: tuple[str, ...]


class LongerContext(Named):
    original: int = Field(description="tokens the model was trained on before it is stretched")
    tokens: int = Field(description="the longest context its maker documents")
    rope_theta: int


class ModelFacts(Frozen):
    languages: tuple[Languages, ...]
    unsupported: tuple[Unsupported, ...]
    refused_formats: tuple[RefusedFormats, ...]
    longer_contexts: tuple[LongerContext, ...]


@lru_cache
def model_facts() -> ModelFacts:
    """The file, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), ModelFacts)


def covers(model: ModelCard, languages: Sequence[str]) -> bool:
    """False where the model is known for a few languages and one of these is not among them."""
    known = _about(model.key).languages
    return known is None or known.issuperset(languages)


def knows(model: ModelCard, languages: Sequence[str]) -> bool:
    """Whether the model is known to be made for all of them."""
    known = _about(model.key).languages
    return known is not None and known.issuperset(languages)


def unsupported(model: ModelCard) -> Unsupported | None:
    """Why the engine of a plan cannot serve the model; null when it can, or is not what serves it."""
    if model.domain not in SERVED_BY_THE_ENGINE:
        return None
    return _about(model.key).unsupported


def refused_formats(model: ModelCard) -> frozenset[str]:
    """Number formats the model must not run in."""
    return _about(model.key).refused_formats


def longer_context(model: ModelCard, tokens: int | None) -> LongerContext | None:
    """How the model takes so many tokens, more than its configuration says, stretched by the least whole factor: what
    is longer costs quality on short texts. Null where it need not or can not."""
    own = model.architecture.context_tokens if model.architecture else None
    if tokens is None or own is None or tokens <= own:
        return None
    found = _about(model.key).longer_context
    if found is None or tokens > found.tokens:
        return None
    least = found.original * math.ceil(tokens / found.original)
    return found.model_copy(update={"tokens": min(found.tokens, least)})


class _About(NamedTuple):
    """The facts about one model; `languages` null: not known."""

    languages: frozenset[str] | None
    unsupported: Unsupported | None
    refused_formats: frozenset[str]
    longer_context: LongerContext | None


@lru_cache(maxsize=MODELS_KEPT)
def _about(key: str) -> _About:
    facts = model_facts()
    return _About(
        next((frozenset(fact.languages) for fact in facts.languages if fact.is_about(key)), None),
        next((fact for fact in facts.unsupported if fact.is_about(key)), None),
        frozenset(name for fact in facts.refused_formats if fact.is_about(key) for name in fact.formats),
        next((fact for fact in facts.longer_contexts if fact.is_about(key)), None),
    )
