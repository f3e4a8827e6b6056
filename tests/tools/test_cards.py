"""What model cards say, through LangChain's vector store on the catalogue's own table."""

import numpy as np
import pytest

from catalog.embedder import load_embedder
from database import Database
from domain.queries import CardQuery
from tools import cards
from tools.card_retriever import CardRetriever


async def test_the_nearest_pieces_come_first_with_their_models_facts(database: Database) -> None:
    found = (await cards.search(CardQuery(text="speech recognition in German", top_k=8), database)).items
    assert len(found) == 8
    assert [piece.similarity for piece in found] == sorted((piece.similarity for piece in found), reverse=True)
    assert {piece.domain for piece in found[:5]} == {"speech"}
    assert all(piece.text and piece.pipeline_tag for piece in found)


async def test_every_filter_holds(database: Database) -> None:
    one = CardQuery(text="which languages", models=("openai/whisper-large-v3",))
    assert {piece.model for piece in (await cards.search(one, database)).items} == {"openai/whisper-large-v3"}
    free = CardQuery(text="describe pictures", domain="multimodal", commercial=True, top_k=30)
    found = (await cards.search(free, database)).items
    assert len(found) == 30
    assert {(piece.domain, piece.commercial_use) for piece in found} == {("multimodal", True)}
    assert (await cards.search(CardQuery(text="x", models=("no/such-model",)), database)).status == "empty"
    assert (await cards.search(CardQuery(text="?!"), database)).status == "empty"
    assert (await cards.search(CardQuery(text="\U00010000 ٠"), database)).status == "empty"  # no word that is known


@pytest.mark.parametrize("top_k", [1, 3, 7])
async def test_fewer_are_the_first_of_more(database: Database, top_k: int) -> None:
    whole = (await cards.search(CardQuery(text="licence", top_k=40), database)).items
    assert (await cards.search(CardQuery(text="licence", top_k=top_k), database)).items == whole[:top_k]


async def test_nothing_nearer_is_missed(database: Database) -> None:
    """Against every piece of the table, for a question that is in the words of cards already."""
    text = "Turns speech to text in 99 languages: meetings, calls, podcasts, lectures."
    found = (await cards.search(CardQuery(text=text, top_k=5), database)).items
    async with database.connection() as connection:
        rows = await (
            await connection.execute("SELECT chunk_id, embedding::text AS held FROM hf.card_chunks")
        ).fetchall()
    vectors = np.array([np.fromstring(row["held"].strip("[]"), sep=",") for row in rows])
    asked = load_embedder("minilm-256").encode([text])[0].astype(np.float64)
    best = sorted(vectors @ asked, reverse=True)[:5]
    assert [piece.similarity for piece in found] == pytest.approx(best, abs=1e-4)


async def test_a_langchain_retriever_gives_documents(database: Database) -> None:
    retriever = CardRetriever(database=database, asked=CardQuery(text="", top_k=2, domain="speech"))
    documents = await retriever.ainvoke("transcribe calls")
    assert len(documents) == 2
    assert {document.metadata["domain"] for document in documents} == {"speech"}
    assert all(document.id and document.page_content and document.metadata["model"] for document in documents)
