"""What a message names of workloads, by place: kinds, what is done to a model, models and their sizes, and loads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import get_args

from domain.workload import Cadence, Domain
from graph.understanding.labels.book import Label, labels
from graph.understanding.labels.implications import usual_use
from graph.understanding.labels.workload_meant import DOMAINS, is_example, is_meant, is_wanted_name, longest, pile_of
from graph.understanding.labels.workload_part import (
    ASKED,
    MADE_OF,
    MEANT,
    RETRIEVING,
    UMBRELLA,
    Part,
    is_live,
    is_pile,
    is_rate,
)
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import MEDIUM, STRONG
from graph.understanding.stance.stance import Stances
from graph.understanding.text.phrases import Match
from graph.understanding.text.words import covered

CADENCES: tuple[Cadence, ...] = get_args(Cadence)
MANY_KINDS = ("speech", "scientific")
"""Domains in which another kind is another model: what hears does not speak."""
INDEFINITE = ("a", "an")
ARTICLES = (*INDEFINITE, "the", "one")
WATCHING = ("recommendation", "tabular")
"""Domains in which people are what a model is learnt from or run over, until something is said of requests."""
ANYTHING = "language_model"
TURNS = (",", "and", "&")
FEW_WORDS = 2
"""Of a member of a list of parts that is no more than its name: "LLM + voice"."""


class Named:
    """What the message names."""

    def __init__(self, line: Line, stances: Stances) -> None:
        self.line = line
        found = list(longest(labels("workloads").find(line)))
        meant = partial(
            is_meant, line, stances=stances, chained=any(match.value.value == "next" for match in found),
            taken_up=(taken_up := any(match.value.value == "taken_up" for match in found)),
        )  # fmt: skip
        self.between = [match for match in found if match.value.field == "joints"]
        self.objects = {match.first for match in found if match.value.field == "objects"}
        self.kinds: dict[int, list[Match[Label]]] = {}
        self.tasks: dict[int, list[Match[Label]]] = {}
        makes = any(match.value.value == "making" for match in found)
        for match in found:
            taught_apart = makes and match.value.value == "distilling"  # the training that follows names itself
            if meant(match) and not taught_apart:
                held = self.kinds if match.value.field in DOMAINS else self.tasks
                held.setdefault(match.first, []).append(match)
        self.models = {
            place: name.named[0].domain for place, name in line.names
            if name.kind == "model" and is_wanted_name(line, stances, place, taken_up=taken_up)
        }  # fmt: skip
        self.sizes = {
            place: figure.high for place, figure in line.quantities
            if figure.dimension == "params" and figure.written and not is_example(line, place)
        }  # fmt: skip
        told = {match.value.value for matches in self.tasks.values() for match in matches}
        self.several = "several" in told
        self.only = "only" in told
        self.hints: dict[int, Match[Label]] = {}
        for match in labels("domain").find(line):
            if match.value.strength >= MEDIUM and meant(match):
                held_there = self.hints.setdefault(match.first, match)
                if match.value.strength > held_there.value.strength:
                    self.hints[match.first] = match
        self.heads = sorted({*self.kinds, *self.hints, *self.models, *self.sizes})
        self.names = dict(line.names)
        self.figures_at = [place for place, _ in line.quantities]
        self.asking = line.asking
        kinds = {match.value.value for matches in self.kinds.values() for match in matches}
        rag = labels("task").find(line) if "embedding" in kinds else ()
        self.retrieves = (
            RETRIEVING in kinds
            or self._lists_what_retrieves()
            or any(
                m.value.value == "rag"
                and m.value.strength >= STRONG
                and not ("reranking" not in kinds and self._is_search(m))
                for m in rag
            )
        )

    def _lists_what_retrieves(self) -> bool:
        """A list of nothing but embedders and one language model, with no word between them: "bge-m3 + Qwen3-32B"."""
        places = sorted(self.models)
        run: list[Domain | None] = []
        for before, place in zip((-1, *places), places, strict=False):
            if place != before + 2 or self.line.words[place - 1].text not in ("+", ",", "&"):
                run = []
            run.append(self.models[place])
            if len(run) > 1 and run.count("llm") == 1 and run.count("embeddings") == len(run) - 1:
                return True
        return False

    def _is_search(self, match: Match[Label]) -> bool:
        """The words name a search, which nothing is written from, or a search and then another workload: "search over
        our products and a chatbot"."""
        texts = [word.text for word in self.line.words[match.first : match.last + 1]]
        if any(one in TURNS and other in INDEFINITE for one, other in pairwise(texts)):
            return True
        searches = (one for held in self.kinds.values() for one in held if one.value.field == "embeddings")
        return any(one.first <= match.first and match.last <= one.last for one in searches)

    def part(self, first: int, last: int, joint: str) -> Part:
        """The part of the message from one place to another, by what it names."""
        places = range(first, last + 1)
        models = {place: self.models[place] for place in places if place in self.models}
        sizes = {place: self.sizes[place] for place in places if place in self.sizes}
        tasks = {match.value.value for match in self._inside(self.tasks, first, last)}
        held = slice(bisect_left(self.figures_at, first), bisect_right(self.figures_at, last))
        figures = [figure for _, figure in self.line.quantities[held]]
        at_once = "at_once" in tasks
        sent = [figure for figure in figures if is_live(figure, at_once)]
        listed = joint in ("more", "list", "item") and self.line.words[first].text in INDEFINITE
        few = joint == "more" and min(last, self.line.clause(first)[1]) - first < FEW_WORDS
        heading = last + 1 < len(self.line.words) and self.line.words[last + 1].text == ":"
        told = bool(models or sizes or self.several or listed or few or (sent and not heading))
        senders = covered(sent)
        kinds = [
            match for match in self._inside(self.kinds, first, last)
            if match.value.strength >= STRONG
            or (told and self.line.firsts[match.first] not in senders and (few or match.value.value != UMBRELLA))
        ]  # fmt: skip
        best = min(kinds, key=lambda m: (-m.value.strength, m.value.value in MADE_OF, m.first), default=None)
        domain = next((domain for domain in models.values() if domain), None)
        if best is not None and best.value.strength < STRONG and domain not in (None, best.value.field):
            best = None  # the model says more
        if best is not None:
            domain = next(known for known in DOMAINS if known == best.value.field)
        elif domain is None and any(size >= 1 for size in sizes.values()):
            domain = "llm"  # so is a model of which only a size in billions is said
        told_at = best.first if best is not None else min(models, default=first)
        makes = "making" in tasks  # what a model is taught with afterwards
        batch = makes or bool(tasks & {"batch", "once", "passing"})
        every = next((cadence for cadence in CADENCES if cadence in tasks), None)
        live, rate = bool(sent) or "alike" in tasks, any(map(is_rate, figures))
        trains = bool(tasks & {"training", "tuning", "distilling"})
        if domain is None and sent and self._is_large(models):
            domain = "llm"
        if domain is None and any(figure.noun == "frames" for figure in figures):
            domain = "vision"
        piled = any(is_pile(figure, at_once, trains=trains) for figure in figures)
        told_more = live or rate or piled or batch
        if domain is None and joint == "item" and (told_more or trains or tasks & {"serving", "inferring"}):
            domain = self._hinted(places)
        if domain in WATCHING and sent and all(figure.noun == "people" for figure in sent):
            live = False
        piece = self.retrieves and domain == "embeddings" and not (batch or every)  # of what answers from documents
        written = frozenset(
            (*(self.names[place].written.lower() for place in models), *(f"{size:g}B" for size in sizes.values()))
        )
        return Part(
            first, last, min(self.line.clause(told_at)[1], last),
            domain=None if piece else domain,
            kind=RETRIEVING if piece else self._kind(best, models, domain), models=frozenset() if piece else written,
            trains=trains, serves=bool(tasks & {"serving", "inferring", "running"}),
            tunes="tuning" in tasks and not told and best is None, retrains="retraining" in tasks,
            joint=joint, infers="inferring" in tasks, piled=piled,
            pile=None if self.line.is_head(first) else pile_of(figures, at_once, each_time=trains),
            batch=batch, once="once" in tasks, live=live, rate=rate,
            comes_in=any(is_rate(figure) and figure.noun not in ASKED for figure in figures),
            refers="again" in tasks, apart="apart" in tasks, every=every,
            article=self._article((first, *sizes), first),
            asks=self.line.words[last].sentence in self.asking,
            named_at=told_at, size_b=max((*sizes.values(), *self._sizes_named(models)), default=None),
            alike="alike" in tasks,
            means=next((one for one in MEANT if one in tasks), ""), row=self.line.is_head(first),
        )  # fmt: skip

    def _article(self, heads: Iterable[int], first: int) -> str:
        """With which the part begins, or a size in place of a name: "hard ones to a 70B"."""
        said = (self.line.words[at if at == first else at - 1].text for at in heads)
        return next((word for word in said if word in ARTICLES), "")

    def _hinted(self, places: range) -> Domain | None:
        """The kind of model that the words are about, where nothing in them names a workload by itself."""
        hints = (self.hints[place] for place in places if place in self.hints)
        found = [match for match in hints if match.last in places and match.value.strength >= STRONG]
        best = min(found, key=lambda match: (-match.value.strength, match.value.rank), default=None)
        return next((known for known in DOMAINS if best is not None and known == best.value.value), None)

    def _is_large(self, models: Mapping[int, Domain | None]) -> bool:
        """Nobody knows the models, and their names say billions of parameters: "Bielik 11B"."""
        return bool(models) and not any(models.values()) and max(self._sizes_named(models), default=0.0) >= 1

    def _sizes_named(self, places: Iterable[int]) -> Iterator[float]:
        names = (self.names[place] for place in places)
        held = (name.size_b or name.named[0].params_b for name in names)
        return (size for size in held if size is not None)

    def _kind(self, best: Match[Label] | None, models: Mapping[int, Domain | None], domain: Domain | None) -> str:
        """What it is for; a model is made for something where another kind would be another model: Whisper does not
        speak. A language model may be for anything."""
        if best is not None and best.value.value != UMBRELLA:
            return "" if best.value.value == ANYTHING else best.value.value
        named = (self.names[place].written for place in models if domain in MANY_KINDS)
        uses = (use for written in named if (use := usual_use(written)))
        return next(uses, best.value.value if best is not None else "")

    @staticmethod
    def _inside(held: Mapping[int, Sequence[Match[Label]]], first: int, last: int) -> Iterator[Match[Label]]:
        for place in range(first, last + 1):
            yield from (match for match in held.get(place, ()) if match.last <= last)
