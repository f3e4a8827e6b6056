"""One field of a language model's answer against the quotes it gives for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.workload import Evidence, RequestedModel
from graph.understanding.evidence.answers import ModelAnswer, ReadAnswer
from graph.understanding.evidence.figures import Measure, measure_of
from graph.understanding.evidence.support import Support, located
from graph.understanding.names import Kind

_NAMES: Mapping[str, Kind] = {
    "gpu.models": "gpu",
    "gpu.excluded": "gpu",
    "location.providers": "provider",
    "location.excluded_providers": "provider",
    "location.regions": "region",
    "location.jurisdictions": "place",
    "components.wanted": "chart",
    "components.excluded": "chart",
}
_LABELS = frozenset({"use_case", "industry", "dataset.modality"})
_MOST_QUOTES = 200


@dataclass(frozen=True)
class Supported:
    """A value the user's words support; a list that only repeats what stands needs no words."""

    value: object
    evidence: Evidence | None


def quotes_of(answer: ReadAnswer, turns: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
    """The quotes of each field that really stand in the conversation."""
    found: dict[str, tuple[Evidence, ...]] = {}
    for quote in answer.evidence[:_MOST_QUOTES]:
        evidence = located(quote.quote, turns)
        if evidence:
            path = "models" if quote.field.startswith("models") else quote.field
            found[path] = (*found.get(path, ()), evidence)
    return found


def supported(
    path: str, value: object, quotes: Sequence[Evidence], standing: object, support: Support
) -> Supported | None:
    """The value in the catalogue's words with the quote behind it; None: the user did not say it."""
    if isinstance(value, list):
        return _list(path, value, quotes, standing if isinstance(standing, tuple) else (), support)
    return _first(tuple(reversed(quotes)), lambda quote: _single(path, value, quote, support))


def _list(
    path: str, items: list[object], quotes: Sequence[Evidence], stands: Sequence[object], support: Support
) -> Supported | None:
    kept: list[object] = []
    newest: Evidence | None = None
    for item in items:
        held = _standing(item, stands)
        if held is not None:
            kept.append(held)
            continue
        found = _first(quotes, _checking(path, item, support))
        if found is not None:
            kept.append(found.value)
            newest = found.evidence
    return Supported(tuple(dict.fromkeys(kept)), newest) if kept else None


def _standing(item: object, stands: Sequence[object]) -> object | None:
    """The member of the standing list that the item repeats."""
    for held in stands:
        if held == item:
            return held
        if isinstance(held, RequestedModel) and isinstance(item, ModelAnswer) and held.name == item.name:
            same_size = item.params_b in (None, held.params_b)
            return held if same_size and item.quantization in (None, held.quantization) else None
    return None


def _first(quotes: Sequence[Evidence], check: Callable[[str], object | None]) -> Supported | None:
    for evidence in quotes:
        meant = check(evidence.quote)
        if meant is not None:
            return Supported(meant, evidence)
    return None


def _checking(path: str, item: object, support: Support) -> Callable[[str], object | None]:
    return lambda quote: _item(path, item, quote, support)


def _item(path: str, item: object, quote: str, support: Support) -> object | None:
    if isinstance(item, ModelAnswer):
        return _model(item, quote, support)
    if not isinstance(item, str):
        return None
    if path in _NAMES:
        named = support.name(_NAMES[path], item, quote)
        # A component the catalogue does not have is still what the user asked for.
        return named or (support.written(item, quote) if path.startswith("components.") else None)
    if path == "license.allowed":
        return support.license(item, quote)
    return support.word(item, quote)


def _model(item: ModelAnswer, quote: str, support: Support) -> RequestedModel | None:
    name = support.written(item.name, quote)
    if name is None and support.name("model", item.name, quote):
        name = quote
    if name is None:
        return None
    size = item.params_b
    sized = size is not None and support.number(Measure.PARAMETERS_B, size, quote)
    quantization = support.bits(item.quantization, quote) if item.quantization else None
    return RequestedModel(name=name, params_b=size if sized else None, quantization=quantization)


def _single(path: str, value: object, quote: str, support: Support) -> object | None:
    measure = measure_of(path)
    if isinstance(value, bool):
        return value
    if measure is not None and isinstance(value, int | float):
        return value if support.number(measure, value, quote) else None
    if not isinstance(value, str):
        return None
    if path in _LABELS:
        return support.label(value, quote)
    if path == "precision":
        return support.bits(value, quote)
    return value if support.choice(path, value, quote) else None
