"""Whether a plan answers from documents, and with which programs of ours."""

from domain.parts import Retrieval

DOCUMENT_PROGRAMS = ("ingest_documents.py", "answer_documents.py")
"""The one reads documents into the store, the other finds passages and asks the model."""

STORE = "qdrant"
"""The vector store whose interface those programs speak."""
OTHER_STORES = frozenset({"weaviate", "milvus", "chromadb"})
"""Charts of vector stores that a user may ask for in its place."""


def numbered(name: str, number: int) -> str:
    """Of an object of the first, second ... service of a cluster that answers from documents."""
    return name if number < 2 else f"{name}-{number}"


def answers_from_documents(found: Retrieval | None) -> bool:
    """Whether the plan has all parts of a service that answers from documents."""
    roles = {part.role for part in found.parts if part.model or part.role == "vector store"} if found else set()
    return {"embedder", "vector store"} <= roles
