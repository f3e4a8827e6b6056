"""Model cards to embedded pieces, a batch of cards at a time: in this process, or by whatever workers there are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from catalog.chunks import chunker
from catalog.embedder import Embedder

if TYPE_CHECKING:
    from catalog.vectors import Vectors

BATCH = 256
"""Cards that are cut, embedded and written together."""


class Card(NamedTuple):
    card_id: str
    text: str


class Piece(NamedTuple):
    """`position` counts from 0 within its card."""

    card_id: str
    position: int
    content: str


class Embedded(NamedTuple):
    """A batch of cards: their pieces, and one row of `vectors` for each."""

    cards: int
    pieces: list[Piece]
    vectors: "Vectors"


class Workers(Protocol):
    """`name` is the embedder's and `chunker` the chunker's version: what the vectors are recorded under."""

    @property
    def name(self) -> str: ...

    @property
    def chunker(self) -> str: ...

    def embedded(self, batches: AsyncIterator[list[Card]]) -> AsyncIterator[Embedded]:
        """Every batch embedded, in the order in which they come."""
        ...


class ThisProcess:
    """One batch after the other, in a thread."""

    def __init__(self, embedder: Embedder, chunker_version: str) -> None:
        self.name = embedder.name
        self.chunker = chunker_version
        self._embedder = embedder

    async def embedded(self, batches: AsyncIterator[list[Card]]) -> AsyncIterator[Embedded]:
        async for cards in batches:
            yield await asyncio.to_thread(embed_batch, cards, self._embedder, self.chunker)


def embed_batch(cards: Sequence[Card], embedder: Embedder, chunker_version: str) -> Embedded:
    """Cuts the cards and embeds the pieces. Raises InvalidInput for an unknown version."""
    cut = chunker(chunker_version)
    pieces = [
        Piece(card.card_id, position, content) for card in cards for position, content in enumerate(cut(card.text))
    ]
    return Embedded(len(cards), pieces, embedder.encode([piece.content for piece in pieces]))
