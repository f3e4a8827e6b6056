"""How far a model's name goes: family, version, size, variant, quantisation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.meant import SIGNS_OF_MONEY
from graph.understanding.mentions.mention import Name, Named
from graph.understanding.mentions.name_rules import beside, name_rules
from graph.understanding.mentions.surroundings import Surroundings
from graph.understanding.mentions.units import nouns
from graph.understanding.text.phrases import PhraseBook

MOST = 16
"""Tokens that a tail may have; no name has more."""
LARGEST_IN_MILLIONS = 1.5
LETTERED_SIZES = frozenset("ntsmblxhg")
"""Sizes of networks that see, by one letter: nano, tiny, small, medium, base, large, extra, huge, giant."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BILLIONS = frozenset({"b", "bn", "billion"})


@lru_cache
def quantizations() -> PhraseBook[str]:
    """The ways to write a quantisation -> its name in the spec; empty where it says nothing of the precision."""
    held = name_rules().quantizations
    return PhraseBook("quantizations", ((phrase, name) for name, phrases in held.items() for phrase in phrases))


@dataclass(frozen=True)
class _Tail:
    """A model's name so far: its last token, the last one without the quantisation, and what was read."""

    last: int
    bare: int
    size_b: float | None = None
    quantization: str | None = None

    def on(self, last: int) -> "_Tail":
        return replace(self, last=last, bare=last)


def with_tail(around: Surroundings, first: int, last: int, named: tuple[Named, ...], blocked: Sequence[bool]) -> Name:
    """The name with what follows it that belongs to it: "llama" + "3.1" + "70b" + "instruct" + "awq"."""
    family = around.index.families.get(named[0].family or "")
    tails = beside("tails") | family.tails if family else beside("tails")
    sees = named[0].domain == "vision"
    tail = _Tail(last, last, _size_in(around, first, last, sees))
    while tail.last - last < MOST:
        at = tail.last + 1
        patched = sees and around.texts[at] == "/" and around.texts[tail.last] in LETTERED_SIZES  # "ViT-L/16"
        if (patched or around.texts[at] in ("-", ".", ":")) and around.joined[at] and around.joined[at + 1]:
            at += 1
        step = _step(around, at, tail, tails, sees, last) if at < len(blocked) and not blocked[at] else None
        if step is None:
            break
        tail = step
    exact = around.index.of("".join(around.handles[first : tail.last + 1]), "model")
    bare = tail.last if exact else tail.bare
    return Name(
        first, tail.last, _resolved(around, first, bare, named, last), tail.size_b, tail.quantization or None,
        around.written(first, bare),
    )  # fmt: skip


def _step(around: Surroundings, at: int, tail: _Tail, tails: frozenset[str], sees: bool, core: int) -> _Tail | None:
    """The name with its next part; null where it ends before it."""
    texts, joined = around.texts, around.joined
    text, after = texts[at], texts[at + 1]
    packed = quantizations().at(around.text.words, at)
    if packed is not None and not (around.touching[packed.last + 1] and around.handles[packed.last + 1]):
        return replace(tail, last=packed.last, quantization=packed.value or tail.quantization)
    if tail.quantization is not None:
        return None
    if text == "+" and joined[at] and at == core + 1:
        return tail.on(at)  # "Command R+"
    if _NUMBER.fullmatch(text):
        return _after_a_figure(around, at, tail, tails, sees)
    if sees and text in LETTERED_SIZES and joined[at] and not _NUMBER.fullmatch(after):
        return tail.on(at)
    if tail.size_b and text == "a" and joined[at + 1] and texts[at + 2] == "b":
        return tail.on(at + 2)  # "30b-a3b": the active parameters
    if len(text) == 1 and text.isalpha() and after.isdigit() and len(after) <= 2 and around.touching[at + 1]:
        other = around.index.of(text + after, "gpu") or texts[at + 2] in _BILLIONS
        k8s = around.touching[at + 2] and texts[at + 2].isalpha()
        return None if other or k8s else tail.on(at + 1)  # "Kimi K2", "DeepSeek V3"
    if (text in tails or _is_before_a_size(around, at, tail)) and _belongs(around, at):
        return tail.on(at)
    return None


