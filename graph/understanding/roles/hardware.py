"""Cards by number, name and memory, and whose they are: "2x24GB", "8 x A100 80GB on AWS", "we own two A6000"."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.workload import OwnedHardware
from graph.understanding.labels.sections import numbers
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name, Quantity
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.roles.cards import memory_in_name, plain
from graph.understanding.roles.claim import ASKED_ABOUT, Claim, Operation, Proposal
from graph.understanding.roles.hardware_claims import claims_of_wanted, owned_of
from graph.understanding.roles.memory import is_host_memory, is_of_a_card, is_system_memory
from graph.understanding.roles.savings import Savings, savings_of
from graph.understanding.roles.shapes import Shape, alone, around, is_elliptical, unnamed_shape
from graph.understanding.stance.stance import Stance, Stances

NAMED, SHAPED, COUNTED = 14.0, 12.0, 11.0
"""Scores: a figure beside a card's name is about the card, whatever else stands near."""
MOST_WORDS = 4
"""Words in which the first example of a kind of card stands behind it."""
EACH_REACH, NAME_REACH, MACHINES_REACH = 3, 8, 20
"""Words from "each" to the cards, and from the machines that are counted to those in each of them."""
REACH = 4
"""Cards before, and shapes, with which what is said without a name is compared."""
OPENS_A_MACHINE = frozenset({"(", "vm", "instance", "server", "machine"})
"""What stands between a seller and the cards in his machine."""
REPLACED = "hardware replaced"
"""The role of machines that are rented today and are to cost less."""
REPLACEABLE: frozenset[Stance] = frozenset({"wanted", "asked", "at_hand"})
OPERATIONS: Mapping[Stance, Operation] = {
    "wanted": "add", "asked": "add", "excluded": "exclude", "withdrawn": "withdraw", "replaced": "drop",
}  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """A shape where it stands, with its stance."""

    shape: Shape
    stance: Stance
    score: float
    permitted: bool = False
    taken_up: bool = False
    """At hand, and wanted for this: "we have 2 A100, use them"."""

    @property
    def family(self) -> str | None:
        card = self.shape.card
        return None if card is None else card.named[0].family or plain(card.named[0].name)


@dataclass(frozen=True)
class _Group:
    """All that is said of the same cards."""

    seen: _Seen
    shapes: list[Shape]

    def takes(self, shape: Shape) -> bool:
        """Number and memory are those that were said before, as far as any were."""
        held = (self.shapes[0], *self.shapes[-REACH:])
        card = self.shapes[0].card
        memories = {one.memory.low for one in held if one.memory}
        if card is not None and not memories and card.named[0].exact and card.named[0].memory_gb:
            memories = {card.named[0].memory_gb}
        numbers = {one.number for one in held} - {None}
        told = (shape.number, shape.in_all, shape.machines)
        return (shape.memory is None or memories <= {shape.memory.low}) and (
            shape.number is None or any(numbers <= {one} for one in told)
        )


