"""Takes revisions back: "undo that", "back to the first version", "undo the budget change"."""

from domain.base import Frozen
from domain.workload import WorkloadSpec
from graph.understanding.labels.back import Back, Part, only_manners, parts_named, said_back
from graph.understanding.merge.draft import changed_fields, taken_apart
from graph.understanding.merge.history import History
from graph.understanding.text.clauses import Text, divided
from graph.understanding.text.tokens import tokens_of

NOTHING = (
    "There is nothing to take back yet: nothing has been changed since the first plan. "
    "To change it, say what should be different, for example “only on AWS” or “make it 500 users”.\n"
)


class TakenBack(Frozen):
    """What taking back comes to: the spec that stands again, the sentence that says so, and what else was said."""

    spec: WorkloadSpec
    history: History
    told: str
    rest: str = ""
    """The message without the words that take something back, every other letter in its place."""

    @property
    def nothing(self) -> bool:
        return not self.told


def taken_back(message: str, spec: WorkloadSpec, history: History) -> TakenBack | None:
    """What the message takes back of the spec that stands; null when it is no such message."""
    text = divided(message, tokens_of(message))
    back = said_back(text.words)
    if back is not None:
        whole = _whole(text, back, spec, history)
        return None if whole.nothing and whole.rest else whole
    return next((part for named in parts_named(text.words) if (part := _part(text, named, spec, history))), None)


def the_last_change(spec: WorkloadSpec, history: History) -> TakenBack:
    """The one step back that a message in other words asks for."""
    return _stepped(spec, history, 1, everything=False, rest="")


def _whole(text: Text, back: Back, spec: WorkloadSpec, history: History) -> TakenBack:
    rest = _without(text, back.first, back.last)
    if history.undone and back.way in ("redo", "either"):
        stands, after = history.forward(spec)
        return TakenBack(spec=stands, history=after, told="What was taken back stands again.", rest=rest)
    if back.way == "redo":
        return TakenBack(spec=spec, history=history, told="", rest=rest)
    steps = len(history.before) if back.way == "all" else back.steps
    return _stepped(spec, history, steps, everything=back.way == "all", rest=rest)


def _stepped(spec: WorkloadSpec, history: History, steps: int, *, everything: bool, rest: str) -> TakenBack:
    if not history.before:
        return TakenBack(spec=spec, history=history, told="", rest=rest)
    steps = min(steps, len(history.before))
    stands, after = history.back(spec, steps)
    if everything or (not after.before and steps > 1):
        what = "every change since the first plan"
    else:
        what = "the last change" if steps == 1 else f"the last {steps} changes"
    return TakenBack(
        spec=stands, history=after, told=f"Taken back, as you asked: {what}{_quotes(spec, stands)}", rest=rest
    )


def _part(text: Text, part: Part, spec: WorkloadSpec, history: History) -> TakenBack | None:
    """One part as it was before its last change; null where it never changed, or is no part we know."""
    name = text.quote(part.first, part.last)
    paths = _paths(part, name.lower(), spec)
    stands = history.with_part(spec, paths, original=part.original) if paths else None
    if stands is None:
        return None
    told = f"Taken back, as you asked: the change of “{name}”" + _quotes(spec, stands)
    rest = _without(text, part.from_word, part.to_word)
    return TakenBack(spec=stands, history=history.revised(spec), told=told, rest=rest)


def _paths(part: Part, name: str, spec: WorkloadSpec) -> tuple[str, ...]:
    """The fields that go by the name, or whose words hold it: "budget", "the L40S"."""
    draft = taken_apart(spec)
    every = (*draft.scalars, *draft.lists, "models")
    found = [path for path in every if any(path == field or path.startswith(field + ".") for field in part.fields)]
    if not found and len(name) > 1:
        found = [path for path, evidence in spec.evidence.items() if name in evidence.quote.lower()]
    return tuple(dict.fromkeys(found))


def _quotes(before: WorkloadSpec, after: WorkloadSpec) -> str:
    """The words that made what is taken back."""
    fields = [field for field in changed_fields(before, after) if field in before.evidence]
    made = sorted({(before.evidence[field].turn, before.evidence[field].quote) for field in fields})
    return " (" + ", ".join(f"“{quote}”" for _, quote in made) + ")." if made else "."


def _without(text: Text, first: int, last: int) -> str:
    """The message with blanks for these words, and for more that go back; empty when only courtesies are left."""
    words = text.words
    left = [at for at in range(len(words)) if not first <= at <= last]
    again = said_back([words[at] for at in left])
    if again is not None:
        left = [at for place, at in enumerate(left) if not again.first <= place <= again.last]
    if only_manners([words[at] for at in left]):
        return ""
    kept = set(left)
    gone = [text.tokens[at] for at in range(len(words)) if at not in kept]
    blank = {place for token in gone for place in range(token.start, token.end)}
    return "".join(" " if place in blank else sign for place, sign in enumerate(text.raw))
