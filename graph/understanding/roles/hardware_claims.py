"""What a shape of hardware claims: an entry of what is at hand, or the fields of what is wanted."""

from collections.abc import Iterator

from domain.workload import OwnedHardware
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.line import Line, Span
from graph.understanding.roles.cards import card_named, is_one_of_many, memory_in_name, names_of, written_memory
from graph.understanding.roles.claim import MEDIUM, Claim, Operation
from graph.understanding.roles.machines import GPU_COUNT, bounds
from graph.understanding.roles.shapes import MOST_GPUS, Shape


def owned_of(shapes: tuple[Shape, ...], index: NameIndex, ram_gb: float | None = None) -> OwnedHardware:
    """All that is said of the same cards, as one entry; `ram_gb` of the machine they are in."""
    machines = [shape.nodes for shape in shapes if shape.nodes]
    spread = [shape for shape in shapes if shape.nodes and shape.number]  # "24 V100 (6 nodes x 4)"
    counted = (shape.number for shape in spread or shapes if shape.count not in machines)
    exact = (shape.card for shape in shapes if shape.card and written_memory(shape.card))
    named, counts = next(exact, shapes[0].card), [number for number in counted if number is not None]
    nodes = next((int(shape.nodes.low) for shape in shapes if shape.nodes), None)
    memory = next((shape.memory.low for shape in shapes if shape.memory and not shape.whole), None)
    card = card_named(named, memory, index) if named else None
    if memory is None and named is not None and not is_one_of_many(named, index):
        memory = written_memory(named) or named.named[0].memory_gb
    return OwnedHardware(gpu=card, count=counts[0] if counts else None, vram_gb=memory, nodes=nodes, ram_gb=ram_gb)


def claims_of_wanted(line: Line, shape: Shape, span: Span, operation: Operation, index: NameIndex) -> Iterator[Claim]:
    """The cards, how many, in how many machines, and their memory."""
    memory = shape.memory.low if shape.memory and not shape.whole else None
    if shape.card is not None:
        use: Operation = "exclude" if shape.card.all_but and operation == "add" else operation
        for name in names_of(shape.card, memory, index):
            yield Claim("gpu.models", name, span, use)
    if operation != "add":
        return
    count = shape.count.low if shape.count else float(shape.counted or 0)
    if count.is_integer() and 1 <= count <= MOST_GPUS:
        bound, machines = shape.count.bound if shape.count else None, shape.nodes.low if shape.nodes else 1
        most = shape.count.high if shape.count else count
        for field, value in bounds(line, shape.count, count * machines, most * machines, GPU_COUNT):
            yield Claim(field, value, span)
        if shape.nodes is not None:
            at_most = "at_most" in (bound, shape.nodes.bound)
            yield Claim("gpu.max_nodes" if at_most else "gpu.min_nodes", int(shape.nodes.low), span)
    elif shape.nodes is not None:
        yield Claim("gpu.min_nodes", int(shape.nodes.low), span)
        yield Claim("gpu.min_count", int(shape.nodes.low), span, strength=MEDIUM)
    if shape.memory is not None:
        gigabytes = round(shape.memory.low, 4)
        if shape.whole:
            yield Claim("gpu.min_total_vram_gb", gigabytes, span)
        elif shape.memory.bound == "at_most":
            yield Claim("gpu.max_vram_gb", gigabytes, span)
        else:
            yield Claim("gpu.min_vram_gb", gigabytes, span)
    elif shape.card is not None and memory_in_name(shape.card):
        yield Claim("gpu.min_vram_gb", shape.card.named[0].memory_gb, span, strength=MEDIUM)
