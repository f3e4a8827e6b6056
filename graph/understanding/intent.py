"""What a message wants of us: a plan, an explanation of the one that stands, its checklist, or nothing we do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen
from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.explanations.question import topic_of
from graph.understanding.answers import just_decide
from graph.understanding.draft import taken_apart
from graph.understanding.marked import Marked
from graph.understanding.nearest import Nearest

COLOUR = (
    "industry",
    "use_case",
    "dataset.modality",
    "location.regions",
    "location.jurisdictions",
    "priorities.quality",
    "priorities.latency",
    "components.excluded",
)
"""Fields that many a sentence touches: alone they make no request."""
GUESSES = ("task_type", "domain", "gpu_needed")
NAMED_IN_PASSING = (
    "gpu.models", "gpu.excluded", "gpu.min_vram_gb", "gpu.min_count", "location.providers", "location.jurisdictions",
    "location.regions", "pricing", "use_case", "priorities.cost", "compliance",
)  # fmt: skip
"""Fields that a question may speak of without wanting them."""


class _Words(Frozen):
    leads: tuple[str, ...]
    tasks: tuple[str, ...]
    explain: tuple[str, ...]
    figure_asked: tuple[str, ...]
    prices: tuple[str, ...]
    definition: tuple[str, ...]
    hypothetical: tuple[str, ...]
    off_topic: tuple[str, ...]
    animal: tuple[str, ...]
    small_talk: tuple[str, ...]
    subject: tuple[str, ...]


@dataclass(frozen=True)
class _Patterns:
    tasks: re.Pattern[str]
    explain: re.Pattern[str]
    figure_asked: re.Pattern[str]
    prices: re.Pattern[str]
    definition: re.Pattern[str]
    hypothetical: re.Pattern[str]
    off_topic: re.Pattern[str]
    animal: re.Pattern[str]
    small_talk: re.Pattern[str]
    subject: re.Pattern[str]


@lru_cache
def _words() -> _Words:
    path = Path(__file__).with_name("intent.yaml")
    return _Words.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


@lru_cache
def _patterns() -> _Patterns:
    words = _words()
    any_of = {name: "|".join(f"(?:{pattern})" for pattern in getattr(words, name)) for name in _Words.model_fields}
    return _Patterns(
        tasks=_bounded(any_of["tasks"]),
        explain=_opening(any_of["explain"]),
        figure_asked=_opening(any_of["figure_asked"]),
        definition=_opening(any_of["definition"]),
        prices=_bounded(any_of["prices"]),
        hypothetical=re.compile(rf"(?<![^ ])(?:{any_of['hypothetical']})(?![^ ])"),
        off_topic=_bounded(any_of["off_topic"]),
        animal=_bounded(any_of["animal"]),
        small_talk=re.compile(rf"(?:(?:{any_of['small_talk']})(?: |$))*"),
        subject=_bounded(any_of["subject"]),
    )


def load_intents() -> None:
    """Reads the patterns, which the first message would otherwise wait for."""
    _patterns()


def _opening(pattern: str) -> re.Pattern[str]:
    """At the beginning of the turn, after words that only lead in to it."""
    leads = "|".join(f"(?:{lead})" for lead in _words().leads)
    return re.compile(rf"^(?:(?:{leads}) )*(?:{pattern})(?![^ ])")


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^ ])(?:{pattern})(?![^ ])")


def intent_of(
    line: Marked, said: WorkloadSpec, nearest: Nearest, *, moved: Sequence[str], revises: bool, plan_stands: bool
) -> Intent:
    """`said` is what the turn alone requires, `moved` the fields it would change in what stands, `revises` that it
    takes something back or scales it.

    Without a plan there is nothing to tick off, and only prices and terms to explain.
    """
    words, text = _patterns(), line.text.strip()
    if not text or words.small_talk.fullmatch(text):
        return "decline"
    if words.off_topic.search(text) and not _requires(said, COLOUR + GUESSES):
        return "decline"
    requires = _requires(said, COLOUR)
    if plan_stands:
        return _about_the_plan(line, said, words, nearest, moved, revises)
    if asks_for_facts(line, said):
        return "explain"
    of_ours = _requires(_without_models(said), COLOUR + GUESSES)
    sized = any(mention.kind == "model" and mention.size_b for mention in line.mentions)
    if words.animal.search(text) and words.explain.search(text) and not of_ours and not sized:
        return "decline"
    if requires or just_decide(line) or words.subject.search(text):
        return "plan"
    return "plan" if nearest.intent(line) == "plan" else "decline"


def asks_only(line: Marked, said: WorkloadSpec, *, answers: bool = False) -> bool:
    """The turn is a question that requires nothing: about prices, terms, or what it was asked itself. `answers`: it
    holds words that would answer what was asked."""
    words, text = _patterns(), line.text.strip()
    if just_decide(line) or words.hypothetical.search(text) or _requires(said, GUESSES + NAMED_IN_PASSING):
        return False
    if words.definition.search(text):
        return True
    if answers:
        return False
    if words.explain.search(text) or words.figure_asked.search(text):
        return not _requires(said, ("gpu_needed", *NAMED_IN_PASSING))
    return text.endswith("?") and not _requires(said, ("gpu_needed",))


def asks_for_facts(line: Marked, said: WorkloadSpec) -> bool:
    """A question about prices or terms, which no plan is needed for."""
    words, text = _patterns(), line.text.strip()
    about = words.definition.search(text) or (
        words.prices.search(text) and (words.explain.search(text) or words.figure_asked.search(text))
    )
    return about is not None and asks_only(line, said) and _MODEL_NAMED.search(text) is None


_MODEL_NAMED = re.compile(r"(?<![^ ])M\d+(?![^ ])")
""" "How much is Llama 70B?" asks for a plan with it."""


def _without_models(said: WorkloadSpec) -> WorkloadSpec:
    return said.model_copy(update={"models": ()})


def _about_the_plan(
    line: Marked, said: WorkloadSpec, words: _Patterns, nearest: Nearest, moved: Sequence[str], revises: bool
) -> Intent:
    """What states or changes a requirement leads to a plan, what only asks to an answer."""
    text = line.text.strip()
    if words.tasks.search(text) and not _requires(said, COLOUR + GUESSES):
        return "tasks"
    hypothetical = words.hypothetical.search(text) is not None
    if words.explain.search(text):
        supposed = hypothetical and (_requires(said, GUESSES) or revises or set(moved) - {*GUESSES, *COLOUR})
        return "plan" if supposed else "explain"
    if words.figure_asked.search(text) and said.budget.amount is None and not hypothetical:
        return "explain"
    if hypothetical or revises or moved or _requires(said, ()) or just_decide(line):
        return "plan"
    if text.endswith("?") and words.subject.search(text):
        return "explain"
    if words.subject.search(text):
        return "plan"
    if text.endswith("?") and topic_of(line.raw) not in (None, "glossary"):
        return "explain"
    return nearest.intent(line) or "decline"


def _requires(said: WorkloadSpec, apart_from: Sequence[str]) -> bool:
    """The turn sets a field that is a requirement."""
    draft = taken_apart(said)
    fields = {path for path, value in (*draft.scalars.items(), *draft.lists.items()) if value not in (None, ())}
    if draft.models:
        fields.add("models")
    return bool(fields - set(apart_from))
