"""What a message wants of us: a plan, an answer, the checklist, an earlier state, or nothing we do."""

from collections.abc import Sequence
from functools import lru_cache

from domain.base import Frozen
from domain.turn import Intent
from domain.workload import AskedQuestion, WorkloadSpec
from graph.understanding.labels.back import said_back
from graph.understanding.labels.labelled import Labelled, sure_model
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, cues, words
from graph.understanding.labels.strangers import strangers_in
from graph.understanding.labels.talk import just_decide, talk_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.merge.of_each import is_counted
from graph.understanding.vocabulary import table

MOST_POINTS = 8
"""Of one group of cues: a long message about another subject holds many weak ones."""
MOST_GROUNDS = MOST_STRANGERS = 4
MOST_WORDS = 400
"""Of a message that cues are looked for in: what it is about shows long before."""
VETO = -0.8
"""Leaning of a first message that no cue outweighs: of 344 lines of ours that it was not learnt from none leans below
-0.67."""
SURE_CUE = 3
"""Points of the cues that count most."""
COUNTS = ("count", "number")
"""Dimensions of figures without a unit."""


class Evidence(Frozen):
    """What speaks for or against our subject, or what a unit of each counts."""

    always: float = 1.0
    ours: float
    later: float = 0.0
    elsewhere: float
    grounds: float
    sizes: float
    strangers: float
    strange_share: float
    revises: float = 0.0
    moves: float = 0.0
    leaning: float

    def weighed(self, weights: "Evidence") -> float:
        found: dict[str, float] = self.model_dump()
        counted: dict[str, float] = weights.model_dump()
        return sum(found[name] * counted[name] for name in found)


@lru_cache
def weights() -> dict[str, Evidence]:
    """What a unit of each evidence counts, without a plan (`first`) and with one (`later`)."""
    return table("intent_weights", dict[str, Evidence])


def intent_of(
    line: Line,
    said: WorkloadSpec,
    labelled: Labelled,
    *,
    question: AskedQuestion | None,
    plan_stands: bool,
    moved: Sequence[str] = (),
    revises: bool = False,
    opens: bool = True,
) -> Intent:
    """`said` is what the message alone requires, looked at without a plan only; `question` what it asks; `moved` the
    fields it would change in what stands; `revises`: it takes something back, scales or corrects it; `opens`: nothing
    was said before it.

    Without a plan there is nothing to take back or to tick off. With one, a question that supposes a change is a
    change; a first message that asks is a question, to be planned for and answered.
    """
    if not line.words or talk_of(line.words) is not None:
        return "decline"
    asking = asking_sentences(line)
    if starts_over(line) or (just_decide(line.words) and not asking):
        return "plan"
    if plan_stands and said_back(line.words) is not None:
        return "undo"
    why = question is not None and question.kind == "why"
    if plan_stands and not why and any(book("intent", "tasks").find(line.words)):
        return "tasks"
    if not plan_stands and question is not None and is_open(said, question):
        return "plan"
    ours = about_us(line, said, labelled, plan_stands=plan_stands, revises=revises, moves=bool(moved), opens=opens)
    if ours <= 0:
        return "decline"
    if not plan_stands:
        return "question" if question is not None or asking else "plan"
    if not asking:
        return "plan"
    supposed = revises or moved or any(mention is not None for mention in line.mentions)
    return "plan" if supposed and supposes(line) else "question"


def is_open(said: WorkloadSpec, question: AskedQuestion) -> bool:
    """AI is wished for, and nothing says what it is to do: two readings of it are two plans."""
    work = said.use_case or said.models or said.workloads or said.gpu.models or said.owned
    named = "task_type" in said.evidence and "task_type" not in said.assumed
    return question.asks("open") and not (work or named or is_counted(said))


def supposes(line: Line) -> bool:
    """A question that asks for a change in the form of one: "what if", "can you take"."""
    return any(book("intent", "supposes").find(line.words))


