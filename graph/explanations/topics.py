"""What a question about the standing plan is about: what the examples say, with the phrases among their evidence."""

import re
from collections.abc import Iterator
from typing import Literal, get_args

from domain.base import Frozen
from domain.reading import Reading
from domain.workload import WorkloadSpec
from graph.explanations.questions import is_order, states, wishes
from graph.explanations.wanted import Kind, wanted_in
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.intent import names_what_is_asked, orders_to_see
from graph.understanding.follow_ups.lines import OFF_TOPIC
from graph.understanding.follow_ups.phrases import SAID, points_of, sizes_in
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.text.phrases import Match

Topic = Literal[
    "whole_plan", "changes", "trace", "yaml", "diagram", "interface", "start", "epochs", "growth", "approval",
    "rights", "sensitive", "transfer", "updates", "context", "room", "several", "pricing", "afterwards", "runs",
    "unit_cost", "hosted", "buy", "estimate", "price_age", "failure", "idle", "size", "data", "precision", "users",
    "quality", "stock", "energy", "future", "support", "monitoring", "kubernetes", "scaling", "security", "licence",
    "compliance", "sources", "assumptions", "risks", "compare", "cheaper", "why_not", "term", "budget", "capacity",
    "speed", "memory", "models", "place", "cost", "cpu", "machine", "stack", "why_first", "unknowable",
    "supposed", "settings", "tidy", "trial", "gives_up", "checkpoints",
]  # fmt: skip
NEVER_A_CHANGE: frozenset[Topic] = frozenset({
    "yaml", "diagram", "interface", "start", "unit_cost", "hosted", "buy", "estimate", "price_age", "failure", "data",
    "users", "quality", "stock", "energy", "future", "support", "monitoring", "trace", "sources", "term", "size",
    "precision", "licence", "changes", "kubernetes", "idle", "epochs", "growth", "approval", "rights", "sensitive",
    "transfer", "updates", "room", "afterwards", "runs", "tidy", "trial", "compare", "settings", "gives_up",
    "checkpoints",
})  # fmt: skip
"""Topics that are asked about and not wished for: a question about them changes nothing, whatever it names."""
NO_WISH: frozenset[Topic] = frozenset({
    "yaml", "diagram", "start", "interface", "whole_plan", "hosted", "buy", "price_age", "estimate",
    "unit_cost", "trace", "sources", "monitoring", "rights", "tidy", "compare", "checkpoints",
})  # fmt: skip
"""Topics of which nothing that is said is a wish for another plan, asked or not: "draw a diagram"."""
OURS: frozenset[Topic] = frozenset({
    "yaml", "diagram", "start", "interface", "data", "monitoring", "scaling", "quality", "assumptions",
    "trace", "support", "stock", "kubernetes", "unit_cost", "price_age", "estimate", "hosted", "approval", "context",
    "room", "transfer", "epochs", "growth", "updates", "pricing", "sensitive", "rights",
    "several", "afterwards", "runs", "cpu", "users", "tidy", "trial", "settings", "gives_up", "checkpoints",
})  # fmt: skip
"""Topics that make a message one about the plan, though its words alone were taken for another subject: of the lines of
prompts/intents.yaml that are off topic, none is said to be about them."""
WISHED: frozenset[Topic] = frozenset({"cheaper", "speed", "budget", "place", "models", "cpu"})
"""Topics of a wish as often as of a question: a wish that moves nothing is still a wish."""
NO_CHECKLIST: frozenset[Topic] = frozenset({"quality", "hosted", "room", "machine", "budget", "capacity"})
"""Topics of a question about what is done with the model, though it names a task: none about the checklist."""
OPENS_A_FACT = frozenset({"do", "does", "did", "is", "are", "was", "has", "have", "why", "when", "where", "who"})
ITEMS = "dataset.items"
ALTERNATIVES = ("gpu", "model", "provider")
"""Kinds of what a question may set in the place of what stands."""
PARTS = frozenset({"components.wanted"})
KINDS = frozenset({"task_type", "domain", "use_case", "dataset.modality"})
"""Fields that are told by the words of what is to be shown."""
WHO_DOES = frozenset({"we", "i", "you", "they", "both", "all", "our", "my", "these"})
MOST_TOPICS = 4
"""That may answer: the likeliest, and where it finds nothing the next."""
TOPICS: frozenset[str] = frozenset(get_args(Topic))
LIKELY, SURE = 0.08, 0.3
"""Share of certainty of a topic that may answer at all, and of one that was said and not only hinted at."""
STRANGE = 0.15
"""Share of certainty of another subject from which a message that was taken for one is one."""
SHOWN = frozenset({"yaml", "diagram"})
"""Topics whose answer is a file: shown where it is asked for, or named."""
COUNTS = "capacity"
TYPED = frozenset({"command", "commands"})
"""What is typed: of an engine the command that starts it."""
PHRASED = 0.15
"""What a phrase that says a topic adds to its share, beyond what it counted among the evidence."""
CERTAIN = 0.7
"""Share of certainty of a question's topic from which its words are about the plan, though they may be talk."""
WEIGHED: frozenset[Topic] = frozenset({"buy", "hosted", "compare"})
"""Topics in which two ways are set against one another."""
MISSING = "missing"
"""What is asked outright by who says that the plan has no such part."""
POLITE = frozenset({"please", "so", "ok", "just", "pls"})
TWO_PLACES = "two_places"
CLOUD = frozenset({"cloud", "rented", "rent"})
CLOSED_FORMS = frozenset({"may", "is"})
CLOSE = 0.6
"""Share of the first topic's certainty from which the second is as good a guess."""


