"""What a message names of workloads, by place: kinds, what is done to a model, models and their sizes, loads, and what
stands between two workloads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from domain.workload import Cadence, Domain
from graph.understanding.labels.book import Label, labels, stance_of
from graph.understanding.labels.implications import usual_use
from graph.understanding.labels.workload_part import (
    FEWEST_TO_TRAIN_ON,
    MEANT,
    RETRIEVING,
    Part,
    is_live,
    is_pile,
    is_rate,
)
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import MEDIUM, STRONG
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stance, Stances
from graph.understanding.text.phrases import Match

DOMAINS: tuple[Domain, ...] = get_args(Domain)
CADENCES: tuple[Cadence, ...] = get_args(Cadence)
MANY_KINDS = ("speech", "scientific")
"""Domains in which another kind is another model: what hears does not speak."""
BEGINS_WITHIN = 7
"""Words from a comma or an "and" to the name of the next workload."""
BEGIN = ("serving", "inferring", "tuning", "again", "passing", *MEANT)
"""What begins a workload without its kind being named."""
OPENS_WITHIN = 2
"""Words from a comma or an "and" to the verb of a training, or of serving."""
WANTS_WITHIN = 10
"""Words from a comma or an "and" to what somebody else wants."""
ARTICLES = ("a", "an", "the", "one")
WATCHING = ("recommendation",)
"""Domains in which people are what a model is learnt from, until something is said of requests."""
ANYTHING = "language_model"
NOT_ASKED_FOR: frozenset[Stance] = SPOKEN_OF - {"at_hand"}
"""What is run on hardware that is there is asked for."""
TURNS = (",", "and", "&")
TURNED_DOWN = ("but", "not", "no", "or", "instead")
CHOOSING = ("or", "vs", "versus")
EXAMPLES = ("as", "like", "eg", "e.g", "g")
LONGEST_CHOICE = 5
"""Words of a clause that holds nothing but the names to choose from."""


@dataclass(frozen=True)
class Joint:
    """A place where another workload may begin: the last place before it, the first after it, and what stands there."""

    before: int
    after: int
    kind: str


class Named:
    """What the message names."""

    def __init__(self, line: Line, stances: Stances) -> None:
        self.line = line
        found = list(longest(labels("workloads").find(line)))
        chained = any(match.value.value == "next" for match in found)
        self.between = [match for match in found if match.value.field == "joints"]
        self.objects = {match.first for match in found if match.value.field == "objects"}
        self.kinds: dict[int, list[Match[Label]]] = {}
        self.tasks: dict[int, list[Match[Label]]] = {}
        for match in found:
            if _is_meant(line, match, stances, chained):
                held = self.kinds if match.value.field in DOMAINS else self.tasks
                held.setdefault(match.first, []).append(match)
        unwanted = SPOKEN_OF | {"excluded", "withdrawn"}
        self.models = {
            place: name.named[0].domain for place, name in line.names
            if name.kind == "model" and stances.of(place, place) not in unwanted and not _is_choice(line, place)
        }  # fmt: skip
        self.sizes = {
            place: figure.high for place, figure in line.quantities
            if figure.dimension == "params" and figure.written and not _is_example(line, place)
        }  # fmt: skip
        told = {match.value.value for matches in self.tasks.values() for match in matches}
        self.several = "several" in told
        self.only = "only" in told
        self.hints: dict[int, Match[Label]] = {}
        for match in labels("domain").find(line):
            if match.value.strength >= MEDIUM and _is_meant(line, match, stances, chained):
                self.hints.setdefault(match.first, match)
        self.heads = sorted({*self.kinds, *self.hints, *self.models, *self.sizes})
        self.figures_at = [place for place, _ in line.quantities]
        self.asking = {word.sentence for word in line.words if word.text == "?"}
        kinds = {match.value.value for matches in self.kinds.values() for match in matches}
        rag = labels("task").find(line) if "embedding" in kinds else ()
        self.retrieves = RETRIEVING in kinds or any(m.value.value == "rag" and m.value.strength >= STRONG for m in rag)

    def joints(self) -> list[Joint]:
        """Where another workload may begin, in the order of the message."""
        words = self.line.words
        found = [
            Joint(match.first - 1, match.last + 1, match.value.value) for match in self.between
            if match.last + 1 < len(words) and not self._is_inside(match)
            and (match.value.value != "list" or self._begins(match.last + 1) or self._turns_to_another(match))
        ]  # fmt: skip
        taken = {joint.after for joint in found}
        starts = [at for at in range(1, len(words)) if words[at].sentence != words[at - 1].sentence]
        found += [Joint(at - 1, at, "sentence") for at in starts if at not in taken]
        return sorted(found, key=lambda joint: (joint.before, joint.after))

    def _is_inside(self, joint: Match[Label]) -> bool:
        """A slash without spaces: "requests/s", "70B/8B"."""
        sign = self.line.span(joint.first, joint.last)
        return self.line.words[joint.first].text == "/" and self.line.text.raw[sign.end : sign.end + 1] != " "

    def _turns_to_another(self, joint: Match[Label]) -> bool:
        """Behind a comma or an "and" the clause names a model of a kind that none before it is of."""
        if joint.last + 1 >= len(self.line.words) or self.line.words[joint.last].text not in TURNS:
            return False
        if self.line.words[joint.last + 1].text in TURNED_DOWN:
            return False
        last = self.line.clause(joint.last + 1)[1]
        after = self._domains_of_models(joint.last + 1, last)
        before = self._domains_of_models(0, joint.first - 1) | {
            match.value.field for place, held in self.kinds.items() if place < joint.first for match in held
        }
        return bool(before and after) and not before & after

    def _domains_of_models(self, first: int, last: int) -> set[str]:
        """Of the models between two places, and of those of which only a size is said."""
        places = range(first, last + 1)
        named = {str(domain) for place, domain in self.models.items() if place in places and domain is not None}
        return named | {"llm" for place, size in self.sizes.items() if place in places and size >= 1}

    def _begins(self, at: int) -> bool:
        """A workload, a model or its size, or serving what was trained, is named at once, or somebody wants one;
        "chat: 70B" goes on."""
        words = self.line.words
        key, ends = words[at - 1].text == ":", self.line.clause(at)[1]
        for place in range(at, min(at + BEGINS_WITHIN, ends + 1)):
            said = self._said_at(place)
            opens = not key and bool(said & {"training", "running"}) and place <= at + OPENS_WITHIN
            if place in self.kinds or opens or not said.isdisjoint(BEGIN):
                return True
            if not key and (place in self.models or place in self.sizes):
                return True
            if place in self.objects and place > at and not self.several:
                return False
        return self._is_wanted(at)

    def _is_wanted(self, at: int) -> bool:
        """Somebody wants a workload: "the teachers want pictures"."""
        ends = self.line.sentence(at)[1]
        wants = (place for place in range(at, min(at + WANTS_WITHIN, ends + 1)) if "wanting" in self._said_at(place))
        place = next(wants, None)
        return place is not None and bisect_left(self.heads, place) < bisect_right(self.heads, ends)

    def _said_at(self, place: int) -> set[str]:
        return {match.value.value for match in self.tasks.get(place, ())}

    def part(self, first: int, last: int, joint: str) -> Part:
        """The part of the message from one place to another, by what it names."""
        places = range(first, last + 1)
        models = {place: self.models[place] for place in places if place in self.models}
        sizes = {place: self.sizes[place] for place in places if place in self.sizes}
        tasks = {match.value.value for match in self._inside(self.tasks, first, last)}
        told = bool(models or sizes or self.several)
        kinds = [match for match in self._inside(self.kinds, first, last) if told or match.value.strength >= STRONG]
        best = min(kinds, key=lambda match: (-match.value.strength, match.first), default=None)
        domain = next((domain for domain in models.values() if domain), None)
        if best is not None and best.value.strength < STRONG and domain not in (None, best.value.field):
            best = None  # the model says more
        if best is not None:
            domain = next(known for known in DOMAINS if known == best.value.field)
        elif domain is None and any(size >= 1 for size in sizes.values()):
            domain = "llm"  # so is a model of which only a size in billions is said
        told_at = best.first if best is not None else min(models, default=first)
        held = slice(bisect_left(self.figures_at, first), bisect_right(self.figures_at, last))
        figures = [figure for _, figure in self.line.quantities[held]]
        at_once = "at_once" in tasks
        batch = bool(tasks & {"batch", "once", "passing"})
        every = next((cadence for cadence in CADENCES if cadence in tasks), None)
        sent = [figure for figure in figures if is_live(figure, at_once)]
        live, rate = bool(sent) or "alike" in tasks, any(map(is_rate, figures))
        trains = bool(tasks & {"training", "tuning"})
        if domain is None and sent and self._is_large(models):
            domain = "llm"
        piled = any(is_pile(figure, at_once, trains=trains) for figure in figures)
        told_more = live or rate or piled or batch
        if domain is None and (told_more or trains or tasks & {"serving", "inferring"}):
            domain = self._hinted(places, MEDIUM if told_more else STRONG)
        if domain in WATCHING and sent and all(figure.noun == "people" for figure in sent):
            live = False
        piece = self.retrieves and domain == "embeddings" and not (batch or every)  # of what answers from documents
        written = frozenset((*self._written(models), *(f"{size:g}B" for size in sizes.values())))
        return Part(
            first, last, min(self.line.clause(told_at)[1], last),
            domain=None if piece else domain,
            kind=RETRIEVING if piece else self._kind(best, models, domain), models=frozenset() if piece else written,
            trains=trains, serves=bool(tasks & {"serving", "inferring", "running"}),
            tunes="tuning" in tasks and not told and best is None, retrains="retraining" in tasks,
            joint=joint, infers="inferring" in tasks, piled=piled, pile=_pile(figures, at_once),
            batch=batch, once="once" in tasks, live=live, rate=rate,
            refers="again" in tasks, apart="apart" in tasks, every=every,
            article=self._article((first, *sizes), first),
            asks=self.line.words[last].sentence in self.asking,
            named_at=told_at, size_b=max((*sizes.values(), *self._sizes_named(models)), default=None),
            alike="alike" in tasks,
            means=next((one for one in MEANT if one in tasks), ""),
        )  # fmt: skip

    def _article(self, heads: Iterable[int], first: int) -> str:
        """With which the part begins, or a size in place of a name: "hard ones to a 70B"."""
        said = (self.line.words[at if at == first else at - 1].text for at in heads)
        return next((word for word in said if word in ARTICLES), "")

    def _hinted(self, places: range, least: int) -> Domain | None:
        """The kind of model that the words are about, where nothing in them names a workload by itself."""
        found = [match for place, match in self.hints.items() if place in places and match.last in places]
        found = [match for match in found if match.value.strength >= least]
        best = min(found, key=lambda match: (-match.value.strength, match.value.rank), default=None)
        return next((known for known in DOMAINS if best is not None and known == best.value.field), None)

    def _written(self, places: Mapping[int, object]) -> Iterator[str]:
        return (name.written.lower() for place, name in self.line.names if place in places)

    def _is_large(self, models: Mapping[int, Domain | None]) -> bool:
        """Nobody knows the models, and their names say billions of parameters: "Bielik 11B"."""
        return bool(models) and not any(models.values()) and max(self._sizes_named(models), default=0.0) >= 1

    def _sizes_named(self, places: Mapping[int, object]) -> Iterator[float]:
        held = (name.size_b or name.named[0].params_b for place, name in self.line.names if place in places)
        return (size for size in held if size is not None)

    def _kind(self, best: Match[Label] | None, models: Mapping[int, Domain | None], domain: Domain | None) -> str:
        """What it is for; a model is made for something where another kind would be another model: Whisper does not
        speak. A language model may be for anything."""
        if best is not None:
            return "" if best.value.value == ANYTHING else best.value.value
        named = (name.written for place, name in self.line.names if place in models and domain in MANY_KINDS)
        return next((use for written in named if (use := usual_use(written))), "")

    @staticmethod
    def _inside(held: Mapping[int, Sequence[Match[Label]]], first: int, last: int) -> Iterator[Match[Label]]:
        for place in range(first, last + 1):
            yield from (match for match in held.get(place, ()) if match.last <= last)


def longest(found: Sequence[Match[Label]]) -> Iterator[Match[Label]]:
    """Without those inside a longer name of a workload."""
    holder = (-1, -1)
    for match in sorted(found, key=lambda match: (match.first, -match.last)):
        if match.last > holder[1] or (match.first, match.last) == holder:
            yield match
            if match.value.field in DOMAINS:
                holder = (match.first, match.last)


def _pile(figures: Sequence[Quantity], at_once: bool) -> int | None:
    """How many things there are, whatever they are called, where one figure alone says it: "12k of their answers"."""
    told = [figure for figure in figures if is_pile(figure, at_once, trains=True) and figure.dimension != "tokens"]
    bare = [figure for figure in figures if figure.dimension == "number" and not (figure.per or figure.unit)]
    found = told or [figure for figure in bare if figure.high >= FEWEST_TO_TRAIN_ON]
    return int(found[0].high) if len(found) == 1 else None


def _is_choice(line: Line, place: int) -> bool:
    """One of several names to choose from, whose kind the message tells apart from them: "LightGBM or Prophet?"."""
    beside = [line.words[at].text for at in (place - 1, place + 1) if 0 <= at < len(line.words)]
    first, last = line.clause(place)
    if last - first > LONGEST_CHOICE or not any(word in CHOOSING for word in beside):
        return False
    return any(line.words[at].text == "?" for at in range(first, last + 1))


def _is_example(line: Line, place: int) -> bool:
    """One of several sizes that are named as examples: "larger models, such as 7B or 72B"."""
    clause = line.clause(place)[0]
    return any(line.words[at].text in EXAMPLES for at in range(max(clause, place - 2), place))


def _is_meant(line: Line, match: Match[Label], stances: Stances, chained: bool) -> bool:
    """In a chain an arrow leads from one step to the next and replaces nothing."""
    stance = stance_of(match, stances)
    if match.first in stances.void or stance in NOT_ASKED_FOR or _is_reported(line, stances, match.first):
        return False
    return stance not in UNWANTED or (chained and stance == "replaced")


def _is_reported(line: Line, stances: Stances, place: int) -> bool:
    """It tells how something goes on hardware that is there."""
    return stances.of(place, place) == "at_hand" and line.words[place].sentence in stances.reports
