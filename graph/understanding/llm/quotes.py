"""The quotes that the user really wrote: stretches of the newest turn, with the names and figures in them."""

from dataclasses import dataclass
from functools import cached_property

from catalog.embedder import known_words as dictionary
from graph.understanding.labels.strangers import known_words
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.text.tokens import Token


@dataclass(frozen=True)
class Quote:
    """`whole`: no words of the user's were quoted, so that all of the turn is looked through."""

    line: Line
    span: Span
    whole: bool = False

    @property
    def words(self) -> str:
        return self.line.text.raw[self.span.start : self.span.end]

    @property
    def places(self) -> range:
        """The places of the line that it touches."""
        first, last = self.line.place_at(self.span.start), self.line.place_at(max(self.span.start, self.span.end - 1))
        return range(first, min(last + 1, len(self.line.words)))

    @cached_property
    def _mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for at in self.places if (mention := self.line.mentions[at]) is not None)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        return tuple(mention for mention in self._mentions if isinstance(mention, Name))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(mention for mention in self._mentions if isinstance(mention, Quantity))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        start, end = self.span.start, self.span.end
        return tuple(token for token in self.line.text.tokens if start <= token.start and token.end <= end)

    def of(self, mention: Mention) -> Span:
        """The words of a mention, a figure's with its unit and what it is per."""
        tokens = self.line.text.tokens
        return Span(tokens[mention.first].start, tokens[mention.last].end)

    @cached_property
    def _joined(self) -> tuple[str, dict[int, int], dict[int, int]]:
        """Its words without spaces and signs; where words begin and end in that, and in the message."""
        text, starts, ends = "", dict[int, int](), dict[int, int]()
        for token in dict.fromkeys((token.start, token.end) for token in self.tokens):
            form = form_of(self.line.text.raw[slice(*token)])
            starts.setdefault(len(text), token[0]) if form else None
            text += form
            ends.setdefault(len(text), token[1])
        return text, starts, ends

    def run(self, written: str) -> Span | None:
        """Where these words stand in the quote, whatever their case, spaces and signs: "soc2" in "SOC 2"."""
        meant, (text, starts, ends) = form_of(written), self._joined
        at = text.find(meant) if meant else -1
        while at >= 0 and not (at in starts and at + len(meant) in ends):
            at = text.find(meant, at + 1)
        return Span(starts[at], ends[at + len(meant)]) if at >= 0 else None

    def quote(self, written: str) -> "Quote | None":
        """These words as a quote of their own, with the signs that touch them: "$3,000"."""
        span, raw = self.run(written), self.line.text.raw
        if span is None:
            return None
        start = next((at for at in range(span.start, 0, -1) if not _is_sign(raw[at - 1])), 0)
        end = next((at for at in range(span.end, len(raw)) if not _is_sign(raw[at])), len(raw))
        return Quote(self.line, Span(start, end))

    def own_word(self, written: str) -> Span | None:
        """The same for a name that the catalogue does not have: no figure, no name of another thing, no plain words."""
        run = self.quote(written)
        if run is None or run.names or run.quantities:
            return None
        words = [token.text for token in run.tokens if token.is_word]
        coded = bool(words) and " " not in run.words and any(token.is_figure for token in run.tokens)
        strange = any(len(word) > 2 and not known_words().hold(word) and word not in dictionary() for word in words)
        return run.span if coded or strange else None


def whole(line: Line) -> Quote:
    """All of a turn."""
    return Quote(line, Span(0, len(line.text.raw)), whole=True)


def _is_sign(sign: str) -> bool:
    return not (sign.isalnum() or sign.isspace())
