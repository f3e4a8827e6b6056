"""Distilled models by their size alone: "the 70B distill", "the distilled 8B", "the 32B distill of DeepSeek"."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from domain.vocabulary import ModelTerm
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.mention import Name, Named
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.text.clauses import Text
from graph.understanding.text.words import covered

SAME_SIZE = 0.15
"""Share by which a model's size may differ from the one that people call it by."""
_ANOTHER = r"(?! (?:into|to|from|with|using|on|it)\b)"
"""Behind the size or the word: somebody distils one model into another."""
_BY_SIZE = re.compile(
    rf"(?<![\w.-])(?P<size>\d{{1,4}}(?:\.\d{{1,2}})?) ?b[ -]distil(?:l|led)?\b{_ANOTHER}"
    r"|(?:\b(?:the|an?|our|its|their|that|this) |^)distil(?:l|led)?(?: model| version| variant)?,? "
    rf"\(?(?P<behind>\d{{1,4}}(?:\.\d{{1,2}})?) ?b\b{_ANOTHER}",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:\b(?:the|an?|one|its|their|that|this|these|those|any)(?: [a-z]+)? "
    r"|^(?=\S+ (?:version|model|variant|is|would|will|works)))"
    rf"(?P<noun>distil(?:l|ls|s|l?ed (?:model|version|variant|one)s?))\b{_ANOTHER}",
    re.IGNORECASE,
)
DISTILL = "distill"
"""The name of one that goes by that word alone, until it is known of which model."""


def with_distilled(text: Text, names: Sequence[Name], index: NameIndex) -> tuple[Name, ...]:
    """The names with those of models that are known as distilled and by their size: the catalogue's of that size, else
    by the words; where the model that such a one was distilled from is named behind it, the two are one name. "The
    distill" is that of the model before it."""
    held: list[ModelTerm] | None = None
    starts, at = [token.start for token in text.tokens], {name.first: name for name in names}
    taken = covered(names)
    for found in _BY_SIZE.finditer(text.raw):
        size = float(found["size"] or found["behind"])
        article = 0 if found["size"] else found.group().lower().index("distil")
        first = bisect_left(starts, found.start() + article)
        last = bisect_left(starts, found.end()) - 1
        if first > last or not taken.isdisjoint(range(first, last + 1)):
            continue
        teacher = at.get(last + 2) if last + 2 < len(starts) and text.tokens[last + 1].text in ("of", "from") else None
        whose = form_of(teacher.written) if teacher is not None and teacher.kind == "model" else ""
        held = _in_catalogue(index) if held is None else held
        alike = [term for term in held if whose in form_of(term.key)]
        nearest = min(alike, key=lambda term: (abs((term.params_b or 0.0) - size), term.key), default=None)
        if nearest is not None and abs((nearest.params_b or 0.0) - size) <= SAME_SIZE * size:
            written = nearest.name
            named = Named("model", nearest.key, domain="llm", family=nearest.family, params_b=nearest.params_b)
        else:
            written = f"{teacher.written} Distill {size:g}B" if teacher is not None and whose else f"{size:g}B distill"
            named = Named("model", written, domain="llm", params_b=size, exact=False)
        if teacher is not None and whose:
            last = at.pop(teacher.first).last
        at[first] = Name(first, last, (named,), size, written=written)
    for found in _ALONE.finditer(text.raw):
        first, last = bisect_left(starts, found.start("noun")), bisect_left(starts, found.end()) - 1
        if taken.isdisjoint(range(first, last + 1)):
            teacher = next((name for name in reversed(names) if name.kind == "model" and name.last < first), None)
            written = f"{teacher.written} {DISTILL}" if teacher is not None else DISTILL
            named = Named("model", written, domain="llm", exact=False)
            at[first] = at.get(first) or Name(first, last, (named,), written=written)
    return tuple(name for _, name in sorted(at.items()))


def _in_catalogue(index: NameIndex) -> list[ModelTerm]:
    """The language models whose name says that they are distilled."""
    terms = {term.key: term for family in index.families.values() for _, term in family.forms}
    return [term for term in terms.values() if term.domain == "llm" and term.params_b and "distil" in term.key.lower()]
