"""The hardware that a question is about: at hand, or named by its subjects."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from catalog.reference import Reference
from domain.base import Frozen
from domain.offers import Gpu
from domain.workload import OwnedHardware
from graph.asked_about import by_memory
from graph.asked_verdict import Asked
from graph.at_hand import gpu_of, owned_machines
from graph.context import ArchitectContext

_PLURAL = re.compile(r"\d{2,4}s\b")
"""H100s, 4090s: so many as it takes, not one."""
_BARE = re.compile(r"\d{4}\b")
"""A card's number alone, which is its name after an article."""
_MEMORY = re.compile(r"(\d{1,3})\s?gb\b", re.IGNORECASE)


class Hardware(Frozen):
    """So many of one GPU, asked about or at hand, `machine` of them in one machine where that is known. `by_memory`:
    any card with as much memory."""

    gpu: Gpu
    count: int
    by_memory: bool = False
    machine: int | None = None


async def hardware_of(context: ArchitectContext, asked: Asked, reference: Reference) -> tuple[Hardware, ...]:
    """What is at hand; else what the subjects of the question or the constraints name."""
    spec = asked.spec
    if spec.owned:
        held = owned_machines(spec, reference)
        unnamed = {gpu.name for one in spec.owned if one.gpu is None and (gpu := by_memory(one.vram_gb, reference))}
        return tuple(
            Hardware(
                gpu=offer.gpu,
                count=offer.gpu_count * nodes,
                machine=offer.gpu_count,
                by_memory=offer.gpu.name in unnamed,
            )
            for offer, nodes in held
            if offer.gpu is not None
        )
    if found := tuple(_asked(asked.question.hardware, reference)):
        return found
    subjects = [await of_subject(context, subject) for subject in asked.question.subjects]
    if found := _known(chain.from_iterable(subjects), reference):
        return found
    wish = spec.gpu
    said = spec.evidence.get("gpu.models")
    if wish.min_count is None and said is not None and _PLURAL.search(said.quote):
        return ()
    if not wish.models and wish.min_vram_gb is not None:
        return _known(((None, wish.min_vram_gb, wish.min_count or 1),), reference)
    return _known(((name, None, wish.min_count or 1) for name in wish.models), reference)


def _asked(cards: Iterable[OwnedHardware], reference: Reference) -> Iterator[Hardware]:
    """Those whose number or machines were said, as they were said; a card alone may stand for any number of it."""
    for held in cards:
        gpu = gpu_of(held.gpu, reference, held.vram_gb) if held.gpu else by_memory(held.vram_gb, reference)
        if gpu is not None and held.count is not None:
            nodes = held.nodes or 1
            machine = held.count if held.nodes else None
            yield Hardware(gpu=gpu, count=held.count * nodes, by_memory=held.gpu is None, machine=machine)


async def of_subject(context: ArchitectContext, subject: str) -> list[tuple[str | None, float | None, int]]:
    """The GPUs that the words of a subject name, as a wish for them would be read; a card may be told by its memory."""
    wish = (await context.grammar.read_alone(f"use {as_named(subject)}")).spec.gpu
    if wish.min_count is None and _PLURAL.search(subject):
        return []
    count = wish.min_count or 1
    if not wish.models and (memory := wish.min_vram_gb or wish.min_total_vram_gb):
        return [(None, memory, count)]
    if not wish.models and (written := _MEMORY.match(subject)) is not None:
        return [(None, float(written[1]), 1)]
    return [(name, None, count) for name in wish.models]


def as_named(subject: str) -> str:
    """With the article that makes a number a card's, as it stood in the question."""
    return f"a {subject}" if _BARE.match(subject) else subject


def _known(named: Iterable[tuple[str | None, float | None, int]], reference: Reference) -> tuple[Hardware, ...]:
    found = []
    for name, memory, count in named:
        gpu = gpu_of(name, reference, memory) if name else by_memory(memory, reference)
        if gpu is not None:
            found.append(Hardware(gpu=gpu, count=count, by_memory=name is None))
    return tuple(found)
