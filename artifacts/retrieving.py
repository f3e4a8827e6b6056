"""Whether a plan answers from documents, and with which programs of ours."""

from collections.abc import Collection

from domain.parts import Retrieval
from domain.workload import WorkloadSpec
from sizing.vector_store import own_kind, store_at_hand, store_kinds

DOCUMENT_PROGRAMS = ("ingest_documents.py", "answer_documents.py", "vector_store.py")
"""The one reads documents into the store, the other finds passages and asks the model; both speak to the store by the
third."""


def foreign_store(spec: WorkloadSpec, charts: Collection[str]) -> str | None:
    """The store of the plan's vectors, where the plan's programs do not speak to it: the user's own, or a chart's."""
    theirs = store_at_hand(spec)
    if theirs is not None:
        return None if theirs.kind.speaks else theirs.called
    if own_kind().chart in charts:
        return None
    deaf = (kind.chart for kind in store_kinds().values() if kind.chart and not kind.speaks)
    return min((chart for chart in deaf if chart in charts), default=None)


def numbered(name: str, number: int) -> str:
    """Of an object of the first, second ... service of a cluster that answers from documents."""
    return name if number < 2 else f"{name}-{number}"


def answers_from_documents(found: Retrieval | None) -> bool:
    """Whether the plan has all parts of a service that answers from documents."""
    roles = {part.role for part in found.parts if part.model or part.role == "vector store"} if found else set()
    return {"embedder", "vector store"} <= roles
