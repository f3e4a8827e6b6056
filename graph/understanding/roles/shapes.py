"""Shapes of hardware: how a count, a card, a memory and machines stand together in a line. The words are in
`hardware.yaml`."""

from dataclasses import dataclass, replace

from graph.understanding.labels.sections import numbers
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.mentions.units import bounds
from graph.understanding.roles.memory import MOST_BETWEEN, is_memory, is_system_memory, is_whole

MOST_GPUS = 10_000
LARGEST_UNIFIED_GB = 1024
MOST_REBUILT = 4
"""How many times the memory that it was sold with a card holds at most."""
WORDS_TO_MACHINES, WORDS_TO_CARDS = 4, 6
"""Words from cards to the machines they are in, and from machines to the cards in each of them."""


@dataclass(frozen=True)
class Shape:
    """What is said of one kind of card in one place."""

    first: int
    last: int
    card: Name | None = None
    count: Quantity | None = None
    counted: int | None = None
    memory: Quantity | None = None
    nodes: Quantity | None = None
    whole: bool = False
    """The memory is that of all cards together."""
    said: Quantity | None = None
    """How many cards were said to be in all machines together."""

    @property
    def number(self) -> int | None:
        """How many cards."""
        return int(self.count.low) if self.count else self.counted

    @property
    def machines(self) -> int | None:
        """In how many machines."""
        return int(self.nodes.low) if self.nodes else None

    @property
    def in_all(self) -> int | None:
        """How many cards over all machines."""
        return int(self.number * self.nodes.low) if self.number and self.nodes else self.number

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(part for part in (self.card, self.count, self.said, self.memory, self.nodes) if part is not None)


def around(line: Line, place: int, card: Name) -> Shape:
    """The count before or behind the card, its memory, and the machines it stands in."""
    first = last = place
    count, counted, memory, nodes, said, whole = None, None, None, None, None, False
    before = _quantity_before(line, place)
    if before is not None and is_memory(before[1]):  # "2 x 80 GB A100", "24GB 3090"
        memory, first = before[1], before[0]
        before = _quantity_before(line, first)
    if before is not None and (_is_count(before[1]) or _multiplies(line, *before)):
        count, first = before[1], before[0]
    elif place and line.words[place - 1].text in numbers("hardware", "counts"):
        counted, first = numbers("hardware", "counts")[line.words[place - 1].text], place - 1
    elif (
        place > 1
        and line.words[place - 1].text in words_of("hardware", "between")
        and line.words[place - 2].text in numbers("hardware", "counts")
    ):
        counted, first = numbers("hardware", "counts")[line.words[place - 2].text], place - 2
    if memory is None:
        behind = _memory_behind(line, place)
        if behind is not None:
            last, memory, whole = behind
    if count is None and counted is None:
        behind_count = _count_behind(line, last)
        if behind_count is not None:
            last, count = behind_count
    node = _nodes_before(line, first) or _times_before(line, first)
    node = node or (_bare_nodes_before(line, first, last) if count is not None else None)
    sold_with = _cards_of_appliance(line, place)
    if node is not None:
        first, nodes = node
        lead = _cards_before_nodes(line, first) if count is None and counted is None else None
        if lead is not None:
            first, count, said = lead[0], _of_each(lead[1], nodes), lead[1]
    elif sold_with is not None:  # "a DGX H100", "two DGX A100"
        count, counted, nodes = None, sold_with, count
    elif count is not None and count.dimension == "number" and first < place and _is_of_machines(line, first, last):
        count, nodes, last = None, count, last + 1
    if nodes is None and (behind_nodes := _nodes_behind(line, last)) is not None:
        last, nodes = behind_nodes
        count, said = count and _of_each(count, nodes), count
    if count is None and counted is None and nodes is not None and (inside := _in_each_of_them(line, last)) is not None:
        last, count, memory = inside[0], inside[1], inside[2] or memory
    if count is not None and count.bound is None:  # "two L4 max": what follows the card bounds their number
        after = bounds("after").at(line.words, last + 1)
        count = replace(count, bound=after.value) if after else count
        last = after.last if after else last
    return Shape(first, last, card, count, counted, memory, nodes, whole, said)


