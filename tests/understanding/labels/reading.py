"""A line as the labels read it, with the names of the starter catalogue."""

from functools import lru_cache

from graph.understanding.mentions.index import NameIndex, index_of
from graph.understanding.mentions.line import Line, line_of
from graph.understanding.mentions.names import names_in
from graph.understanding.mentions.quantities import quantities_in
from graph.understanding.text.clauses import divided
from graph.understanding.text.tokens import tokens_of
from tests.understanding.talking import starter_vocabulary


@lru_cache
def _index() -> NameIndex:
    return index_of(starter_vocabulary())


def read(raw: str) -> Line:
    text = divided(raw, tokens_of(raw))
    names = names_in(text, _index())
    return line_of(text, names, quantities_in(text, {at for name in names for at in range(name.first, name.last + 1)}))
