"""What a question about the standing plan is about, by the phrases of `vocabulary/follow_ups.yaml`."""

from typing import Literal, get_args

from domain.base import Frozen
from domain.reading import Reading
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, kinds, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.text.phrases import PhraseBook

Topic = Literal[
    "whole_plan", "changes", "trace", "yaml", "diagram", "interface", "start", "epochs", "growth", "approval",
    "rights", "sensitive", "transfer", "updates", "context", "room", "several", "pricing", "afterwards", "runs",
    "unit_cost", "hosted", "buy", "estimate", "price_age", "failure", "idle", "size", "data", "precision", "users",
    "quality", "stock", "energy", "future", "support", "monitoring", "kubernetes", "scaling", "security", "licence",
    "compliance", "sources", "assumptions", "risks", "compare", "cheaper", "why_not", "term", "budget", "capacity",
    "speed", "memory", "models", "place", "cost", "cpu", "machine", "stack", "why_first",
]  # fmt: skip
NEVER_A_CHANGE: frozenset[Topic] = frozenset({
    "yaml", "diagram", "interface", "start", "unit_cost", "hosted", "buy", "estimate", "price_age", "failure", "data",
    "users", "quality", "stock", "energy", "future", "support", "monitoring", "trace", "sources", "term", "size",
    "precision", "licence", "changes", "kubernetes", "idle", "epochs", "growth", "approval", "rights", "sensitive",
    "transfer", "updates", "room", "afterwards", "runs",
})  # fmt: skip
"""Topics that are asked about and not wished for: a question about them changes nothing, whatever it names."""
NO_WISH: frozenset[Topic] = frozenset({
    "yaml", "diagram", "start", "interface", "whole_plan", "hosted", "buy", "price_age", "estimate",
    "unit_cost", "trace", "sources", "monitoring", "rights",
})  # fmt: skip
"""Topics of which nothing that is said is a wish for another plan, asked or not: "draw a diagram"."""
OURS: frozenset[Topic] = frozenset({
    "yaml", "diagram", "start", "interface", "data", "monitoring", "scaling", "quality", "assumptions",
    "trace", "support", "stock", "kubernetes", "unit_cost", "price_age", "estimate", "hosted", "approval", "context",
    "room", "transfer", "epochs", "growth", "updates", "pricing", "sensitive", "rights",
    "several", "afterwards", "runs", "cpu", "users",
})  # fmt: skip
"""Topics that make a message one about the plan, though its words alone were taken for another subject: of the lines of
prompts/intents.yaml that are off topic, none is said to be about them."""
WISHED: frozenset[Topic] = frozenset({"cheaper", "speed", "budget", "place", "models", "cpu"})
"""Topics of a wish as often as of a question: a wish that moves nothing is still a wish."""
NO_CHECKLIST: frozenset[Topic] = frozenset({"quality", "hosted"})
"""Topics of a question about what is done with the model, though it names a task: none about the checklist."""
ASKED_OPENLY: frozenset[Topic] = frozenset({"cheaper", "stack"})
"""Topics that are asked about with what and which, and wished for with "can you"."""
SAID, HINTED = 3, 1
"""Points of a phrase that says a topic, and of a word that hints at it."""


class Asked(Frozen):
    """What a question is about, the likeliest topic first, and the words it was said in."""

    topics: tuple[Topic, ...] = ()
    words: tuple[str, ...] = ()
    times: float | None = None
    """By what it multiplies what stands: "10x", "double"."""
    params_b: float | None = None
    """The size of a model that it names by its size alone."""
    said: bool = False
    """The first of them was said, and not only hinted at."""

    @property
    def topic(self) -> Topic | None:
        return self.topics[0] if self.topics else None


def asked_about(line: Line) -> Asked:
    """Every topic by its points, of equal ones the first in the vocabulary."""
    points: dict[Topic, int] = {}
    for phrases, worth in zip(follow_up_phrases(), (SAID, HINTED), strict=True):
        found = {match for words in (line.words, line.as_written) for match in phrases.find(words)}
        stretches = {(match.value, match.first) for match in found}
        for value, _ in stretches:
            points[_topic(value)] = points.get(_topic(value), 0) + worth
    sizes = [
        mention.low for mention in line.mentions if isinstance(mention, Quantity) and mention.dimension == "params"
    ]
    if sizes:
        points["size"] = points.get("size", 0) + SAID
    order = kinds("follow_ups", "asks")
    ranked = sorted(points, key=lambda topic: (-min(points[topic], 2 * SAID), order.index(topic)))
    return Asked(
        topics=tuple(ranked),
        words=tuple(word.text for word in line.as_written),
        times=_times(line),
        params_b=next(iter(sizes), None),
        said=bool(ranked) and points[ranked[0]] >= SAID,
    )


def _times(line: Line) -> float | None:
    for match in book("follow_ups", "multiples").find(line.words):
        figure = line.mentions[match.first]
        if isinstance(figure, Quantity):
            return figure.low if figure.low > 0 else None
        return float(match.value)
    return None


def asks_of_the_plan(line: Line, reading: Reading) -> bool:
    """Whether a message that was read as a change, or as none of ours, asks about the plan that stands: it moves
    nothing, or all of it asks about what nobody changes by asking."""
    asked, asking = asked_about(line), asking_sentences(line)
    if reading.intent == "tasks":
        return bool(asking) and asked.said and asked.topic in NO_CHECKLIST
    if reading.intent == "decline":
        return asked.said and asked.topic in OURS
    if not reading.changes:
        return bool(asking) or (asked.said and asked.topic not in WISHED)
    if asked.said and asked.topic in NO_WISH and len(line.sentence_places) == 1:
        return True
    if not asked.said or len(asking) < len(line.sentence_places):
        return False
    openly = all(form == "open" for form in asking.values()) and not _supposes(line)
    return asked.topic in NEVER_A_CHANGE or (openly and asked.topic in ASKED_OPENLY)


def _supposes(line: Line) -> bool:
    return any(book("follow_ups", "supposing").find(line.words))


def follow_up_phrases() -> tuple[PhraseBook[str], PhraseBook[str]]:
    """The phrases that say a topic and the words that hint at one; their file is read here."""
    words("follow_ups", "plain")
    return book("follow_ups", "asks"), book("follow_ups", "speaks")


def _topic(name: str) -> Topic:
    for topic in get_args(Topic):
        if topic == name:
            return topic  # type: ignore[no-any-return]
    raise ValueError(f"{name} is no topic")
