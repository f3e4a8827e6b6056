"""The reader that asks an OpenAI-compatible language model once a turn, and believes what the user's words hold."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from domain.errors import EngineUnavailable
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.vocabulary import Vocabulary
from domain.workload import AskedQuestion, WorkloadSpec
from graph.understanding.llm.answer import BUILT_IN_ALONE, ReadAnswer, TurnAnswer
from graph.understanding.llm.believed import Checking
from graph.understanding.llm.examples import shown_examples
from graph.understanding.llm.language_model import LanguageModel
from graph.understanding.llm.orders import told_orders
from graph.understanding.llm.phrasing import phrased
from graph.understanding.llm.support import Support
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line
from graph.understanding.merge.draft import ABOUT_THE_TURN, changed_fields
from graph.understanding.merge.residue import unplaced_in
from graph.understanding.reading import BuiltinReader
from graph.understanding.stance.stance import Stances
from prompts import filled
from settings import Settings

TURNS_SHOWN = 25
"""Older turns are in the standing spec already; a long conversation must not cost more with every turn."""
SHARE = 2 / 3
"""Of the time-out for reading; the rest is for better words."""


class OpenAIReader:
    """Reads with a language model; on any failure of it, `builtin` reads and the notes say so."""

    def __init__(self, settings: Settings, builtin: BuiltinReader, vocabulary: Vocabulary) -> None:
        self._model = LanguageModel(settings)
        self._builtin = builtin
        self._providers = ", ".join(term.name for term in vocabulary.providers)

    @property
    def name(self) -> Literal["builtin", "openai"]:
        return "openai"

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        """The built-in reading, with what the model read and the words hold laid over it."""
        builtin = await self._builtin.read(turns, spec, asked=asked, plan_stands=plan_stands)
        if builtin.asks_back or (builtin.intent == "tasks" and builtin.tasks):
            return builtin.model_copy(update={"engine": self.name})
        instructions = filled("read", {"providers": self._providers, "examples": shown_examples()})
        material = {
            "turns": [{"turn": turn, "text": text} for turn, text in enumerate(turns)][-TURNS_SHOWN:],
            "standing": spec.model_dump(mode="json", exclude_defaults=True, exclude=set(ABOUT_THE_TURN)),
            "asked": [question.model_dump() for question in asked.questions] if asked else [],
            "plan_stands": plan_stands,
        }
        try:
            answer = await self._model.ask(ReadAnswer, instructions, material, share=SHARE)
        except EngineUnavailable as failure:
            note = f"The language model {failure.message}, so the built-in reader read this message."
            return builtin.model_copy(update={"notes": (*builtin.notes, note)})
        orders = told_orders(answer.tasks, turns[-1]) if asked is None else ()
        if answer.intent == "tasks" and orders:
            return Reading(spec=spec, intent="tasks", tasks=orders, engine=self.name)
        intent = _intent(answer, plan_stands=plan_stands, asked=asked is not None)
        if plan_stands and intent not in ("plan", "undo"):
            return Reading(
                spec=spec, intent=intent, unplaced=builtin.unplaced, just_decide=builtin.just_decide, engine=self.name
            )
        return await asyncio.to_thread(self._revised, answer, turns, spec, asked, builtin, intent)

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The plan's `understanding` in better words, or as it stands where the model strays or fails."""
        try:
            return await phrased(draft, self._model, self._builtin.line)
        except EngineUnavailable:
            return draft.understanding

    def _revised(
        self, answer: TurnAnswer, turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None,
        builtin: Reading, intent: Intent,
    ) -> Reading:  # fmt: skip
        """What stands with the claims of both readers merged into it."""
        board, turn = self._builtin.board(turns, spec, asked), len(turns) - 1
        line, standing = board.get("line", Line), board.get("standing", WorkloadSpec)
        support = Support(self._builtin, board.get("index", NameIndex))
        told = Checking(answer, support, board, self._builtin.claims(turns, board)[0], asked).believed()
        stances, won = board.get("stances", Stances), board.get("won", tuple)
        unplaced = unplaced_in(line, stances, won, told.all(), turn)
        question = _with_aspects_of(told.question, board.get("question", AskedQuestion, None))
        merged = self._builtin.merged(standing, line, told.all(), turn, question, unplaced)
        revised = told.added_to(merged, turn)
        return Reading(
            spec=revised, intent=intent, changes=changed_fields(spec, revised), unplaced=unplaced,
            just_decide=builtin.just_decide or told.just_decide, engine=self.name,
        )  # fmt: skip


def _with_aspects_of(told: AskedQuestion | None, builtin: AskedQuestion | None) -> AskedQuestion | None:
    """The model tells the kind and the subjects, the built-in reader what else is asked."""
    if told is None or builtin is None:
        return told or builtin
    return told.model_copy(update={name: getattr(builtin, name) for name in BUILT_IN_ALONE})


def _intent(answer: TurnAnswer, *, plan_stands: bool, asked: bool) -> Intent:
    """An answer to questions is for a plan; nothing can be taken back or ticked off where none stands."""
    return "plan" if asked or (answer.intent in ("undo", "tasks") and not plan_stands) else answer.intent
