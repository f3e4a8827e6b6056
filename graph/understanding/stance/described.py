"""A machine that is described part by part is there: the environment of a bug report, the parts of one's computer.

Whoever orders a machine in the same form says on which terms (a price, a seller, a place), or that it is required.
"""

from collections.abc import Iterator
from itertools import pairwise

from graph.understanding.labels.sections import groups
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.roles.memory import is_system_memory
from graph.understanding.stance.experience import is_a_choice, reporting, wishing

LABELS = frozenset({":", "="})
LONGEST_LABEL = 3
"""Words of a label: "GPU model:", "CPU(s):"."""
FEWEST_PARTS = 2
SIZES = frozenset({"bytes", "cores"})
MOST_WORDS_A_PART = 5
TERMS = frozenset({"provider", "region", "place"})


def described(line: Line, *, held: bool) -> frozenset[int]:
    """The places of the sentences that describe a machine, none where terms are set on which to get one. `held`: cards
    are at hand by other words."""
    asks_or_labels = "?" in line.words.places or not LABELS.isdisjoint(line.words.places)
    if not (held or asks_or_labels) or _sets_terms(line) or is_a_choice(line):
        return frozenset()
    sentences = _sheet(line) | _computers(line) | (_bare_lists(line) if held else frozenset())
    return frozenset(place for number in sentences for place in _places(line, number)) | _labelled(line)


def _places(line: Line, sentence: int) -> Iterator[int]:
    first, last = line.sentence_places[sentence]
    yield from range(first, last + 1)


def _sets_terms(line: Line) -> bool:
    named = any(isinstance(mention, Name) and mention.kind in TERMS for mention in line.mentions)
    paid = any(quantity.dimension == "money" for _, quantity in line.quantities)
    labelled = (word for word, sign in pairwise(line.words) if sign.text in LABELS)
    return named or paid or any(word.text in words_of("hardware", "required") for word in labelled)


def _sheet(line: Line) -> frozenset[int]:
    """The sentences that begin with the label of a part, where at least two parts are labelled."""
    parts: dict[int, str] = {}
    for place, word in enumerate(line.words):
        if word.text in LABELS and (part := _part_before(line, place)) is not None:
            parts[word.sentence] = part
    return frozenset(parts) if len({*parts.values()}) >= FEWEST_PARTS else frozenset()


def _bare_lists(line: Line) -> frozenset[int]:
    """The sentences that are nothing but cores and sizes of memory or disks: of the machine that was spoken of."""
    return frozenset(number for number in line.sentence_places if _is_bare_list(line, number))


def _is_bare_list(line: Line, sentence: int) -> bool:
    places = list(_places(line, sentence))
    sizes = [m for at in places if isinstance(m := line.mentions[at], Quantity) and m.dimension in SIZES]
    said = sum(line.words[at].text.isalpha() for at in places)
    return bool(sizes) and said <= MOST_WORDS_A_PART * len(sizes) and line.words[places[-1]].text != "?"


def _labelled(line: Line) -> frozenset[int]:
    """What stands behind a label of the whole machine to the end of its sentence, in a message that asks: "hardware:
    8 x V100"."""
    if "?" not in line.words.places:
        return frozenset()
    told: set[int] = set()
    for place, (word, sign) in enumerate(pairwise(line.words)):
        if sign.text in LABELS and word.text in words_of("hardware", "machine_labels"):
            told.update(range(place + 1, line.sentence(place)[1] + 1))
    return frozenset(told)


def _part_before(line: Line, sign: int) -> str | None:
    """The part of a computer whose label the sign ends."""
    first = max(line.sentence(sign)[0], sign - LONGEST_LABEL)
    for word in reversed(line.words[first:sign]):
        found = next((part for part, words in groups("hardware", "parts").items() if word.text in words), None)
        if found is not None:
            return found
    return None


def _computers(line: Line) -> frozenset[int]:
    """The statements that tell of cards and of the computer they are in, in a message that also asks."""
    apart = wishing(line) - reporting(line)
    if "?" not in line.words.places:
        return frozenset()
    cards = {line.words[place].sentence for place, name in line.names if name.kind == "gpu"}
    cards |= {line.words[place].sentence for place, quantity in line.quantities if quantity.noun == "gpus"}
    return frozenset(number for number in cards - apart if _tells_of_a_computer(line, number))


def _tells_of_a_computer(line: Line, sentence: int) -> bool:
    places = list(_places(line, sentence))
    inside = any(
        line.words[at].text in words_of("hardware", "computers")
        and line.words[at - 1].text in words_of("hardware", "inside")
        for at in places[1:]
    )
    memory = any(
        isinstance(mention := line.mentions[at], Quantity)
        and mention.dimension == "bytes"
        and is_system_memory(line, at)
        for at in places
    )
    return inside or memory
