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


class _Words(Frozen):
    tasks: tuple[str, ...]
    explain: tuple[str, ...]
    figure_asked: tuple[str, ...]
    hypothetical: tuple[str, ...]
    off_topic: tuple[str, ...]
    small_talk: tuple[str, ...]
    subject: tuple[str, ...]


@dataclass(frozen=True)
class _Patterns:
    tasks: re.Pattern[str]
    explain: re.Pattern[str]
    figure_asked: re.Pattern[str]
    hypothetical: re.Pattern[str]
    off_topic: re.Pattern[str]
    small_talk: re.Pattern[str]
    subject: re.Pattern[str]


@lru_cache
def _patterns() -> _Patterns:
    path = Path(__file__).with_name("intent.yaml")
    words = _Words.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    any_of = {name: "|".join(f"(?:{pattern})" for pattern in getattr(words, name)) for name in _Words.model_fields}
    return _Patterns(
        tasks=_bounded(any_of["tasks"]),
        explain=_opening(any_of["explain"]),
        figure_asked=_opening(any_of["figure_asked"]),
        hypothetical=re.compile(rf"(?<![^ ])(?:{any_of['hypothetical']})(?![^ ])"),
        off_topic=_bounded(any_of["off_topic"]),
        small_talk=re.compile(rf"(?:(?:{any_of['small_talk']})(?: |$))*"),
        subject=_bounded(any_of["subject"]),
    )


def _opening(pattern: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:(?:so|and|but|ok|okay|hm+|can you|could you|would you|,|\.|:|!|-|me|also|then|i wonder|tell me|just|"
        rf"roughly|approximately|wait|first|one|another|quick|short|last|more|question|thing|before "
        rf"(?:i|we) (?:answer|decide|choose|say|go on|continue)(?: (?:that|this|you|anything))?|thanks|good|great|nice|to know|interesting|"
        rf"fine|well|oh|ah|now|actually|out of curiosity|curious|wondering|do you know|(?:i )?(?:want|need|would like) "
        rf"to know|remind me|again|please|next|yes|no|right|sorry|not sure|i see|got it|understood|by the way) )*"
        rf"(?:{pattern})(?![^ ])"
    )


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^ ])(?:{pattern})(?![^ ])")


def intent_of(
    line: Marked, said: WorkloadSpec, nearest: Nearest, *, moved: Sequence[str], revises: bool, plan_stands: bool
) -> Intent:
    """`said` is what the turn alone requires, `moved` the fields it would change in what stands, `revises` that it
    takes something back or scales it.

    Without a plan there is nothing to explain or to tick off.
    """
    words, text = _patterns(), line.text.strip()
    if not text or words.small_talk.fullmatch(text):
        return "decline"
    if words.off_topic.search(text) and not _requires(said, COLOUR + GUESSES):
        return "decline"
    requires = _requires(said, COLOUR)
    if plan_stands:
        return _about_the_plan(line, said, words, nearest, moved, revises)
    if requires or just_decide(line) or words.subject.search(text):
        return "plan"
    return "plan" if nearest.intent(line) == "plan" else "decline"


def asks(line: Marked) -> bool:
    """The turn is a question, in form or by its sign."""
    text = line.text.strip()
    return text.endswith("?") or _patterns().explain.search(text) is not None


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
    return nearest.intent(line) or "decline"


def _requires(said: WorkloadSpec, apart_from: Sequence[str]) -> bool:
    """The turn sets a field that is a requirement."""
    draft = taken_apart(said)
    fields = {path for path, value in (*draft.scalars.items(), *draft.lists.items()) if value not in (None, ())}
    if draft.models:
        fields.add("models")
    return bool(fields - set(apart_from))
