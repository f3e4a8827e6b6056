"""The built-in reader: a grammar, a gazetteer of the catalogue, labelled examples. No model call, no I/O per turn."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from catalog.embedder import Embedder, known_words
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent, Question
from domain.vocabulary import Vocabulary
from domain.workload import WorkloadSpec
from graph.small_talk import agrees
from graph.understanding.acceptance import accepts, quoted_whole, spoken_of, taken_up
from graph.understanding.answers import answer_claims, just_decide
from graph.understanding.bare_figures import (
    answered_claims,
    bare_duration_claims,
    bare_figure_claims,
    bare_memory_claims,
    repaired,
)
from graph.understanding.claims import Claim
from graph.understanding.clarification import questions_for
from graph.understanding.draft import Draft, changed_fields, put_together, taken_apart
from graph.understanding.gazetteer import Gazetteer
from graph.understanding.implications import complete, confidence_of
from graph.understanding.intent import asks_only, intent_of
from graph.understanding.lexicon import WEAK, lexicon, lexicon_words
from graph.understanding.marked import Marked, mark
from graph.understanding.money import budget_claims
from graph.understanding.money_corrections import period_claims
from graph.understanding.named import named_claims
from graph.understanding.names import index_of, name_rules
from graph.understanding.nearest import Nearest
from graph.understanding.parameters import parameter_claims, sized_models, token_claims
from graph.understanding.phrases import method_claims, phrase_claims
from graph.understanding.recalled import in_full
from graph.understanding.relative import relative_claims
from graph.understanding.revision import merge
from graph.understanding.schedule import schedule_claims
from graph.understanding.settled import reconcile
from graph.understanding.shapes import gpu_claims
from graph.understanding.sizes import counted_claims, dataset_kind_claims, item_claims, size_claims, thing_claims
from graph.understanding.spelling import Spelling
from graph.understanding.subject import domain_claims, gpu_need_claims, task_claims
from graph.understanding.timing import deadline_claims
from graph.understanding.traffic import traffic_claims

_START_OVER = re.compile(
    r"(?<![^ ])(?:start(?:ing)? (?:over|again|fresh|from (?:zero|the beginning))|forget (?:everything|"
    r"all (?:of )?(?:that|this|it))|scratch (?:everything|all (?:of )?that)|new project|different project|"
    r"reset(?: everything)?|clean slate|begin again)(?![^ ])"
)


class BuiltinReader:
    """Reads turns by the names of one catalogue; a pure function of its two arguments."""

    def __init__(self, vocabulary: Vocabulary, embedder: Embedder) -> None:
        self._index = index_of(vocabulary)
        self._gazetteer = Gazetteer(self._index)
        self._spelling = Spelling(
            (*self._index.words, *lexicon().spelled), known_words() | lexicon_words(), name_rules().slips
        )
        self._vocabulary = vocabulary
        self._nearest = Nearest(embedder)

    @property
    def name(self) -> Literal["builtin"]:
        return "builtin"

    async def intent(self, turns: Sequence[str], *, plan_stands: bool, spec: WorkloadSpec | None = None) -> Intent:
        """What the newest turn wants: a plan, an explanation of the one that stands, its checklist, or neither."""
        line, standing = self._marked(turns[-1]), spec or WorkloadSpec()
        if plan_stands and accepts(line) and self._with_spoken_of(turns, line, standing) is not None:
            return "plan"
        if plan_stands and agrees(turns[-1]):
            return "decline"
        revised = put_together(self._merged(line, standing, len(turns) - 1, ())) if plan_stands else standing
        return self._intent(line, standing, revised, plan_stands)

    async def read(self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None) -> Reading:
        """The spec that stands, revised by the newest turn."""
        line, turn = self._marked(turns[-1]), len(turns) - 1
        decide = just_decide(line)
        if asked is not None and self._asks_only(line, asked.questions):
            return Reading(spec=spec, engine=self.name, asks_back=True)
        questions = asked.questions if asked else _open_questions(spec, turn)
        taken = self._with_spoken_of(turns, line, spec) if turn and not questions and accepts(line) else None
        if taken is not None:
            revised = confidence_of(put_together(self._merged(line, taken, turn, questions)))
            return Reading(spec=revised, changes=changed_fields(spec, revised), just_decide=decide, engine=self.name)
        start = WorkloadSpec() if turn and _START_OVER.search(line.text) else spec
        draft = self._merged(line, start, turn, questions, turns[:-1] if start is spec else ())
        revised = confidence_of(put_together(draft))
        if turn and asked is None and not questions and self._intent(line, spec, revised, True) != "plan":
            return Reading(spec=spec, engine=self.name, just_decide=decide)
        return Reading(spec=revised, changes=changed_fields(spec, revised), just_decide=decide, engine=self.name)

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The template's paragraph as it is."""
        return draft.understanding

    def _marked(self, turn: str) -> Marked:
        return mark(turn, self._gazetteer, self._spelling)

    def _merged(
        self, line: Marked, spec: WorkloadSpec, turn: int, questions: Sequence[Question], before: Sequence[str] = ()
    ) -> Draft:
        """`before`: what was said in earlier turns, which names said short can refer to."""
        claims = self._said(line, spec, questions)
        claims = in_full(claims, spec.models, before, self._marked) if before else claims
        return self._drafted(line, spec, turn, claims)

    def _said(self, line: Marked, spec: WorkloadSpec, questions: Sequence[Question]) -> list[Claim]:
        line.spent.clear()
        return repaired(line, tuple(self._claims(line, spec, questions)))

    def _drafted(self, line: Marked, spec: WorkloadSpec, turn: int, claims: Sequence[Claim]) -> Draft:
        draft = taken_apart(spec)
        merge(draft, line, [claim for claim in claims if claim.strength > WEAK or claim.field != "task_type"], turn)
        self._nearest.fill_domain(draft, line, turn)
        reconcile(draft, self._vocabulary, self._index, line, claims)
        weak = next((claim for claim in claims if claim.field == "task_type" and claim.strength == WEAK), None)
        complete(draft, weak, line, turn)
        return draft

    def _with_spoken_of(self, turns: Sequence[str], newest: Marked, spec: WorkloadSpec) -> WorkloadSpec | None:
        """The spec with the thing that was spoken of last, of which `newest` says no other; null when nothing was."""
        for turn, words in spoken_of(turns):
            line = self._marked(words)
            if claims := taken_up(self._claims(line, spec, ())):
                draft = taken_apart(spec)
                merge(draft, line, claims, turn)
                reconcile(draft, self._vocabulary, self._index, line, claims)
                quoted_whole(draft, turns)
                return put_together(draft)
        return None

    def _asks_only(self, line: Marked, questions: Sequence[Question]) -> bool:
        answered = any(True for _ in answer_claims(line, questions))
        return asks_only(line, put_together(self._merged(line, WorkloadSpec(), 0, ())), answers=answered)

    def _intent(self, line: Marked, spec: WorkloadSpec, revised: WorkloadSpec, plan_stands: bool) -> Intent:
        """`revised` is what the turn would make of the `spec` that stands: "8 rather" is a change only to something."""
        if _START_OVER.search(line.text):
            return "plan"
        claims = self._said(line, WorkloadSpec(), ())
        said = put_together(self._drafted(line, WorkloadSpec(), 0, claims))
        line.spent.clear()
        corrections = tuple(self._corrections(line, spec)) if plan_stands else ()
        revises = bool(corrections) or any(claim.operation in ("withdraw", "drop", "scale") for claim in claims)
        moved = changed_fields(spec, revised)
        return intent_of(line, said, self._nearest, moved=moved, revises=revises, plan_stands=plan_stands)

    @staticmethod
    def _corrections(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
        yield from relative_claims(line, spec)
        yield from period_claims(line, spec)
        yield from bare_figure_claims(line, spec)

    def _claims(self, line: Marked, spec: WorkloadSpec, questions: Sequence[Question]) -> Iterator[Claim]:
        """Every grammar in turn; each takes the numbers it understands away from those after it."""
        yield from answer_claims(line, questions)
        yield from relative_claims(line, spec)
        yield from answered_claims(line)
        yield from budget_claims(line)
        yield from period_claims(line, spec)
        sizes = sized_models(line)
        yield from named_claims(line, self._index, spec.location.providers, sizes)
        yield from schedule_claims(line)
        yield from bare_memory_claims(line, spec)
        yield from gpu_claims(line, self._index, standing=bool(spec.gpu.models or spec.gpu.min_count))
        yield from size_claims(line)
        yield from token_claims(line)
        yield from parameter_claims(line)
        yield from traffic_claims(line)
        yield from deadline_claims(line)
        yield from bare_duration_claims(line, spec)
        yield from item_claims(line)
        yield from counted_claims(line)
        yield from thing_claims(line)
        yield from dataset_kind_claims(line)
        yield from phrase_claims(line)
        yield from method_claims(line, spec)
        yield from task_claims(line)
        yield from domain_claims(line)
        yield from gpu_need_claims(line)
        yield from bare_figure_claims(line, spec)


def _open_questions(spec: WorkloadSpec, turn: int) -> tuple[Question, ...]:
    """The questions a reader without a record of them must assume were asked."""
    return questions_for(spec, (), False) if turn and spec.missing() else ()
