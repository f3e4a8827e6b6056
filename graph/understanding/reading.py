"""The built-in reader: no model call, no I/O per turn; a pure function of one catalogue's names and the embedder.

What it does is the list in `passes.py`, and what the turn makes of what stands.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal

from catalog.embedder import Embedder
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent, Question
from domain.vocabulary import InstanceTerm, Vocabulary
from domain.workload import AskedQuestion, Evidence, RequestedModel, Unplaced, WorkloadSpec
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.intent import later_intent
from graph.understanding.kept import Tables, kept_or_made
from graph.understanding.labels.implications import complete, confidence_of, settling
from graph.understanding.labels.intent import intent_of
from graph.understanding.labels.labelled import Labelled, labelled_lines, leanings_of
from graph.understanding.labels.nearest import Nearest
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book
from graph.understanding.labels.strangers import strangers_apart
from graph.understanding.labels.talk import just_decide
from graph.understanding.mentions.index import NameIndex, index_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.mentions.units import long_words
from graph.understanding.mentions.unknown_models import software
from graph.understanding.merge.acceptance import LOOK_BACK, accepts, taken_up
from graph.understanding.merge.added_workloads import joint_of_addition, with_added
from graph.understanding.merge.consistency import reconcile
from graph.understanding.merge.derived import follow_the_count
from graph.understanding.merge.draft import changed_fields, put_together, taken_apart
from graph.understanding.merge.kinds_left import kinds_left
from graph.understanding.merge.merge import merge
from graph.understanding.merge.models import in_full
from graph.understanding.merge.wishes import shares_a_figure, wishes_in, with_field
from graph.understanding.merge.workloads import with_workloads
from graph.understanding.passes import MENTIONS, OF_A_PART, PASSES, Claims
from graph.understanding.pipeline import Board, run_all
from graph.understanding.roles.claim import claims_of, is_plainly_allowed
from graph.understanding.roles.places import homes_of
from graph.understanding.stance.stance import Stances
from graph.understanding.tasks.orders import orders_in
from graph.understanding.text.spelling import Spelling
from graph.understanding.vocabulary import table

_MACHINE = re.compile(r"\b[A-Za-z][A-Za-z-]*\d[\w.-]*[A-Za-z0-9]\b")
"""How the names of machines are written: letters, then a digit."""
BINDING = (
    "budget", "traffic", "volume", "location", "pricing", "gpu.", "hours_per_month", "precision", "models", "training",
    "context_tokens", "deadline", "availability", "power", "every", "commitment", "workloads",
)  # fmt: skip
"""Fields, by their beginnings, that bind a plan: who moves one of them in words that are known speaks of the plan."""
LONGEST_SWAP = 8
"""Words of a message that puts a variant of a model in its place."""
SHORTEST_VARIANT = 3
PARTS_KEPT = 64
"""Of messages that were read by themselves: those of the turns under way."""


class BuiltinReader:
    """Reads turns by the names of one catalogue."""

    def __init__(self, vocabulary: Vocabulary, embedder: Embedder, *, by_rules: bool = False) -> None:
        """`by_rules`: what a later turn wants is left to the rules alone, as when the examples are learnt from.

        The tables are had by `prepare`, or made with the first message: a second of computing.
        """
        self._heads = None if by_rules else heads()
        self._vocabulary, self._embedder = vocabulary, embedder
        self._alone = lru_cache(maxsize=PARTS_KEPT)(self._read_alone)

    def prepare(self, folder: Path) -> None:
        """Has the tables now, those that the folder keeps where it does. Not for an event loop."""
        self._index, leanings = kept_or_made(folder, self._vocabulary, self._embedder, self._tables)
        self._labelled = Labelled(self._embedder, leanings)

    def warm(self) -> None:
        """Has ready what not every message needs, for a process that reads many."""
        self._spelling.warm()
        self._nearest.warm()

    def _tables(self) -> Tables:
        return Tables(self._index, leanings_of(self._embedder, self._labelled_lines()))

    @cached_property
    def _index(self) -> NameIndex:
        return index_of(self._vocabulary)

    @cached_property
    def _spelling(self) -> Spelling:
        needed = (*self._index.words, *table("needed", list[str]))
        return Spelling(needed, self._index.dictionary | software(), once=long_words())

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self._embedder)

    @cached_property
    def _labelled(self) -> Labelled:
        return Labelled(self._embedder, leanings_of(self._embedder, self._labelled_lines()))

    def _labelled_lines(self) -> list[tuple[str, Line]]:
        """Each labelled line with its list."""
        return [(name, self.line(text)) for name, lines in labelled_lines().items() for text in lines]

    @property
    def name(self) -> Literal["builtin"]:
        return "builtin"

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        """The spec that stands, revised by the newest turn, and what the turn wants. Read in a thread: whatever one
        message holds, the others are answered meanwhile."""
        return await asyncio.to_thread(self.read_at_once, turns, spec, asked, plan_stands)

    async def read_alone(self, part: str) -> Reading:
        """What a part of a message says by itself: read once, however many nodes of a turn ask it."""
        return await asyncio.to_thread(self._alone, part)

    def _read_alone(self, part: str) -> Reading:
        return self.read_at_once((part,), WorkloadSpec(), None, plan_stands=False)

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
        if asked is not None or not plan_stands or len(turns) < 2:
            return self._read_whole(turns, spec, asked, plan_stands)
        line = self.line(turns[-1])
        if (both := self._wish_and_addition(turns, spec, line)) is not None:
            return both
        read = self._read_whole(turns, spec, asked, plan_stands)
        return self._wish_by_wish(turns, spec, line, read) or read

    def _read_whole(
        self, turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None, plan_stands: bool
    ) -> Reading:
        """The newest turn as one."""
        number, board = len(turns) - 1, self.board(turns, spec, asked)
        line, standing = board.get("line", Line), board.get("standing", WorkloadSpec)
        questions = board.get("questions", tuple)
        unplaced = board.get("unplaced", tuple)
        decide = just_decide(line.words)
        asks = board.get("question", AskedQuestion, None)
        if asked is None and asks is not None and asks.asks("open"):
            decide = decide and any(book("aspects", "decides").find(line.words))  # "no idea" is why it is asked
        if asked is not None and not decide and _asks_back(board, questions):
            asking = spec.model_copy(update={"question": asks or spec.question})
            return Reading(spec=asking, intent="question", unplaced=unplaced, engine=self.name, asks_back=True)
        question = asks or standing.question  # what was asked first still stands
        claims, spoken = self.claims(turns, board)
        revised = self.merged(standing, line, claims, number, question, unplaced)
        stances, parts = board.get("stances", Stances), board.get("parts", tuple)
        added = with_added(standing, revised, line, parts, number, self.alone)
        revised = added or with_workloads(revised, standing, line, stances, parts, self.alone)
        left = kinds_left(revised, line, stances, number)
        unplaced = (*unplaced, *left)
        revised = revised.model_copy(update={"unplaced": (*revised.unplaced, *left)})
        moved = changed_fields(spec, revised)
        spoken = spoken and bool(moved)
        intent: Intent = "question" if asked is not None and question is not None and not decide else "plan"
        if asked is None and not spoken:
            alone = plan_stands or (number == 0 and standing == WorkloadSpec())
            said = revised if alone else self.merged(WorkloadSpec(), line, claims, 0, None, ())
            revises = any(claim.operation in ("withdraw", "drop", "scale", "permit") for claim in claims) or any(
                proposal.role.startswith("bare ") or proposal.role.endswith(" changed") or is_plainly_allowed(proposal)
                for proposal in board.get("won", tuple)
            )
            intent = intent_of(
                line, said, self._labelled, question=asks, plan_stands=plan_stands, moved=moved, revises=revises,
                opens=standing == WorkloadSpec(),
            )  # fmt: skip
            swaps = all(
                any(name.written.lower() in one.name.lower() for one in standing.models) for _, name in line.names
            )
            if number and not moved and swaps and (variant := self._variant(line, standing, turns)) is not None:
                return self._of_the_variant(turns, spec, variant, plan_stands=plan_stands)
            if plan_stands and self._heads is not None:
                told = not asking_sentences(line) and not strangers_apart(line)
                binds = told and any(field.startswith(BINDING) for field in moved)
                relates = bool(moved) and (revises or binds)
                intent = later_intent(line, intent, self._heads, moves=bool(moved), relates=relates)
            if added is not None and "?" not in line.words.places:
                intent = "plan"
            if not claims and board.get("stances", Stances).void:  # an order to the program, and nothing besides
                intent = "decline"
        if plan_stands and intent not in ("plan", "undo"):
            asking = spec.model_copy(update={"question": question})
            return Reading(spec=asking, intent=intent, unplaced=unplaced, engine=self.name, just_decide=decide)
        return Reading(
            spec=revised, intent=intent, changes=moved, unplaced=unplaced, just_decide=decide,
            engine=self.name, homes=homes_of(board.get("won", tuple), line, number),
        )  # fmt: skip

    def _wish_and_addition(self, turns: Sequence[str], spec: WorkloadSpec, line: Line) -> Reading | None:
        """A change of what stands and a workload that is added, in one message, each read by itself: "make it 200
        users and add OCR"."""
        cut = joint_of_addition(line)
        if cut is None or asking_sentences(line):
            return None
        wish, addition = line.quote(0, cut - 1), line.quote(cut + 1, len(line.words) - 1)
        first = self.read_at_once((*turns[:-1], wish), spec, None, True)
        if first.intent != "plan" or not first.changes:
            return None
        second = self.read_at_once((*turns[:-1], addition), first.spec, None, True)
        if second.intent != "plan" or len(second.spec.workloads) <= len(first.spec.workloads):
            return None
        return second.model_copy(update={"changes": changed_fields(spec, second.spec)})

    def _wish_by_wish(self, turns: Sequence[str], spec: WorkloadSpec, line: Line, whole: Reading) -> Reading | None:
        """Several wishes in one message, each read by itself, where that reads one more than the message as a whole and
        no two of them are about the same."""
        added = len(whole.spec.workloads) > len(spec.workloads)  # the other wishes are about it
        wishes = wishes_in(line) if whole.intent in ("plan", "decline") and not added else ()
        stands, changes = spec, list[str]()
        for wish in wishes:
            read = self._read_whole((*turns[:-1], wish), stands, None, True)
            if read.intent != "plan" or not read.changes:
                continue
            if {*read.changes} & {*changes} - {"workloads"}:  # whose loads are those of the request
                return None
            stands = read.spec
            changes += read.changes
        if not {*changes} - {*whole.changes}:
            return None
        quotes = [stands.evidence[field].quote for field in changes if field in stands.evidence]
        for field in {*whole.changes} - {*changes}:  # what no wish says by itself, and none says otherwise
            said = whole.spec.evidence.get(field)
            if said is None or not any(shares_a_figure(said.quote, quote) for quote in quotes):
                stands = with_field(stands, whole.spec, field)
        left = tuple(one for one in whole.unplaced if not any(one.quote.lower() in quote.lower() for quote in quotes))
        return whole.model_copy(
            update={"spec": stands, "changes": changed_fields(spec, stands), "intent": "plan", "unplaced": left}
        )

    def _variant(self, line: Line, standing: WorkloadSpec, turns: Sequence[str]) -> tuple[str, str] | None:
        """A word that tells another model from one that stands, and that model's name: one that an earlier turn named
        ("back to schnell"), else the one that stands with the word behind its name ("turbo", of Whisper large v3)."""
        if asking_sentences(line) or len(line.words) > LONGEST_SWAP:
            return None
        earlier = chain.from_iterable(self.line(turn).names for turn in reversed(turns[:-1]))
        named = [name.written for _, name in earlier if name.kind == "model"]
        for word in (word.text for word in line.words if word.text.isalpha() and len(word.text) >= SHORTEST_VARIANT):
            if any(word in _parts_of(model.name) for model in standing.models):
                continue
            if (before := next((name for name in named if word in _parts_of(name)), None)) is not None:
                return word, before
            for model in standing.models:
                parts = model.name.split()  # behind as much of the name as another has: "medium" of Whisper large v3
                kin = (" ".join((*parts[:end], word)) for end in range(len(parts), 0, -1))
                known = (name for name in kin if self._index.of(form_of(name), "model"))
                if (found := next(known, None)) is not None:
                    return word, found
        return None

    def _of_the_variant(
        self, turns: Sequence[str], spec: WorkloadSpec, variant: tuple[str, str], *, plan_stands: bool
    ) -> Reading:
        word, name = variant
        read = self.read_at_once((*turns[:-1], f"use {name} instead"), spec, None, plan_stands)
        said = Evidence(quote=word, turn=len(turns) - 1)
        evidence = {path: said if path == "models" else held for path, held in read.spec.evidence.items()}
        return read.model_copy(update={"spec": read.spec.model_copy(update={"evidence": evidence})})

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

    def machines_spelt(self, text: str) -> str:
        """The text with machines by the cards in them: "p5.48xlarge" is 8 x H100 at aws, and so is the largest of a
        family that has one kind of card ("p5en")."""
        for word in dict.fromkeys(_MACHINE.findall(text)):
            term = self._index.instance(word) or self._families.get(word.lower())
            if term is not None:
                text = text.replace(word, f"{term.gpu_count} x {term.gpu} at {term.provider}")
        return text

    @cached_property
    def _families(self) -> Mapping[str, InstanceTerm]:
        """The largest machine of each family whose members have one kind of card."""
        families: dict[str, list[InstanceTerm]] = {}
        for term in self._vocabulary.instances:
            family, point, _ = term.name.partition(".")
            if point and _MACHINE.fullmatch(family):
                families.setdefault(family.lower(), []).append(term)
        return {
            family: max(terms, key=lambda term: (term.gpu_count, term.name))
            for family, terms in families.items()
            if len({term.gpu for term in terms}) == 1
        }

    def line(self, raw: str) -> Line:
        """A text with its mentions."""
        return self._mentions(raw).get("line", Line)

    def _mentions(self, raw: str) -> Board:
        return run_all(MENTIONS, {"raw": raw, "index": self._index, "spelling": self._spelling})

    def _read(self, raw: str, spec: WorkloadSpec, turn: int, asked: Clarification | None = None) -> Board:
        return run_all(PASSES, self._given(raw, spec, turn, asked))

    def _given(
        self, raw: str, spec: WorkloadSpec, turn: int, asked: Clarification | None = None
    ) -> Mapping[str, object]:
        return {
            "raw": raw, "index": self._index, "spelling": self._spelling, "spec": spec, "turn": turn, "asked": asked,
        }  # fmt: skip

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

    def alone(self, words: str) -> WorkloadSpec:
        """Words as if they were a request of their own."""
        board = run_all(OF_A_PART, self._given(words, WorkloadSpec(), 0))
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
        if not bare:
            return claims
        earlier = chain.from_iterable(self.line(turn).names for turn in reversed(turns[:-1]))
        named = [RequestedModel(name=name.written, params_b=name.size_b) for _, name in earlier if name.kind == "model"]
        return tuple(in_full(claims, standing.models, named))


def _parts_of(name: str) -> list[str]:
    """The words of a model's name, in lower case."""
    return re.findall(r"[a-z]+", name.lower())


def _asks_back(board: Board, questions: Sequence[Question]) -> bool:
    """Instead of answering what it was asked, the turn asks something itself."""
    asked, line = {question.field for question in questions}, board.get("line", Line)
    asking = asking_sentences(line)
    replies = claims_of(board.get("answers", tuple))
    answers = (*replies, *(claim for claim in board.get("claims", tuple) if claim.field in asked))
    told = any(asking.get(line.words[line.place_at(claim.span.start)].sentence) != "open" for claim in answers)
    return bool(asking) and not told