class Asked(Frozen):
    """What a question is about, the likeliest topic first, and the words it was said in."""

    topics: tuple[Topic, ...] = ()
    words: tuple[str, ...] = ()
    closed: bool = False
    """It asks for a yes or a no."""
    times: float | None = None
    """By what it multiplies what stands: "10x", "double"."""
    params_b: float | None = None
    """The size of a model that it names by its size alone."""
    said: bool = False
    """The first of them was said, and not only hinted at."""
    close: bool = False
    """The second is nearly as likely as the first, and neither is certain."""
    share: float = 0.0
    """How certain the first of them is."""
    outright: str = ""
    """The one fact that it asks for in words that can mean nothing else."""
    strange: bool = False
    """It may well be about another subject."""
    wanted: Kind | None = None
    """The kind of figure that it asks for."""

    @property
    def topic(self) -> Topic | None:
        return self.topics[0] if self.topics else None


def asked_about(line: Line) -> Asked:
    """Every likely topic, then those that its phrases say or hint at."""
    shares, points = heads().topics_of(line), points_of(line)
    told = next((topic for topic in points if points[topic] >= SAID), "")
    weighed = {topic: share + PHRASED * (topic == told) for topic, share in shares.items() if topic in TOPICS}
    likely = {t: share for t, share in sorted(weighed.items(), key=lambda one: -one[1]) if share >= LIKELY}
    if not asking_sentences(line) and not orders_to_see(line):
        likely = {t: share for t, share in likely.items() if t not in SHOWN or t in points}
    if "diagram" not in points and line.quantities:  # "what if we double the slides to 3,600"
        likely.pop("diagram", None)
    ranked = list(dict.fromkeys([*likely, *points]))[:MOST_TOPICS]
    if told == COUNTS and any(book("follow_ups", "most_of").find(line.words)):
        ranked = [COUNTS, *(topic for topic in ranked if topic != COUNTS)]  # "how many developers at most"
    if (
        ranked[:1] in (["room"], ["several"])
        and "memory" in ranked
        and any(word.text == "<gpu>" for word in line.words)
    ):
        ranked = ["memory", *(topic for topic in ranked if topic != "memory")]  # whether it fits on the card it names
    if ranked[:1] == ["stack"] and TYPED & {word.text for word in line.words} and orders_to_see(line):
        ranked = ["start", *(topic for topic in ranked if topic != "start")][:MOST_TOPICS]  # "just the vllm command"
    first, second = (*likely.values(), 0.0, 0.0)[:2]
    sizes = sizes_in(line)
    return Asked(
        topics=tuple(_topic(name) for name in ranked),
        words=tuple(word.text for word in line.as_written),
        closed=is_closed(line),
        times=_times(line),
        params_b=next(iter(sizes), None),
        said=bool(ranked) and (first >= SURE or points.get(ranked[0], 0) >= SAID),
        close=first < 0.5 and second >= CLOSE * first > 0.0,
        share=first,
        outright=_outright(line),
        strange=shares[OFF_TOPIC] >= STRANGE,
        wanted=wanted_in(line),
    )


