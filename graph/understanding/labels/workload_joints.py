"""Where another workload may begin: what stands between two of them, and the signs of a list where the next follows at
once."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from graph.understanding.labels.book import Label, labels
from graph.understanding.labels.workload_differences import MEMBER
from graph.understanding.labels.workload_names import TURNS, Named
from graph.understanding.labels.workload_part import MEANT
from graph.understanding.mentions.line import Line
from graph.understanding.text.phrases import Match

BEGINS_WITHIN = 7
"""Words from a comma or an "and" to the name of the next workload."""
BEGIN = ("serving", "inferring", "tuning", "again", "passing", *MEANT)
"""What begins a workload without its kind being named."""
OPENS_WITHIN = 2
"""Words from a comma or an "and" to the verb of a training, or of serving."""
WANTS_WITHIN = 10
"""Words from a comma or an "and" to what somebody else wants."""
SEPARATORS, LONGEST_HEAD = frozenset({",", ";", "and", "&", "plus", "/"}), 8
"""Signs between a bracket and the next member of its list, and words to that member's own bracket."""
TURNED_DOWN = ("but", "not", "no", "or", "instead")


@dataclass(frozen=True)
class Joint:
    """A place where another workload may begin: the last place before it, the first after it, and what stands there."""

    before: int
    after: int
    kind: str


PARTS = frozenset({"next", "more", "item"})
"""What stands between two workloads and never inside one."""


def besides(line: Line) -> frozenset[int]:
    """The clauses of what is wanted besides: behind "also", "plus" or "then", or with "too" at the end."""
    joints = [match for match in labels("workloads").find(line) if match.value.field == "joints"]
    behind = {line.words[m.last + 1].clause for m in joints if m.value.value in PARTS and m.last + 1 < len(line.words)}
    closing = {last for _, last in line.clause_places.values()}
    too = {line.words[at].clause for at in line.words.places.get("too", ()) if {at, at + 1} & closing}
    return frozenset(behind | too)


def joints_of(named: Named) -> list[Joint]:
    """Where another workload may begin, in the order of the message."""
    words = named.line.words
    found = [
        Joint(match.first - 1, match.last + 1, match.value.value) for match in named.between
        if match.last + 1 < len(words) and not _is_inside(named, match) and not _is_of_a_cell(named, match)
        and (match.value.value != "list" or _begins(named, match.last + 1) or _turns_to_another(named, match))
    ]  # fmt: skip
    items, within = _bracketed(named)
    if items:
        listed = within | {joint.after for joint in items}
        found = [joint for joint in found if joint.after not in listed] + items
    taken = {joint.after for joint in found}
    starts = [at for at in range(1, len(words)) if words[at].sentence != words[at - 1].sentence]
    found += [Joint(at - 1, at, "sentence") for at in starts if at not in taken]
    return sorted(found, key=lambda joint: (joint.before, joint.after))


def _bracketed(named: Named) -> tuple[list[Joint], set[int]]:
    """Between the members of a list that say in brackets what runs, or how much, and of which two name their model:
    "chat (70B, 20 users), search (bge-m3)"; with the places within such brackets."""
    words, runs, opened = named.line.words, list[list[tuple[int, int, int]]](), -1
    for at, word in enumerate(words):
        if word.text == "(":
            opened = at
        if word.text != ")" or opened < 0:
            continue
        if any(mention is not None for mention in named.line.mentions[opened:at]):
            closed = runs[-1][-1][2] if runs else -1
            head = closed + 1
            while head < opened and words[head].text in SEPARATORS:
                head += 1
            follows = 0 <= closed < head - 1 < head < opened <= closed + LONGEST_HEAD
            if follows:
                runs[-1].append((head, opened, at))
            else:
                runs.append([(head, opened, at)])
        opened = -1
    lists = [run for run in runs if sum(_names_a_model(named, first, last) for _, first, last in run) > 1]
    joints = [Joint(one[2], other[0], MEMBER) for run in lists for one, other in pairwise(run)]
    return joints, {at for run in lists for _, first, last in run for at in range(first, last + 1)}


def _names_a_model(named: Named, first: int, last: int) -> bool:
    return any(place in named.models or place in named.sizes for place in range(first, last))


def _is_inside(named: Named, joint: Match[Label]) -> bool:
    """A sign without spaces: "requests/s", "70B/8B", "R&D"."""
    sign = named.line.span(joint.first, joint.last)
    return named.line.words[joint.first].text in ("/", "&") and named.line.text.raw[sign.end : sign.end + 1] != " "


def _is_of_a_cell(named: Named, joint: Match[Label]) -> bool:
    """A sign that the layout put behind the head of a table, or before the next in the same line."""
    line = named.line
    return (joint.first > 0 and line.is_head(joint.first - 1)) or (
        line.words[joint.first].text == "," and line.is_head(joint.last + 1)
    )


def _turns_to_another(named: Named, joint: Match[Label]) -> bool:
    """Behind a comma or an "and" the clause names a model of a kind that none before it is of."""
    if joint.last + 1 >= len(named.line.words) or named.line.words[joint.last].text not in TURNS:
        return False
    if named.line.words[joint.last + 1].text in TURNED_DOWN:
        return False
    last = named.line.clause(joint.last + 1)[1]
    after = _domains_of_models(named, joint.last + 1, last)
    before = _domains_of_models(named, 0, joint.first - 1) | {
        match.value.field for place, held in named.kinds.items() if place < joint.first for match in held
    }
    return bool(before and after) and not before & after


def _domains_of_models(named: Named, first: int, last: int) -> set[str]:
    """Of the models between two places, and of those of which only a size is said."""
    places = range(first, last + 1)
    known = {str(domain) for place, domain in named.models.items() if place in places and domain is not None}
    return known | {"llm" for place, size in named.sizes.items() if place in places and size >= 1}


def _begins(named: Named, at: int) -> bool:
    """A workload, a model or its size, or serving what was trained, is named at once, or somebody wants one;
    "chat: 70B" goes on."""
    words = named.line.words
    key, ends = words[at - 1].text == ":", named.line.clause(at)[1]
    for place in range(at, min(at + BEGINS_WITHIN, ends + 1)):
        said = _said_at(named, place)
        opens = not key and bool(said & {"training", "distilling", "running"}) and place <= at + OPENS_WITHIN
        if place in named.kinds or opens or not said.isdisjoint(BEGIN):
            return True
        if not key and (place in named.models or place in named.sizes):
            return True
        if place in named.objects and place > at and not named.several:
            return False
    return _is_wanted(named, at)


def _is_wanted(named: Named, at: int) -> bool:
    """Somebody wants a workload: "the teachers want pictures"."""
    ends = named.line.sentence(at)[1]
    wants = (place for place in range(at, min(at + WANTS_WITHIN, ends + 1)) if "wanting" in _said_at(named, place))
    place = next(wants, None)
    return place is not None and bisect_left(named.heads, place) < bisect_right(named.heads, ends)


def _said_at(named: Named, place: int) -> set[str]:
    return {match.value.value for match in named.tasks.get(place, ())}
