"""One kind of workload several times over, each with figures of its own: "two assistants, HR with 8,000 documents for
50 people and Engineering with 300,000 for 700", "staging and prod: 5 testers, 200 users".

How many there are was said, or follows from the names of environments. The figures that make a load stand in as many
rounds, each of the same kinds in the same order; what is said besides holds for all of them.
"""

from collections.abc import Sequence
from itertools import pairwise

from domain.workload import Traffic, Workload, WorkloadSpec
from graph.understanding.labels.book import labels, stance_of
from graph.understanding.labels.workload_meant import DOMAINS
from graph.understanding.labels.workload_part import is_live, is_pile, is_rate
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.of_each import LOADS, OF_A_LOAD, OWN, Alone
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stances

MOST = 4
COUNTED_WITHIN = 3
"""Words from a number to what it counts: "two RAG assistants"."""
SIGNS = (",", ";", ".", "and", "&", "plus", "while", "(", ":")
"""What parts two of them."""


def in_copies(spec: WorkloadSpec, line: Line, stances: Stances, alone: Alone) -> tuple[Workload, ...]:
    """The workload as many times as was said, each with its own load; none where the figures do not say it."""
    for many, begins in _counts(line, stances):
        loads = _loads(line, begins)
        if len(loads) < many or len(loads) % many or not _in_rounds(loads, many):
            continue
        quotes = _stretches(line, loads, many)
        read = [alone(quote) for quote in quotes]
        if len({_figures(one) for one in read}) == many and all(map(_figures, read)):
            return tuple(_copy(spec, one, quote) for one, quote in zip(read, quotes, strict=True))
    return ()


def _counts(line: Line, stances: Stances) -> list[tuple[int, int]]:
    """How many there may be, and the place behind the words that say so: environments before a bare number."""
    found = labels("workloads").find(line)
    said = SPOKEN_OF | UNWANTED
    environments = {
        one.value.value for one in found if one.value.field == "environments" and stance_of(one, stances) not in said
    }  # fmt: skip
    counts = [(len(environments), 0)] if 1 < len(environments) <= MOST else []
    kinds = {
        at for one in found if one.value.field in DOMAINS or one.value.value == "several"
        for at in range(one.first, one.last + 1)
    }  # fmt: skip
    for at, figure in line.quantities:
        counted = figure.low == figure.high and figure.high.is_integer() and 1 < figure.high <= MOST and not figure.per
        if counted and not kinds.isdisjoint(range(at + 1, at + 1 + COUNTED_WITHIN)):
            counts.append((int(figure.high), at + 1))
    return counts


def _loads(line: Line, begins: int) -> list[tuple[int, Quantity]]:
    return [
        (at, figure) for at, figure in line.quantities
        if at >= begins and (is_live(figure, False) or is_rate(figure) or is_pile(figure, False, trains=True))
    ]  # fmt: skip


def _in_rounds(loads: Sequence[tuple[int, Quantity]], many: int) -> bool:
    """Whether the kinds of figures repeat as often."""
    kinds = [(figure.noun or figure.dimension, bool(figure.per)) for _, figure in loads]
    each = len(kinds) // many
    return all(kinds[at] == kinds[at % each] for at in range(len(kinds)))


def _stretches(line: Line, loads: Sequence[tuple[int, Quantity]], many: int) -> list[str]:
    """The words of each round: from the sign behind the figures of the one before it to that behind its own."""
    each = len(loads) // many
    places = [at for at, _ in loads]
    first = max(
        (at for at in range(places[0]) if line.words[at].text in SIGNS), default=line.sentence(places[0])[0] - 1
    )
    cuts = [first]
    for last, nearest in ((places[n * each - 1], places[n * each]) for n in range(1, many)):
        cuts.append(next((at for at in range(last + 1, nearest) if line.words[at].text in SIGNS), last))
    cuts.append(line.sentence(places[-1])[1])
    return [line.quote(before + 1, last).strip(" \n\t,;:.!?-()") for before, last in pairwise(cuts)]


def _figures(one: WorkloadSpec) -> tuple[tuple[str, float], ...]:
    """The load and the amounts that a copy has of its own."""
    said = one.traffic.model_dump(exclude_none=True)
    found = {name: float(value) for name, value in said.items() if name in LOADS}
    amounts = {"items": one.dataset.items, "size_gb": one.dataset.size_gb, "amount": one.volume.amount}
    found |= {name: float(value) for name, value in amounts.items() if value is not None}
    return tuple(sorted(found.items()))


def _copy(spec: WorkloadSpec, one: WorkloadSpec, quote: str) -> Workload:
    shared = {name: getattr(spec, name) for name in OWN}
    said = spec.traffic.model_dump(exclude_none=True)
    traffic = {name: value for name, value in said.items() if name not in OF_A_LOAD}
    shared["traffic"] = Traffic(**traffic | one.traffic.model_dump(exclude_none=True))
    dataset = one.dataset.model_dump(exclude_none=True)
    shared["dataset"] = spec.dataset.model_copy(update=dataset) if dataset else spec.dataset
    if one.volume.amount is not None:
        shared["volume"] = one.volume
    if one.context_tokens is not None:
        shared["context_tokens"] = one.context_tokens
    return Workload(**shared, quote=quote)
