"""What a figure counts: the noun of its phrase, before a bracket or at the head of a list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.mention import Dimension
from graph.understanding.mentions.numbers import Number
from graph.understanding.mentions.units import Unit, nouns, units
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Match

MOST_WORDS_TO_NOUN = 6
"""Words between a figure and what it counts: "2 million labelled high resolution chest images"."""
SKIPPED = frozenset({"of", "x", "worth", "more", "different", "additional"})
"""What may stand between a figure and the phrase that it counts."""
LISTED = frozenset({"images", "documents", "videos", "audio", "items", "requests"})
"""What comes in or is made so many a day."""
MOST_CLAUSES = 4
"""Clauses of a list over which a figure with its period is said of what it began with."""
LENGTH = Unit("tokens", "sequence_length", 1.0)
LENGTHS = frozenset({"1", "2", "4", "8", "16", "32", "64", "128", "256"})
"""Thousands of tokens that a sequence is cut at."""
LINK = Unit("rate", "bits_per_second", 1.0, "bits")
LINK_SPEEDS = frozenset({"10", "25", "50", "100", "200", "400", "800"})
"""Gigabits a second of networks."""
LINK_REACH = 8
OF_THINGS = frozenset({"gpus", "nodes", "people"})
"""What is named after a machine or people is none: "3,000 card payments", "9k user addresses"."""
KEYS = frozenset({"prompt", "completion", "query"})
"""In the singular behind a figure they say which tokens it counts."""
PLURALS = frozenset({"people", "staff", "folks", "person"})
PROPERTIES = frozenset({"dimensions", "sampling", "frames_per_second", "length"})
"""Units of what one item is like: "40 million 512-dim vectors", "900 hours of 8 kHz calls"."""
MANY, FAR, NEAR = 1000.0, 5, 3
"""From so many on an unknown plural is looked for further behind the figure: so many words, else so many."""
MOST_CARDS = 1024
"""More cards, chips or boards than that are of paper."""
GPUS = frozenset({"gpu", "gpus"})
MULTIPLIED = frozenset({"the", "as", "more", "faster", "larger", "bigger", "that", "our", "slower", "cheaper"})


@dataclass(frozen=True)
class Counting:
    """Reads on from a figure to its unit and its noun."""

    text: Text
    taken: frozenset[int]
    closed: frozenset[int]
    """Of the taken tokens those that end a noun phrase."""
    numbers: Mapping[int, Number]

    def unit(self, start: int) -> Match[Unit] | None:
        if start >= len(self.text.tokens) or start in self.taken:
            return None
        found = units().at(self.text.words, start) or self._length(start)
        if found is None or not self.together(start - 1, start):
            return None
        glued = self.text.tokens[start].glued
        alone = found.first == found.last  # the s of "t / s" makes plain what the t is
        if (
            alone
            and len(self.text.tokens[start].text) == 1
            and self.word(start) not in ("%", "w", "g", "s", "h", "d", "y")
        ):
            return None
        if len(self.text.tokens[start].text) == 1 and not glued and self.word(start) in ("d", "y", "w", "g"):
            return None
        if found.value.name in ("tb", "gb") and self.word(start) in ("to", "go") and not glued:
            return None
        return replace(found, value=LINK) if found.value.name == "gb" and self._is_link(start) else found

    def _length(self, start: int) -> Match[Unit] | None:
        """The tokens of "8k sequences": so many thousands are the length of one, and no number of them."""
        long = self.word(start) in ("sequence", "sequences") and self.word(start - 1) == "k"
        return Match(LENGTH, start, start) if long and self.word(start - 2) in LENGTHS else None

    def _is_link(self, start: int) -> bool:
        """ "On 2x 100G": a bare G behind so many times a network's speed, and nothing of a machine in its clause."""
        if self.word(start) != "g" or self.word(start - 1) not in LINK_SPEEDS or self.word(start - 2) not in ("x", "*"):
            return False
        near = range(max(0, start - LINK_REACH), min(len(self.text.tokens), start + LINK_REACH))
        return not any(
            self.word(at) in words_of("stops", "hardware")
            for at in near
            if self.text.clause[at] == self.text.clause[start]
        )

    def noun_before(self, first: int, dimension: Dimension) -> str:
        """ "Our lawyers (about 60)": what stands before the bracket that holds nothing but the figure; "of whom 15";
        "reports of 45k tokens"."""
        if dimension not in ("number", "bytes", "tokens"):
            return ""
        if self.word(first - 1) in ("which", "whom") and self.word(first - 2) == "of":
            return "them"
        if first < 2 or self.word(first - 1) not in (("(", "of") if dimension == "tokens" else ("(",)):
            return ""
        found = nouns().at(self.text.words, first - 2)
        return found.value if found is not None and found.last == first - 2 else ""

    def noun_of_list(self, first: int) -> str:
        """ "Scanned invoices, 30,000 per month": what one of the clauses before it counts, the nearest that counts."""
        clause, sentence = self.text.clause, self.text.sentence
        while (
            first > 1 and clause[first] == clause[first - 1] and self.word(first - 1) in words_of("periods", "behind")
        ):
            first -= 1
        if first < 2 or clause[first] == clause[first - 1] or self._is_paid(first):
            return ""
        best, ends, at = "", 0, first - 1
        while at >= 0 and sentence[at] == sentence[first] and ends < MOST_CLAUSES:
            found = nouns().at(self.text.words, at)
            if found is not None and found.value in LISTED and self.word(found.last).endswith("s"):
                best = found.value
            if at == 0 or clause[at - 1] != clause[at]:
                ends += 1
                if best:
                    break
            at -= 1
        return best

    def _is_paid(self, first: int) -> bool:
        """ "2k a month budget" is money, whatever the list began with."""
        ahead = range(first, min(len(self.text.tokens), first + MOST_WORDS_TO_NOUN))
        said = {self.word(at) for at in ahead if self.text.clause[at] == self.text.clause[first]}
        return not said.isdisjoint(words_of("periods", "paid"))

    def noun(self, last: int, dimension: Dimension, count: float = 1.0) -> tuple[int, str, tuple[str, ...]]:
        """The noun that the figure counts: the last one of its phrase, a plural at the latest; `count`: the figure."""
        best: tuple[int, str] | None = None
        position = last + 1
        limit = min(last + 1 + MOST_WORDS_TO_NOUN, len(self.text.tokens))
        if self.word(position) == "times" and self.word(position + 1) in MULTIPLIED:
            return last, "", ()  # "8 times the GPUs"
        them = nouns().at(self.text.words, position) if position < limit else None
        if them is None and self.word(position) in SKIPPED and self.together(last, position):
            position += 1 + (self.word(position) == "worth" and self.word(position + 1) == "of")
        while position < limit and self.together(last, position) and position not in self.closed:
            text = self.word(position)
            found = nouns().at(self.text.words, position)
            joined = self.text.tokens[position].glued and (text == "&" or self.word(position - 1) == "&")
            halves = "/" in (text, self.word(position - 1)) and self.text.tokens[position].glued  # "Q/A pairs"
            stops = (
                not halves
                and text in words_of("stops", "stops")
                and text not in ("the", "our", "their", "my")
                and found is None
                and not joined
            )
            ahead = self.unit(self.numbers[position].last + 1) if position in self.numbers else None
            if ahead and ahead.value.name in PROPERTIES:
                position = ahead.last + 1
                continue
            if position in self.numbers or stops:
                break
            if found is not None:
                best = (found.last, found.value)
                ends = self.word(found.last).endswith("s") or self.word(found.last) in PLURALS
                if ends and nouns().at(self.text.words, found.last + 1) is None:
                    break
                position = found.last
            elif not (text[0].isalnum() or text in ("-", "'", "&", "/")):
                break
            position += 1
        keys = best is not None and (
            (best[0] == last + 1 and self.word(best[0]) in KEYS and self.word(last) not in ("1", "one", "a"))
            or (self.word(best[0] - 1) == "/" and nouns().at(self.text.words, best[0] - 2) is not None)
        )
        if best is None or keys:  # "2000/400 prompt/completion", "1800 prompt"
            return self._things(last, dimension, FAR if count >= MANY else NEAR)
        if best[1] in OF_THINGS and (best[1] != "people" or count > 1) and self._goes_on(best[0]):
            return self._things(last, dimension, best[0] + 1 - last)
        if best[1] in LISTED and self._goes_on(
            best[0]
        ):  # "20,000 product shots a week": of the kind that they are named after
            best = best[0] + 1, best[1]
        if best[1] == "gpus" and count > MOST_CARDS and self.word(best[0]) not in GPUS:
            return best[0], "things", tuple(self.word(at) for at in range(last + 1, best[0] + 1))
        return best[0], best[1], tuple(self.word(at) for at in range(last + 1, best[0] + 1))

    def _things(self, last: int, dimension: Dimension, reach: int) -> tuple[int, str, tuple[str, ...]]:
        """What no class holds: a plural behind a count ("3M recipes"), a word behind a size ("500 GB clickstream")."""
        if dimension == "time":  # "40 hours of one speaker's voice"
            return (last, "things", ()) if self.word(last + 1) == "of" else (last, "", ())
        start = last + 2 if self.word(last + 1) == "of" else last + 1
        for position in range(start, min(start + reach, len(self.text.tokens))):
            text = self.word(position)
            plain = text.isalpha() and len(text) > 3 and self.together(last, position) and position not in self.taken
            if not plain or text in words_of("stops", "stops"):
                break
            plural = text.endswith("s") and not (len(text) > 4 and text.endswith(("ss", "us", "is")))
            if (dimension == "number" and plural) or (
                dimension == "bytes" and text not in words_of("stops", "hardware")
            ):
                return position, "things", tuple(self.word(at) for at in range(last + 1, position + 1))
            if dimension == "bytes":
                break
        return last, "", ()

    def _goes_on(self, position: int) -> bool:
        """A plural that no class holds stands behind a singular."""
        text, before = self.word(position + 1), self.word(position)
        if before.endswith("s") or before in PLURALS or position + 1 in self.taken:
            return False
        plain = text.isalpha() and len(text) > 4 and text.endswith("s") and not text.endswith(("ss", "us", "is"))
        if (
            not plain
            or text in words_of("stops", "stops")
            or position + 1 in self.taken
            or not self.together(position, position + 1)
        ):
            return False
        return nouns().at(self.text.words, position + 1) is None and self.unit(position + 1) is None

    def word(self, position: int) -> str:
        return self.text.tokens[position].text if 0 <= position < len(self.text.tokens) else ""

    def together(self, before: int, after: int) -> bool:
        """In one clause, or over the bracket that opens an aside."""
        if after >= len(self.text.tokens):
            return False
        return self.text.clause[before] == self.text.clause[after] or (
            after - before <= 2 and self.text.tokens[after - 1].text == "("
        )
