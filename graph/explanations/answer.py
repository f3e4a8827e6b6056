"""One answer to one question about the plan that stands."""

from collections.abc import Callable

from artifacts.notation import bullets, plain
from graph.explanations.evidence import Standing
from graph.explanations.glossary import meaning
from graph.explanations.instead import why_not
from graph.explanations.money import budget, cheaper, cost
from graph.explanations.options import capacity, compare, memory, no_such_rank, speed, where, whole_plan, why_first
from graph.explanations.parts import licences, models, names_a_component, stack
from graph.explanations.question import Topic, topic_of
from graph.explanations.records import assumptions, changes, compliance, risks, sources, trace

ANSWERS: dict[Topic, Callable[[Standing], str]] = {
    "whole_plan": whole_plan, "changes": changes, "trace": trace, "compare": compare, "cheaper": cheaper,
    "licence": licences, "sources": sources, "assumptions": assumptions, "risks": risks, "budget": budget, "cost": cost,
    "capacity": capacity, "speed": speed, "memory": memory, "place": where, "compliance": compliance, "models": models,
    "stack": stack,
}  # fmt: skip
WITHOUT_PLACEMENT: tuple[Topic, ...] = (
    "changes", "sources", "assumptions", "licence", "models", "risks", "compliance", "glossary", "stack",
)  # fmt: skip
"""What can be answered when nothing fits."""


def explanation(standing: Standing) -> str:
    """The answer as Markdown, ending in a newline."""
    return _answer(standing, topic_of(standing.question)).rstrip() + "\n"


def _answer(standing: Standing, topic: Topic | None) -> str:
    if topic == "glossary":
        if (term := meaning(standing.question)) is not None:
            return plain(term)
        topic = None
    there = len(standing.plan.recommendations)
    if topic != "compare" and there and not standing.counted() and standing.missing_ranks():
        return no_such_rank(standing.missing_ranks(), there)
    if topic == "why_not" and (standing.alternatives or standing.counted()):
        return why_not(standing)
    if topic in (None, "why_not", "why_first") and names_a_component(standing):
        return stack(standing)
    if topic in (None, "why_first") and standing.alternatives and not standing.counted():
        return why_not(standing)
    if not standing.plan.recommendations and topic not in WITHOUT_PLACEMENT:
        return nothing_fits(standing)
    if topic is None or topic not in ANSWERS:
        return why_first(standing)
    return ANSWERS[topic](standing)


def nothing_fits(standing: Standing) -> str:
    """What to relax, when there is nothing to explain."""
    lines = bullets(plain(relaxation.explanation) for relaxation in standing.plan.relaxations)
    return f"Nothing in the catalogue fits the constraints as they stand.\n\n{lines}"
