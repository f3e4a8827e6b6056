"""Answers about a smaller or a larger model: what the plan would be with it, and what it loses or gains."""

import re
from collections.abc import Sequence

from artifacts.notation import code, figure, plain
from domain.base import Frozen
from domain.models import ModelCard
from graph.alternatives import Alternative
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead

LARGER = frozenset({"larger", "bigger", "more"})
_SIZE = re.compile(r"\d ?b(?:illion)?\b", re.I)
SIZES = LARGER | frozenset({
    "smaller", "small", "large", "big", "tiny", "mini", "size", "sizes", "model", "models", "parameters", "weights",
    "smallest", "largest", "biggest", "lighter", "heavier", "distilled", "turbo", "medium",
    "variant", "<params>",
})  # fmt: skip
"""Words of a question about a size; one without them names none."""
NEAR = 1.35
"""A model of the size asked for has no more than so many times more or fewer parameters."""


class SizeAsked(Frozen):
    """A number of billions of parameters, or only a direction."""

    params_b: float | None = None
    larger: bool = False


def size_asked(words: Sequence[str], named_b: float | None) -> SizeAsked:
    return SizeAsked(params_b=named_b, larger=named_b is None and bool(LARGER & set(words)))


def of_that_size(asked: SizeAsked, standing: ModelCard, cards: Sequence[ModelCard]) -> ModelCard | None:
    """Of the same task, the nearest to the size; with only a direction the next clearly smaller or larger one. Of equal
    ones the same family, then the newest."""
    size = standing.params_b or 0.0
    others = [card for card in cards if card.params_b and card.key != standing.key and _same_task(card, standing)]
    if asked.params_b is not None:
        wanted = asked.params_b
        fits = [card for card in others if wanted / NEAR <= (card.params_b or 0.0) <= wanted * NEAR]
    elif asked.larger:
        fits = [card for card in others if (card.params_b or 0.0) >= 1.3 * size]
    else:
        fits = [card for card in others if (card.params_b or 0.0) <= 0.6 * size]

    def rank(card: ModelCard) -> tuple[bool, float, str, str]:
        far = abs((card.params_b or 0.0) - (asked.params_b or size))
        return (card.family != standing.family, round(far, 0), _newest_first(card), card.key)

    return min(fits, key=rank, default=None)


def other_size(standing: Standing) -> str | None:
    """The plan with the model of that size, and what is known of what it loses."""
    model = standing.first.model
    placed = [alternative for alternative in standing.alternatives if alternative.named.model]
    named = standing.named.models or _SIZE.search(standing.question)
    if model is None or not placed or not (named or SIZES & {*standing.words}):
        return None
    return "\n\n".join(
        [*(instead(standing, one) for one in placed), *(_lost(one, model) for one in placed if one.option)]
    )


def _lost(alternative: Alternative, model: ModelCard) -> str:
    other = alternative.option.model if alternative.option else None
    if other is None or not other.params_b or not model.params_b:
        return ""
    share = other.params_b / model.params_b
    context = ""
    if other.architecture.context_tokens and model.architecture.context_tokens:
        context = (
            f" Its context is {other.architecture.context_tokens:,} tokens, here {model.architecture.context_tokens:,}."
        )
    summary = f" The catalogue says of it: {plain(other.summary)}" if other.summary else ""
    gains = "gains" if share > 1 else "loses"
    return (
        f"{code(other.key)} has {figure(other.params_b, 1)} B parameters instead of {figure(model.params_b, 1)} B "
        f"({figure(100 * share, 0)} %).{context}{summary} What it {gains} in quality, the catalogue does not measure: "
        "try both on your own cases."
    )


def _same_task(card: ModelCard, standing: ModelCard) -> bool:
    return card.domain == standing.domain and card.pipeline_tag == standing.pipeline_tag


def _newest_first(card: ModelCard) -> str:
    """The release as a key that sorts the newest first."""
    return "".join(chr(ord("9") - int(sign) + ord("0")) if sign.isdigit() else sign for sign in card.released or "0000")
