"""Models by meaning: the nearest pieces of cards, added up to models, under filters that never cost an answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from langchain_core.embeddings import Embeddings
from langchain_postgres import PGEngine
from langchain_postgres.v2.async_vectorstore import AsyncPGVectorStore
from langchain_postgres.v2.indexes import QueryOptions

from catalog.embedder import Embedder
from database import Database

Filter = Mapping[str, object]

FILTERED_ON = ["model_id", "domain", "pipeline_tag", "license", "commercial_use", "gated", "params_b"]
CHUNKS_PER_MODEL = 4


@dataclass
class _UntilEnough(QueryOptions):
    """Lets an index scan go on until the filters have let enough rows through."""

    def to_parameter(self) -> list[str]:
        return ["hnsw.iterative_scan = strict_order", "hnsw.max_scan_tuples = 1000000", "hnsw.ef_search = 100"]

    def to_string(self) -> str:
        return "; ".join(self.to_parameter())


class _Vectors(Embeddings):
    """Our embedder, as LangChain calls one."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(number) for number in row] for row in self._embedder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


async def nearest_models(
    text: str, filters: Sequence[Filter], embedder: Embedder, database: Database, at_least: int
) -> dict[str, float]:
    """Model id to cosine similarity of its nearest piece, nearest first: `at_least` models where so many match."""
    store = await _store(database, embedder)
    vector = await asyncio.to_thread(store.embeddings.embed_query, text)
    if not any(vector):
        return {}
    wanted = at_least * CHUNKS_PER_MODEL
    while True:
        chunks = await store.asimilarity_search_with_score_by_vector(vector, k=wanted, filter=_joined(filters))
        similarity: dict[str, float] = {}
        for chunk, distance in chunks:
            model_id = str(chunk.metadata["model_id"])
            similarity[model_id] = max(similarity.get(model_id, -1.0), round(1.0 - distance, 6))
        if len(similarity) >= at_least or len(chunks) < wanted:
            nearest = sorted(similarity.items(), key=lambda item: (-item[1], item[0]))
            return dict(nearest)
        wanted *= 2


def _joined(filters: Sequence[Filter]) -> dict[str, object] | None:
    if len(filters) > 1:
        return {"$and": list(filters)}
    return dict(filters[0]) if filters else None


_stores: "WeakKeyDictionary[Database, AsyncPGVectorStore]" = WeakKeyDictionary()


async def _store(database: Database, embedder: Embedder) -> AsyncPGVectorStore:
    if database not in _stores:
        _stores[database] = await AsyncPGVectorStore.create(
            PGEngine.from_engine(database.engine),
            _Vectors(embedder),
            "model_chunks",
            schema_name="hf",
            id_column="chunk_id",
            metadata_columns=FILTERED_ON,
            metadata_json_column=None,
            index_query_options=_UntilEnough(),
        )
    return _stores[database]
