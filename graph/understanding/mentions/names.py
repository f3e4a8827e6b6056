"""Names in a message: ids whole, then the longest forms of the index, ordinary words only where they are meant."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.meant import Candidate, is_apart, meant, providers_listed
from graph.understanding.mentions.mention import Name, Named
from graph.understanding.mentions.model_ids import wholes_in
from graph.understanding.mentions.model_tails import with_tail
from graph.understanding.mentions.name_rules import beside, form_of, name_rules
from graph.understanding.mentions.own_names import own_names
from graph.understanding.mentions.surroundings import Surroundings, is_bare_card, shaped
from graph.understanding.mentions.unknown_models import software
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import PhraseBook, Word

SHORTEST_UNKNOWN = 3
"""Letters of an unknown word that may be a model's name."""
SHORT_NAMED = ("vendor", "provider", "chart")
"""Kinds of names of which none begins with a word as small as "in"."""
JOINTS = frozenset({"-", ".", "/", ":"})
MOST_TOGETHER = 16
"""Tokens of names that are written together and make one."""
PRICED = frozenset({"a", "an", "each", "per", "x"})
"""Words behind a figure that is a price or a count: "80 a day", "80 per hour"."""
FAR = 3
"""Tokens before a figure at which a card's name may begin."""


class _Cards(NamedTuple):
    """What a phrase for several cards names: these, or (`all_but`) every card but these."""

    cards: tuple[str, ...] = ()
    all_but: bool = False


@lru_cache
def _phrases() -> PhraseBook[_Cards | str]:
    """Phrases for several cards -> the cards, or what they say of a generation; phrases in which a name means something
    else -> nothing."""
    rules = name_rules()
    entries: list[tuple[str, _Cards | str]] = [(phrase, _Cards()) for phrase in rules.not_names]
    entries += [(phrase, _Cards(group.cards)) for group in rules.card_groups for phrase in group.phrases]
    entries += [(phrase, kind) for kind, phrases in rules.generation_phrases.items() for phrase in phrases]
    return PhraseBook("name phrases", entries, {"gen": [*rules.generations]})


def _cards(meant: _Cards | str, words: Sequence[Word]) -> _Cards:
    """Of a generation that is named alone, of those since it, or of those before it, the cards."""
    if isinstance(meant, _Cards):
        return meant
    eras = name_rules().generations
    named = next(number for number, era in enumerate(eras) if any(word.text == era for word in words))
    of_eras = list(eras.values())[named : named + 1] if meant == "alone" else list(eras.values())[:named]
    return _Cards(tuple(chain.from_iterable(of_eras)), all_but=meant == "since")


@lru_cache
def _card_shapes() -> PhraseBook[bool]:
    """Their forms, and whether they are rented out."""
    rules = name_rules()
    return PhraseBook("cards", [*((form, False) for form in rules.devices), *((form, True) for form in rules.cards)])


def names_in(text: Text, index: NameIndex) -> tuple[Name, ...]:
    """Every name, left to right, none overlapping; linear in the tokens."""
    return _Finder(Surroundings(text, index)).names()


