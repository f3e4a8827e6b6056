"""Model search in people's words: the requests are fair, and the shipped ranking is the best of those compared."""

from collections.abc import Sequence

from database import Database
from domain.models import ModelCard
from evals.retrieval.compare import compare
from evals.retrieval.queries import Request, ndcg, read_requests, recall
from evals.retrieval.rankings import fused
from tools import models

REQUESTS = read_requests()
EVERY_REQUEST = (*REQUESTS.tuned_on, *REQUESTS.held_out)
EVERYDAY_CARDS = 18
"""A word that so many cards hold tells none of them apart; "want", "one" and "time" are such words. A number and not a
share: cards of quantised checkpoints, which speak of formats alone, do not make a word rarer."""


async def every_model(database: Database) -> tuple[ModelCard, ...]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT model_id FROM hf.models ORDER BY model_id")
        return await models.lookup([row["model_id"] for row in await cursor.fetchall()], database)


async def lexemes(texts: Sequence[str], database: Database) -> list[set[str]]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT tsvector_to_array(to_tsvector('english', text)) AS words"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS texts (text, place) ORDER BY place",
            (list(texts),),
        )
        return [set(row["words"]) for row in await cursor.fetchall()]


def test_there_are_at_least_sixty_different_requests() -> None:
    assert len({request.ask for request in EVERY_REQUEST}) == len(EVERY_REQUEST) >= 60


async def test_every_request_can_be_served_by_the_catalogue(database: Database) -> None:
    cards = await every_model(database)
    for request in EVERY_REQUEST:
        assert any(request.grade(card) == 3 for card in cards), request.ask


async def test_no_request_shares_its_key_words_with_a_card_it_wants(database: Database) -> None:
    cards = await every_model(database)
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT model_id, card FROM hf.model_to_card JOIN hf.card_canon USING (card_id)"
        )
        texts = {row["model_id"]: row["card"] for row in await cursor.fetchall()}
    in_card = dict(zip(texts, await lexemes(list(texts.values()), database), strict=True))
    asked = await lexemes([request.ask for request in EVERY_REQUEST], database)
    shared = {
        request.ask: sorted(hits)
        for request, words in zip(EVERY_REQUEST, asked, strict=True)
        if (hits := _shared(request, words, cards, in_card))
    }
    assert shared == {}


async def test_the_shipped_ranking_is_the_best(database: Database) -> None:
    compared = {item.ranking: item for item in await compare(REQUESTS, database)}
    shipped = compared.pop("shipped")
    for other in compared.values():
        for half in ("tuned_on", "held_out"):
            ours, theirs = getattr(shipped, half), getattr(other, half)
            assert ours.ndcg > theirs.ndcg + 0.1, (other.ranking, half)
            assert ours.recall > theirs.recall + 0.1, (other.ranking, half)


def test_a_perfect_list_scores_one_and_an_empty_one_nothing() -> None:
    grades = [3, 3, 2, 1, 1, 0, 0]
    assert ndcg(grades, grades) == recall(grades, grades) == 1.0
    assert ndcg([], grades) == recall([], grades) == 0.0
    assert 0 < ndcg([0, 1, 2, 3, 3], grades) < ndcg([3, 3, 0, 0, 0], grades) < 1


def test_fused_lists_favour_what_stands_high_in_both() -> None:
    assert fused([["a", "b", "c"], ["b", "d", "a"]])[:2] == ["b", "a"]


def _shared(request: Request, words: set[str], cards: Sequence[ModelCard], in_card: dict[str, set[str]]) -> set[str]:
    wanted = [in_card[card.key] for card in cards if request.grade(card) == 3]
    return {
        word
        for word in words
        if any(word in card for card in wanted) and sum(word in card for card in in_card.values()) < EVERYDAY_CARDS
    }
