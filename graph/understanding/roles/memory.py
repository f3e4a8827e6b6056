"""Sizes of memory beside cards: whether one is a card's, the machine's, or a figure of use. The words are in
`hardware.yaml`."""

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity

MOST_BETWEEN = 5
"""Words between a count and its card, or a card and its memory."""
WORDS_TO_MEMORY = 2
"""Words behind a figure in which it is said to be memory: "256 GB memory"."""
SMALLEST_CARD_GB, LARGEST_CARD_GB = 4.0, 400.0


def is_memory(quantity: Quantity) -> bool:
    return quantity.dimension == "bytes" and SMALLEST_CARD_GB <= quantity.low <= LARGEST_CARD_GB and not quantity.per


def is_system_memory(line: Line, place: int) -> bool:
    """ "64 GB of system RAM", "RAM 32 GB"; but "16 GB of GPU RAM" is a card's."""
    clause = line.words[place].clause
    words = [word.text for word in line.words[place : place + MOST_BETWEEN] if word.clause == clause]
    found = next((at for at, word in enumerate(words) if word in words_of("hardware", "ram")), 0)
    mentioned = any(line.mentions[at] is not None for at in range(place + 1, place + found))
    of_a_card = words_of("hardware", "cards") | words_of("hardware", "video")
    behind = found > 0 and not mentioned and not of_a_card & {*words[:found]}
    labelled = place > 1 and line.words[place - 1].text in (":", "=")
    return behind or (place > 0 and line.words[place - 1 - labelled].text in words_of("hardware", "ram"))


def is_host_memory(line: Line, place: int, quantity: Quantity) -> bool:
    """That of the machine: said to be, or behind the label "Memory:"."""
    if quantity.dimension != "bytes" or quantity.per or quantity.low < SMALLEST_CARD_GB:
        return False
    if is_system_memory(line, place):
        return True
    plain = [word.text for word in line.words[place + 1 : place + 1 + WORDS_TO_MEMORY]]
    label = [word.text for word in line.words[max(line.sentence(place)[0], place - 3) : place]]
    cards = words_of("hardware", "cards") | words_of("hardware", "video")
    labelled = label[-2:] in (["memory", ":"], ["memory", "="]) and not cards & {*label}
    return labelled or ("memory" in plain and not cards & {*plain, *label})


def _is_measured(line: Line, place: int) -> bool:
    """ "It took about 15 GB of VRAM": a figure of use, not of a card."""
    before = line.words[max(0, place - MOST_BETWEEN) : place]
    return any(w.text in words_of("hardware", "measures") and w.clause == line.words[place].clause for w in before)


def is_of_a_card(line: Line, place: int, quantity: Quantity) -> bool:
    """ "A GPU with 24 GB VRAM": a size of memory beside a word for cards or their memory, and no card by name."""
    if not is_memory(quantity) or is_system_memory(line, place) or _is_measured(line, place):
        return False
    around = range(max(0, place - MOST_BETWEEN), min(len(line.words), place + MOST_BETWEEN))
    same = [at for at in around if line.words[at].clause == line.words[place].clause]
    if any(isinstance(line.mentions[at], Name) and line.words[at].text == "<gpu>" for at in same):
        return False
    return any(line.words[at].text in words_of("hardware", "cards") or line.words[at].text == "vram" for at in same)


def is_whole(line: Line, last: int) -> bool:
    """What follows says that the memory is that of all cards together: "160 GB in total"."""
    clause = line.words[last].clause
    return any(
        word.text in words_of("hardware", "whole") and word.clause == clause for word in line.words[last + 1 : last + 3]
    )