def _cards_of_appliance(line: Line, place: int) -> int | None:
    """How many cards a machine has that goes by the name of what is sold with them."""
    return numbers("hardware", "appliances").get(line.words[place - 1].text) if place else None


def _multiplies(line: Line, at: int, quantity: Quantity) -> bool:
    """ "On a machine (8 x T4)": what the sign stands behind is the number of cards, whatever is named before it."""
    times = at + 1 < len(line.words) and line.words[at + 1].text in words_of("hardware", "times")
    whole = quantity.low.is_integer() and 1 <= quantity.low <= MOST_GPUS
    return times and whole and quantity.dimension == "count" and quantity.noun == "nodes" and not quantity.per


def _is_of_machines(line: Line, first: int, last: int) -> bool:
    """ "Two A100 nodes" are two machines; "8x A100 nodes" have eight each."""
    after = line.words[last + 1].text if last + 1 < len(line.words) else ""
    return (
        words_of("hardware", "times").isdisjoint(line.said(first, last))
        and after.endswith("s")
        and after in words_of("hardware", "nodes")
        and after not in ("instances", "systems")
    )


def _quantity_before(line: Line, place: int) -> tuple[int, Quantity] | None:
    """The figure that stands before, over words such as "x" and "NVIDIA"."""
    for at in range(place - 1, max(-1, place - 1 - MOST_BETWEEN), -1):
        mention = line.mentions[at]
        if isinstance(mention, Quantity):
            return (at, mention) if line.words[at].sentence == line.words[place].sentence else None
        covered = _covering(line, at)
        if covered is not None:
            return covered
        if line.words[at].text not in words_of("hardware", "between"):
            return None
    return None


def _covering(line: Line, at: int) -> tuple[int, Quantity] | None:
    """The quantity whose unit or noun stands at this place: the "gb" of "80 gb"."""
    for start in range(at - 1, max(-1, at - 4), -1):
        mention = line.mentions[start]
        if isinstance(mention, Quantity):
            return (start, mention) if mention.last >= line.lasts[at] else None
        if mention is not None:
            return None
    return None


def _memory_behind(line: Line, place: int) -> tuple[int, Quantity, bool] | None:
    """ "A100 (80 GB)", "A100 with 80 GB each", "A100 80": a bare figure that is the memory of one of its variants."""
    card = line.mentions[place]
    for at in range(place + 1, min(len(line.words), place + 1 + MOST_BETWEEN)):
        mention = line.mentions[at]
        if isinstance(mention, Quantity):
            of_it = is_memory(mention) and not _is_beyond(card, mention)
            if (of_it or _is_unified(card, mention)) and not is_system_memory(line, at):
                last = at
                while last + 1 < len(line.lasts) and line.lasts[last + 1] <= mention.last:
                    last += 1
                return last, mention, is_whole(line, last)
            if (
                _is_count(mention)
                and at + 1 < len(line.words)
                and line.words[at + 1].text in words_of("hardware", "times")
            ):
                continue  # "16 x A10 (16 x 24 GB)": the number once more
            return None
        again = isinstance(line.mentions[at - 1], Quantity) and line.words[at].text in words_of("hardware", "times")
        if mention is not None or not (again or line.words[at].text in words_of("hardware", "memory_joints")):
            return None
        if line.words[at].sentence != line.words[place].sentence or card is None:
            return None
    return None


def _is_beyond(card: Mention | None, quantity: Quantity) -> bool:
    """More than a card can be rebuilt to hold: the "256G memory" of "8 * 4090, 256G memory" is the machine's."""
    own = card.named[0].memory_gb if isinstance(card, Name) and card.named[0].rented else None
    return own is not None and quantity.low > MOST_REBUILT * own


