"""Several workloads in one request: the stretches of a message that each name a workload of another kind.

A message is parted at what stands between two workloads ("then", "plus", an arrow, a line of a list), and at a comma or
an "and" where the next name follows at once. A part that names no workload belongs to the one before it, and so does
one of the same kind: two chat models are two workloads only where each has a model and a use of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from domain.workload import Cadence, Domain
from graph.understanding.labels.book import Label, labels, stance_of
from graph.understanding.labels.implications import usual_use
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import STRONG
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stances
from graph.understanding.text.phrases import Match

DOMAINS: tuple[Domain, ...] = get_args(Domain)
CADENCES: tuple[Cadence, ...] = get_args(Cadence)
BEGINS_WITHIN = 5
"""Words from a comma or an "and" to the name of the next workload."""
MANY_KINDS = ("speech",)
"""Domains in which another kind is another model: what hears does not speak."""
UMBRELLA = "voice"
"""A kind that is made of others: a voice assistant hears, thinks and speaks."""
LOOKS_AND_READS = ("multimodal", "llm", "vision")
"""What one model does where one of them is named multimodal."""
BEGIN = ("serving", "inferring", "tuning")
"""Tasks that begin a workload without its kind being named."""
PILED = ("items", "images", "videos", "documents")
"""What a model is trained on, as a number without a period."""
FEWEST_TO_TRAIN_ON = 100
CHOOSING = ("or", "vs", "versus")
LONGEST_CHOICE = 5
"""Words of a clause that holds nothing but the names to choose from."""


@dataclass(frozen=True)
class Part:
    """A workload of the message from one place to another; null `domain`: that of the model that another part trains.

    `name_ends` is the last place of the clause that names it: what follows it may be said of all."""

    first: int
    last: int
    name_ends: int
    domain: Domain | None
    kind: str = ""
    has_model: bool = False
    trains: bool = False
    serves: bool = False
    tunes: bool = False
    """It names a training by itself: "LoRA training on 50k examples" trains a model that another part names."""
    then_infers: bool = False
    """It follows "then" and speaks of inference."""
    has_pile: bool = False
    """It names a number of examples that does not come in again and again."""
    every: Cadence | None = None
    more: tuple[tuple[int, int], ...] = ()
    """First and last place of what is said of it apart from the rest."""


def workload_parts(line: Line, stances: Stances) -> tuple[Part, ...]:
    """Two parts or more, in the order of the message; none where it names one workload or no workload."""
    named = _Named(line, stances)
    joints = named.joints()
    firsts = [0, *(after for _, after, _ in joints)]
    ends = [*(before for before, _, _ in joints), len(line.words) - 1]
    follows = [False, *(then for _, _, then in joints)]
    parts: list[Part] = []
    for first, last, then in zip(firsts, ends, follows, strict=True):
        if first <= last:
            parts = _joined(parts, named.part(first, last, then))
    parts = _without_umbrella(parts)
    return tuple(parts) if len(parts) > 1 else ()


def _without_umbrella(parts: list[Part]) -> list[Part]:
    """Without the name for all of the others: "voice agent: ASR, an LLM and TTS"."""
    speech = [part for part in parts if part.domain == "speech"]
    return [part for part in parts if len(speech) < 2 or part.kind != UMBRELLA or part.has_model]


def _is_choice(line: Line, place: int) -> bool:
    """One of several names to choose from, whose kind the message tells apart from them: "LightGBM or Prophet?"."""
    beside = [line.words[at].text for at in (place - 1, place + 1) if 0 <= at < len(line.words)]
    first, last = line.clause(place)
    if last - first > LONGEST_CHOICE or not any(word in CHOOSING for word in beside):
        return False
    return any(line.words[at].text == "?" for at in range(first, last + 1))


def kinds_taken_back(line: Line, stances: Stances) -> frozenset[str]:
    """Domains of the kinds of workload that the message no longer wants: "drop the speech synthesis"."""
    found = [match for match in _longest(labels("workloads").find(line)) if match.value.field in DOMAINS]
    return frozenset(match.value.field for match in found if stance_of(match, stances) in UNWANTED)


class _Named:
    """What the message names, by place: kinds of workload, models and their sizes, and what stands between them."""

    def __init__(self, line: Line, stances: Stances) -> None:
        self.line = line
        found = list(_longest(labels("workloads").find(line)))
        chained = any(match.value.value == "next" for match in found)
        self.between = [match for match in found if match.value.field == "joints"]
        self.objects = {match.first for match in found if match.value.field == "objects"}
        self.kinds: dict[int, list[Match[Label]]] = {}
        self.tasks: dict[int, list[Match[Label]]] = {}
        for match in found:
            if _is_meant(match, stances, chained):
                held = self.kinds if match.value.field in DOMAINS else self.tasks
                held.setdefault(match.first, []).append(match)
        unwanted = SPOKEN_OF | {"excluded", "withdrawn"}
        self.models = {
            place: name.named[0].domain for place, name in line.names
            if name.kind == "model" and stances.of(place, place) not in unwanted and not _is_choice(line, place)
        }  # fmt: skip
        self.sizes = {place: figure.high for place, figure in line.quantities if figure.dimension == "params"}
        rag = (
            labels("task").find(line)
            if "embeddings" in {m.value.field for ms in self.kinds.values() for m in ms}
            else ()
        )
        self.retrieves = any(match.value.value == "rag" and match.value.strength >= STRONG for match in rag)

    def joints(self) -> list[tuple[int, int, bool]]:
        """The last place before each joint at which another workload may begin, the first after it, and whether it
        says that the one follows the other."""
        return sorted(
            (match.first - 1, match.last + 1, match.value.value == "next") for match in self.between
            if match.last + 1 < len(self.line.words)
            and (match.value.value != "list" or self._begins(match.last + 1) or self._turns_to_another(match))
        )  # fmt: skip

    def _turns_to_another(self, joint: Match[Label]) -> bool:
        """A comma and an "and", behind which the clause names a model of a kind that none before it is of."""
        if joint.last == joint.first or joint.last + 1 >= len(self.line.words):
            return False
        before = {domain for place, domain in self.models.items() if place < joint.first}
        last = self.line.clause(joint.last + 1)[1]
        after = [domain for place, domain in self.models.items() if joint.last < place <= last]
        return bool(before and after) and None not in {*before, after[0]} and after[0] not in before

    def _begins(self, at: int) -> bool:
        """A workload, a model or its size, or serving what was trained, is named at once; "chat: 70B" goes on."""
        key = self.line.words[at - 1].text == ":"
        for place in range(at, min(at + BEGINS_WITHIN, self.line.clause(at)[1] + 1)):
            told = any(match.value.value in BEGIN for match in self.tasks.get(place, ()))
            if place in self.kinds or told or (not key and (place in self.models or place in self.sizes)):
                return True
            if place in self.objects:
                return False
        return False

    def part(self, first: int, last: int, then: bool) -> Part:
        """The part of the message from one place to another, by what it names."""
        places = range(first, last + 1)
        models = {place: self.models[place] for place in places if place in self.models}
        has_model = bool(models) or any(place in self.sizes for place in places)
        tasks = {match.value.value for match in self._inside(self.tasks, first, last)}
        kinds = [m for m in self._inside(self.kinds, first, last) if has_model or m.value.strength >= STRONG]
        best = min(kinds, key=lambda match: (-match.value.strength, match.first), default=None)
        domain = next((domain for domain in models.values() if domain), None)
        if best is not None:
            domain = next(known for known in DOMAINS if known == best.value.field)
        elif domain is None and "training" in tasks and any(self.sizes.get(place, 0) >= 1 for place in places):
            domain = "llm"  # so is a model of which only a size in billions is said
        told_at = best.first if best is not None else min(models, default=first)
        return Part(
            first, last, min(self.line.clause(told_at)[1], last),
            domain=None if self.retrieves and domain == "embeddings" else domain,
            kind=best.value.value if best is not None else self._usual_kind(models, domain),
            has_model=has_model, trains=bool(tasks & {"training", "tuning"}),
            serves=bool(tasks & {"serving", "inferring"}),
            tunes="tuning" in tasks and not has_model and best is None, then_infers=then and "inferring" in tasks,
            has_pile=any(_is_pile(figure) for place, figure in self.line.quantities if place in places),
            every=next((cadence for cadence in CADENCES if cadence in tasks), None),
        )  # fmt: skip

    def _usual_kind(self, models: Mapping[int, Domain | None], domain: Domain | None) -> str:
        """What a model is made for, where another kind would be another model: Whisper does not speak."""
        named = (name.written for place, name in self.line.names if place in models and domain in MANY_KINDS)
        return next((use for written in named if (use := usual_use(written))), "")

    @staticmethod
    def _inside(held: Mapping[int, Sequence[Match[Label]]], first: int, last: int) -> Iterator[Match[Label]]:
        for place in range(first, last + 1):
            yield from (match for match in held.get(place, ()) if match.last <= last)


def _is_pile(figure: Quantity) -> bool:
    return figure.noun in PILED and not figure.per and figure.high >= FEWEST_TO_TRAIN_ON


def _longest(found: Sequence[Match[Label]]) -> Iterator[Match[Label]]:
    """Without those inside a longer name of a workload."""
    holder = (-1, -1)
    for match in sorted(found, key=lambda match: (match.first, -match.last)):
        if match.last > holder[1] or (match.first, match.last) == holder:
            yield match
            if match.value.field in DOMAINS:
                holder = (match.first, match.last)


def _is_meant(match: Match[Label], stances: Stances, chained: bool) -> bool:
    """In a chain an arrow leads from one step to the next and replaces nothing."""
    stance = stance_of(match, stances)
    if match.first in stances.void or stance in SPOKEN_OF:
        return False
    return stance not in UNWANTED or (chained and stance == "replaced")


def _joined(parts: list[Part], part: Part) -> list[Part]:
    """With one more part: a workload of its own, or more words about one of them."""
    if not parts:
        return [part]
    *before, last = parts
    if _was_trained(last, part):
        last = replace(last, trains=True)
        parts = [*before, last]
    if part.tunes and not any(one.trains for one in parts):
        language = any(one.domain == "llm" for one in parts)
        return [*parts, replace(part, domain="llm" if language else last.domain)]
    trained = next((one for one in parts if one.trains and not one.serves), None)
    if part.domain is None and trained is not None and part.serves and not part.trains:
        served = replace(part, domain=trained.domain)
        if all(_differs(one, served) for one in parts):
            return [*parts, served]
    if last.domain is None and not (before or _differs(last, part)):
        return [replace(part, first=last.first, trains=part.trains or last.trains)]
    same = [number for number, one in enumerate(parts) if not _differs(one, part)]
    if part.domain is not None and not same:
        return [*parts, part]
    about = same[-1] if part.domain is not None else len(parts) - 1
    newest = max(_end(one) for one in parts)
    return [_with_more(one, part, _end(one) == newest) if number == about else one for number, one in enumerate(parts)]


def _was_trained(one: Part, part: Part) -> bool:
    """ "Segmentation of 4,000 scans, then inference on 500 a day": what inference follows on was the training."""
    alike = part.domain in (None, one.domain)
    return part.then_infers and not part.trains and one.has_pile and not one.serves and alike and one.domain is not None


def _end(part: Part) -> int:
    return part.more[-1][1] if part.more else part.last


def _with_more(one: Part, part: Part, follows: bool) -> Part:
    """One workload, with what a later part says of it, which follows at once or after others."""
    one = replace(
        one, has_model=one.has_model or part.has_model, trains=one.trains or part.trains,
        every=one.every or part.every, has_pile=one.has_pile or part.has_pile,
    )  # fmt: skip
    if not follows:
        return replace(one, more=(*one.more, (part.first, part.last)))
    if one.more:
        return replace(one, more=(*one.more[:-1], (one.more[-1][0], part.last)))
    return replace(one, last=part.last)


def _differs(one: Part, other: Part) -> bool:
    """Whether the later part names another workload; "train A and B" trains both."""
    if other.serves and not other.trains and one.trains and not one.serves:
        return True
    if one.domain is None:
        return False
    if one.domain == other.domain:
        own_models = one.has_model and other.has_model
        if own_models and one.kind and other.trains and not one.trains:
            return True
        return bool(one.kind and other.kind) and one.kind != other.kind and (own_models or one.domain in MANY_KINDS)
    both = {one.domain, other.domain}
    return not ("multimodal" in both and both <= set(LOOKS_AND_READS) and not (one.has_model and other.has_model))
