"""What nobody placed: figures, names and demands that no field of the spec holds, in the user's words."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.workload import Unplaced
from graph.understanding.labels.sections import book, together
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.merge.figures import last_place
from graph.understanding.merge.merge import strongest
from graph.understanding.merge.residue_figures import (
    Stretch,
    counts,
    end_of_phrase,
    is_content,
    is_said,
    joined,
    measures_the_work,
    start,
)
from graph.understanding.merge.residue_words import KINDS, written
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.stance.experience import reporting
from graph.understanding.stance.stance import SPOKEN_OF, Stances
from graph.understanding.text.phrases import Match
from graph.understanding.text.words import covered

LONGEST_SUPPORT = 8
"""Places of a claim's words that are its support; a longer stretch only holds it at its ends."""
LONGEST_DEMAND = 8
BRIEF = 40
"""Words and signs of a message that tells no story."""
LONGEST_LIST = 70
"""Words and signs of a message in which one placed member makes a sentence a list of needs."""
LEAST_PLACED = 3
"""Members that are placed which make it one in a longer message."""


def unplaced_in(
    line: Line, stances: Stances, won: Sequence[Proposal], claims: Sequence[Claim], turn: int
) -> tuple[Unplaced, ...]:
    """What to say is not taken into account. `won` are the proposals that won their mentions, `claims` all of them."""
    placed = frozenset(m for proposal in won if _is_placed(proposal) for m in proposal.mentions)
    left = _Left(line, stances, placed, *_covered(line, claims), reporting(line))
    spans = sorted({
        *left.of_mentions(), *left.of_things(), *left.of_demands(), *left.of_refusals(), *left.of_members(),
        *_outdone(line, claims),
    })  # fmt: skip
    return tuple(Unplaced(quote=line.quote(first, last), turn=turn) for first, last in joined(line, spans))


def _outdone(line: Line, claims: Sequence[Claim]) -> Iterator[Stretch]:
    """Ways to train that are done besides the one that the field holds: the DPO of "DPO with QLoRA"."""
    methods = [claim for claim in claims if claim.field == "training.method" and claim.operation == "set"]
    held = strongest(methods).value if methods else None
    taught = {claim.value for claim in claims if claim.field == "training.objective" and claim.operation == "set"}
    for claim in methods:
        if claim.value not in (held, *taught) and claim.value in words_of("residue", "besides"):
            at = line.place_at(claim.span.start)
            yield at, at


def _is_placed(proposal: Proposal) -> bool:
    return bool(proposal.claims) or proposal.role in words_of("residue", "passed_over")


def _covered(line: Line, claims: Sequence[Claim]) -> tuple[frozenset[int], frozenset[int]]:
    """The places that support a claim, and those of them that support more than the kind of work."""
    starts = [line.text.tokens[first].start for first in line.firsts]
    covered: set[int] = set()
    held: set[int] = set()
    for claim in claims:
        first = max(0, bisect_right(starts, claim.span.start) - 1)
        last = max(first, bisect_left(starts, claim.span.end) - 1)
        support = range(first, last + 1) if last - first < LONGEST_SUPPORT else (first, last)
        covered.update(support)
        if claim.field not in words_of("residue", "colours"):
            held.update(support)
    return frozenset(covered), frozenset(held)