def _is_unified(card: Mention | None, quantity: Quantity) -> bool:
    """The memory of a computer that its graphics share may be larger than a card's: "Mac Studio with 512GB"."""
    whole = isinstance(card, Name) and not card.named[0].rented
    return whole and quantity.dimension == "bytes" and quantity.low <= LARGEST_UNIFIED_GB and not quantity.per


def _count_behind(line: Line, place: int) -> tuple[int, Quantity] | None:
    """ "A100 x 8", "H100 (4)", "L4 * 2"."""
    at = place + 1
    if at < len(line.words) and line.words[at].text in ("s",):
        at += 1
    if at + 1 >= len(line.words):
        return None
    sign, mention = line.words[at].text, line.mentions[at + 1]
    if not isinstance(mention, Quantity):
        return None
    after = line.words[at + 2].text if at + 2 < len(line.words) else ""
    in_one = mention.noun == "nodes" and after in words_of("hardware", "a_machine")  # "an A100*8 machine"
    if not in_one and (not _is_count(mention) or mention.dimension != "number"):
        return None
    closed = at + 2 < len(line.words) and line.words[at + 2].text == ")"
    if sign in words_of("hardware", "times") or (sign == "(" and closed):
        return at + 1 + (sign == "("), mention
    return None


def _times_before(line: Line, first: int) -> tuple[int, Quantity] | None:
    """The machines of "2*8*80G H100": what the number of cards in each is multiplied by."""
    if first < 2 or line.words[first - 1].text not in words_of("hardware", "times"):
        return None
    mention = line.mentions[first - 2]
    bare = isinstance(mention, Quantity) and mention.dimension == "number" and _is_count(mention)
    return (first - 2, mention) if bare and isinstance(mention, Quantity) else None


def _bare_nodes_before(line: Line, first: int, last: int) -> tuple[int, Quantity] | None:
    """ "2 8*H100 nodes": a number right before the number of cards in each."""
    mention = line.mentions[first - 1] if first else None
    after = line.words[last + 1].text if last + 1 < len(line.words) else ""
    if not isinstance(mention, Quantity) or mention.dimension != "number" or not _is_count(mention):
        return None
    return (first - 1, mention) if after in words_of("hardware", "nodes") else None


def _nodes_before(line: Line, first: int) -> tuple[int, Quantity] | None:
    """ "2 nodes with 8 x H100 each"."""
    for at in range(first - 1, max(-1, first - 1 - MOST_BETWEEN), -1):
        covered = _covering(line, at)
        if covered is not None:
            return covered if covered[1].noun == "nodes" and covered[1].low.is_integer() else None
        if line.mentions[at] is not None or line.words[at].text not in words_of("hardware", "node_joints"):
            return None
    return None


def _cards_before_nodes(line: Line, first: int) -> tuple[int, Quantity] | None:
    """The number of "16 GPUs in one machine, A10 24 GB each", said before the card."""
    for at in range(first - 1, max(-1, first - 1 - WORDS_TO_MACHINES), -1):
        covered = _covering(line, at)
        if covered is not None:
            return covered if covered[1].noun == "gpus" and _is_count(covered[1]) else None
        if line.words[at].text not in words_of("hardware", "placed"):
            return None
    return None


def _nodes_behind(line: Line, last: int) -> tuple[int, Quantity] | None:
    """ "16 GPUs in one machine", "48 cards over 6 nodes"."""
    for at in range(last + 1, min(len(line.words), last + 1 + WORDS_TO_MACHINES)):
        mention = line.mentions[at]
        if isinstance(mention, Quantity):
            machines = mention.noun == "nodes" and mention.low.is_integer() and not mention.per
            return (at, mention) if machines and at > last + 1 else None
        if mention is not None or line.words[at].text not in words_of("hardware", "placed"):
            return None
    return None


def _of_each(cards: Quantity, nodes: Quantity) -> Quantity:
    """ "16 GPUs in 2 nodes" are eight in each; what cannot be shared out evenly is left as it was said."""
    each = cards.low / nodes.low
    return replace(cards, low=each, high=each) if each.is_integer() else cards


