"""How far a cue bears: over its clause, over the members of a list, through brackets and lists of hardware."""

from collections.abc import Iterable

from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity

JOINTS = frozenset(
    {",", "and", "or", "nor", "/", "&", "+", "|", "s", "the", "an", "a", "any", "not", "no", "on", "in", "either"}
)
"""What may stand between the members of one list."""
HARDWARE = frozenset({"bytes", "cores"})
OPENS_A_MEMBER = frozenset(
    {"(", ")", ",", "and", "with", "each", "both", "an", "a", "of", "ram", "vram", "memory"}
    | {"gpu", "gpus", "my", "our", "computer"}
)
"""Words before the first figure or card in the next member of a list of hardware."""
MACHINES = frozenset(
    {"server", "workstation", "machine", "box", "pc", "laptop", "desktop", "rig", "computer", "system", "setup"}
)
"""What is said to have something has the members of the list that follows, too."""
ENDS_A_LIST = frozenset({"and", "or", "nor", "&", "/"})
MOST_OPENING = 6
"""Words before the figure or card that a member of a list of hardware begins with."""


def ahead(line: Line, start: int, limit: int, *, corrects: bool) -> int:
    """To the end of the clause or the next cue; on over the commas of a list that goes on with the same kind of name.

    `corrects`: of "not Azure, OCI" the second is what is meant instead, unless the list ends in an "and".
    """
    at = start
    while at < limit and (at == start or line.words[at].clause == line.words[at - 1].clause or _goes_on(line, at)):
        at += 1
    if corrects and not any(word.text in ENDS_A_LIST for word in line.words[start:at]):
        at = min(at, line.clause(start)[1] + 1) if start < len(line.words) else at
    return at


def back(line: Line, end: int, limit: int) -> int:
    """Back to the beginning of the clause; further back over the commas of a list whose last member an "and" joins."""
    at, joined = end, False
    while at > limit and (
        at == end or line.words[at - 1].clause == line.words[at].clause or (joined and _goes_on(line, at))
    ):
        at -= 1
        joined = joined or line.words[at].text in ENDS_A_LIST
    return at


def further(line: Line, first: int, last: int, end: int, limit: int, *, throughout: bool, heads: bool) -> int:
    """Past the end of a cue's clause: to the end of the sentence, or through what stands in brackets behind it and over
    the members of a list of hardware: "I have a T4 (16 GB), 64 GB RAM".

    `heads`: where the cue ends in a colon, it bears on all that follows but bounds.
    """
    opened = 0
    headed = heads and line.words[last].text == ":"
    lists = throughout or line.words[last].text in (":", "=") or _is_hardware(line, first, end)
    lists = lists or any(word.text in MACHINES for word in line.words[first:end])
    while 0 < end < limit and line.words[end].sentence == line.words[last].sentence:
        before = line.words[end - 1]
        opened += (before.text == "(") - (before.text == ")")
        begins = line.words[end].clause != before.clause
        goes_on = (headed and not _is_bounded(line, end)) or (lists and _opens_hardware(line, end))
        if begins and not throughout and opened <= 0 and not goes_on:
            break
        end += 1
    return end


def _is_bounded(line: Line, at: int) -> bool:
    """The clause that begins here sets a bound: "our cluster: 6 nodes, our quota is 12 GPUs"."""
    return any(
        isinstance(mention, Quantity) and mention.bound in ("at_least", "at_most")
        for mention in line.mentions[at : line.clause(at)[1] + 1]
    )


def _goes_on(line: Line, at: int) -> bool:
    """A new clause begins here, but it is the next member of a list: a name behind a comma that follows a name, with
    nothing said of it."""
    before, onwards = range(at - 1, max(-1, at - 4), -1), range(at, min(len(line.words), at + 4))
    last, here = _name_along(line, before), _name_along(line, onwards)
    if last is None or here is None or last.kind != here.kind or line.words[at].sentence != line.words[at - 1].sentence:
        return False
    after = line.place_of[here] + 1
    following = line.words[after].text if after < len(line.words) else "."
    return not following[0].isalnum() or following in JOINTS


def _name_along(line: Line, places: Iterable[int]) -> Name | None:
    """The first name on the way, with nothing but joints before it."""
    for place in places:
        mention = line.mentions[place]
        if isinstance(mention, Name):
            return mention
        if line.words[place].text not in JOINTS:
            return None
    return None


def _is_hardware(line: Line, first: int, end: int) -> bool:
    """A card, a size of memory or a number of cores stands there."""
    return any(
        mention.kind == "gpu"
        if isinstance(mention, Name)
        else mention.dimension in HARDWARE or mention.noun in ("gpus", "nodes")
        for mention in line.mentions[first:end]
        if mention is not None
    )


def _opens_hardware(line: Line, at: int) -> bool:
    """Hardware is what the clause that begins here begins with."""
    last = min(at + MOST_OPENING, len(line.words))
    while at < last and line.mentions[at] is None and line.words[at].text in OPENS_A_MEMBER:
        at += 1
    counts = at < len(line.words) and isinstance(line.mentions[at], Quantity) and line.words[at].text == "<n>"
    return _is_hardware(line, at, at + 1) or (counts and _is_hardware(line, at, at + 3))