def hardware_proposals(
    line: Line,
    stances: Stances,
    index: NameIndex,
    permitted: frozenset[int] = frozenset(),
    taken_up: frozenset[int] = frozenset(),
) -> Iterator[Proposal]:
    """Every card by name, and every shape of cards without one."""
    named: list[_Seen] = []
    savings = savings_of(line)
    pays_for_power = any(word.text == "kwh" for word in line.words)
    bought = line.sentences_with(words_of("hardware", "getting"))
    for place, name in line.names:
        if name.kind == "gpu":
            stance = stances.of(place, place)
            if stance in REPLACEABLE and savings.replaces(line, place, by_name=False):
                stance = "background"
            if stance in ("wanted", "asked") and _is_illustrated(line, place, name):
                continue  # "gaming cards like the 4090": the examples say which
            spoken = around(line, place, name)
            if stance == "asked" and pays_for_power:
                stance = "at_hand"
            if not name.named[0].rented and stance == "wanted":
                told: Stance = "at_hand" if spoken.number or spoken.memory else stance
                sentence = line.words[place].sentence
                heads = line.words[place + 1 : place + 2]  # "Jetson AGX Orin 64GB: chat with a 70B, possible?"
                asks = told == stance and sentence in line.asking and not (heads and heads[0].text == ":")
                stance = "asked" if sentence in bought or asks else told
            named.append(_Seen(spoken, stance, NAMED, place in permitted, place in taken_up))
    unnamed: list[_Seen] = []
    for place, quantity in line.quantities:
        shape, stance = unnamed_shape(line, place, quantity), stances.of(place, place)
        if shape is not None:
            unnamed.append(_Seen(shape, stance, SHAPED))
        elif (held := _machines_of_each(line, named, place, quantity)) is not None:
            machines = named[held].shape
            several = machines.nodes or machines.count
            named[held] = replace(named[held], shape=replace(machines, count=quantity, nodes=several))
        elif (held := _bare_cards_of(line, named, place, quantity)) is not None:
            named[held] = replace(named[held], shape=replace(named[held].shape, nodes=quantity))
        elif quantity.noun == "them" and (held := _held_before(line, named, place)) is not None:
            named[held] = replace(named[held], shape=replace(named[held].shape, count=quantity))
        elif quantity.bound == "at_most" and quantity.noun == "gpus" and line.words[place - 1].text != "only":
            continue  # "on our cluster, at most 2 GPUs" is what may be taken of it
        elif stance == "at_hand" and (quantity.noun == "gpus" or is_of_a_card(line, place, quantity)):
            unnamed.append(_Seen(alone(place, quantity), stance, COUNTED))
        elif stance == "at_hand" and is_elliptical(line, place, quantity) and named:
            before = bisect_left(named, place, key=lambda seen: seen.shape.first) - 1
            if before >= 0 and named[before].stance == "asked":
                named[before] = replace(named[before], stance="at_hand")
            unnamed.append(_Seen(alone(place, quantity), stance, COUNTED))
    named = [_in_each(line, stances, seen) for seen in named]
    named = _of_like_machines(_counted_at_hand(named, unnamed))
    groups = list(_put_together(_in_full(_still_there(line, named)), unnamed))
    places = [seen.shape.first for seen, _ in groups if seen.stance == "at_hand"]
    rams = _memory_of_machines(line, stances, places)
    for seen, shapes in groups:
        memory = rams.get(seen.shape.first) if seen.stance == "at_hand" else None
        if memory is not None and seen.shape.card is not None and _is_its_own(line, seen.shape.card, memory, index):
            shapes, memory = (*shapes, alone(seen.shape.first, memory)), None
        yield from _of(line, seen, shapes, index, memory)
    yield from _instances(line, stances, index, savings)


def _counted_at_hand(named: Sequence[_Seen], unnamed: Sequence[_Seen]) -> list[_Seen]:
    """ "Can I use 16 A10? My GPUs, 16 in one machine": as many as are at hand, where none at hand is named."""
    mine = {seen.shape.number for seen in unnamed if seen.stance == "at_hand" and seen.shape.card is None} - {None}
    if any(seen.stance == "at_hand" for seen in named):
        mine = set()
    return [
        replace(seen, stance="at_hand") if seen.stance in ("wanted", "asked") and seen.shape.number in mine else seen
        for seen in named
    ]


def _of_like_machines(named: Sequence[_Seen]) -> list[_Seen]:
    """Machines of a card whose number in each was not said have as many as others of that card that were told of."""
    full = {seen.family: seen.shape for seen in reversed(named) if seen.shape.nodes and seen.shape.number}
    bare = {seen.family for seen in named if _is_bare_machine(seen) and seen.stance in ("wanted", "asked")}

    def like(seen: _Seen) -> _Seen:
        other = full.get(seen.family)
        if other is None or seen.family not in bare:
            return seen
        if seen.stance == "background":  # its figures are said of the others, too
            return replace(seen, shape=replace(seen.shape, count=None, memory=None))
        if not _is_bare_machine(seen):
            return seen
        memory = seen.shape.memory or other.memory
        return replace(seen, shape=replace(seen.shape, count=other.count, counted=other.counted, memory=memory))

    return [like(seen) for seen in named]


def _is_bare_machine(seen: _Seen) -> bool:
    return seen.shape.nodes is not None and seen.shape.number is None


def _memory_of_machines(line: Line, stances: Stances, held: Sequence[int]) -> Mapping[int, Quantity]:
    """The memory of the machines at hand, by the place of the cards that it stands with: those before it, else the
    first ones."""
    told: dict[int, Quantity] = {}
    for place, quantity in line.quantities:
        if held and stances.of(place, place) == "at_hand" and is_host_memory(line, place, quantity):
            told.setdefault(next((first for first in reversed(held) if first < place), held[0]), quantity)
    return told