def _in_each_of_them(line: Line, last: int) -> tuple[int, Quantity, Quantity | None] | None:
    """How many cards a machine has that were named as machines, and their memory: "four A100 nodes, each with 8 80GB
    GPUs"."""
    counted: tuple[int, Quantity] | None = None
    for at in range(last + 1, min(len(line.words), last + 1 + WORDS_TO_CARDS)):
        mention = line.mentions[at]
        if isinstance(mention, Quantity):
            if counted is None and _is_count(mention):
                counted = (at, mention)
                if mention.noun == "gpus":
                    break
                continue
            memory = mention if counted and is_memory(mention) else None
            return (at, counted[1], memory) if counted and memory is not None else None
        if mention is not None or line.words[at].text not in words_of("hardware", "node_joints") | {"each"}:
            break
    return (counted[0], counted[1], None) if counted and counted[1].noun == "gpus" else None


def unnamed_shape(line: Line, place: int, quantity: Quantity) -> Shape | None:
    """ "2x24GB", "8 GPUs with 80 GB each", "two 48 GB cards"."""
    if not _is_count(quantity):
        return None
    last = place
    while last + 1 < len(line.lasts) and line.lasts[last + 1] <= quantity.last:
        last += 1
    cards = quantity.noun == "gpus"
    joints = words_of("hardware", "memory_joints") | words_of("hardware", "between")
    for at in range(last + 1, min(len(line.words), last + 1 + MOST_BETWEEN)):
        mention = line.mentions[at]
        if isinstance(mention, Quantity):
            if not is_memory(mention):
                return None
            end = at
            while end + 1 < len(line.lasts) and line.lasts[end + 1] <= mention.last:
                end += 1
            times = at == last + 2 and line.words[last + 1].text in words_of("hardware", "times")
            whole = is_whole(line, end)
            each = any(word.text in ("each", "apiece") for word in line.words[end + 1 : end + 2])
            if cards or times or each or mention.noun == "gpus":
                return _with_nodes(line, Shape(place, end, count=quantity, memory=mention, whole=whole))
            break
        if mention is not None or line.words[at].text not in joints:
            break
    times = place > 1 and line.words[place - 1].text in words_of("hardware", "times")
    shape = _with_nodes(line, Shape(place, last, count=quantity)) if cards or times else None
    return shape if shape is not None and shape.nodes is not None else None


def _with_nodes(line: Line, shape: Shape) -> Shape:
    """ "3 nodes x 8 GPUs"."""
    node = _nodes_before(line, shape.first)
    if node is None and shape.memory is not None:  # "2*8*80G"
        node = _times_before(line, shape.first)
    if node is not None:
        return replace(shape, first=node[0], nodes=node[1])
    behind = _nodes_behind(line, shape.last)
    if behind is None:
        return shape
    count = shape.count and _of_each(shape.count, behind[1])
    return replace(shape, last=behind[0], nodes=behind[1], count=count, said=shape.count)


def _is_count(quantity: Quantity) -> bool:
    counts = quantity.dimension == "number" or (quantity.dimension == "count" and quantity.noun == "gpus")
    whole = quantity.low.is_integer() and 1 <= quantity.low <= MOST_GPUS
    return counts and whole and not quantity.magnitude and not quantity.per


def is_elliptical(line: Line, place: int, quantity: Quantity) -> bool:
    """ "I only have one.", "I have four of them": so many of the card that was spoken of."""
    after = line.words[place + 1].text if place + 1 < len(line.words) else "."
    had = place > 0 and line.words[place - 1].text in words_of("hardware", "having")
    closes = quantity.dimension == "number" and not (after[0].isalnum() or after[0] == "<")
    return (_is_count(quantity) and had and closes) or (quantity.noun == "them" and quantity.low.is_integer())


def alone(place: int, quantity: Quantity) -> Shape:
    """ "My 24GB card", "we have four GPUs"."""
    if quantity.dimension == "bytes":
        return Shape(place, place, memory=quantity)
    return Shape(place, place, count=quantity)
