"""A turn with its names and numbers marked: the plain text that the grammar's patterns read.

"Deploy 2x A100 on AWS, $3k a month" becomes "deploy N0 x G0 on P1 , ¤usd N1 a month": G a GPU, M a model, P a provider,
R a region, J a country or jurisdiction, C a chart, N a number.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from graph.understanding.bounds import bounded
from graph.understanding.currencies import with_currencies
from graph.understanding.gazetteer import Gazetteer
from graph.understanding.lexicon import lexicon
from graph.understanding.names import Mention
from graph.understanding.numbers import Number, numbers_in
from graph.understanding.sheets import laid_out
from graph.understanding.spelling import Spelling
from graph.understanding.wording import Line, Token

LETTERS = {"gpu": "G", "model": "M", "provider": "P", "region": "R", "place": "J", "chart": "C"}
SENTENCE_END = re.compile(r" ?[.;!?](?: |$)")
CLAUSE_END = re.compile(r" ?[.;!?:](?: |$)| , | (?:but|while|whereas|although|though|however|yet) | \(| \)")
_ABBREVIATIONS = frozenset("approx ca vs etc max min mo hr hrs e g i no incl dr st rs".split())  # noqa: SIM905
_DIGIT_WORDS = re.compile(
    r"""(?<![^ ~])(?:
        (?:gpt|fp|int|bf|soc|iso|nf|tf|nvfp|mxfp|apache|gpl|agpl|float|bfloat|iso[ ~]/[ ~]iec)
        [ ~](?:-[ ~])?\d+(?:\.\d+)?
      | (?:4|8|16)[ ~](?:-[ ~])?bits?
      | 7[ ~](?:x|/)[ ~]24
      | 24[ ~](?:/|x|h[ ~]/|/[ ~]?h)[ ~]7
      | (?!(?:x|k|m|b)~)[a-z]+~\d+(?:~[a-z]+(?:~\d+)?)?
      | [23]~d
      | k~[38]~s
    )(?![^ ~])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Span:
    """Raw positions of the words that support a claim."""

    start: int
    end: int


