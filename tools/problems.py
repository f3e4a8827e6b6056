"""Puts the words of model cards beside the words of people with a problem, who rarely use them.

"Nobody has time to read these minutes" is about summarisation, but no card says so. `problems.yaml` pairs what people
say with what cards say; the pairs nearest to a question draw its vector towards the cards.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.embedder import Embedder, load_embedder
from domain.base import Frozen
from domain.own_files import own_yaml

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Row = npt.NDArray[np.float64]

FILE = Path(__file__).with_name("problems.yaml")

NEIGHBOURS, SHARPNESS = 3, 4
"""So many sayings have a say, each by this power of its similarity."""
STRENGTH = 2.0
OWN_WORDS, PEOPLES_WORDS = 0.85, 1.0
"""Nearness to the best saying over nearness to the best card: below the first the question is in cards' words already
and stays as it is, from the second on it is drawn with full strength. Chosen with `python -m evals.retrieval`."""


class Problem(Frozen):
    cards_say: str
    people_say: tuple[str, ...]


@dataclass(frozen=True)
class Sayings:
    """Unit vectors: what people say, and beside each what cards say."""

    people_say: "Row"
    cards_say: "Row"


@dataclass(frozen=True)
class Question:
    """What somebody asks, as a unit vector, or zeros; beside it the sayings it is compared with."""

    vector: "Row"
    sayings: Sayings


def embedded(text: str, embedder: Embedder) -> Question:
    """The text, by the embedder that made the cards' vectors. Blocks: the embedder may be a service."""
    return Question(embedder.encode([text])[0].astype("float64"), _sayings(embedder.name))


def drawn_to_cards(question: Question, nearest_card: float) -> "Row":
    """The question's vector, drawn towards the kinds of models it asks for in people's words.

    `nearest_card` is its cosine similarity to the nearest piece of any card.
    """
    vector, sayings = question.vector, question.sayings
    similarity = (sayings.people_say * vector).sum(axis=1)
    nearest = (-similarity.round(6)).argsort(kind="stable")[:NEIGHBOURS]
    ratio = float(similarity[nearest[0]]) / max(nearest_card, 1e-6)
    share = min(1.0, max(0.0, (ratio - OWN_WORDS) / (PEOPLES_WORDS - OWN_WORDS)))
    if share == 0.0 or similarity[nearest[0]] <= 0.0:
        return vector
    weights = similarity[nearest].clip(min=0.0) ** SHARPNESS
    direction = (sayings.cards_say[nearest] * weights[:, None]).sum(axis=0)
    return _unit(vector + STRENGTH * share * _unit(direction))


@lru_cache(maxsize=4)
def _sayings(embedder: str) -> Sayings:
    problems = own_yaml(FILE, tuple[Problem, ...])
    pairs = [(saying, problem.cards_say) for problem in problems for saying in problem.people_say]
    vectors = load_embedder(embedder).encode([text for pair in pairs for text in pair]).astype("float64")
    return Sayings(vectors[0::2], vectors[1::2])


def _unit(vector: "Row") -> "Row":
    length = math.sqrt((vector * vector).sum())
    return vector / length if length > 0.0 else vector