def _is_before_a_size(around: Surroundings, at: int, tail: _Tail) -> bool:
    """ "Mistral Nemo 12B": a word with a capital between the family and the size."""
    start = around.text.tokens[at].start
    capital = around.text.raw[start : start + 1].isupper()
    sized = _NUMBER.fullmatch(around.texts[at + 1]) and around.texts[at + 2] in _BILLIONS
    return tail.size_b is None and capital and bool(sized)


def _after_a_figure(around: Surroundings, at: int, tail: _Tail, tails: frozenset[str], sees: bool) -> _Tail | None:
    """A size, the experts and their size ("8x7b"), or a version."""
    texts, joined = around.texts, around.joined
    text, after = texts[at], texts[at + 1]
    if after in (_BILLIONS - {"b"}) | {"m"} and _is_counted(around, at + 2):
        return None  # "Embed 1.2 billion chunks", "Embed 12M support tickets"
    if after in _BILLIONS or (after == "m" and joined[at + 1] and not (sees and joined[at])):
        size = float(text) / (1.0 if after in _BILLIONS else 1000.0)
        return None if after == "m" and size > LARGEST_IN_MILLIONS else replace(tail.on(at + 1), size_b=size)
    if after == "x" and joined[at + 1] and _NUMBER.fullmatch(texts[at + 2]) and texts[at + 3] in _BILLIONS:
        return replace(tail.on(at + 3), size_b=None)
    if joined[at]:
        return None if after in beside("no_version_before") and not joined[at + 1] else tail.on(at)
    known = (text in tails or "." in text) and tail.size_b is None
    if not known or after in beside("no_version_before") or after[:1] in SIGNS_OF_MONEY:
        return None
    return None if around.index.of(after + texts[at + 2], "gpu") else tail.on(at)  # "Llama 3, 2 A100"


def _is_counted(around: Surroundings, at: int) -> bool:
    """The figure before this place counts what is named here, or behind one more word."""
    words = around.text.words
    noun = nouns().at(words, at) or (nouns().at(words, at + 1) if around.texts[at].isalpha() else None)
    return noun is not None and noun.value != "models" and around.texts[at] not in words_of("stops", "stops")


def _belongs(around: Surroundings, at: int) -> bool:
    """A variant's word belongs to the name unless it is an ordinary word that goes on the sentence."""
    text, following = around.texts[at], around.texts[at + 1]
    if around.joined[at]:
        return True
    if text in beside("loose_tails"):
        return not following or following in beside("closing")
    return len(text) > 1 and text not in beside("after_a_model")


def _resolved(around: Surroundings, first: int, last: int, named: tuple[Named, ...], core: int) -> tuple[Named, ...]:
    """The models of that name; else their family, for what those members are that the name may mean.

    A model that also sees, in a line of language models, is named for its language unless its name says vision.
    """
    form, words = "".join(around.handles[first : last + 1]), around.texts[first : last + 1]
    said = beside("variants").intersection(words)
    family = around.index.families.get(named[0].family or "")
    found = around.index.of(form, "model")
    if not found and family and (domain := family.domain_of(form, said)):
        found = (replace(named[0], name=named[0].family or "", domain=domain, params_b=None, exact=False),)
    if not found:
        found = named if last == core else tuple(replace(name, params_b=None, exact=False) for name in named)
    if found[0].domain == "multimodal" and family and family.speaks and not said:
        return tuple(replace(name, domain="llm") for name in found)
    return found


def _size_in(around: Surroundings, first: int, last: int, sees: bool) -> float | None:
    """ "llama 70b" found whole in the index: 70; "8x7b" says that of no whole, "yolo11m" a version and its letter."""
    for at in range(first, last):
        digits, letter = around.texts[at], around.texts[at + 1]
        if _NUMBER.fullmatch(digits) and (letter == "b" or (letter == "m" and around.touching[at + 1])):
            if (at and around.texts[at - 1] == "x") or (sees and around.touching[at]):
                return None
            return float(digits) / (1.0 if letter == "b" else 1000.0)
    return None
