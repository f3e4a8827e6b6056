"""Words for many names at once, "hyperscalers", "American providers", "consumer cards", and who is let off."""

import re
from collections.abc import Iterator
from functools import lru_cache

from graph.understanding.claims import Claim, Operation
from graph.understanding.marked import Marked
from graph.understanding.names import CardGroup, name_rules
from graph.understanding.polarity import Polarity, polarity

_SELLERS = (
    r"(?:clouds?|cloud providers?|providers?|vendors?|hosters?|hosts?|hosting|compan(?:y|ies)|ones|hyperscalers?)"
)
_NAMES = r"P\d+(?: s)?(?:(?: ,| or| and| /)+ P\d+)*"
_LET_OFF = re.compile(
    rf"^(?: [,;(-])*(?: (?:with the (?:sole |only )?(?:exception|exclusion) of|except(?:ing)?|but|other than|"
    rf"apart from|aside from|besides|"
    rf"excluding|save|bar|unless it is))(?: (?:for|the|on|of|maybe|perhaps|not))* (?P<names>{_NAMES})"
    rf"|^(?: [,;.(-])*(?: but| though| however)* (?P<only>{_NAMES}) (?:is|are|would be|being|as)(?: (?:the|an|our|"
    rf"only|sole))* exceptions?(?![^ ])"
)
_OPERATIONS: dict[Polarity, Operation] = {
    "want": "add", "exclude": "exclude", "withdraw": "withdraw", "replace": "drop",
}  # fmt: skip


def group_claims(line: Marked) -> Iterator[Claim]:
    """Every name the group's word stands for, but for those that are let off."""
    for match in _provider_groups().finditer(line.text):
        found = polarity(line, *match.span("group"))
        spared = {line.mentions[index].named[0].name for index in _let_off(line, match)}
        for provider in name_rules().provider_groups.get(re.sub(r"N\d+", "3", match.group("group")), ()):
            if provider not in spared and found in _OPERATIONS:
                yield Claim("location.providers", provider, line.span(match), _OPERATIONS[found])
    for match in _BY_SEAT.finditer(line.text):
        seat = line.mentions[int(match.group("place"))].named[0].name
        if polarity(line, *match.span()) == "exclude":
            spared = {line.mentions[index].named[0].name for index in _let_off(line, match)}
            for provider in name_rules().seats.get(seat, ()):
                if provider not in spared:
                    yield Claim("location.providers", provider, line.span(match), "exclude")
    for words, cards, when in _card_groups():
        for match in words.finditer(line.text):
            if polarity(line, *match.span()) == when:
                for card in cards:
                    yield Claim("gpu.models", card, line.span(match), "exclude")
    yield from _generation_claims(line)


def _generation_claims(line: Marked) -> Iterator[Claim]:
    """ "any Hopper card", "Ampere or newer", "nothing older than Ada": cards by their generation."""
    generations = name_rules().generations
    for position, generation in enumerate(generations):
        for match in _generation(generation.words).finditer(line.text):
            left, right = line.text[: match.start()].rstrip(), line.text[match.end() :]
            if _OLDER.search(left) or _NEWER.match(right):
                ruled_out = [card for older in generations[:position] for card in older.cards]
                for card in ruled_out:
                    yield Claim("gpu.models", card, line.span(match), "exclude")
                continue
            found = polarity(line, *match.span())
            for card in generation.cards if found in _OPERATIONS else ():
                yield Claim("gpu.models", card, line.span(match), _OPERATIONS[found])


@lru_cache
def _generation(words: str) -> re.Pattern[str]:
    cards = r"(?:gpus?|cards?|generation|architecture|class|based|series|only|or (?:newer|later|better|above|up)|\+)"
    return re.compile(
        rf"(?<![^ ])(?:nvidia |any )?(?:{words})(?= {cards}(?![^ ]))|(?<=older than )(?:{words})|"
        rf"(?<=pre )(?:{words})(?![^ ])"
    )


_OLDER = re.compile(r"(?<![^ ])(?:(?:not?|nothing|none|never|avoid|without)(?: \w+){0,3} (?:older than|pre|before))$")
_NEWER = re.compile(r"^(?: (?:gpus?|cards?|generation|class))? (?:or|and) (?:newer|later|better|above|up)(?![^ ])|^ \+")


def let_off(line: Marked) -> frozenset[str]:
    """The marks of the providers that an excluded group does not include: they are not asked for either."""
    held: set[str] = set()
    for pattern in (_provider_groups(), _BY_SEAT):
        for match in pattern.finditer(line.text):
            if polarity(line, *match.span()) == "exclude":
                held.update(f"P{index}" for index in _let_off(line, match))
    return frozenset(held)


def _let_off(line: Marked, group: re.Match[str]) -> tuple[int, ...]:
    """Positions of the mentions let off in the words after the group."""
    said = _LET_OFF.match(line.text[group.end() :])
    names = (said.group("names") or said.group("only")) if said else ""
    return tuple(int(index) for index in re.findall(r"P(\d+)", names))


_BY_SEAT = re.compile(rf"(?<![^ ])J(?P<place>\d+)(?: based| owned| cloud| big| tech)* {_SELLERS}(?![^ ])")


@lru_cache
def _provider_groups() -> re.Pattern[str]:
    names = "|".join(re.sub(r"\d+", r"N\\d+", name) for name in name_rules().provider_groups)
    return re.compile(
        rf"(?<![^ ])(?P<group>{names})(?: (?:clouds?|providers?|ones))?(?: \( (?!except|but)[^()]*\))?(?![^ ])"
    )


@lru_cache
def _card_groups() -> tuple[tuple[re.Pattern[str], tuple[str, ...], Polarity], ...]:
    """The words, the cards they rule out, and whether by being ruled out or by being wanted."""
    rules = name_rules()
    groups: list[tuple[CardGroup, Polarity]] = [(group, "exclude") for group in rules.card_groups]
    groups += [(group, "want") for group in rules.only_makers]
    return tuple((re.compile(rf"(?<![^ ])(?:{group.words})(?![^ ])"), group.cards, when) for group, when in groups)
