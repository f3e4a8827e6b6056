"""What a message wants while a plan stands: what the rules take it for, weighed with what the examples say."""

from domain.turn import Intent
from graph.understanding.follow_ups.heads import Heads
from graph.understanding.follow_ups.lines import NEW_PLAN, OFF_TOPIC, QUESTION, REVISION
from graph.understanding.labels.intent import certain, speaks_of_a_plan, supposes
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book, words
from graph.understanding.mentions.line import Line
from graph.understanding.text.glosses import is_glossed

STRANGE = 0.15
"""Share of another subject among the topics below which a question is never declined: what it asks is plain."""
INTENTS: dict[str, Intent] = {QUESTION: "question", REVISION: "plan", NEW_PLAN: "plan", OFF_TOPIC: "decline"}


def later_intent(line: Line, by_rules: Intent, heads: Heads, *, moves: bool, relates: bool = False) -> Intent:
    """The rules have the last word where they go by words that can mean nothing else: talk, a new project, what is
    taken back, the checklist, and a change that is supposed ("what if we had 500 users"). What `relates` to the figures
    that stand ("black friday is 10x that") is about no other subject."""
    if by_rules in ("undo", "tasks") or certain(line) or (by_rules == "plan" and moves and supposes(line)):
        return by_rules
    asks = bool(asking_sentences(line))
    if relates and not asks and not orders_to_see(line):
        return "plan"
    acts = heads.acts_of(line, by_rules, moves=moves)
    ours = relates or (asks and heads.topics_of(line)[OFF_TOPIC] < STRANGE)
    ours = ours or (is_glossed(line.text.raw) and speaks_of_a_plan(line))
    act = next(act for act in acts if act != OFF_TOPIC or not ours)
    states = by_rules == "plan" and moves and not asks and not orders_to_see(line)  # "the cap is $2,500"
    return "plan" if act == QUESTION and states else INTENTS[act]


def names_what_is_asked(line: Line) -> bool:
    """A message without a verb that names a figure it wants to hear ("cost per 1,000 images"), or two ways of paying to
    choose from."""
    return any(any(book("follow_ups", part).find(line.as_written)) for part in ("asked_for", "either"))


def orders_to_see(line: Line) -> bool:
    """ "Give me the helm values", "can you compare it with ...": what is there is to be shown. "Give me H100s instead"
    orders the thing itself."""
    if any(book("follow_ups", "hands_over").find(line.words)):
        return False
    polite, shows = words("intent", "polite"), words("intent", "shows")
    first = next((word.text for word in line.words if word.text not in polite), "")
    return first in shows or names_what_is_asked(line)
