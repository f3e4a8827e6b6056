"""The built-in reader: no model call, no I/O per turn; a pure function of one catalogue's names and the embedder.

What it does is the list `PASSES`, from the raw message to the spec; `pipeline.py` says what a pass is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Literal

from catalog.embedder import Embedder, known_words
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent, Question
from domain.vocabulary import Vocabulary
from domain.workload import AskedQuestion, RequestedModel, Unplaced, WorkloadSpec
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.intent import later_intent
from graph.understanding.labels.implications import complete, confidence_of, settling
from graph.understanding.labels.intent import intent_of, starts_over
from graph.understanding.labels.labelled import Labelled, content_of, labelled_lines
from graph.understanding.labels.nearest import Nearest
from graph.understanding.labels.question import asking_sentences, question_of
from graph.understanding.labels.talk import just_decide
from graph.understanding.labels.words import label_claims
from graph.understanding.labels.workloads import workload_parts
from graph.understanding.mentions.index import NameIndex, index_of
from graph.understanding.mentions.line import Line, line_of
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.mentions.names import names_in
from graph.understanding.mentions.opaque import opaque_in
from graph.understanding.mentions.quantities import long_words, quantities_in
from graph.understanding.mentions.unknown_models import software, unknown_models
from graph.understanding.merge.acceptance import LOOK_BACK, accepts, taken_up
from graph.understanding.merge.answers import answer_proposals
from graph.understanding.merge.bare import bare_proposals
from graph.understanding.merge.clarification import questions_for
from graph.understanding.merge.consistency import reconcile
from graph.understanding.merge.corrections import place_at
from graph.understanding.merge.derived import follow_the_count
from graph.understanding.merge.draft import changed_fields, put_together, taken_apart
from graph.understanding.merge.merge import merge
from graph.understanding.merge.models import in_full
from graph.understanding.merge.relative import relative_proposals
from graph.understanding.merge.repair import repaired
from graph.understanding.merge.residue import unplaced_in
from graph.understanding.merge.workloads import with_workloads
from graph.understanding.pipeline import Board, Pass, run_all
from graph.understanding.roles.claim import ASKED_ABOUT, Claim, Proposal, assigned, claims_of
from graph.understanding.roles.hardware import hardware_proposals
from graph.understanding.roles.names import name_proposals, places_of
from graph.understanding.roles.places import homes_of, place_proposals
from graph.understanding.roles.quantities import quantity_proposals
from graph.understanding.roles.schedule import schedule_proposals
from graph.understanding.stance.read import stances_of
from graph.understanding.stance.stance import Stances
from graph.understanding.tasks.orders import orders_in
from graph.understanding.text.clauses import Text, divided
from graph.understanding.text.layout import tokens_of_layout
from graph.understanding.text.spelling import Spelling, in_english
from graph.understanding.text.tokens import Token
from graph.understanding.vocabulary import table

TERMS = ("budget", "unit_price", "location", "deadline", "traffic", "availability", "pricing")
"""Fields of which one makes a question about cards a request for them."""
MOST_TOKENS = 2500
"""Words and signs of a message that are read; 10,000 characters of prose have fewer. The rest is named as unread."""
QUOTED = 80
"""Characters of what is not read by which it is named."""
Claims = tuple[Claim, ...]
Proposals = tuple[Proposal, ...]


def _tokens(written: tuple[Token, ...], spelling: Spelling) -> tuple[Token, ...]:
    return spelling.corrected(in_english(written[:MOST_TOKENS]))


def _names(text: Text, index: NameIndex) -> tuple[Name, ...]:
    known = names_in(text, index)
    return tuple(sorted((*known, *unknown_models(text, known, index)), key=lambda name: name.first))


def _quantities(text: Text, names: tuple[Name, ...]) -> tuple[Quantity, ...]:
    taken = {at for name in names for at in range(name.first, name.last + 1)} | opaque_in(text, names)
    passed = {at for name in names if name.kind == "place" for at in range(name.first, name.last + 1)}
    return quantities_in(text, taken, passed)


def _line(text: Text, names: tuple[Name, ...], quantities: tuple[Quantity, ...]) -> Line:
    """Figures put right within the message are gone from the line: "for 20, no wait, 25 users"."""
    return repaired(line_of(text, names, quantities))[0]


def _standing(line: Line, spec: WorkloadSpec, turn: int) -> WorkloadSpec:
    """What the newest turn revises: nothing where it starts over."""
    return WorkloadSpec() if turn and starts_over(line) else spec


def _questions(standing: WorkloadSpec, asked: Clarification | None, turn: int) -> tuple[Question, ...]:
    """What the turn may answer; a reader without a record of what was asked must assume what is open was."""
    if asked is not None:
        return asked.questions
    return questions_for(standing, (), False) if turn and standing.missing() else ()


def _place_roles(line: Line, stances: Stances, standing: WorkloadSpec) -> Proposals:
    return tuple(place_proposals(line, stances, standing.location.providers))


def _hardware_roles(line: Line, stances: Stances, index: NameIndex) -> Proposals:
    return tuple(hardware_proposals(line, stances, index, places_of(line, "permitted"), places_of(line, "taken_up")))


def _won(
    figures: Proposals, hardware: Proposals, places: Proposals, named: Proposals, schedule: Proposals,
    answers: Proposals, bare: Proposals, relative: Proposals,
) -> Proposals:  # fmt: skip
    cards = {mention for proposal in hardware for mention in proposal.mentions}
    replies = [reply for reply in answers if not cards & set(reply.mentions)]
    return assigned([*figures, *hardware, *places, *named, *schedule, *replies, *bare, *relative])


def _claims(line: Line, stances: Stances, won: Proposals, labels: Claims, question: AskedQuestion | None) -> Claims:
    """Cards that are asked about are subjects of the question, unless terms are set on which to get them; so are those
    that are compared."""
    terms = any(claim.field.startswith(TERMS) for proposal in won for claim in proposal.claims)
    subjects = question.subjects if question is not None and question.kind == "compare" else ()
    compared = [proposal for proposal in won if _is_one_of(subjects, proposal) and not _is_at_hand(proposal)]
    asked = [proposal for proposal in won if proposal.role == ASKED_ABOUT] + (compared if len(compared) > 1 else [])
    meant = won if terms else tuple(proposal for proposal in won if proposal not in asked)
    said = (*claims_of(meant), *labels)
    if not stances.void:
        return said
    return tuple(claim for claim in said if place_at(line, claim.span.start) not in stances.void)


def _unplaced(
    line: Line, stances: Stances, won: Proposals, claims: Claims, turn: int, raw: str, written: tuple[Token, ...]
) -> tuple[Unplaced, ...]:
    """What no field holds, and where the message goes on unread."""
    left = unplaced_in(line, stances, won, claims, turn)
    if len(written) <= MOST_TOKENS:
        return left
    unread = raw[written[MOST_TOKENS].start :][:QUOTED].strip()
    return (*left, Unplaced(quote=unread, turn=turn))


def _is_at_hand(proposal: Proposal) -> bool:
    return any(claim.field == "owned" for claim in proposal.claims)


def _is_one_of(subjects: Sequence[str], proposal: Proposal) -> bool:
    """A card of those that the question names."""
    cards = [one for one in proposal.mentions if isinstance(one, Name) and one.kind == "gpu"]
    return bool(cards) and all(any(card.written in subject for subject in subjects) for card in cards)


MENTIONS: tuple[Pass, ...] = (
    Pass("written", ("raw",), tokens_of_layout),
    Pass("tokens", ("written", "spelling"), _tokens),
    Pass("text", ("raw", "tokens"), lambda raw, tokens: divided(raw, tokens)),
    Pass("names", ("text", "index"), _names),
    Pass("quantities", ("text", "names"), _quantities),
    Pass("line", ("text", "names", "quantities"), _line),
    Pass("stances", ("line",), stances_of),
)
ROLES: tuple[Pass, ...] = (
    Pass("standing", ("line", "spec", "turn"), _standing),
    Pass("questions", ("standing", "asked", "turn"), _questions),
    Pass("figures", ("line", "stances"), lambda line, stances: tuple(quantity_proposals(line, stances))),
    Pass("hardware", ("line", "stances", "index"), _hardware_roles),
    Pass("places", ("line", "stances", "standing"), _place_roles),
    Pass("named", ("line", "stances"), lambda line, stances: tuple(name_proposals(line, stances))),
    Pass("schedule", ("line", "stances"), lambda line, stances: tuple(schedule_proposals(line, stances))),
    Pass("answers", ("line", "questions"), lambda line, questions: tuple(answer_proposals(line, questions))),
    Pass("bare", ("line", "standing"), lambda line, standing: tuple(bare_proposals(line, standing))),
    Pass("relative", ("line", "standing"), lambda line, standing: tuple(relative_proposals(line, standing))),
    Pass("won", ("figures", "hardware", "places", "named", "schedule", "answers", "bare", "relative"), _won),
    Pass("labels", ("line", "stances"), label_claims),
    Pass("parts", ("line", "stances"), workload_parts),
    Pass("question", ("line",), question_of),
    Pass("claims", ("line", "stances", "won", "labels", "question"), _claims),
    Pass("unplaced", ("line", "stances", "won", "claims", "turn", "raw", "written"), _unplaced),
)
PASSES = (*MENTIONS, *ROLES)


class BuiltinReader:
    """Reads turns by the names of one catalogue."""

    def __init__(self, vocabulary: Vocabulary, embedder: Embedder, *, by_rules: bool = False) -> None:
        """`by_rules`: what a later turn wants is left to the rules alone, as when the examples are learnt from."""
        self._heads = None if by_rules else heads()
        self._index = index_of(vocabulary)
        needed = (*self._index.words, *table("needed", list[str]))
        self._spelling = Spelling(needed, known_words() | software(), once=long_words())
        self._nearest = Nearest(embedder)
        self._labelled = Labelled(embedder, self._labelled_lines())

    def _labelled_lines(self) -> list[tuple[str, str]]:
        """Each labelled line's list and content."""
        return [(name, content_of(self.line(text))) for name, lines in labelled_lines().items() for text in lines]

    @property
    def name(self) -> Literal["builtin"]:
        return "builtin"

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        """The spec that stands, revised by the newest turn, and what the turn wants. Read in a thread: whatever one
        message holds, the others are answered meanwhile."""
        return await asyncio.to_thread(self.read_at_once, turns, spec, asked, plan_stands)

    def read_at_once(
        self, turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None, plan_stands: bool
    ) -> Reading:
        """The same, here and now: reading is computing, and waits for nothing."""
        orders, rest = orders_in(turns[-1])
        if orders and not rest:
            only = Reading(spec=spec, intent="tasks", tasks=orders, engine=self.name)
            return only.model_copy(update={"asks_back": asked is not None})
        if orders:
            besides = self.read_at_once((*turns[:-1], rest), spec, asked, plan_stands)
            return besides.model_copy(update={"tasks": orders})
        number, board = len(turns) - 1, self.board(turns, spec, asked)
        line, standing = board.get("line", Line), board.get("standing", WorkloadSpec)
        questions = board.get("questions", tuple)
        unplaced = board.get("unplaced", tuple)
        decide = just_decide(line.words)
        asks = board.get("question", AskedQuestion, None)
        if asked is not None and not decide and _asks_back(board, questions):
            asking = spec.model_copy(update={"question": asks or spec.question})
            return Reading(spec=asking, intent="question", unplaced=unplaced, engine=self.name, asks_back=True)
        question = asks or standing.question  # what was asked first still stands
        claims, spoken = self.claims(turns, board)
        revised = self.merged(standing, line, claims, number, question, unplaced)
        stances, parts = board.get("stances", Stances), board.get("parts", tuple)
        revised = with_workloads(revised, standing, line, stances, parts, self._alone)
        moved = changed_fields(spec, revised)
        spoken = spoken and bool(moved)
        intent: Intent = "question" if asked is not None and question is not None and not decide else "plan"
        if asked is None and not spoken:
            alone = plan_stands or (number == 0 and standing == WorkloadSpec())
            said = revised if alone else self.merged(WorkloadSpec(), line, claims, 0, None, ())
            revises = any(claim.operation in ("withdraw", "drop", "scale", "permit") for claim in claims) or any(
                proposal.role.startswith(("bare", "relative")) for proposal in board.get("won", tuple)
            )
            intent = intent_of(
                line, said, self._labelled, question=asks, plan_stands=plan_stands, moved=moved, revises=revises
            )
            if plan_stands and self._heads is not None:
                intent = later_intent(line, intent, self._heads, moves=bool(moved))
            if not claims and board.get("stances", Stances).void:  # an order to the program, and nothing besides
                intent = "decline"
        if plan_stands and intent not in ("plan", "undo"):
            asking = spec.model_copy(update={"question": question})
            return Reading(spec=asking, intent=intent, unplaced=unplaced, engine=self.name, just_decide=decide)
        return Reading(
            spec=revised, intent=intent, changes=moved, unplaced=unplaced, just_decide=decide,
            engine=self.name, homes=homes_of(board.get("won", tuple), line, number),
        )  # fmt: skip

    def by_the_rules(self, turns: Sequence[str], spec: WorkloadSpec) -> tuple[Intent, bool]:
        """What the newest turn wants of the plan that stands, and whether it would change it if it were a wish."""
        board, number = self.board(turns, spec, None), len(turns) - 1
        line, standing = board.get("line", Line), board.get("standing", WorkloadSpec)
        claims, _ = self.claims(turns, board)
        moved = changed_fields(spec, self.merged(standing, line, claims, number, standing.question, ()))
        return self.read_at_once(turns, spec, None, True).intent, bool(moved)

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The template's paragraph as it is."""
        return draft.understanding

    def board(self, turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None) -> Board:
        """What every pass makes of the newest turn."""
        return self._read(turns[-1], spec, len(turns) - 1, asked)

    def claims(self, turns: Sequence[str], board: Board) -> tuple[Claims, bool]:
        """What the newest turn claims, in the light of the earlier ones, and whether it takes up what they spoke of."""
        standing, claims = board.get("standing", WorkloadSpec), board.get("claims", tuple)
        takes_up = len(turns) > 1 and not board.get("questions", tuple) and accepts(board.get("line", Line))
        if takes_up and (spoken := self._spoken_of(turns, standing)):
            return (*spoken, *claims), True
        return self._in_full(claims, turns, standing), False

    def line(self, raw: str) -> Line:
        """A text with its mentions."""
        return self._mentions(raw).get("line", Line)

    def _mentions(self, raw: str) -> Board:
        return run_all(MENTIONS, {"raw": raw, "index": self._index, "spelling": self._spelling})

    def _read(self, raw: str, spec: WorkloadSpec, turn: int, asked: Clarification | None = None) -> Board:
        given: Mapping[str, object] = {
            "raw": raw, "index": self._index, "spelling": self._spelling, "spec": spec, "turn": turn, "asked": asked,
        }  # fmt: skip
        return run_all(PASSES, given)

    def merged(
        self, standing: WorkloadSpec, line: Line, claims: Claims, number: int, question: AskedQuestion | None,
        unplaced: tuple[Unplaced, ...],
    ) -> WorkloadSpec:  # fmt: skip
        """What stands, revised by the claims of turn `number`."""
        draft = taken_apart(standing)
        merge(draft, line, settling(claims), number, self._index)
        self._nearest.fill_domain(draft, line, number)
        reconcile(draft, self._index, claims)
        complete(draft, line, claims, number)
        follow_the_count(draft, standing)
        draft.question = question
        draft.unplaced = (*draft.unplaced, *unplaced)
        draft.scalars["confidence"] = confidence_of(draft)
        return put_together(draft)

    def _alone(self, words: str) -> WorkloadSpec:
        """Words as if they were a request of their own."""
        board = self._read(words, WorkloadSpec(), 0)
        claims, unplaced = board.get("claims", tuple), board.get("unplaced", tuple)
        return self.merged(WorkloadSpec(), board.get("line", Line), claims, 0, None, unplaced)

    def _spoken_of(self, turns: Sequence[str], standing: WorkloadSpec) -> Claims:
        """What the last turns named that "use that one then" takes up."""
        for turn in reversed(turns[max(0, len(turns) - 1 - LOOK_BACK) : -1]):
            if claims := taken_up(claims_of(self._read(turn, standing, 0).get("won", tuple))):
                return tuple(claims)
        return ()

    def _in_full(self, claims: Claims, turns: Sequence[str], standing: WorkloadSpec) -> Claims:
        """A family alone is the member of it that stands, or that an earlier turn named."""
        bare = any(isinstance(claim.value, RequestedModel) and claim.value.name.isalpha() for claim in claims)
        if not bare or len(turns) < 2:
            return claims
        earlier = chain.from_iterable(self.line(turn).names for turn in reversed(turns[:-1]))
        named = [RequestedModel(name=name.written, params_b=name.size_b) for _, name in earlier if name.kind == "model"]
        return tuple(in_full(claims, standing.models, named))


def _asks_back(board: Board, questions: Sequence[Question]) -> bool:
    """Instead of answering what it was asked, the turn asks something itself."""
    asked, line = {question.field for question in questions}, board.get("line", Line)
    asking = asking_sentences(line)
    replies = claims_of(board.get("answers", tuple))
    answers = (*replies, *(claim for claim in board.get("claims", tuple) if claim.field in asked))
    told = any(asking.get(line.words[place_at(line, claim.span.start)].sentence) != "open" for claim in answers)
    return bool(asking) and not told