def _outright(line: Line) -> str:
    """What of the vocabulary's section of that name it asks for; a step only by its number, or as the last."""
    said = line.as_written
    for match in book("follow_ups", "outright").find(said):
        counted = any(sign.isdigit() for sign in line.quote(match.last, match.last))
        if match.value != "step" or counted or "last" in {word.text for word in said}:
            return match.value
    return ""


def only_asks(line: Line) -> bool:
    """A complaint of what is missing or was not answered, or a question that does not open its message ("single tenant
    - does this count?", "A or B, you decide"), with no order beside it: it changes nothing, whatever it names."""
    asks = bool(_complaint(line)) or any(
        match for section in ("repeats", "asks_behind") for match in book("follow_ups", section).find(line.as_written)
    )
    return asks and not (wishes(line) or is_order(line) or states(line) or any(_orders_in(line)))


def keeps_apart(line: Line) -> bool:
    """A wish that some of the work is done on machines of one's own and the rest in the cloud."""
    return _outright(line) == TWO_PLACES and not asking_sentences(line) and bool(CLOUD & {w.text for w in line.words})


def order_and_complaint(line: Line) -> tuple[str, str]:
    """What a message orders beside a complaint of what is missing, and that complaint; two empty texts where it holds
    not both: "it says nothing on backups, add velero"."""
    complaint = _complaint(line)
    if complaint is None:
        return "", ""
    first, last = line.sentence(complaint.first)
    after = min((place for place in _orders_in(line) if place > complaint.last), default=len(line.words))
    before = next((place for place in _orders_in(line) if place < first), first)
    wish = " ".join(
        line.quote(*part) for part in ((before, first - 1), (after, len(line.words) - 1)) if part[0] <= part[1]
    )
    return (wish.strip(" ,;."), line.quote(first, min(last, after - 1)).strip(" ,;.-")) if wish else ("", "")


def _complaint(line: Line) -> Match[str] | None:
    """Where it says that something is missing."""
    return next(
        (match for match in book("follow_ups", "outright").find(line.as_written) if match.value == MISSING), None
    )


def _orders_in(line: Line) -> Iterator[int]:
    """The places where a clause or a sentence begins with an order."""
    orders = book("follow_ups", "orders")
    joins = words("follow_ups", "joins") | POLITE
    for first, last in line.clause_places.values():
        while first < last and line.words[first].text in joins:
            first += 1
        if orders.at(line.words, first) is not None:
            yield first


def is_closed(line: Line) -> bool:
    """Whether the first sentence that asks wants a yes or a no."""
    form = next(iter(asking_sentences(line).values()), "")
    return form in CLOSED_FORMS


def _times(line: Line) -> float | None:
    for match in book("follow_ups", "multiples").find(line.words):
        figure, after = line.mentions[match.first], line.mentions[match.last + 1 : match.last + 2]
        if any(isinstance(mention, Name) for mention in after):
            continue  # "8 x A100" counts cards
        if isinstance(figure, Quantity):
            return figure.low if figure.low > 0 else None
        return float(match.value)
    return None


