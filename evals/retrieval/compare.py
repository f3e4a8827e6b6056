"""Full text, vectors, both fused, and the shipped ranking, side by side over the same requests."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from rich.table import Table

from database import Database
from domain.base import Frozen
from domain.models import ModelCard
from evals.retrieval.queries import DEPTH, Request, Requests, ndcg, recall
from evals.retrieval.rankings import rankings
from tools import models


class Score(Frozen):
    """Means over the requests, each from 0 to 1."""

    ndcg: float
    recall: float


class Compared(Frozen):
    """One ranking's scores on the half it was tuned on and on the half kept back."""

    ranking: str
    tuned_on: Score
    held_out: Score


async def compare(requests: Requests, database: Database) -> tuple[Compared, ...]:
    """Every ranking over every request, against the models of the catalogue."""
    cards = await _all_models(database)
    tuned_on = await _scores(requests.tuned_on, cards, database)
    held_out = await _scores(requests.held_out, cards, database)
    return tuple(Compared(ranking=name, tuned_on=tuned_on[name], held_out=held_out[name]) for name in tuned_on)


def table(requests: Requests, compared: Sequence[Compared]) -> Table:
    """The comparison as a page shows it."""
    grid = Table(title=f"Model search in people's words: the first {DEPTH} models")
    grid.add_column("ranking")
    for half, count in (("tuned on", len(requests.tuned_on)), ("held out", len(requests.held_out))):
        grid.add_column(f"nDCG@{DEPTH}\n{half} ({count})", justify="right")
        grid.add_column(f"recall@{DEPTH}\n{half} ({count})", justify="right")
    for item in compared:
        scores = (item.tuned_on.ndcg, item.tuned_on.recall, item.held_out.ndcg, item.held_out.recall)
        grid.add_row(item.ranking, *(f"{score:.3f}" for score in scores))
    return grid


async def _scores(requests: Sequence[Request], cards: Sequence[ModelCard], database: Database) -> dict[str, Score]:
    """Each ranking's means."""
    ndcgs: dict[str, list[float]] = defaultdict(list)
    recalls: dict[str, list[float]] = defaultdict(list)
    ranked = await rankings([request.ask for request in requests], database)
    for request in requests:
        grades = {card.key: request.grade(card) for card in cards}
        for name, keys in ranked[request.ask].items():
            found = [grades[key] for key in keys[:DEPTH]]
            ndcgs[name].append(ndcg(found, list(grades.values())))
            recalls[name].append(recall(found, list(grades.values())))
    return {name: Score(ndcg=fmean(ndcgs[name]), recall=fmean(recalls[name])) for name in ndcgs}


async def _all_models(database: Database) -> tuple[ModelCard, ...]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT model_id FROM hf.models ORDER BY model_id")
        keys = [row["model_id"] for row in await cursor.fetchall()]
    return await models.lookup(keys, database)