@dataclass(frozen=True)
class _Left:
    """A message with what is known of it."""

    line: Line
    stances: Stances
    placed: frozenset[Mention]
    covered: frozenset[int]
    held: frozenset[int]
    """Of the covered places those whose field holds more than the kind of work."""
    reports: frozenset[int]
    """Sentences that tell how something goes on hardware at hand."""

    @cached_property
    def things(self) -> tuple[Match[str], ...]:
        return tuple(together("residue", *KINDS).longest([*written(self.line)]))

    @cached_property
    def silent(self) -> frozenset[int]:
        """Places of what looks like a need and is none."""
        return covered(match for match in self.things if match.value == "silent")

    def of_mentions(self) -> Iterator[Stretch]:
        """Figures that count and names; a place that is not ruled out is where somebody happens to be."""
        line, at = self.line, self.stances.at
        for place, mention in enumerate(line.mentions):
            if mention is None or place in self.covered or place in self.silent or mention in self.placed:
                continue
            told = at[place] == "at_hand" or self._reports(place)
            if told and isinstance(mention, Quantity) and measures_the_work(line, place, mention):
                yield start(line, place), end_of_phrase(line, last_place(line, place, mention))
            if at[place] not in ("wanted", "excluded") or self._reports(place):
                continue
            if isinstance(mention, Quantity):
                if len(line.words) <= BRIEF and is_said(line, place, mention):
                    yield start(line, place), last_place(line, place, mention)
                if counts(line, place, mention):
                    yield start(line, place), end_of_phrase(line, last_place(line, place, mention))
            elif mention.written.lower() in words_of("residue", "given"):
                continue
            elif mention.kind not in ("place", "region") or at[place] == "excluded":
                yield place, place

    def of_things(self) -> Iterator[Stretch]:
        """Things that are no figure and no name of the catalogue, whether wanted or at hand."""
        asking = self.line.sentences_with(words_of("residue", "wishes"))
        for match in self.things:
            asked = self.line.words[match.last].sentence in asking
            if self._has_no_field(match.value, match.first, match.last) and (match.value != "asked" or asked):
                yield start(self.line, match.first), match.last

    def _has_no_field(self, kind: str, first: int, last: int) -> bool:
        figures = {self.line.mentions[at] for at in range(first, last + 1)} - {None}
        if figures and figures <= self.placed:
            return False
        if kind in ("subject", "silent") or not self._matters(last):
            return kind == "subject"
        if kind == "told":
            return True
        if self._reports(last):
            return False
        places = {at for at in range(first, last + 1) if at == last or is_content(self.line, at)}
        return not (places <= self.held or any(self.line.mentions[at] is not None for at in places & self.held))

    def of_demands(self) -> Iterator[Stretch]:
        """What must be so in words that support nothing and name nothing; what they name speaks for itself."""
        line = self.line
        for match in book("residue", "demands").longest(line.words):
            end = min(line.clause(match.last)[1], match.last + LONGEST_DEMAND)
            while end > match.last and line.mentions[end] is None and not line.words[end].text[0].isalnum():
                end -= 1
            wanted = self.stances.at[end] == "wanted" and not self._reports(end)
            if end > match.last and wanted and self._is_unheard(match.first, end) and is_content(line, end):
                yield match.first, end

    def of_refusals(self) -> Iterator[Stretch]:
        """What is ruled out and nobody knows."""
        for match in book("residue", "refusals").longest(self.line.words):
            first = max(self.line.clause(match.first)[0], match.first - LONGEST_DEMAND)
            named = any(isinstance(mention, Name) for mention in self.line.mentions[first : match.last])
            named = named or match.last in self.silent
            if first < match.first and not named and not self.covered & {*range(first, match.first)}:
                yield first, match.last

    def of_members(self) -> Iterator[Stretch]:
        """Members of a list of needs that support nothing, in a sentence that tells and asks nothing and of which the
        members before them are needs: "Whisper for 40 calls, reachable over IPv6, stored in WORM buckets"."""
        line = self.line
        clauses: dict[int, list[Stretch]] = {}
        for first, last in _clauses(line):
            clauses.setdefault(line.words[first].sentence, []).append((first, last))
        brief = len(line.words) <= LONGEST_LIST and not self.reports
        for members in clauses.values():
            placed = [self._supports(member) for member in members]
            if sum(placed) < (1 if brief else LEAST_PLACED) or self._tells(*members[0], members[-1][1]):
                continue
            held = False
            for (first, last), known in zip(members, placed, strict=True):
                if held and not known and self._is_a_member(first, last):
                    yield _trimmed(line, first, last)
                held = held or known

    def _tells(self, first: int, _: int, last: int) -> bool:
        """The sentence has a subject of its own that does something, or asks."""
        said = [word.text for word in self.line.words[first : last + 1]]
        telling = [at for at, text in enumerate(said) if text in words_of("residue", "telling_words")]
        return any(said[at + 1 : at + 2] == [] or said[at + 1] not in words_of("residue", "wishes") for at in telling)

    def _is_a_member(self, first: int, last: int) -> bool:
        line = self.line
        after = line.words[last + 1].text if last + 1 < len(line.words) else ""
        said = [line.words[at].text for at in range(first, last + 1)]
        apart = "(" in said or ")" in said or line.words[first - 1].text == "(" or ":" in (said[-1], after)
        first, last = _trimmed(line, first, last)
        content = [at for at in range(first, last + 1) if is_content(line, at)]
        weight = any(line.words[at].text not in words_of("residue", "weightless") for at in content)
        wanted = all(self.stances.at[at] in ("wanted", "excluded") for at in range(first, last + 1))
        return weight and wanted and not apart and len(content) <= LONGEST_DEMAND and first not in self.silent

    def _supports(self, stretch: Stretch) -> bool:
        places = {*range(stretch[0], stretch[1] + 1)}
        return bool(places & self.covered) or any(self.line.mentions[at] in self.placed for at in places)

    def _is_unheard(self, first: int, last: int) -> bool:
        places = range(first, last + 1)
        return not self.covered & {*places} and all(self.line.mentions[at] is None for at in places)

    def _matters(self, place: int) -> bool:
        return self.stances.at[place] not in SPOKEN_OF - {"at_hand"}

    def _reports(self, place: int) -> bool:
        return self.line.words[place].sentence in self.reports


def _clauses(line: Line) -> Iterator[Stretch]:
    """The first and last place of each clause."""
    first = 0
    for at in range(1, len(line.words) + 1):
        if at == len(line.words) or line.words[at].clause != line.words[first].clause:
            yield first, at - 1
            first = at


def _trimmed(line: Line, first: int, last: int) -> Stretch:
    """Without the signs and the joints at either end."""

    def counts(at: int) -> bool:
        return line.mentions[at] is not None or line.words[at].text[0].isalnum()

    while first < last and (not counts(first) or line.words[first].text in words_of("residue", "joining")):
        first += 1
    while last > first and not counts(last):
        last -= 1
    return first, last
