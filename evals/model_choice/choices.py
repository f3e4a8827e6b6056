"""What is chosen for each request: by the words of the cards alone, and as the product does it."""

from collections.abc import Sequence
from itertools import chain

from rich.table import Table

from database import Database
from domain.base import Frozen
from domain.models import ModelCard
from domain.queries import ModelQuery
from domain.workload import WorkloadSpec
from evals.model_choice.requests import LOOKED_AT, Request
from evals.starter import starter_reader
from graph.queries import model_queries, to_place
from graph.understanding.merge.clarification import assume
from settings import settings
from sizing.candidates import Candidate, candidates
from tools import models


class Choice(Frozen):
    """`chosen` are keys of models, or of the reference workload that stands in for one."""

    ask: str
    chosen: tuple[str, ...]
    beside: tuple[str, ...] = ()
    right: bool


async def by_words(requests: Sequence[Request], database: Database) -> tuple[Choice, ...]:
    """The models of the domain whose cards are most about the request, the popular first."""
    found = []
    for request in requests:
        spec = _spec_of(request.ask)
        about = ModelQuery(text=request.ask, domain=spec.domain, top_k=settings().hf_top_k)
        cards = (await models.search(about, database)).items
        found.append(_choice(request, candidates(spec, cards), ()))
    return tuple(found)


async def as_shipped(requests: Sequence[Request], database: Database) -> tuple[Choice, ...]:
    """What a plan would be made for."""
    found = []
    for request in requests:
        spec = _spec_of(request.ask)
        queries = model_queries(spec, settings().hf_top_k)
        results = [(await models.search(query, database)).items for query in queries]
        cards = to_place(spec, dict.fromkeys(chain.from_iterable(results)))
        beside = tuple(items[0] for items in results[1:] if items)
        found.append(_choice(request, candidates(spec, cards), beside))
    return tuple(found)


def table(named: dict[str, tuple[tuple[Choice, ...], tuple[Choice, ...]]]) -> Table:
    """Shares of right choices by the way of choosing: on the requests tuned on, and on those held out."""
    grid = Table(title=f"The model chosen where nobody named one; none of the first {LOOKED_AT} wrong")
    grid.add_column("choosing")
    counts = next(iter(named.values()))
    for half, choices in zip(("tuned on", "held out"), counts, strict=True):
        grid.add_column(f"{half} ({len(choices)})", justify="right")
    for name, halves in named.items():
        grid.add_row(name, *(f"{share_right(choices):.0%}" for choices in halves))
    return grid


def share_right(choices: Sequence[Choice]) -> float:
    """The share of requests whose choice is right."""
    return sum(choice.right for choice in choices) / max(1, len(choices))


def _spec_of(ask: str) -> WorkloadSpec:
    return assume(starter_reader().read_at_once((ask,), WorkloadSpec(), None, False).spec)


def _choice(request: Request, choices: Sequence[Candidate], beside: tuple[ModelCard, ...]) -> Choice:
    return Choice(
        ask=request.ask,
        chosen=tuple(choice.card.key if choice.card else choice.reference.key for choice in choices[:LOOKED_AT]),
        beside=tuple(card.key for card in beside),
        right=request.is_right(choices, beside),
    )
