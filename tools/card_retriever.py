"""Model cards as a LangChain retriever: a text in, documents out, each a piece of a card with facts of its model."""

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from database import Database
from domain.errors import ArchitectError
from domain.queries import CardQuery
from tools import cards


class CardRetriever(BaseRetriever):
    """`asked` holds the filters and how many documents; its text is the question's."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    database: Database
    asked: CardQuery = CardQuery(text="")

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        raise NotImplementedError("The catalogue is read on the event loop: use ainvoke.")

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = await cards.search(self.asked.model_copy(update={"text": query}), self.database)
        if found.status in ("failed", "timeout"):
            raise ArchitectError(found.error or "The search failed.")
        return [
            Document(id=piece.key, page_content=piece.text, metadata=piece.model_dump(exclude={"key", "text"}))
            for piece in found.items
        ]
