"""A message cut into its wishes, where each of them can stand alone: "30 % fewer users and put it in France"."""

from collections.abc import Iterator

from domain.base import Frozen
from domain.workload import WorkloadSpec
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity

JOINTS = frozenset({"and", "but", "also", "plus", ",", ";"})
BEGINS = frozenset({"no", "not", "without", "in", "on", "only", "at", "under", "below", "within"})
"""Words with which a wish begins that has no verb: "no spot", "in Ireland"."""
ADDS = frozenset({"also", "plus"})
FEWEST_WORDS = 2
MOST_WISHES = 4


def wishes_in(line: Line) -> tuple[str, ...]:
    """The wishes of a message in their order; none where it holds one, or asks."""
    if asking_sentences(line):
        return ()
    starts = [0, *_starts(line)]
    ends = [*starts[1:], len(line.words)]
    parts = [_trimmed(line, first, after - 1) for first, after in zip(starts, ends, strict=True)]
    return tuple(part for part in parts if part) if 1 < len(parts) <= MOST_WISHES else ()


def shares_a_figure(one: str, other: str) -> bool:
    """Whether two quotes have a figure in common."""
    figures = [{word for word in quote.split() if any(sign.isdigit() for sign in word)} for quote in (one, other)]
    return bool(figures[0] & figures[1])


def with_field(into: WorkloadSpec, source: WorkloadSpec, field: str) -> WorkloadSpec:
    """A spec with one field, by its path, as it is in another, and the words that it was read from."""
    name, _, leaf = field.partition(".")
    held = getattr(source, name)
    if leaf and isinstance(held, Frozen):
        held = getattr(into, name).model_copy(update={leaf: getattr(held, leaf)})
    said = {path: words for path, words in source.evidence.items() if path == field}
    return into.model_copy(update={name: held, "evidence": {**into.evidence, **said}})


def _starts(line: Line) -> Iterator[int]:
    """Where another wish begins: a sentence of its own, or behind a joint an order, a refusal, a place or a figure."""
    sentences = {first for first, _ in line.sentence_places.values()}
    orders = {match.first for match in book("follow_ups", "orders").find(line.words)}
    before = 0
    for place in range(1, len(line.words)):
        so_far = [at for at in range(before, place) if line.words[at].text not in JOINTS]
        figures = any(isinstance(line.mentions[at], Quantity) for at in so_far)
        if (len(so_far) < FEWEST_WORDS and not figures) or line.words[place].text in JOINTS:
            continue
        begins = place in sentences or (place - 1 in sentences and line.words[place - 1].text in JOINTS)
        joined = line.words[place - 1].text in JOINTS
        word = line.words[place].text
        adds = line.words[place - 1].text in ADDS
        following = [after.text for after in line.words[place + 1 : place + 2]]
        alone = isinstance(line.mentions[place], Name) and following == ["only"]
        opens = adds or alone or place in orders or word in BEGINS or isinstance(line.mentions[place], Quantity)
        if begins or (joined and opens):
            before = place
            yield place


def _trimmed(line: Line, first: int, last: int) -> str:
    while first <= last and (line.words[first].text in JOINTS or not line.words[first].text.strip(".!")):
        first += 1
    while last >= first and (line.words[last].text in JOINTS or not line.words[last].text.strip(".!")):
        last -= 1
    whole = last - first + 1 >= FEWEST_WORDS or (last == first and isinstance(line.mentions[first], Quantity))
    return line.quote(first, last) if whole else ""