def _is_its_own(line: Line, card: Name, memory: Quantity, index: NameIndex) -> bool:
    """A computer that nobody rents out has one memory for all; and no machine of 80 GB cards has 80 GB of memory."""
    if not card.named[0].rented:
        return True
    place = next(place for place, quantity in line.quantities if quantity == memory)
    sizes = {variant.memory_gb for variant in index.gpu_variants.get(card.named[0].family or "", ())}
    return memory.low in sizes and not is_system_memory(line, place)


def _held_before(line: Line, named: Sequence[_Seen], place: int) -> int | None:
    """Of "the 3060s we already have (11 of them)" the cards at hand that are spoken of last, where no number of them
    was said."""
    before = bisect_left(named, place, key=lambda seen: seen.shape.first) - 1
    seen = named[before] if before >= 0 else None
    same = seen is not None and line.words[seen.shape.first].sentence == line.words[place].sentence
    return before if seen is not None and same and seen.stance == "at_hand" and seen.shape.number is None else None


def _machines_of_each(line: Line, named: Sequence[_Seen], place: int, quantity: Quantity) -> int | None:
    """ "I have 4 A100 GPUs. Each GPU has 8 cards": what was counted before are machines, each of so many cards."""
    before = bisect_left(named, place, key=lambda seen: seen.shape.first) - 1
    each, counted = words_of("hardware", "each"), words_of("hardware", "nodes") | words_of("hardware", "cards")
    clause = line.words[line.clause(place)[0] : place]
    singly = any(one.text in each and of.text in counted for one, of in pairwise(clause))
    if before < 0 or not singly or quantity.noun != "gpus" or place <= named[before].shape.last:
        return None
    shape = named[before].shape
    return before if named[before].stance == "at_hand" and (shape.nodes is None) != (shape.count is None) else None


def _bare_cards_of(line: Line, named: Sequence[_Seen], place: int, quantity: Quantity) -> int | None:
    """ "I have only H100, so deploy it on two GPU servers": the cards at hand whose machines those are, where no other
    card is spoken of in the sentence and nobody said how many there are."""
    sentence = line.words[place].sentence
    near = [at for at, seen in enumerate(named) if line.words[seen.shape.first].sentence == sentence]
    bare = len(near) == 1 and named[near[0]].stance == "at_hand" and named[near[0]].shape.in_all is None
    machines = quantity.noun == "nodes" and "gpu" in quantity.words and quantity.low.is_integer()
    return near[0] if bare and machines and named[near[0]].shape.nodes is None else None


def _in_each(line: Line, stances: Stances, seen: _Seen) -> _Seen:
    """ "We have 2 servers, each with 4x L40S": the machines that are counted before it, and whose they are."""
    first = seen.shape.first
    lead = {word.text for word in line.words[max(0, first - EACH_REACH) : first]}
    if seen.shape.nodes is None and "each" in [word.text for word in line.words[seen.shape.last + 1 :][:1]]:
        return _in_named_machines(line, seen)
    if seen.shape.nodes is not None or lead.isdisjoint(words_of("hardware", "each")):
        return seen
    for place in range(first - 1, max(0, first - MACHINES_REACH) - 1, -1):
        mention = line.mentions[place]
        if isinstance(mention, Quantity) and _counts_machines(line, place, mention):
            own = stances.of(place, place) == "at_hand"
            shape = replace(seen.shape, nodes=mention)
            return replace(seen, shape=shape, stance="at_hand" if own else seen.stance)
        if isinstance(mention, Name) and mention.kind == "gpu":
            break
    return seen


def _counts_machines(line: Line, place: int, quantity: Quantity) -> bool:
    """ "Two servers", "four p5 nodes"."""
    named = any(word.text in words_of("hardware", "nodes") for word in line.words[place + 1 : place + 1 + EACH_REACH])
    return quantity.low.is_integer() and (quantity.noun == "nodes" or (quantity.dimension == "number" and named))


def _in_named_machines(line: Line, seen: _Seen) -> _Seen:
    """ "2x Dell XE9680 w/ 8x H200 each": so many of a machine that goes by its name."""
    joint = seen.shape.first - 1
    if joint < 0 or line.words[joint].text not in words_of("hardware", "node_joints"):
        return seen
    for place in range(joint - 1, max(line.sentence(joint)[0], joint - NAME_REACH) - 1, -1):
        mention = line.mentions[place]
        times = line.words[place + 1].text in words_of("hardware", "times")
        if isinstance(mention, Quantity) and times and mention.low.is_integer():
            return replace(seen, shape=replace(seen.shape, nodes=mention))
    return seen


