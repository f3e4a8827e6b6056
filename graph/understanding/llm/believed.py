"""A language model's answer as claims, for the same merge as the built-in reader's own; the rest is owned up to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.base import Frozen
from domain.reading import Clarification
from domain.workload import AskedQuestion, Evidence, OwnedHardware, RequestedModel, Workload, WorkloadSpec
from graph.understanding.labels.sections import book
from graph.understanding.llm.answer import TurnAnswer, said
from graph.understanding.llm.quotes import Quote, whole
from graph.understanding.llm.support import Support
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.merge.draft import WHOLE, put_together, taken_apart
from graph.understanding.merge.lists import COUNTERPART
from graph.understanding.pipeline import Board
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, WEAK, Claim, Operation
from graph.understanding.stance.stance import UNWANTED, Stances

NOT_USED = "was suggested but you did not say it, so it is not used"
UNDERSTOOD = ("task_type", "domain", "gpu_needed", "stakes")
"""What a request is about, and what depends on it, can be understood from words that do not name it; then it is a
guess, and said to be one."""
NOT_OF_THE_SPEC = {"quote", "every"}
"""Fields of a workload that a request of one workload has not."""
MOST_QUOTES = 200
LONGEST_SHOWN = 80
_RULED_OUT = {excluded: wanted for wanted, excluded in COUNTERPART.items()}


@dataclass
class Believed:
    """What of an answer is believed: `claims`, each in the place of one of the built-in reader's `own`."""

    own: Sequence[Claim]
    claims: list[Claim] = field(default_factory=list)
    workloads: tuple[Workload, ...] = ()
    question: AskedQuestion | None = None
    just_decide: bool = False
    doubted: list[str] = field(default_factory=list)

    def all(self) -> tuple[Claim, ...]:
        """Every claim of the turn."""
        now = {claim.field for claim in self.claims if claim.operation == "set"}
        return (*(claim for claim in self.own if claim.operation != "set" or claim.field not in now), *self.claims)

    def added_to(self, spec: WorkloadSpec, turn: int) -> WorkloadSpec:
        """The spec that the claims were merged into, with what claims do not hold; made-up values are not repeated."""
        plain = (path.replace(".", " ").replace("_", " ") for path in dict.fromkeys(self.doubted))
        old = (text for text in spec.assumptions if NOT_USED not in text)
        notes = dict.fromkeys((*old, *(f"A value for {path} {NOT_USED}." for path in plain)))
        update: dict[str, object] = {"assumptions": tuple(notes)}
        if self.workloads:
            words = Evidence(quote=self.workloads[0].quote, turn=turn)
            update |= {"workloads": self.workloads, "evidence": {**spec.evidence, "workloads": words}}
        return spec.model_copy(update=update)


