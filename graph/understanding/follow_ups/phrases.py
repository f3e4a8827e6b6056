"""What a question is about by the phrases of `vocabulary/follow_ups.yaml`: points of each topic."""

from graph.understanding.labels.sections import book, kinds, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.text.phrases import PhraseBook

SAID, HINTED = 3, 1
"""Points of a phrase that says a topic, and of a word that hints at it."""


def follow_up_phrases() -> tuple[PhraseBook[str], PhraseBook[str]]:
    """The phrases that say a topic and the words that hint at one; their file is read here."""
    words("follow_ups", "plain")
    return book("follow_ups", "asks"), book("follow_ups", "speaks")


def points_of(line: Line) -> dict[str, int]:
    """The topics that are said or hinted at, the most points first; of equal ones the first in the vocabulary."""
    points: dict[str, int] = {}
    for phrases, worth in zip(follow_up_phrases(), (SAID, HINTED), strict=True):
        found = {match for said in (line.words, line.as_written) for match in phrases.find(said)}
        for value, _ in {(match.value, match.first) for match in found}:
            points[value] = points.get(value, 0) + worth
    if sizes_in(line):
        points["size"] = points.get("size", 0) + SAID
    order = kinds("follow_ups", "asks")
    ranked = sorted(points, key=lambda topic: (-min(points[topic], 2 * SAID), order.index(topic)))
    return {topic: points[topic] for topic in ranked}


def sizes_in(line: Line) -> list[float]:
    """Sizes of models that it names, in billions of parameters."""
    return [mention.low for mention in line.mentions if isinstance(mention, Quantity) and mention.dimension == "params"]
