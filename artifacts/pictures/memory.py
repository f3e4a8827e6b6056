"""What fills the memory of one GPU."""

from artifacts.notation import figure
from artifacts.pictures.canvas import Canvas, Tone
from domain.placement import MemoryProof

WIDTH, LEFT, TOP, HEIGHT = 480, 8, 34, 34
LEGEND = 2
"""Columns."""


def memory_picture(proof: MemoryProof, gpu: str, name: str = "memory") -> str:
    """A bar of all usable memory, a part for each line of the proof, and what stays free."""
    canvas = Canvas(name, WIDTH, f"Memory of one {gpu}: {figure(proof.usable_gib)} GiB usable")
    canvas.text(LEFT, 20, f"One {gpu}: {figure(proof.usable_gib)} GiB usable", bold=True)
    parts = memory_parts(proof)
    whole = max(proof.usable_gib, sum(size for _, size, _ in parts))
    x, wide = float(LEFT), WIDTH - 2 * LEFT
    for label, gib, tone in parts:
        width = wide * gib / whole if whole else 0.0
        canvas.bar(x, TOP, width, HEIGHT, tone, f"{label}: {figure(gib)} GiB")
        x += width
    if proof.needed_gib > proof.usable_gib:
        edge = LEFT + wide * proof.usable_gib / whole
        canvas.line([(edge, TOP - 6), (edge, TOP + HEIGHT + 6)], "ink", width=2)
    for number, (label, gib, tone) in enumerate(parts):
        column, row = number % LEGEND, number // LEGEND
        left, base = LEFT + column * (wide / LEGEND), TOP + HEIGHT + 24 + row * 20
        canvas.bar(left, base - 10, 12, 12, tone)
        canvas.text(left + 18, base, f"{label} {figure(gib)} GiB", size=12)
        canvas.tell(f"{label}: {figure(gib)} GiB.")
    return canvas.svg()


def memory_parts(proof: MemoryProof) -> list[tuple[str, float, Tone]]:
    """What fills it, in GiB: parts of `total_gib`, the room up to the engine's share, and what the engine leaves."""
    known: list[tuple[str, float, Tone]] = [
        ("weights", proof.weights_gib, "one"),
        ("optimizer", proof.optimizer_gib, "four"),
        ("gradients", proof.gradients_gib, "five"),
        ("activations", proof.activation_gib, "three"),
        ("overhead", proof.overhead_gib, "six"),
    ]
    rest = proof.needed_gib - sum(gib for _, gib, _ in known)
    share = proof.usable_gib * proof.memory_fraction
    parts: list[tuple[str, float, Tone]] = [
        *known,
        ("KV cache at the load", rest if proof.mode == "serve" else 0.0, "two"),
        ("room" if proof.mode != "serve" else "more KV cache", max(0.0, share - proof.needed_gib), "room"),
        ("kept from the engine", max(0.0, proof.usable_gib - max(share, proof.needed_gib)), "unused"),
    ]
    return [part for part in parts if part[1] >= 0.005]
