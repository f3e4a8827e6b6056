"""The reader that asks an OpenAI-compatible language model, and believes only what the user's words support."""

from collections.abc import Sequence
from typing import Literal

from domain.base import Frozen
from domain.errors import EngineUnavailable
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.vocabulary import Vocabulary
from domain.workload import WorkloadSpec
from graph.understanding.evidence.answers import IntentAnswer, ReadAnswer
from graph.understanding.evidence.fields import said
from graph.understanding.evidence.revision import revised
from graph.understanding.evidence.support import Support
from graph.understanding.few_shot import intent_examples, reading_examples
from graph.understanding.language_model import LanguageModel, Unreachable
from graph.understanding.phrasing import phrased
from graph.understanding.reader import Reader
from prompts import filled
from settings import Settings

_TURNS_SHOWN = 12
"""Older turns are in the standing spec already; a long conversation must not cost more with every turn."""


class OpenAIReader:
    """Reads with a language model; on any failure of it, `fallback` reads and the notes say so."""

    def __init__(self, settings: Settings, fallback: Reader, vocabulary: Vocabulary) -> None:
        self._model = LanguageModel(settings)
        self._fallback = fallback
        self._support = Support.of(vocabulary)
        self._providers = ", ".join(term.name for term in vocabulary.providers)
        self._unreachable: tuple[tuple[str, ...], str] | None = None

    @property
    def name(self) -> Literal["builtin", "openai"]:
        return "openai"

    async def intent(self, turns: Sequence[str], *, plan_stands: bool, spec: WorkloadSpec | None = None) -> Intent:
        self._unreachable = None
        material = {"turns": _shown(turns), "plan_stands": plan_stands}
        try:
            answer = await self._model.ask(IntentAnswer, filled("intent", {"examples": intent_examples()}), material)
        except EngineUnavailable as failure:
            if isinstance(failure, Unreachable):
                self._unreachable = (tuple(turns), failure.message)
            return await self._fallback.intent(turns, plan_stands=plan_stands, spec=spec)
        return "plan" if answer.intent in ("undo", "explain", "tasks") and not plan_stands else answer.intent

    async def read(self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None) -> Reading:
        grammar = await self._fallback.read(turns, spec, asked=asked)
        if grammar.asks_back:
            return grammar.model_copy(update={"engine": self.name})
        if self._unreachable and self._unreachable[0] == tuple(turns):
            # The same turn's intent just waited in vain: its user should not wait twice.
            return _without_the_model(grammar, self._unreachable[1])
        instructions = filled("read", {"providers": self._providers, "examples": reading_examples()})
        material = {
            "turns": _shown(turns),
            "standing": {path: _plain(value) for path, value in said(spec).items() if path != "evidence"},
            "asked": [question.model_dump() for question in asked.questions] if asked else [],
        }
        try:
            answer = await self._model.ask(ReadAnswer, instructions, material)
        except EngineUnavailable as failure:
            return _without_the_model(grammar, failure.message)
        return revised(answer, turns, spec, grammar, self._support)

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The plan's `understanding` in better words, or as it stands where the model strays or fails."""
        try:
            return await phrased(draft, self._model, self._support)
        except EngineUnavailable:
            return draft.understanding


def _without_the_model(grammar: Reading, failure: str) -> Reading:
    note = f"The language model {failure}, so the built-in reader read this message."
    return grammar.model_copy(update={"notes": (*grammar.notes, note)})


def _shown(turns: Sequence[str]) -> list[dict[str, str | int]]:
    first = max(0, len(turns) - _TURNS_SHOWN)
    return [{"turn": turn, "text": text} for turn, text in enumerate(turns) if turn >= first]


def _plain(value: object) -> object:
    """A spec's value as JSON knows it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.model_dump(exclude_none=True) if isinstance(value, Frozen) else value