class Checking:
    """An answer against the newest turn, of which the built-in passes made `board`."""

    def __init__(
        self, answer: TurnAnswer, support: Support, board: Board, own: Sequence[Claim], asked: Clarification | None
    ) -> None:
        self._answer, self._support, self._board = answer, support, board
        self._turn = whole(board.get("line", Line))
        self._standing = taken_apart(board.get("standing", WorkloadSpec))
        self._asked = {question.field for question in asked.questions} if asked else set[str]()
        self._told = Believed(own)
        self._quotes: dict[str, list[Quote]] = {}
        for quoted in answer.evidence[:MOST_QUOTES]:
            if quote := self._turn.quote(quoted.quote):
                root = quoted.field.replace("[", ".").split(".")[0]
                self._quotes.setdefault(root if root in WHOLE else quoted.field, []).append(quote)

    def believed(self) -> Believed:
        """What of it the words hold."""
        told, fields = self._told, self._answer.fields()
        for path, value in said(fields).items():
            if path == "workloads":
                self._several(fields.workloads)
            elif isinstance(value, tuple):
                told.claims += self._of_list(path, value)
            else:
                told.claims += self._of_scalar(path, value)
        told.claims += self._withdrawn()
        if fields.question is not None:
            subjects = tuple(subject for subject in fields.question.subjects if self._turn.run(subject))
            told.question = fields.question.model_copy(update={"subjects": subjects})
        told.just_decide = self._answer.just_decide and "just_decide" in self._quotes
        return told

    def _quotes_of(self, path: str) -> Sequence[Quote]:
        """Those of the field, else of its group; without any, the whole turn."""
        return self._quotes.get(path) or self._quotes.get(path.split(".")[0]) or (self._turn,)

    def _of_scalar(self, path: str, value: object) -> list[Claim]:
        standing, quotes = self._standing.scalars[path], self._quotes_of(path)
        own = [one.value for one in self._told.own if one.field == path and one.strength > WEAK and not one.assumption]
        if value in own or (value == standing and not self._standing.assumed(path)):
            return []
        held = self._support.held(path, value, quotes)
        if held is not None:
            return [Claim(path, held.value, span, strength=EXPLICIT) for span in held.spans]
        quote = quotes[0]
        if path in UNDERSTOOD and not quote.whole and not own and isinstance(value, str | bool):
            if path in self._asked:
                return [Claim(path, value, quote.span, strength=EXPLICIT)]
            if standing is None:
                why = f"{_in_words(value)}, as understood from “{quote.words[:LONGEST_SHOWN]}”."
                return [Claim(path, value, quote.span, strength=MEDIUM, assumption=why)]
        if not own and value != standing:
            self._told.doubted.append(path)
        return []

    def _of_list(self, path: str, items: Sequence[object]) -> list[Claim]:
        """One claim for each member that the words hold, and for those that the answer keeps beside it."""
        target = _RULED_OUT.get(path, path)
        operation: Operation = "exclude" if path in _RULED_OUT else "add"
        own = [one.value for one in self._told.own if one.field == target and one.operation == operation]
        standing, kept = self._standing.held()[path], list[object]()
        found: list[Claim] = []
        for item in items:
            repeated = [held for held in standing if _same(held, item)] if isinstance(standing, tuple) else []
            if any(_same(held, item) for held in own):
                continue
            held = self._support.held(path, item, self._quotes_of(path))
            for span in held.spans if held else ():
                found.append(_claim(target, held.value if held else item, span, operation))
            if held is None and repeated:
                kept += repeated
            elif held is None and not own:
                self._told.doubted.append(path)
        return [*found, *(_claim(target, item, found[0].span, operation) for item in (kept if found else ()))]

    def _withdrawn(self) -> Iterator[Claim]:
        """Fields that the turn takes back, in words that can take something back; not those it also sets."""
        stances, line = self._board.get("stances", Stances), self._board.get("line", Line)
        now = {claim.field for claim in self._told.all()}
        for withdrawn in self._answer.withdrawn[:MOST_QUOTES]:
            quote = self._turn.quote(withdrawn.quote)
            if quote is None or any(f"{path}.".startswith(f"{withdrawn.field}.") for path in now):
                continue
            unwanted = any(stances.at[place] in UNWANTED for place in quote.places)
            if unwanted or any(match.first in quote.places for match in book("support", "withdraws").find(line.words)):
                yield Claim(withdrawn.field, None, quote.span, "withdraw")

    def _several(self, workloads: Sequence[Workload]) -> None:
        """Two workloads or more, each with what its own words hold."""
        found = [one for workload in workloads if (one := self._workload(workload)) is not None]
        if len(found) > 1:
            self._told.workloads = tuple(found)
        else:
            self._told.doubted.append("workloads")

    def _workload(self, workload: Workload) -> Workload | None:
        quote, draft = self._turn.quote(workload.quote), taken_apart(WorkloadSpec())
        if quote is None:
            return None
        parts = WorkloadSpec.model_validate(workload.model_dump(exclude=NOT_OF_THE_SPEC))
        for path, value in said(parts).items():
            items = value if isinstance(value, tuple) else (value,)
            held = [one.value for item in items if (one := self._support.held(path, item, [quote])) is not None]
            if path == "models":
                draft.models = tuple(one for one in held if isinstance(one, RequestedModel))
            elif held and isinstance(held[0], str | float | int):
                draft.scalars[path] = held[0]
        spec = put_together(draft)
        kept = {name: getattr(spec, name) for name in Workload.model_fields if name not in NOT_OF_THE_SPEC}
        return Workload(**kept, every=workload.every, quote=quote.words) if said(spec) else None


def _same(held: object, item: object) -> bool:
    """The item repeats a member of a list, or says less than it."""
    if isinstance(held, Frozen) and type(held) is type(item):
        return all(value is None or _same(getattr(held, part), value) for part, value in item)
    return form_of(str(held)) == form_of(str(item))


def _claim(path: str, value: object, span: Span, operation: Operation) -> Claim:
    return Claim(path, value if isinstance(value, RequestedModel | OwnedHardware) else str(value), span, operation)


def _in_words(value: str | bool) -> str:
    if isinstance(value, bool):
        return "needed" if value else "not needed"
    return value.replace("_", " ")
