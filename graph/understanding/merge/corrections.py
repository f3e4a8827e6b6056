"""What the words of a turn say about how its claims change what stands: added or instead, restated or in passing."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line, Span
from graph.understanding.roles.claim import MEDIUM, Claim
from graph.understanding.text.phrases import Word
from graph.understanding.text.words import covered

TABLE = "corrections"


@dataclass(frozen=True)
class Turn:
    """A line with the marks of change in it; sentences and clauses by number, `alone` by place."""

    line: Line
    number: int
    """Counts user turns from 0."""
    breaks: tuple[int, ...]
    adding: frozenset[int]
    alone: frozenset[int]
    restating: frozenset[int]
    besides: frozenset[int]
    editing: frozenset[int]
    language: frozenset[int]
    replacing: frozenset[int]
    """Sentences in which what is said takes the place of what stands."""
    changing: frozenset[int]
    """These, and such as change what stands."""

    def place(self, claim: Claim) -> int:
        """The place at which the claim's words begin."""
        return self.line.place_at(claim.span.start)

    def word(self, claim: Claim) -> Word:
        return self.line.words[self.place(claim)] if self.line.words else Word("", 0, 0)

    def segment(self, claim: Claim) -> int:
        """How many corrections stand before the claim; a hint is never what corrects."""
        return bisect_right(self.breaks, claim.span.start) if claim.strength >= MEDIUM else 0

    def adds(self, claim: Claim) -> bool:
        """One more is named, not another instead."""
        return self.word(claim).sentence in self.adding

    def stands_alone(self, claim: Claim) -> bool:
        return claim.operation == "add" and self.place(claim) in self.alone

    def edits(self, claim: Claim) -> bool:
        """The clause adds something or takes it away, so that it does not say what kind of work it all is."""
        return self.word(claim).clause in self.editing

    def restates(self, claim: Claim) -> bool:
        """The clause speaks of what it is for, so that it is that from now on; one of a word or two is all about it."""
        clause = self.word(claim).clause
        if clause in self.besides:
            return False
        first, last = self.line.clause_places.get(clause, (0, -1))
        return last - first < 3 or clause in self.restating

    def said_of_language(self, claim: Claim) -> bool:
        """ "A 7B LLM": a word for language models stands right behind."""
        place = self.place(claim)
        return any(at in self.language for at in range(place, place + 4))


def turn_of(line: Line, number: int) -> Turn:
    """Marks the changes in a line."""

    def clauses(name: str) -> frozenset[int]:
        return frozenset(line.words[match.last].clause for match in book(TABLE, name).find(line.words))

    def sentences(*names: str) -> frozenset[int]:
        return line.sentences_of(match for name in names for match in book(TABLE, name).find(line.words))

    def places(name: str) -> frozenset[int]:
        return covered(book(TABLE, name).find(line.words))

    return Turn(
        line=line,
        number=number,
        breaks=tuple(sorted({line.span(m.first, m.first).start for m in book(TABLE, "breaks").find(line.words)})),
        adding=sentences("adds"),
        alone=places("alone"),
        restating=clauses("restates"),
        besides=clauses("besides"),
        editing=clauses("edits"),
        language=places("language"),
        replacing=sentences("replaces") if number else frozenset(),
        changing=sentences("replaces", "changes") if number else frozenset(),
    )


def span_of(line: Line, claims: Iterable[Claim]) -> Span:
    """The words of the claims: all in one stretch when they stand together, else those of the first."""
    spans = sorted({(claim.span.start, claim.span.end) for claim in claims})
    start, end = spans[0][0], max(until for _, until in spans)
    return Span(start, end if end - start <= 120 else spans[0][1])
