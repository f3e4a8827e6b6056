"""Sentences and clauses: where one thing said ends and the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.text.phrases import Word, Words
from graph.understanding.text.tokens import Token

SENTENCE_SIGNS = frozenset(".;!?")
CLAUSE_SIGNS = frozenset(",:()—")


@dataclass(frozen=True)
class Text:
    """A message in tokens; `sentence` and `clause` number the part that each token stands in."""

    raw: str
    tokens: tuple[Token, ...]
    sentence: tuple[int, ...]
    clause: tuple[int, ...]

    @cached_property
    def words(self) -> Words:
        """The tokens as the phrase matcher takes them."""
        texts = (token.text for token in self.tokens)
        return Words(map(Word._make, zip(texts, self.sentence, self.clause, strict=True)))

    def quote(self, first: int, last: int) -> str:
        """The user's own words from one token to another."""
        return self.raw[self.tokens[first].start : self.tokens[last].end]


def divided(raw: str, tokens: Sequence[Token]) -> Text:
    """The tokens with their sentences and clauses; signs that end a part belong to it."""
    sentences: list[int] = []
    clauses: list[int] = []
    sentence = clause = 0
    conditions, conjunctions, wholes = (
        _conditions(tokens),
        words_of("breaks", "conjunctions"),
        words_of("breaks", "wholes"),
    )
    for position, token in enumerate(tokens):
        whole = position > 0 and tokens[position - 1].text in wholes  # "anything but Azure"
        joins = token.text in conjunctions or position in conditions
        if joins and clauses and clauses[-1] == clause and not whole:
            clause += 1
        sentences.append(sentence)
        clauses.append(clause)
        if token.text in SENTENCE_SIGNS and _ends(raw, tokens, position):
            sentence, clause = sentence + 1, clause + 1
        elif token.text in CLAUSE_SIGNS and not _inside(tokens, position):
            clause += 1
    return Text(raw, tuple(tokens), tuple(sentences), tuple(clauses))


def _conditions(tokens: Sequence[Token]) -> frozenset[int]:
    """Where "as long as" or "provided that" begins."""
    phrases = book("breaks", "conditions")
    if not phrases.may_begin({token.text for token in tokens}):
        return frozenset()
    return frozenset({match.first for match in phrases.find([Word(token.text, 0, 0) for token in tokens])})


def _ends(raw: str, tokens: Sequence[Token], position: int) -> bool:
    """A dot inside "vast.ai", "e.g." or before a small letter after "approx." ends nothing."""
    token = tokens[position]
    if token.text != "." or position == 0:
        return True
    if _inside(tokens, position) or raw[token.end : token.end + 1] in (":", ","):
        return False  # "conc.: 60"
    before = tokens[position - 1]
    unit = before.glued and position > 1 and tokens[position - 2].is_figure  # "7B."
    if before.text in words_of("breaks", "abbreviations") or (len(before.text) == 1 and token.glued and not unit):
        following = raw[token.end : token.end + 8].lstrip()[:1]
        return not (following.islower() or following.isdigit() or following in (",", ")", ""))
    return True


def _inside(tokens: Sequence[Token], position: int) -> bool:
    """The sign stands between two halves without a space: "vast.ai", "qwen3:8b", "org/name"."""
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    return tokens[position].glued and after is not None and after.glued and (after.is_word or after.is_figure)