class Marked(Line):
    """A line whose names and numbers can be looked up by the marks in its text."""

    def __init__(
        self, raw: str, tokens: Sequence[Token], mentions: Sequence[Mention], numbers: Sequence[Number]
    ) -> None:
        super().__init__(raw, tokens)
        self.mentions = tuple(mentions)
        self.numbers = tuple(numbers)
        self.spent: set[int] = set()
        """Numbers a pattern has already given a meaning to: no number means two things."""

    def free(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches whose numbers (the groups named n...) are still free."""
        for match in pattern.finditer(self.text):
            held = self._numbers_of(match)
            if not held & self.spent:
                yield match

    def spend(self, match: re.Match[str]) -> None:
        self.spent |= self._numbers_of(match)

    def _numbers_of(self, match: re.Match[str]) -> set[int]:
        return {
            int(value[1:]) for name, value in match.groupdict().items() if value is not None and name.startswith("n")
        }

    def number(self, match: re.Match[str], group: str) -> Number:
        return self.numbers[int(match.group(group)[1:])]

    def mention(self, match: re.Match[str], group: str) -> Mention:
        return self.mentions[int(match.group(group)[1:])]

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The clause around a stretch of the text."""
        return self._between(self._clause_ends, start, end)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The sentence around a stretch of the text."""
        return self._between(self._sentence_ends, start, end)

    @cached_property
    def _clause_ends(self) -> tuple[list[int], list[int]]:
        return self._boundaries(CLAUSE_END)

    @cached_property
    def _sentence_ends(self) -> tuple[list[int], list[int]]:
        return self._boundaries(SENTENCE_END)

    def _boundaries(self, pattern: re.Pattern[str]) -> tuple[list[int], list[int]]:
        spans = [match.span() for match in pattern.finditer(self.text)]
        return [start for start, _ in spans], [end for _, end in spans]

    def _between(self, boundaries: tuple[list[int], list[int]], start: int, end: int) -> tuple[int, int]:
        starts, ends = boundaries
        opening, closing = bisect_right(ends, start) - 1, bisect_left(starts, end)
        return ends[opening] if opening >= 0 else 0, starts[closing] if closing < len(starts) else len(self.text)

    def span(self, match: re.Match[str]) -> Span:
        """The raw words of a match, without the signs at its ends."""
        start, end = match.span()
        while start < end and self.text[start] in " .,;:!?()":
            start += 1
        while end > start and self.text[end - 1] in " .,;:!?()":
            end -= 1
        return Span(*self.raw_span(start, end))


_BYTES = ("gb", "tb", "gib")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,300}>")


def mark(raw: str, gazetteer: Gazetteer, spelling: Spelling) -> Marked:
    """The turn in marked form; sentences that try to give this program orders are left out whole."""
    written = laid_out(_TAG.sub(lambda tag: " ." + " " * (len(tag.group()) - 2), raw))
    tokens = bounded(with_currencies(_sentence_ends(spelling.corrected(_shorthand(written)), raw)))
    mentions = gazetteer.mentions(tokens, raw)
    named = _replaced(tokens, [(m.first, m.last, LETTERS[m.kind] + str(i)) for i, m in enumerate(mentions)])
    worded = _words_with_digits(named)
    numbers = numbers_in(worded, [token.text[0].isupper() for token in worded])
    marked = _replaced(worded, [(n.first, n.last, f"N{i}") for i, n in enumerate(numbers)])
    plain = [
        token
        for position, token in enumerate(marked)
        if not _is_joint(marked, position) and not _is_or_more(marked, position)
    ]
    return Marked(raw, _without_fillers(_without_orders(plain), raw), mentions, numbers)


def _shorthand(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """ "w/" is with, "w/o" without; common words of other languages in English."""
    spelt: list[Token] = []
    words = lexicon().foreign
    for position, token in enumerate(tokens):
        if spelt and token.text == "/" and token.glued and spelt[-1].text == "w":
            spelt[-1] = Token("with", spelt[-1].start, token.end, spelt[-1].glued)
        elif (
            spelt and token.text in ("o", "out") and token.glued and spelt[-1].text == "with"
            and tokens[position - 1].text == "/"
        ):  # fmt: skip
            spelt[-1] = Token("without", spelt[-1].start, token.end, spelt[-1].glued)
        else:
            spelt.append(replace(token, text=words[token.text]) if token.text in words else token)
    return tuple(spelt)


def _replaced(tokens: Sequence[Token], marks: Sequence[tuple[int, int, str]]) -> list[Token]:
    """The tokens with each stretch (first, last) replaced by its mark."""
    ends = {first: (last, text) for first, last, text in marks}
    replaced: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        last, text = ends.get(position, (position, token.text))
        replaced.append(Token(text, token.start, tokens[last].end, token.glued))
        position = last + 1
    return replaced


def _words_with_digits(tokens: Sequence[Token]) -> list[Token]:
    """Joins what is one word though it holds digits: "fp16", "int 4", "4-bit", "soc 2", "24/7", "3d"."""
    text, starts = "", {}
    for position, token in enumerate(tokens):
        text += ("~" if token.glued else " ") if position else ""
        starts[len(text)] = position
        text += token.text
    marks = []
    for match in _DIGIT_WORDS.finditer(text):
        first = starts[match.start()]
        last = first + len(re.findall("[ ~]", match.group()))
        word = re.sub(r"[ ~/-]", "", match.group())
        marks.append((first, last, "24x7" if re.fullmatch(r"24[xh]*7|7x?24", word) else word))
    return _replaced(tokens, marks)


def _is_joint(tokens: Sequence[Token], position: int) -> bool:
    """A hyphen inside a word: "8-bit", "fine-tune"."""
    token = tokens[position]
    return token.text in ("-", "_") and token.glued and position + 1 < len(tokens) and tokens[position + 1].glued


def _is_or_more(tokens: Sequence[Token], position: int) -> bool:
    """The plus of "40+ GB" and "100+ users": a figure is a lower bound anyway, wherever it can be one."""
    token = tokens[position]
    counted = position and re.fullmatch(r"N\d+|[gt]i?b", tokens[position - 1].text) is not None
    return token.text == "+" and token.glued and bool(counted) and not _goes_on_glued(tokens, position)


def _goes_on_glued(tokens: Sequence[Token], position: int) -> bool:
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    return following is not None and following.glued and following.text[0].isalnum() and following.text not in _BYTES


def _sentence_ends(tokens: Sequence[Token], raw: str) -> list[Token]:
    """Leaves out the dots of "e.g." and "approx.", which end no sentence."""
    kept: list[Token] = []
    for position, token in enumerate(tokens):
        if token.text == "." and position:
            glued_on = position + 1 < len(tokens) and tokens[position + 1].glued and tokens[position + 1].text.isalnum()
            before = tokens[position - 1].text
            short = before in _ABBREVIATIONS and raw[token.end : token.end + 2].strip()[:1].islower()
            if short or (before in _ABBREVIATIONS and raw[token.end : token.end + 2].strip()[:1].isdigit()):
                continue
            if glued_on and len(before) == 1:
                continue
        kept.append(token)
    return kept


def _without_orders(tokens: Sequence[Token]) -> list[Token]:
    """Drops every sentence that speaks to the program instead of about the workload, and clauses of make-believe."""
    kept: list[Token] = []
    for sentence in _parts(tokens, ".;!?"):
        if lexicon().orders.search(_text(sentence)):
            continue
        for clause in _parts(sentence, ",.;!?"):
            if not lexicon().pretences.search(_text(clause)):
                kept.extend(clause)
            elif kept and kept[-1].text == ",":
                kept[-1] = replace(kept[-1], text=".")  # what came before ends here
    return kept


def _parts(tokens: Sequence[Token], ends: str) -> Iterator[Sequence[Token]]:
    start = 0
    for position, token in enumerate(tokens):
        if token.text in ends or position + 1 == len(tokens):
            yield tokens[start : position + 1]
            start = position + 1


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _without_fillers(tokens: Sequence[Token], raw: str) -> list[Token]:
    """Politeness and hesitation carry no requirement; of the commas around them one stays."""
    line = Line(raw, tokens)
    dropped: set[int] = set()
    for match in lexicon().fillers.finditer(line.text):
        first, last = line.token_range(*match.span())
        dropped.update(range(first, last + 1))
    kept: list[Token] = []
    for index, token in enumerate(tokens):
        if index in dropped or (token.text == "," and (not kept or kept[-1].text in (",", ".", ";", "!", "?"))):
            continue
        kept.append(token)
    return kept
