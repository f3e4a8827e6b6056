"""Cuts a model card into the pieces that are embedded. A chunker's output never changes under its name."""

import re
from collections.abc import Callable

from domain.errors import InvalidInput
from domain.models import ModelCard

WORDS_PER_CHUNK = 80


def chunker(version: str) -> Callable[[str], tuple[str, ...]]:
    """The chunker of that version. Raises InvalidInput for an unknown one."""
    if version not in _CHUNKERS:
        known = ", ".join(sorted(_CHUNKERS))
        raise InvalidInput(f"There is no chunker named {version!r}.", f"Set HF_CHUNKER_VERSION to one of: {known}.")
    return _CHUNKERS[version]


def described(model: ModelCard, card: str) -> str:
    """The card as it is stored: a first paragraph of the model's facts in words, then its own text."""
    uses = ", ".join(use.replace("_", " ") for use in model.use_cases)
    kind = f"{model.domain.replace('_', ' ')}, {model.pipeline_tag.replace('-', ' ')}"
    return f"{model.name}: {model.summary}\n{kind}. {uses}\n\n{card.strip()}"


def _paragraphs(card: str) -> tuple[str, ...]:
    """Paragraphs; a long one is cut between sentences, into pieces of at most WORDS_PER_CHUNK words."""
    chunks: list[str] = []
    for paragraph in re.split(r"\n\s*\n", card):
        piece: list[str] = []
        for sentence in re.split(r"(?<=[.!?])\s+", paragraph.strip()):
            words = sentence.split()
            if piece and len(piece) + len(words) > WORDS_PER_CHUNK:
                chunks.append(" ".join(piece))
                piece = []
            piece += words
        if piece:
            chunks.append(" ".join(piece))
    return tuple(chunks)


_CHUNKERS = {"v1": _paragraphs}