class _Finder:
    """The names of one message; `_blocked` marks the tokens that ids and phrases have taken, `_ready` their names."""

    def __init__(self, around: Surroundings) -> None:
        self._around, self._index = around, around.index
        self._blocked = [False] * len(around.text.tokens)
        self._ready: dict[int, Name] = {}
        for whole in wholes_in(around):
            self._take(whole.first, whole.last, whole.name)
        self._leave_out_own()
        for match in _phrases().longest(around.text.words):
            if not any(self._blocked[match.first : match.last + 1]):
                meant_cards = _cards(match.value, around.text.words[match.first : match.last + 1])
                cards = tuple(self._card(card) for card in meant_cards.cards)
                written = around.written(match.first, match.last)
                name = Name(match.first, match.last, cards, written=written, all_but=meant_cards.all_but)
                self._take(match.first, match.last, name if cards else None)
        starts = range(len(around.text.tokens))
        self._candidates = [self._candidate(start) if around.handles[start] else None for start in starts]
        for name in self._unknown_cards():
            self._take(name.first, name.last, name)

    def names(self) -> tuple[Name, ...]:
        found: list[Name] = []
        listed = providers_listed(self._around, self._candidates)
        position = 0
        while position < len(self._candidates):
            name = self._ready.get(position)
            if name is None and self._around.handles[position]:
                name = self._name_at(position, listed)
            if name is None:
                position += 1
                continue
            while name.kind == "gpu" and found and found[-1].kind == "vendor" and found[-1].last == name.first - 1:
                name = replace(name, first=found.pop().first)  # "NVIDIA L4"
            if found and found[-1].kind == name.kind == "model" and self._goes_on(found[-1], name):
                first = found.pop()  # "llava_vicuna_13b"
                whole = self._around.written(first.first, name.last)
                name = replace(first, last=name.last, size_b=first.size_b or name.size_b, written=whole)
            found.append(name)
            position = name.last + 1
        return tuple(found)

    def _goes_on(self, before: Name, name: Name) -> bool:
        joined = before.last == name.first - 1 and self._around.joined[name.first]
        return joined and name.last - before.first < MOST_TOGETHER

    def _leave_out_own(self) -> None:
        """The parts of a name that the user gave to a bucket or a host name nothing else."""
        text = self._around.text
        starts = [token.start for token in text.tokens]
        for own in own_names(text.raw):
            first, last = bisect_left(starts, own.start), bisect_left(starts, own.end) - 1
            if own.use != "results" or any(sign in own.name for sign in "-./_"):
                self._take(first, last, None)

    def _take(self, first: int, last: int, name: Name | None) -> None:
        self._blocked[first : last + 1] = [True] * (last + 1 - first)
        if name is not None:
            self._ready[first] = name

    def _card(self, card: str) -> Named:
        held = self._index.of(form_of(card), "gpu")
        return held[0] if held else Named("gpu", card, family=card)

    def _unknown_cards(self) -> Iterator[Name]:
        """Cards by the form of their name, where the catalogue knows none as long."""
        around, words, figureless = self._around, shaped(self._around.text), beside("figureless_cards")
        figures = [position for position, word in enumerate(words) if word.text[0] == "<"]
        near = {at for figure in figures for at in range(max(0, figure - FAR), figure + 1)}
        for at, word in enumerate(words):
            known = self._candidates[at]
            settled = known is not None and not around.handles[known.last + 1]
            card = _card_shapes().at(words, at) if not settled and (at in near or word.text in figureless) else None
            if card is None or any(self._blocked[at : card.last + 1]) or is_apart(around, at, card.last, 1):
                continue
            if word.text == "m" and card.last == at + 1 and not around.said & beside("apple_company"):
                continue  # an "M4" alone may be anything
            if word.text in ("a", "h") and card.last == at + 1 and not self._is_numbered_as_cards(card.last):
                continue
            if not self._is_known(at, card.last) and self._begins(at) and self._ends(card.last):
                written = around.written(at, card.last)
                yield Name(
                    at, self._with_plural(card.last), (Named("gpu", written, rented=card.value),), written=written
                )

    def _is_numbered_as_cards(self, at: int) -> bool:
        """ "A800" is: in hundreds, or counted ("4x A770"), or one of Intel's. "h265" is a codec, "A320" an aircraft."""
        around = self._around
        counted = around.texts[at].endswith("00") or around.before(at - 1) == "x"
        return counted or bool(around.said & beside("arc_company"))

    def _is_known(self, first: int, last: int) -> bool:
        """A card of the catalogue is named there, to the end, with or without its maker before it."""
        held = (self._candidates[at] for at in range(first, last + 1))
        return any(
            c is not None and c.last >= last and c.named[0].kind == "gpu" and c.named[0].family is not None
            for c in held
        )

    def _candidate(self, start: int) -> Candidate | None:
        """The longest form of the index that begins at this token."""
        around, index = self._around, self._index
        if not index.begins(around.handles[start]) or self._blocked[start] or not self._begins(start):
            return self._bare_card(start)
        form, position, best = "", start, self._bare_card(start)
        while position < len(self._blocked) and not self._blocked[position]:
            if around.handles[position]:
                form += around.handles[position]
                plural = around.touching[position] and form.endswith("s") and around.texts[position - 1][0].isdigit()
                known = form if form in index.forms or not plural else form[:-1]  # "A10Gs"
                named = index.forms.get(known)
                by_chance = named and position > start and self._is_by_chance(start, named)
                if named and not by_chance and self._ends_as(position, named):
                    best = Candidate(start, position, known, named, any(n.kind == "provider" for n in named))
                if not index.begins(form):
                    break
            elif around.texts[position] not in JOINTS or not (around.joined[position] and around.joined[position + 1]):
                break
            position += 1
        return best

    def _is_by_chance(self, start: int, named: tuple[Named, ...]) -> bool:
        """Words that only written together are a name: "in Tel Aviv" is no Intel."""
        apart = named[0].kind in SHORT_NAMED and not self._around.joined[start + 1]
        return apart and self._around.texts[start] in words_of("stops", "stops")

    def _bare_card(self, start: int) -> Candidate | None:
        text = self._around.texts[start]
        if not text[0].isdigit() or not is_bare_card(text) or self._blocked[start]:
            return None
        if not (self._begins(start) and self._ends(start)):
            return None
        return Candidate(start, start, text, (Named("gpu", text),), False)

    def _name_at(self, start: int, listed: frozenset[int]) -> Name | None:
        candidate = self._candidates[start]
        if any(self._blocked[start : candidate.last + 1 if candidate else start + 1]):
            return None
        named = meant(self._around, candidate, listed=start in listed) if candidate else ()
        if candidate is None or not named:
            return self._unknown_model(start)
        if named[0].kind == "model":
            return with_tail(self._around, start, candidate.last, named, self._blocked)
        last = self._with_plural(candidate.last)
        return Name(start, last, named, written=self._around.written(start, last))

    def _unknown_model(self, start: int) -> Name | None:
        """ "Bielik 11B": a capitalised word nobody knows before a size; "SciBERT": one with a model's ending."""
        around, text = self._around, self._around.texts[start]
        typed = around.text.quote(start, start)
        unknown = len(text) >= SHORTEST_UNKNOWN and text.isalpha() and text not in self._index.dictionary
        if not unknown or not typed[:1].isupper() or around.joined[start] or text in software():
            return None
        family = self._versioned(text) or Named("model", text, family=text, exact=False)
        name = with_tail(around, start, start, (family,), self._blocked)
        if family.family != text:
            return name
        mixed = not typed[1:].islower() and not typed.isupper()
        domain = next((d for d, ends in name_rules().endings.items() if mixed and text.endswith(ends)), None)
        if name.size_b is None and domain is None:
            return None
        return replace(name, named=(replace(family, name=name.written, domain=domain, params_b=name.size_b),))

    def _versioned(self, text: str) -> Named | None:
        """ "YOLOv9": a family with its version behind a v."""
        named = self._index.of(text[:-1], "model") if text.endswith("v") else ()
        return named[0] if named else None

    def _begins(self, start: int) -> bool:
        """Not inside a longer word; the x of "8xH100" is none."""
        before = self._around.word_before(start)
        return not before or (before == "x" and start > 1 and self._around.texts[start - 2][0].isdigit())

    def _ends(self, last: int) -> bool:
        """Not the beginning of a longer word, but for a plural and the x of "H100x8"."""
        following = self._around.handles[last + 1] if self._around.touching[last + 1] else ""
        return following in ("", "s") or (following == "x" and self._around.texts[last][0].isdigit())

    def _ends_as(self, last: int, named: tuple[Named, ...]) -> bool:
        around, following = self._around, self._around.texts[last + 1]
        if named[0].kind == "model" and around.touching[last + 1]:
            return not following[0].isalpha() or following in beside("tails") or self._ends(last)
        if named[0].kind == "gpu" and named[0].memory_gb and around.texts[last] == f"{named[0].memory_gb:g}":
            return around.joined[last] or self._counts_nothing(last + 1)
        if named[0].kind == "gpu" and len(named[0].name) <= 3 and around.joined[last + 1] and following.isalpha():
            return self._ends(last) if around.touching[last + 1] else following in beside("after_hyphen")
        return self._ends(last)

    def _counts_nothing(self, after: int) -> bool:
        """The figure before is a card's memory: "would 8x A100 80 do", "2x A100 80, ..."; not so "A100 80 users"."""
        following = self._around.texts[after]
        goes_on = following.isalpha() and following in words_of("stops", "stops") - PRICED
        return not self._around.touching[after + 1] and (following in beside("ends_a_card") or goes_on)

    def _with_plural(self, last: int) -> int:
        """ "A100s", "A100's"."""
        texts, touching = self._around.texts, self._around.touching
        if texts[last + 1] == "'" and touching[last + 1] and texts[last + 2] == "s":
            return last + 2
        return last + 1 if texts[last + 1] == "s" and touching[last + 1] else last