def asks_of_the_plan(line: Line, reading: Reading) -> bool:
    """Whether a message that was read as a change, or as none of ours, asks about the plan that stands: it moves
    nothing, or all of it asks about what nobody changes by asking."""
    asked, asking = asked_about(line), asking_sentences(line)
    if asked.outright and reading.intent != "tasks" and not (reading.changes and wishes(line)):
        return True
    if names_what_is_asked(line):
        asking = asking or dict.fromkeys(line.sentence_places, "open")
        if asked.said and len(line.sentence_places) == 1:
            return True
    if asked.said and asked.topic in NO_WISH and orders_to_see(line):
        return True
    seen = orders_to_see(line) or (asked.said and asked.topic in SHOWN)
    if seen and SHOWN & {*asked.topics} and not line.quantities and {*reading.changes} <= PARTS | KINDS:
        return True  # "yaml for the vector store please", "show the reranker deployment": what is seen is there
    if reading.intent == "tasks":
        return bool(asking) and asked.said and asked.topic in NO_CHECKLIST
    if reading.intent == "decline":
        ours = asked.topic in OURS or (bool(asking) and asked.share >= CERTAIN)
        return asked.said and not asked.strange and ours
    if not reading.changes:
        return bool(asking) or (_phrased(line) and not WISHED & {*asked.topics[:2]})
    first = line.words[0].sentence if line.words else None
    if (
        first in asking
        and asked.topic in NEVER_A_CHANGE
        and asked.share >= CERTAIN
        and not (wishes(line) or states(line))
    ):
        return True  # "is the licence a problem? we sell the machines": what is told behind it belongs to it
    if asking and _phrased(line) and asked.topic in NO_WISH and len(line.sentence_places) == 1:
        return True
    if asking and {*asking.values()} <= {"is", "open"} and {*reading.changes} <= {"features"}:
        return True  # "would MIG be of use here": whether it is any good, and not that it is wished for
    if asked.topic == "checkpoints" and asked.said and {*reading.changes} <= {"features"}:
        return True  # how often they are written is a setting, which the answer names
    weighs = (
        asked.topic in WEIGHED and asked.share >= CERTAIN and any(book("follow_ups", "weighs").find(line.as_written))
    )
    if weighs and len(line.sentence_places) == 1:
        return True  # "buying 8 of them against renting, when does it pay off"
    if asks_a_fact(line) and len(line.sentence_places) == 1:
        return True
    named = any(isinstance(one, Name) and one.kind in ALTERNATIVES for one in line.mentions)
    if named and len(asking) == len(line.sentence_places) and all(c.startswith("priorities") for c in reading.changes):
        return True  # "can we use A100s instead? cheaper?" asks about what it names
    openly_asked = bool(asking) and all(form == "open" for form in asking.values())
    if openly_asked and {*reading.changes} <= PARTS and asked.said and not _supposes(line):
        return True  # "when do we need a bigger vector db"
    if asking and any(is_misread(reading.spec, field, line.text.raw) for field in reading.changes):
        return True
    if len(asking) < len(line.sentence_places):
        return False
    openly = all(form == "open" for form in asking.values()) and not (_supposes(line) or wishes(line))
    return (asked.said and asked.topic in NEVER_A_CHANGE) or openly


def is_misread(spec: WorkloadSpec, field: str, question: str) -> bool:
    """Whether a figure that a question names was put where it cannot be: into the data set of a service, which is a
    job's; or was read from none of its words, nothing at all or a stretch that begins or ends within a word."""
    said = spec.evidence.get(field)
    if said is None:
        return False
    quote = said.quote.strip()
    within = quote.lower() in question.lower()
    apart = re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", question, re.I) is not None
    return not quote or (within and not apart) or (field == ITEMS and spec.task_type == "inference")


def asks_a_fact(line: Line) -> bool:
    """ "Do both servers need InfiniBand": how it is, and not how it would be otherwise."""
    first, second = ([word.text for word in line.words.begin(2)] + ["", ""])[:2]
    opens = first in OPENS_A_FACT and (first != "do" or second in WHO_DOES)
    if any(book("follow_ups", "was_done").find(line.as_written)):
        return not _supposes(line)
    return opens and not _supposes(line) and not any(book("follow_ups", "instead").find(line.as_written))


def _phrased(line: Line) -> bool:
    """Whether a phrase says a topic: what is likely is told of questions alone, and of a wish says nothing."""
    return max(points_of(line).values(), default=0) >= SAID


def _supposes(line: Line) -> bool:
    return any(book("follow_ups", "supposing").find(line.words))


def _topic(name: str) -> Topic:
    for topic in get_args(Topic):
        if topic == name:
            return topic  # type: ignore[no-any-return]
    raise ValueError(f"{name} is no topic")