def _seller_before(line: Line, first: int) -> Iterator[str]:
    """Whose machine the cards are in: "AWS EC2 (L40S GPU)"."""
    at = first - 1
    while at >= 0 and line.words[at].text in OPENS_A_MACHINE:
        at -= 1
    name = line.mentions[at] if 0 <= at < first - 1 else None
    if isinstance(name, Name) and name.kind == "provider" and line.words[first - 1].text == "(":
        yield name.named[0].provider or name.named[0].name


def _instances(line: Line, stances: Stances, index: NameIndex, savings: Savings) -> Iterator[Proposal]:
    """Machines of a cloud by the names they are rented by, at hand or wanted: two g5.12xlarge are eight A10G. Those
    that are to be replaced by something that costs less are neither; where they run is where it is to stay."""
    for place, name in line.names:
        term = index.instance(name.written) if name.named[0].family == "instance" else None
        stance = stances.of(place, place)
        if term is None or stance not in ("at_hand", "wanted", "asked") or _is_of_a_card(line, place):
            continue
        nodes, first, mentions = _machines_before(line, place)
        last = place
        if nodes is None:
            nodes, last, mentions = _machines_behind(line, place)
        span = line.span(first, last)
        gpu = next((gpu for gpu in index.of(form_of(term.gpu), "gpu")), None)
        card, count = gpu.name if gpu else term.gpu, term.gpu_count or None
        claims = [Claim("location.providers", term.provider, span, "add")]
        if savings.replaces(line, place, by_name=True):
            yield Proposal(REPLACED, (*mentions, name), (), NAMED)
            continue
        if stance == "at_hand":
            owned = OwnedHardware(gpu=card, count=count, vram_gb=gpu.memory_gb if gpu else None, nodes=nodes)
            claims.append(Claim("owned", owned, span, "add"))
        else:
            claims.append(Claim("gpu.models", card, span, "add"))
            claims += [Claim("gpu.min_count", count * (nodes or 1), span)] if count else []
            claims += [Claim("gpu.min_nodes", nodes, span)] if nodes else []
        yield Proposal(ASKED_ABOUT if stance == "asked" else "hardware", (*mentions, name), tuple(claims), NAMED)


def _is_of_a_card(line: Line, place: int) -> bool:
    """ "A T4 (g4dn.xlarge)", "8x V100 p3.16xlarge": the machine is another word for the card before it."""
    before = line.mentions[place - 1 - (line.words[place - 1].text == "(")] if place > 1 else None
    return isinstance(before, Name) and before.kind == "gpu"


def _machines_before(line: Line, place: int) -> tuple[int | None, int, tuple[Mention, ...]]:
    """How many of them, from which place on, and the figure that says so."""
    between, counts = words_of("hardware", "between"), numbers("hardware", "counts")
    for at in range(place - 1, max(-1, place - 1 - REACH), -1):
        mention, word = line.mentions[at], line.words[at].text
        if isinstance(mention, Quantity):
            counted = mention.low.is_integer() and mention.dimension in ("number", "count") and not mention.per
            return (int(mention.low), at, (mention,)) if counted else (None, place, ())
        if word in counts:
            return counts[word], at, ()
        if word not in between:
            break
    return None, place, ()


def _machines_behind(line: Line, place: int) -> tuple[int | None, int, tuple[Mention, ...]]:
    """How many of them, up to which place, and the figure: "g5.12xlarge node group (3 nodes)", "g5.12xlarge x 3"."""
    for at in range(place + 1, min(len(line.words), place + 1 + REACH)):
        mention, before = line.mentions[at], line.words[at - 1].text
        if isinstance(mention, Quantity):
            counts = mention.noun == "nodes" or (
                mention.dimension == "number" and before in words_of("hardware", "times")
            )
            return (int(mention.low), at, (mention,)) if counts and mention.low.is_integer() else (None, place, ())
        if mention is not None or line.words[at].text not in words_of("hardware", "pools") | words_of(
            "hardware", "times"
        ):
            break
    return None, place, ()


def _is_illustrated(line: Line, place: int, card: Name) -> bool:
    """A word for many cards, and examples of them behind it."""
    after = place + 1
    after += after < len(line.words) and line.words[after].text in (",", "(")
    examples = any(
        isinstance(other, Name) and other.kind == "gpu" for other in line.mentions[after : after + MOST_WORDS]
    )
    return len(card.named) > 1 and examples and line.words[after].text in words_of("hardware", "illustrates")


