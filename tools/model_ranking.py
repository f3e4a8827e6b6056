"""Which of the models that can do a task comes first where nobody named one.

The usual ones for that task come first, in the order of its row (`sizing/model_tasks.yaml`), those for what the user
put first before the others. The rest follow by a score, each part from 0 to 1: how well it fits (0.30: 1 where one of
its use cases is one of the task's, else a half), how current it is (0.35: the newest released 1, three years older 0,
so that a successor stands before what it follows), how near its card is to the words (0.20), and how popular it is
(0.15); a model never stands before a newer one of its family, kind and size (1.5 times apart at most), repackings
aside. A model too small for the task counts half, unless a light one was asked for; one whose licence forbids
commercial use counts half and is never a usual one. A model that does not speak the language, or that the engine of a
plan cannot serve, is left out.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from domain.models import ModelCard
from domain.queries import ModelQuery
from sizing.model_facts import covers, unsupported
from sizing.model_tasks import ModelTask
from tools.model_names import REPACKED

FIT, CURRENT, RELEVANT, POPULAR = 0.30, 0.35, 0.20, 0.15
YEARS_UNTIL_OLD = 3.0
USUAL_FROM = 0.9
"""The usual models share the scores above, the others those below."""
TOO_SMALL, NOT_FOR_BUSINESS = 0.5, 0.5
SIZES_APART, STEP = 1.5, 1e-6


def ranked_for_task(
    cards: Sequence[ModelCard],
    task: ModelTask,
    query: ModelQuery,
    relevance: Mapping[str, float],
    popularity: Mapping[str, float],
) -> list[tuple[ModelCard, float]]:
    """Best first, equal scores by key; `relevance` and `popularity` go from 0 to 1, unknown ones count 0."""
    able = [card for card in cards if unsupported(card) is None and covers(card, query.languages)]
    current = _currency(able)
    usual = task.usual.choices(query.prefer)

    def score(card: ModelCard) -> float:
        if card.key in usual and card.commercial_use is not False:
            return 1.0 - (1.0 - USUAL_FROM) * usual.index(card.key) / len(usual)
        points = (
            FIT * _fit(card, task)
            + CURRENT * current[card.key]
            + RELEVANT * relevance.get(card.key, 0.0)
            + POPULAR * popularity.get(card.key, 0.0)
        )
        small = query.prefer != "light" and card.params_b is not None and card.params_b < task.small_below_b
        business = NOT_FOR_BUSINESS if card.commercial_use is False else 1.0
        return USUAL_FROM * points * business * (TOO_SMALL if small else 1.0)

    scores = {card.key: round(score(card), 6) for card in able}
    _after_their_successors(able, scores)
    return sorted(((card, scores[card.key]) for card in able), key=lambda item: (-item[1], item[0].key))


def _after_their_successors(cards: Sequence[ModelCard], scores: dict[str, float]) -> None:
    """Lowers every score that is not below that of a successor; the usual models stay."""
    dated = sorted(
        ((month, card) for card in cards if (month := _month(card.released)) is not None),
        key=lambda item: (-item[0], item[1].key),
    )
    for month, card in dated:
        if scores[card.key] > USUAL_FROM:
            continue
        newer = [
            scores[other.key]
            for later, other in dated
            if later > month and _is_its_kind(other, card) and not REPACKED.search(other.key)
        ]
        scores[card.key] = max(0.0, min(scores[card.key], *(round(score - STEP, 6) for score in newer), 1.0))


def _is_its_kind(newer: ModelCard, older: ModelCard) -> bool:
    """Of the same family, made for the same, and of about the same size."""
    if newer.family != older.family or newer.pipeline_tag != older.pipeline_tag:
        return False
    if newer.params_b is None or older.params_b is None:
        return False
    return 1 / SIZES_APART <= newer.params_b / older.params_b <= SIZES_APART


def _fit(card: ModelCard, task: ModelTask) -> float:
    wanted = {*task.prefers, *task.when.use_cases}
    return 1.0 if not wanted or not wanted.isdisjoint(card.use_cases) else 0.5


def _currency(cards: Sequence[ModelCard]) -> dict[str, float]:
    """By key: 1 for the newest of these, falling evenly with age; a model of unknown age counts as the median one."""
    months = {card.key: month for card in cards if (month := _month(card.released)) is not None}
    newest, usual_age = max(months.values(), default=0.0), median(months.values()) if months else 0.0
    ages = {card.key: newest - months.get(card.key, usual_age) for card in cards}
    return {key: max(0.0, 1.0 - age / (12 * YEARS_UNTIL_OLD)) for key, age in ages.items()}


def _month(released: str | None) -> float | None:
    """Months since the year 0, of YYYY-MM or YYYY-MM-DD; null where it is not written so."""
    year, _, rest = (released or "").partition("-")
    return int(year) * 12.0 + int(rest[:2]) if year.isdigit() and rest[:2].isdigit() else None
