"""Names that are one word with signs inside: `org/name` and `name:tag` ids, addresses, instance types of clouds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from domain.names import HUB
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.mention import Name, Named
from graph.understanding.mentions.model_tails import quantizations
from graph.understanding.mentions.name_rules import form_of, name_rules
from graph.understanding.mentions.surroundings import Surroundings
from graph.understanding.text.clauses import divided
from graph.understanding.text.tokens import tokens_of

LONGEST = 200
"""Characters of a word that is looked at; no id is longer."""
SHORT_SERIES = 2
_ADDRESS = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
_REPOSITORY = re.compile(r"([A-Za-z0-9][\w.-]{0,38})/([\w.-]{2,96})(?::([\w.-]{1,40}))?")
_TAGGED = re.compile(r"([A-Za-z][\w.-]{1,60}):([\w.-]{1,40})")
_SIZE = re.compile(r"(?<![A-Za-z\d.])(\d{1,3}x)?(\d{1,4}(?:\.\d{1,3})?)([bBmM])(?![A-Za-z\d])")
_PARTS = re.compile(r"[-_.]|(?<=[A-Za-z])(?=\d)")
_SIGNS_BEFORE, _SIGNS_BEHIND = "([{<'\"*@`", ".,;:!?)]}>'\"*`"


@dataclass(frozen=True)
class Whole:
    """A stretch of tokens that only counts whole; `name` is null for an address that names nothing."""

    first: int
    last: int
    name: Name | None


def wholes_in(around: Surroundings) -> Iterator[Whole]:
    """Every id, address and instance type, left to right."""
    first = 0
    for end in range(1, len(around.text.tokens) + 1):
        if around.joined[end] and end < len(around.text.tokens):
            continue
        last = end - 1
        while first < last and around.texts[last] in _SIGNS_BEHIND:
            last -= 1
        while first < last and around.texts[first] in _SIGNS_BEFORE:
            first += 1
        if first < last and (whole := _whole(around, first, last)):
            yield whole
        first = end


def _whole(around: Surroundings, first: int, last: int) -> Whole | None:
    start, end = around.text.tokens[first].start, around.text.tokens[last].end
    word = around.text.raw[start : min(end, start + LONGEST)]
    if "/" in word or ":" in word:
        found = _model(around.index, word)
        if found or _ADDRESS.match(word):
            return Whole(first, last, Name(first, last, *found) if found else None)
    for provider, shape in _instance_types().items():
        if shape.fullmatch(word):
            named = Named("provider", provider, family="instance", exact=False)
            return Whole(first, last, Name(first, last, (named,), written=word))
    term = around.index.instance(word)
    if term and (len(word) > SHORT_SERIES or term.provider in around.providers):  # "g5" may be anything
        named = Named("provider", term.provider, family="instance", exact=False)
        return Whole(first, last, Name(first, last, (named,), written=word))
    return None


_Read = tuple[tuple[Named, ...], float | None, str | None, str]
"""What a word names, with the size and the quantisation in it, and its own name."""


def _model(index: NameIndex, word: str) -> _Read | None:
    hub = HUB.match(word)
    path = "/".join(re.split(r"[/?#]", word[hub.end() :])[:2]) if hub else word
    found = _REPOSITORY.fullmatch(path)
    if found and not hub and form_of(found[1]) in name_rules().folders - index.owners:
        return _named(index, found[2], found[3] or "") if _is_repository(index, "", found[2]) else None
    if found and (hub or _is_repository(index, found[1], found[2])):
        return _named(index, f"{found[1]}/{found[2]}", found[3] or "")
    tagged = _TAGGED.fullmatch(path)
    if tagged and (hub or _is_tagged(index, tagged[1], tagged[2])):
        return _named(index, tagged[1], tagged[2])
    return _named(index, path, "") if hub and path else None


def _is_repository(index: NameIndex, owner: str, name: str) -> bool:
    """ "Qwen/Qwen3-8B" is one, "input/output" and "Llama/Mistral-7B" are none."""
    known = form_of(owner) in index.owners
    if index.of(form_of(f"{owner}/{name}"), "model"):
        return True
    if not known and (form_of(owner) in index.forms or _SIZE.search(owner)):
        return False
    return _SIZE.search(name) is not None or (
        _family_in(index, name) is not None and (known or re.search(r"[\d-]", name) is not None)
    )


def _is_tagged(index: NameIndex, name: str, tag: str) -> bool:
    """ "llama3.3:70b-instruct-q4_K_M" is one, "users:50" and "Model:7b" are none."""
    sized = _SIZE.match(tag) is not None or tag == "latest"
    if _family_in(index, name) is not None:
        return sized or tag[0].isalpha()
    return sized and re.search(r"[\d-]", name) is not None


def _family_in(index: NameIndex, name: str) -> Named | None:
    """The line of models that the name belongs to: its first words that are one, three of them at most."""
    words = [form_of(word) for word in _PARTS.split(name) if word]
    for start in range(len(words)):
        for end in range(min(len(words), start + 3), start, -1):
            if named := index.of("".join(words[start:end]), "model"):
                return named[0]
    return None


def _named(index: NameIndex, written: str, tag: str) -> _Read:
    """The catalogue's model of that id, else a model by its own name."""
    whole = f"{written}:{tag}" if tag else written
    size = _SIZE.search(tag) or _SIZE.search(written)
    params_b = float(size[2]) / (1.0 if size[3] in "bB" else 1000.0) if size and not size[1] else None
    exact = index.of(form_of(whole), "model")
    family = _family_in(index, written.rpartition("/")[2])
    own = Named(
        "model", whole, domain=family.domain if family else None, family=family.family if family else None,
        params_b=params_b, exact=False,
    )  # fmt: skip
    return exact or (own,), params_b, _quantization(f"{written} {tag}"), whole


@lru_cache(maxsize=1024)
def _quantization(written: str) -> str | None:
    words = divided(written, tokens_of(written)).words
    return next((match.value for match in reversed(quantizations().longest(words)) if match.value), None)


@lru_cache
def _instance_types() -> dict[str, re.Pattern[str]]:
    shapes = name_rules().instance_types.items()
    return {provider: re.compile(shape, re.IGNORECASE) for provider, shape in shapes}