def certain(line: Line) -> bool:
    """What the message wants is told by words that can mean nothing else: small talk, or a new project."""
    return not line.words or talk_of(line.words) is not None or starts_over(line)


def starts_over(line: Line) -> bool:
    """What stands is forgotten: "new project", "start over"."""
    return any(book("intent", "over").find(line.words))


def about_us(
    line: Line,
    said: WorkloadSpec,
    labelled: Labelled,
    *,
    plan_stands: bool,
    revises: bool = False,
    moves: bool = False,
    opens: bool = True,
) -> float:
    """How much speaks for a message about running models, above zero where it is one. No evidence decides alone, but
    that a first message without the size of a model leans as far to the others as none of ours does."""
    evidence = evidence_of(line, said, labelled, plan_stands=plan_stands, revises=revises, moves=moves, opens=opens)
    if opens and not plan_stands and not evidence.sizes and evidence.leaning < VETO:
        return evidence.leaning
    return evidence.weighed(weights()["later" if plan_stands else "first"])


def speaks_of_a_plan(line: Line) -> bool:
    """Whether a cue that counts most, or a figure with a unit, says that it is about what is run, and none that it is
    about something else: by which a message in another language is judged, whose words are not all known."""
    told = line.words.begin(MOST_WORDS)
    sure = any(
        match.value[1] == SURE_CUE for section in ("ours", "later") for match in cues("intent", section).find(told)
    )
    measured = any(quantity.dimension not in COUNTS for _, quantity in line.quantities)
    return (sure or measured) and not _points("elsewhere", "elsewhere", line)


def evidence_of(
    line: Line,
    said: WorkloadSpec,
    labelled: Labelled,
    *,
    plan_stands: bool,
    revises: bool,
    moves: bool,
    opens: bool = True,
) -> Evidence:
    """Cues of ours and of elsewhere by their points, stretches of words that a spec could be read from, sizes that only
    models have, words that the reader does not know at all, what it would change in the plan that stands (a change read
    from words that are strange is none), and how the labelled lines lean."""
    strangers = len(strangers_in(line))
    return Evidence(
        ours=_points("intent", "ours", line),
        later=_points("intent", "later", line) if plan_stands else 0.0,
        elsewhere=_points("elsewhere", "elsewhere", line),
        grounds=0.0 if plan_stands else min(MOST_GROUNDS, _grounds(said)),
        sizes=float(any(_sized(mention) for mention in line.mentions)),
        strangers=min(MOST_STRANGERS, strangers),
        strange_share=strangers / max(1, sum(word.text.isalpha() for word in line.words)),
        revises=float(plan_stands and revises),
        moves=float(plan_stands and moves and not strangers),
        leaning=labelled.leans(line, plan_stands=plan_stands or not opens),
    )


def _points(name: str, section: str, line: Line) -> float:
    """A phrase counts the points it is listed under, once however often it is said."""
    said = {match.value for match in cues(name, section).find(line.words.begin(MOST_WORDS))}
    return min(MOST_POINTS, sum(points for _, points in said))


def _grounds(said: WorkloadSpec) -> int:
    """Stretches of words, none inside another, that technical fields were read from; guesses are none."""
    assumed = " ".join(said.assumptions).lower()
    quotes = {
        evidence.quote.lower()
        for field, evidence in said.evidence.items()
        if field.split(".")[0] in words("intent", "technical") and f"{field.split('_')[0]} assumed" not in assumed
    }
    return sum(not any(quote != other and quote in other for other in quotes) for quote in quotes)


def _sized(mention: Mention | None) -> bool:
    """Parameters in billions ("a 70B teacher" counts no people), or a model by its version."""
    if isinstance(mention, Quantity):
        billions = mention.magnitude == "b" and mention.dimension != "money" and not mention.per
        return mention.dimension == "params" or billions
    return isinstance(mention, Name) and mention.kind == "model" and sure_model(mention)
