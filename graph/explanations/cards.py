"""Whether the workload fits a card that a question only describes."""

import re

from artifacts.notation import figure
from domain.placement import MemoryProof

_GB = re.compile(r"(\d+(?:\.\d+)?) ?g(?:i?b|igs?)\b", re.I)


def card_gb(question: str) -> float | None:
    """The memory of a card as the question says it."""
    said = _GB.search(question)
    return float(said[1]) if said else None


def on_card(proof: MemoryProof, gb: float, copies: int = 1) -> str:
    """Whether so many copies of the workload fit a card of so many GB, with the arithmetic."""
    needed, room = copies * proof.total_gib, gb * proof.memory_fraction
    verb = "need" if copies > 1 else "needs"
    times = f"{copies} × {figure(proof.total_gib, 2)} = " if copies > 1 else ""
    fits = "it fits by memory" if needed <= room else "it does not fit"
    return (
        f"{verb} {times}{figure(needed, 2)} GiB, and of {figure(gb)} GB the engine may use {figure(gb)} × "
        f"{figure(proof.memory_fraction, 2)} = {figure(room, 2)}: {fits}"
    )
