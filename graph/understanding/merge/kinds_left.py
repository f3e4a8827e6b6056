"""Work that a message names and that no workload of the spec does: the reply has to name it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from domain.base import Frozen
from domain.workload import Domain, Unplaced, Workload, WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.implications import domain_of
from graph.understanding.labels.workload_joints import besides
from graph.understanding.labels.workload_meant import DOMAINS, longest
from graph.understanding.labels.workloads import ANSWERS
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.merge.residue_figures import is_content
from graph.understanding.roles.claim import STRONG
from graph.understanding.stance.experience import reporting
from graph.understanding.stance.stance import Stances
from graph.understanding.text.words import covered
from graph.understanding.vocabulary import table

LONGEST = 8
"""Words behind the name of what is left that are quoted with it."""


class _Kinds(Frozen):
    """The file: which kinds of model do what another is made for, the uses that come together, and the names for
    several kinds at once."""

    does: Mapping[Domain, frozenset[Domain]]
    alike: tuple[frozenset[str], ...]
    wholes: frozenset[str]


@dataclass(frozen=True)
class _Named:
    """Work that is named from one place to another; `use` is empty where only the kind of model is known."""

    first: int
    last: int
    domain: Domain
    use: str


@lru_cache
def _table() -> _Kinds:
    return table("labels/kinds_left", _Kinds)


def kinds_left(spec: WorkloadSpec, line: Line, stances: Stances, turn: int) -> tuple[Unplaced, ...]:
    """The work of this turn that is left, in the user's words: of another kind of model than those that the spec
    runs, or another use of one of them that is said to be wanted besides."""
    done: tuple[Workload | WorkloadSpec, ...] = spec.workloads or (spec,)
    domains = {does for one in done if one.domain for does in (one.domain, *_table().does.get(one.domain, ()))}
    if not domains:
        return ()
    if any(one.task_type == "rag" for one in done):
        domains.add("embeddings")
    uses = {one.use_case for one in done if one.use_case and _does(one.domain, domain_of(one.use_case))}
    held = uses.union(*(group for group in _table().alike if group & uses))
    named = [*_named(line, stances)]
    if all(one.domain in domains and one.use in ("", *held) for one in named):
        return ()
    done_here = covered(one for one in named if one.use in held)
    added = besides(line)
    found: list[tuple[int, int]] = []
    for one in named:
        another = one.use != "" and uses and line.words[one.first].clause in added
        if one.use in held or one.first in done_here or (one.domain in domains and not another):
            continue
        if not found or one.first > found[-1][1]:
            found.append((one.first, _end(line, one.last)))
    told = [words.quote for words in spec.unplaced if words.turn == turn]
    quotes = (line.quote(first, last) for first, last in found)
    return tuple(Unplaced(quote=quote, turn=turn) for quote in quotes if not any(quote in words for words in told))


def _does(domain: Domain | None, needed: Domain | None) -> bool:
    """A model of this kind does what needs that one; what answers finds, too."""
    known = domain is not None and needed is not None
    return not known or needed in (domain, *_table().does.get(domain or "llm", ())) or {domain, needed} <= {*ANSWERS}


def _named(line: Line, stances: Stances) -> Iterator[_Named]:
    """The work that is wanted, left to right: no report, no question, and nothing that is ruled out."""
    found = [*longest(labels("workloads").find(line)), *labels("use_case").find(line)]
    told = reporting(line) | line.asking
    wholes = [match for match in found if match.value.value in _table().wholes]
    within = covered(wholes)
    for match in sorted(found, key=lambda match: (match.first, -match.last)):
        kind, use = match.value.field, match.value.value
        domain = next((known for known in DOMAINS if known == kind), None) or domain_of(use)
        places = range(match.first, match.last + 1)
        apart = within.isdisjoint(places) and not isinstance(line.mentions[match.first], Name)
        wanted = {stances.at[place] for place in places} == {"wanted"} and match.first not in stances.void
        asked = line.words[match.first].sentence in told
        if domain and match.value.strength >= STRONG and apart and wanted and not asked:
            yield _Named(match.first, match.last, domain, use if kind == "use_case" else "")


def _end(line: Line, last: int) -> int:
    """The last word of what is named, with what follows it in its clause."""
    end = min(line.clause(last)[1], last + LONGEST)
    while end > last and line.mentions[end] is None and not is_content(line, end):
        end -= 1
    return end
