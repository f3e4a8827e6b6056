"""The words of the residue: what looks like a need, and how a message is read for it."""

from collections.abc import Iterator

from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.text.phrases import Word

SMALLEST_SIDE = 100
"""Figures that may be the side of a picture."""
KINDS = ("subject", "told", "wanted", "asked", "pictures", "silent")


def written(line: Line) -> Iterator[Word]:
    """The words with names as they are typed, and the figures that may be sides of a picture apart from the others."""
    for word, first, mention in zip(line.words, line.firsts, line.mentions, strict=True):
        text = word.text
        if isinstance(mention, Name):
            text = line.text.tokens[first].text
        elif isinstance(mention, Quantity) and text == "<n>" and mention.low >= SMALLEST_SIDE and not mention.unit:
            text = "<side>"
        elif mention is None and text.isdecimal() and len(text) > 1:  # the 128 in "10 million 128-dimension vectors"
            text = "<n>"
        yield word if text == word.text else Word(text, word.sentence, word.clause)
