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
    hypothetical: tuple[str, ...]
    off_topic: tuple[str, ...]
    small_talk: tuple[str, ...]
    subject: tuple[str, ...]


@dataclass(frozen=True)
class _Patterns:
    tasks: re.Pattern[str]
    explain: re.Pattern[str]
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
        explain=re.compile(
            rf"^(?:(?:so|and|but|ok|okay|hm+|can you|could you|would you|,|\.|me|also|then|i wonder|"
            rf"tell me) )*(?:{any_of['explain']})(?![^ ])"
        ),
        hypothetical=re.compile(rf"(?<![^ ])(?:{any_of['hypothetical']})(?![^ ])"),
        off_topic=_bounded(any_of["off_topic"]),
        small_talk=re.compile(rf"(?:(?:{any_of['small_talk']})(?: |$))*"),
        subject=_bounded(any_of["subject"]),
    )


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^ ])(?:{pattern})(?![^ ])")


def intent_of(line: Marked, said: WorkloadSpec, nearest: Nearest, *, revises: bool, plan_stands: bool) -> Intent:
    """`said` is what the turn alone requires, `revises` that it takes something back or scales it.

    Without a plan there is nothing to explain or to tick off.
    """
    words, text = _patterns(), line.text.strip()
    if not text or words.small_talk.fullmatch(text):
        return "decline"
    if words.off_topic.search(text) and not _requires(said, COLOUR + GUESSES):
        return "decline"
    requires = _requires(said, COLOUR)
    if plan_stands:
        return _about_the_plan(line, said, words, nearest, revises)
    if requires or just_decide(line) or words.subject.search(text):
        return "plan"
    return "plan" if nearest.intent(line) == "plan" else "decline"


def _about_the_plan(line: Marked, said: WorkloadSpec, words: _Patterns, nearest: Nearest, revises: bool) -> Intent:
    text = line.text.strip()
    revises = revises or _requires(said, ())
    if words.tasks.search(text) and not _requires(said, COLOUR + GUESSES):
        return "tasks"
    if words.explain.search(text):
        hypothetical = words.hypothetical.search(text) is not None
        return "plan" if hypothetical and _requires(said, GUESSES) else "explain"
    if words.hypothetical.search(text) or revises or just_decide(line):
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
