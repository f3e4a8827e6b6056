"""The message as the phrase books read it: words, with each mention in one piece.

"Deploy 2x A100 on AWS, $3k a month" is `deploy <n> x <gpu> on <provider> , <money> a month`.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Word, Words
from graph.understanding.text.words import Stretch


@dataclass(frozen=True)
class Span:
    """A stretch of the raw message."""

    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """`words[i]` covers the tokens `firsts[i]` to `lasts[i]`; `mentions[i]` is what it mentions, if anything."""

    text: Text
    words: Words
    firsts: tuple[int, ...]
    lasts: tuple[int, ...]
    mentions: tuple[Mention | None, ...]

    def span(self, first: int, last: int) -> Span:
        """Where the words of these places, both included, stand in the raw message."""
        return Span(self.text.tokens[self.firsts[first]].start, self.text.tokens[self.lasts[last]].end)

    def quote(self, first: int, last: int) -> str:
        """The user's own words of these places."""
        span = self.span(first, last)
        return self.text.raw[span.start : span.end]

    def said(self, first: int, last: int) -> frozenset[str]:
        """The words of these places, in no order."""
        return frozenset(word.text for word in self.words[first : last + 1])

    def is_head(self, place: int) -> bool:
        """The word is that of a table's head, which goes for each of its lines."""
        token = self.text.tokens[self.firsts[place]]
        return token.start == token.end and token.is_word

    def in_full(self, first: int, last: int) -> str:
        """The words of these places with the heads of the table in which they stand."""
        tokens = self.text.tokens[self.firsts[first] : self.lasts[last] + 1]
        if not any(map(self.is_head, range(first, last + 1))):
            return self.quote(first, last)
        said = [self.text.raw[tokens[0].start : tokens[0].end] or tokens[0].text]
        for before, token in pairwise(tokens):
            apart = token.start == token.end or before.start == before.end
            said.append(" " if apart else self.text.raw[before.end : token.start].replace("|", " "))
            said.append(self.text.raw[token.start : token.end] or token.text)
        return "".join(said)

    @cached_property
    def as_written(self) -> Words:
        """The words with each plain figure as it is typed instead of `<n>`, for what is named by a figure ("fp16"),
        each model that nobody knows by its name, which may say what it is for ("NeRF"), and Kubernetes itself."""
        return Words(
            Word(self.text.tokens[first].text, word.sentence, word.clause)
            if first == last and (isinstance(mention, Quantity) or _is_as_said(mention)) else word
            for word, first, last, mention in zip(self.words, self.firsts, self.lasts, self.mentions, strict=True)
        )  # fmt: skip

    @cached_property
    def looked_up(self) -> dict[str, object]:
        """What the books that look once have found in it, by their names."""
        return {}

    @cached_property
    def place_of(self) -> dict[Mention, int]:
        """The place of each mention in the line."""
        return {mention: place for place, mention in enumerate(self.mentions) if mention is not None}

    @cached_property
    def names(self) -> tuple[tuple[int, Name], ...]:
        """Place and name of every name."""
        return tuple((place, m) for place, m in enumerate(self.mentions) if isinstance(m, Name))

    @cached_property
    def quantities(self) -> tuple[tuple[int, Quantity], ...]:
        """Place (of the figure) and quantity of every quantity."""
        return tuple((place, m) for place, m in enumerate(self.mentions) if isinstance(m, Quantity))

    @cached_property
    def clause_places(self) -> dict[int, tuple[int, int]]:
        """First and last place of each clause, by its number."""
        return _parts([word.clause for word in self.words])

    @cached_property
    def sentence_places(self) -> dict[int, tuple[int, int]]:
        """First and last place of each sentence, by its number."""
        return _parts([word.sentence for word in self.words])

    def sentences_with(self, words: Collection[str]) -> frozenset[int]:
        """The sentences that hold one of these words."""
        return frozenset(word.sentence for word in self.words if word.text in words)

    def sentences_of(self, stretches: Iterable[Stretch]) -> frozenset[int]:
        """The sentences in which these begin."""
        return frozenset(self.words[one.first].sentence for one in stretches)

    @cached_property
    def asking(self) -> frozenset[int]:
        """The sentences with a question mark."""
        return self.sentences_with({"?"})

    def clause(self, place: int) -> tuple[int, int]:
        """First and last place of the clause that holds this place."""
        return self.clause_places[self.words[place].clause]

    def place_at(self, offset: int) -> int:
        """The place whose words stand at this character of the raw message."""
        return max(0, bisect_right(self.firsts, offset, key=lambda first: self.text.tokens[first].start) - 1)

    def sentence(self, place: int) -> tuple[int, int]:
        """First and last place of the sentence that holds this place."""
        return self.sentence_places[self.words[place].sentence]


def _is_as_said(mention: Mention | None) -> bool:
    if not isinstance(mention, Name):
        return False
    unknown = mention.kind == "model" and mention.named[0].domain is None
    return unknown or (mention.kind == "cluster" and mention.named[0].name == "kubernetes")


def line_of(text: Text, names: Sequence[Name], quantities: Sequence[Quantity]) -> Line:
    """The line of a message: names whole, figures without their unit (a sum of money with its sign)."""
    starts: dict[int, tuple[int, Mention, str]] = {}
    for name in names:
        starts[name.first] = (name.last, name, f"<{name.kind}>")
    for quantity in quantities:
        first, last = quantity.figure
        starts[first] = (last, quantity, "<money>" if quantity.dimension == "money" else "<n>")
    words: list[Word] = []
    firsts: list[int] = []
    lasts: list[int] = []
    mentions: list[Mention | None] = []
    position = 0
    while position < len(text.tokens):
        last, mention, written = starts.get(position, (position, None, text.tokens[position].text))
        words.append(Word(written, text.sentence[position], text.clause[position]))
        firsts.append(position)
        lasts.append(last)
        mentions.append(mention)
        position = last + 1
    return Line(text, Words(words), tuple(firsts), tuple(lasts), tuple(mentions))


def _parts(numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    parts: dict[int, tuple[int, int]] = {}
    for place, number in enumerate(numbers):
        first, _ = parts.get(number, (place, place))
        parts[number] = (first, place)
    return parts
