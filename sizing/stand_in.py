"""Which model's prices are compared where no API lists the chosen one: the same kind, nearest in active parameters."""

import math
from collections.abc import Sequence

from domain.hosted import Age, StandIn
from domain.models import ModelCard

COMPARABLE_ACTIVE = 2.0
COMPARABLE_TOTAL = 4.0
"""A stand-in has at most so many times the parameters, active and in all, and at least that share of them."""
EMBEDS = ("feature-extraction", "sentence-similarity")


def stand_in_for(model: ModelCard, cards: Sequence[ModelCard]) -> StandIn | None:
    """The nearest of the cards by active parameters, then by all of them; null where none is of its size."""
    near = [(distance, card) for card in cards if (distance := _distance(model, card)) is not None]
    if not near:
        return None
    _, card = min(near, key=lambda ranked: (*ranked[0], ranked[1].key))
    return StandIn(key=card.key, name=card.name, active_params_b=_active(card) or 0.0, age=_age(model, card))


def _distance(model: ModelCard, card: ModelCard) -> tuple[float, float] | None:
    if (model.domain, _task(model)) != (card.domain, _task(card)):
        return None
    mine, theirs = _active(model), _active(card)
    if not mine or not theirs or not model.params_b or not card.params_b:
        return None
    active, total = abs(math.log(theirs / mine)), abs(math.log(card.params_b / model.params_b))
    comparable = active <= math.log(COMPARABLE_ACTIVE) and total <= math.log(COMPARABLE_TOTAL)
    return (active, total) if comparable else None


def _task(card: ModelCard) -> str:
    """The Hub has two names for models that make vectors of texts."""
    return EMBEDS[0] if card.pipeline_tag in EMBEDS else card.pipeline_tag


def _active(card: ModelCard) -> float | None:
    return card.active_params_b or card.params_b


def _age(model: ModelCard, card: ModelCard) -> Age | None:
    """By the month where one of the days is not known."""
    if not model.released or not card.released:
        return None
    length = min(len(model.released), len(card.released))
    mine, theirs = model.released[:length], card.released[:length]
    return "equal" if mine == theirs else "newer" if theirs > mine else "older"