def _in_full(named: Sequence[_Seen]) -> list[_Seen]:
    """A card that was named with its memory is meant where it is named again without: "A100 80 GB ... one A100"."""
    full = {(seen.family, seen.stance) for seen in named if _has_memory(seen.shape)}

    def again(seen: _Seen) -> bool:
        shape = seen.shape
        bare = shape.number is None and not _has_memory(shape)
        return bare and seen.stance in ("wanted", "asked") and (seen.family, seen.stance) in full

    return [replace(seen, stance="background") if again(seen) else seen for seen in named]


def _has_memory(shape: Shape) -> bool:
    return shape.memory is not None or (shape.card is not None and memory_in_name(shape.card))


def _still_there(line: Line, named: Sequence[_Seen]) -> list[_Seen]:
    """A card that is at hand still is when it is spoken of again, unless more of them are wanted; one that is asked
    about still is in another question."""
    held = {(seen.family, seen.shape.number) for seen in named if seen.stance == "at_hand"}
    families, asked = ({seen.family for seen in named if seen.stance == stance} for stance in ("at_hand", "asked"))

    def again(seen: _Seen) -> Stance:
        said = {word.text for word in line.words[max(0, seen.shape.first - 1) : seen.shape.last]}
        same = (seen.family in families and seen.shape.number is None) or (seen.family, seen.shape.number) in held
        if same and seen.stance in ("wanted", "asked") and not said & words_of("hardware", "further"):
            return "at_hand"
        asking = line.words[seen.shape.first].sentence in line.asking
        still = seen.family in asked and asking and seen.stance == "wanted"
        return "asked" if still else seen.stance

    return [replace(seen, stance=again(seen)) for seen in named]


def _put_together(named: Sequence[_Seen], unnamed: Sequence[_Seen]) -> Iterator[tuple[_Seen, tuple[Shape, ...]]]:
    """What is said of cards at hand without their name goes to the card that is named before it, else to the next one,
    else to what was said without a name before: "my GPU has 48 GB ... I have two A6000"."""
    by_family: dict[str | None, _Group] = {}
    groups: list[_Group] = []
    for seen in named:
        group = by_family.get(seen.family)
        if seen.stance == "at_hand" and group is not None and group.takes(seen.shape):
            group.shapes.append(seen.shape)
        else:
            groups.append(_Group(seen, [seen.shape]))
            if seen.stance == "at_hand":
                by_family[seen.family] = groups[-1]
    held = [group for group in groups if group.seen.stance == "at_hand"]
    firsts = [group.seen.shape.first for group in held]
    nameless: list[_Group] = []
    for seen in unnamed:
        after = bisect_left(firsts, seen.shape.first)
        near = [*reversed(held[max(0, after - REACH) : after]), *held[after : after + 1], *nameless[-REACH:]]
        fitting = next((group for group in near if group.takes(seen.shape)), None)
        if seen.stance == "at_hand" and fitting is not None:
            fitting.shapes.append(seen.shape)
        elif seen.stance == "at_hand" and near and seen.score == COUNTED:
            groups.append(_Group(replace(seen, stance="background"), [seen.shape]))
        else:
            groups.append(_Group(seen, [seen.shape]))
            nameless += groups[-1:] if seen.stance == "at_hand" else []
    return ((group.seen, tuple(group.shapes)) for group in groups)


def _of(
    line: Line, seen: _Seen, shapes: tuple[Shape, ...], index: NameIndex, ram: Quantity | None = None
) -> Iterator[Proposal]:
    stance, shape = seen.stance, seen.shape
    mentions = (*(mention for one in shapes for mention in one.mentions), *((ram,) if ram else ()))
    span = line.span(shape.first, shape.last)
    claims: tuple[Claim, ...] = ()
    if stance == "at_hand":
        claims = (Claim("owned", owned_of(shapes, index, ram.low if ram else None), span, "add"),)
        claims += tuple(
            Claim("location.providers", seller, span, "add") for seller in _seller_before(line, shape.first)
        )
    elif stance not in ("background", "compared"):
        rented = stance != "asked" or shape.card is None or shape.card.named[0].rented
        operation = "permit" if seen.permitted else OPERATIONS[stance]
        claims = tuple(claims_of_wanted(line, shape, span, operation, index)) if rented else ()
    if stance == "at_hand" and seen.taken_up:
        claims += tuple(claims_of_wanted(line, shape, span, "add", index))
    role = ASKED_ABOUT if stance == "asked" else "hardware"
    told = owned_of(shapes, index) if stance in ("asked", "wanted", "compared") else None
    yield Proposal(role, mentions, claims, seen.score + 0.1 * len(mentions), told)
