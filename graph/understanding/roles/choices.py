"""Things of which one is to be taken: of models "A or B" are as welcome, "A, failing that B" are tried in their order;
cards with a number of each stand against each other."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from graph.understanding.labels.sections import together
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.roles.claim import Proposal
from graph.understanding.text.words import Words

LONGEST_JOINT = 8
"""Words from one model to the next, where none says in which order they come."""
ALIKE = {"multimodal": "llm"}
"""Kinds of model that can take each other's place."""
USES = ("then", "either", "joined", "against")
"""What joins two of a list; the first that stands between them says how."""
RIVALS = ("either", "against")
"""What joins cards of which one is to be taken."""


def choices_of(line: Line) -> dict[int, int]:
    """The place of each model that is one of several to choose from, and its turn: 1 is tried first."""
    models = [(place, name) for place, name in line.names if name.kind == "model"]
    if len(models) < 2:
        return {}
    said = [*together("choices").find(line.words)]
    one_of_them = line.sentences_of(match for match in said if match.value == "one_of_them")
    behind = {match.first for match in said if match.value == "behind"}
    found: dict[int, int] = {}
    chain: list[tuple[int, str]] = [(models[0][0], "")]
    for (before, one), (after, other) in pairwise(models):
        joint = ("then" if after in behind else _joint(line, before, after)) if _alike(one, other) else ""
        if not joint:
            found |= _turns(chain, line.words[before].sentence in one_of_them)
            chain = []
        chain.append((after, joint))
    return found | _turns(chain, line.words[models[-1][0]].sentence in one_of_them)


def options_of(line: Line, won: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """So many of one card, or so many of another: "2x A100 80GB or 1x H200", "option A: 4x L4, option B: 2x L40S"."""
    counted = [one for one in won if one.hardware is not None and one.hardware.gpu and one.hardware.count]
    cards = sorted(counted, key=lambda one: min(mention.first for mention in one.mentions))
    ends = [(min(m.first for m in one.mentions), max(m.last for m in one.mentions)) for one in cards]
    apart = [
        _joint(line, bisect_right(line.lasts, last) - 1, bisect_left(line.firsts, first)) in RIVALS
        for (_, last), (first, _) in pairwise(ends)
    ]
    return tuple(one for at, one in enumerate(cards) if any(apart[max(0, at - 1) : at + 1]))


def _turns(chain: Sequence[tuple[int, str]], one_of_them: bool) -> dict[int, int]:
    """None for a list whose members are all wanted."""
    joints = {joint for _, joint in chain[1:]}
    if len(chain) < 2 or not (joints & {"either", "then"} or one_of_them):
        return {}
    turns = accumulate((joint == "then" for _, joint in chain), initial=1)
    return dict(zip((place for place, _ in chain), [*turns][1:], strict=True))


def _alike(one: Name, other: Name) -> bool:
    """Each could do what the other does, as far as is known."""
    kinds = {ALIKE.get(kind, kind) for name in (one, other) if (kind := name.named[0].domain)}
    return len(kinds) < 2


def _joint(line: Line, before: int, after: int) -> str:
    """What joins two of them: `either`, `then`, `joined`, `against`, or nothing that makes a list of them."""
    between = Words(line.words[before + 1 : after])
    matches = together("choices").longest(between)
    orders = [match for match in matches if match.value == "then"]
    of_list = matches[matches.index(orders[-1]) :] if orders else matches
    begins = orders[-1].first if orders else 0
    covered = sum(match.last - match.first + 1 for match in of_list)
    if covered < len(between) - begins or (len(between) > LONGEST_JOINT and not orders):
        return ""
    return next((use for use in USES if any(match.value == use for match in of_list)), "")
