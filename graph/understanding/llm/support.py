"""Whether the user's words hold a value that the language model read out of them.

What the built-in reader reads out of the quote alone stands in it; else a figure must be one of the quote's in that
dimension, a name one of its names or the user's own word, a label one of its words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from domain.base import value_at
from domain.workload import OwnedHardware, RequestedModel, WorkloadSpec
from graph.understanding.llm.figures import TOLERANCE, figures_in
from graph.understanding.llm.quotes import Quote
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Span
from graph.understanding.mentions.mention import NameKind
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.reading import BuiltinReader
from graph.understanding.roles.claim import Value

NAMES: Mapping[str, NameKind] = {
    "gpu.models": "gpu", "gpu.excluded": "gpu", "gpu.vendors": "vendor", "gpu.excluded_vendors": "vendor",
    "location.providers": "provider", "location.excluded_providers": "provider", "location.regions": "region",
    "location.jurisdictions": "place", "components.wanted": "chart", "components.excluded": "chart",
    "cluster": "cluster",
}  # fmt: skip
FREE = ("use_case", "industry", "dataset.modality")
WRITTEN = ("precision", "training.resolution")
"""Values with a figure that stand in the words as they are, but for spaces and signs."""
TOLD_BY_WHAT_IT_IS = ("sensitive",)
"""Values that the quoted words need not name: "blood values" are medical. They keep the plan on the careful side."""
LONGEST_READ_ALONE = 300
"""Characters: a longer quote is no quote of one thing."""
_LABEL = re.compile(r"[a-z][a-z0-9]{2,19}(?:_[a-z0-9]{1,19}){0,3}")
_LEAST_STEM, _STEM = 4, 6


@dataclass(frozen=True)
class Held:
    """A value as it is believed, in the catalogue's words, and the words that hold it."""

    value: Value
    spans: tuple[Span, ...]


class Support:
    """What one catalogue's names let quotes mean."""

    def __init__(self, builtin: BuiltinReader, index: NameIndex) -> None:
        self._builtin, self._index = builtin, index
        self._alone: dict[str, WorkloadSpec] = {}

    def held(self, path: str, value: object, quotes: Sequence[Quote]) -> Held | None:
        """The value with the first quote that holds it; null: the user did not say it."""
        for quote in quotes:
            if isinstance(value, RequestedModel):
                found = self._model(value, quote)
            elif isinstance(value, OwnedHardware):
                found = self._owned(value, quote)
            else:
                found = self._single(path, value, quote) or self._read_alone(path, value, quote)
            if found is not None:
                return found
        return None

    def _read_alone(self, path: str, value: object, quote: Quote) -> Held | None:
        """What the built-in reader reads out of the quote, its guesses left out."""
        if quote.whole or len(quote.words) > LONGEST_READ_ALONE or not isinstance(value, str | float | int):
            return None
        if quote.words not in self._alone:
            self._alone[quote.words] = self._builtin.read_at_once((quote.words,), WorkloadSpec(), None, False).spec
        spec = self._alone[quote.words]
        read = value_at(spec, path)
        same = value == read or (isinstance(read, tuple) and value in read)
        if isinstance(value, float | int) and isinstance(read, float | int) and type(value) is not bool:
            same = abs(value - read) <= TOLERANCE * abs(read)
        return Held(value, (quote.span,)) if same and path not in spec.assumed else None

    def _single(self, path: str, value: object, quote: Quote) -> Held | None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            spans = figures_in(path, value, quote)
            return Held(value, spans) if spans else None
        if not isinstance(value, str):
            return None
        if path in NAMES:
            return self._name(path, value, quote)
        span, label = None, "_".join(re.findall(r"[a-z0-9]+", value.lower()))
        if path in FREE and not quote.whole and _LABEL.fullmatch(label):
            span = _like(label, quote)
        elif path in WRITTEN and any(sign.isdigit() for sign in value):
            span = quote.run(value)
        elif path in TOLD_BY_WHAT_IT_IS and not quote.whole:
            span = quote.span
        elif path == "compliance":
            span = quote.own_word(value)
        return Held(label if path in FREE else value.strip().lower(), (span,)) if span else None

    def _name(self, path: str, value: str, quote: Quote) -> Held | None:
        """The catalogue's name for what the quote names, if `value` names it too; else the user's own word."""
        kind = NAMES[path]
        meant = self._index.of(form_of(value), kind)
        names = {form_of(value), *(form_of(named.name) for named in meant)}
        families = {named.family for named in meant if named.family and kind == "gpu"}
        for name in quote.names:
            for said in name.named:
                if said.kind == kind and (form_of(said.name) in names or said.family in families):
                    return Held(said.name, (quote.of(name),))
        own = None if meant or kind == "place" else quote.own_word(value)  # a place is a code or none
        return Held(Quote(quote.line, own).words, (own,)) if own else None

    def _model(self, item: RequestedModel, quote: Quote) -> Held | None:
        """As the user wrote it; a size or a quantisation that is not in the words is left out."""
        meant = {named.name for named in self._index.of(form_of(item.name), "model")}
        run, own = quote.run(item.name), quote.own_word(item.name)
        for name in quote.names:
            span = quote.of(name)
            within = run is not None and run.start < span.end and span.start < run.end
            if name.kind == "model" and (within or meant & {named.name for named in name.named}):
                own = run if run and within else span
                break
        if own is None:
            return None
        sizes = {name.size_b for name in quote.names}
        sized = item.params_b in sizes or figures_in("models.params_b", item.params_b or 0.0, quote)
        kind = (item.quantization or "").lower()
        kept = kind if kind and (kind in {name.quantization for name in quote.names} or quote.run(kind)) else None
        written = Quote(quote.line, own).words
        size = item.params_b if sized else None
        return Held(RequestedModel(name=written, params_b=size, quantization=kept, choice=item.choice), (own,))

    def _owned(self, item: OwnedHardware, quote: Quote) -> Held | None:
        """Each of its parts that the words hold; nothing without a GPU or a memory."""
        gpu = self._name("gpu.models", item.gpu, quote) if item.gpu else None
        held: dict[str, object] = {"gpu": gpu.value} if gpu else {}
        spans = gpu.spans if gpu else ()
        for part in ("count", "vram_gb", "nodes", "ram_gb"):
            if found := figures_in(f"owned.{part}", getattr(item, part) or 0, quote):
                held[part] = getattr(item, part)
                spans += found
        return Held(OwnedHardware.model_validate(held), spans) if {"gpu", "vram_gb"} & set(held) else None


def _like(label: str, quote: Quote) -> Span | None:
    """The word of the quote that begins like a word of the label: "transcribe" for `transcription`."""
    for part in label.split("_"):
        for token in quote.tokens:
            shared = len([*takewhile(lambda pair: pair[0] == pair[1], zip(part, token.text, strict=False))])
            if shared >= max(_LEAST_STEM, min(_STEM, len(part), len(token.text))):
                return Span(token.start, token.end)
    return quote.run(label)
