"""What model cards say: their pieces nearest to a question, through LangChain's vector store on the catalogue's table.

The pieces are compared one by one, so that the order does not hang on how they came into the table: 12,000 of them take
some 5 ms. `tools.models` finds models; this finds the words to judge one by.
"""

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from catalog.embedder import Embedder, load_embedder
from catalog.reference import load_reference
from catalog.snapshot import refuse_other_vectors
from database import Database
from domain.queries import CardPiece, CardQuery, CardResult
from migrations.own_schemas import PREFIX, OwnSchemasCursor
from settings import settings
from tools.boundary import bounded
from tools.model_search import index_set_up, nearest_piece, similarity_at
from tools.problems import drawn_to_cards, embedded

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_postgres import PGVectorStore

FACTS = ("model_id", "domain", "pipeline_tag", "license", "commercial_use", "gated", "params_b")
"""Columns of `hf.model_chunks` that a piece carries beside its words."""
TIES = 20
"""So many more are looked at: equally near pieces come in the order of their names, also across the end of the list."""

_stores: "WeakKeyDictionary[Database, PGVectorStore]" = WeakKeyDictionary()


async def search(query: CardQuery, database: Database) -> CardResult:
    """The nearest pieces, each with the facts of its model; every filter holds."""
    return await bounded(_search(query, database), CardResult, settings().tool_timeout_s)


async def _search(query: CardQuery, database: Database) -> CardResult:
    if not any(letter.isalnum() for letter in query.text):
        return CardResult(status="empty")
    embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    refuse_other_vectors((await load_reference(database)).vectors, embedder)
    store = _stores.get(database)
    if store is None:
        store = _stores[database] = await _store(database, embedder)
    vector = await _vector(query.text, embedder, database)
    if not any(vector):  # not a word of it is known to the embedder, so that nothing is near
        return CardResult(status="empty")
    found = await store.asimilarity_search_with_score_by_vector(
        vector, k=query.top_k + TIES, filter=_filter(query) or None
    )
    nearest = sorted((_piece(document, distance) for document, distance in found), key=_nearest_first)[: query.top_k]
    return CardResult(status="ok" if nearest else "empty", items=tuple(nearest))


async def _store(database: Database, embedder: Embedder) -> "PGVectorStore":
    from langchain_core.embeddings import Embeddings
    from langchain_postgres import PGEngine, PGVectorStore

    class Embedded(Embeddings):
        """The embedder that made the table's vectors, as LangChain asks one."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[float(number) for number in row] for row in embedder.encode(texts)]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    async with database.connection() as connection:
        beside_the_first_system = connection.cursor_factory is OwnSchemasCursor
    return await PGVectorStore.create(
        PGEngine.from_engine(database.engine), Embedded(), "model_chunks",
        schema_name=f"{PREFIX}hf" if beside_the_first_system else "hf",
        id_column="chunk_id", content_column="content", embedding_column="embedding", metadata_columns=list(FACTS),
    )  # fmt: skip


async def _vector(text: str, embedder: Embedder, database: Database) -> list[float]:
    """Of the question, drawn towards the words of cards as model search does it."""
    question = await asyncio.to_thread(embedded, text, embedder)
    async with database.connection() as connection, connection.transaction():
        await index_set_up(connection)
        nearest = await nearest_piece(question.vector, connection)
    return [float(number) for number in drawn_to_cards(question, nearest).astype(np.float32)]


def _filter(query: CardQuery) -> dict[str, object]:
    asked: dict[str, object] = {}
    if query.models:
        asked["model_id"] = {"$in": list(query.models)}
    if query.domain:
        asked["domain"] = {"$eq": query.domain}
    if query.commercial:
        asked["commercial_use"] = {"$eq": True}
    return asked


def _piece(document: "Document", distance: float) -> CardPiece:
    facts = document.metadata
    return CardPiece(
        key=str(document.id), model=facts["model_id"], text=document.page_content, similarity=similarity_at(distance),
        domain=facts["domain"], pipeline_tag=facts["pipeline_tag"], license=facts["license"],
        commercial_use=facts["commercial_use"], gated=facts["gated"], params_b=facts["params_b"],
    )  # fmt: skip


def _nearest_first(piece: CardPiece) -> tuple[float, str, str]:
    return -piece.similarity, piece.model, piece.key
