"""What the memory of the machine around GPUs changes, and unlike cards that hold a model together."""

from collections.abc import Sequence

from artifacts.notation import figure
from domain.offers import Gpu
from sizing.enough import Way

TAKEN = 0.9
"""Of the memory of GPUs and machine together: the rest is for the cache, activations and the system."""


def loaded_through(weights_gb: float, ram_gb: float) -> str:
    """That the weights pass through less memory than they take; empty where there is enough."""
    if ram_gb >= weights_gb:
        return ""
    weights = f"{figure(weights_gb, 0)} GB of weights"
    return (
        f"The machine's {ram_gb:g} GB of RAM hold less than the {weights}: load safetensors or GGUF files, which are "
        "mapped and copied part by part; files of pickled tensors (.bin) need as much RAM."
    )


def partly_in_memory(states: Sequence[tuple[str, float]], vram_gb: float, ram_gb: float) -> str:
    """Whether llama.cpp runs it with part of the weights in the machine's memory: the finest file that fits there."""
    both = f"{figure(vram_gb, 0)} GB of GPU memory and {ram_gb:g} GB of RAM"
    fitting = next(((label, gb) for label, gb in states if gb <= TAKEN * (vram_gb + ram_gb)), None)
    if fitting is None:
        label, least = states[-1]
        return f"With part of it in RAM neither: {both} are too few for the {figure(least, 0)} GB of {label}."
    label, gb = fitting
    beside = figure(max(gb - TAKEN * vram_gb, 0), 0)
    return (
        f"With llama.cpp it runs in {label} with about {beside} of its {figure(gb, 0)} GB of weights in RAM ({both}): "
        "every token reads those at the pace of the RAM, so one user, and slowly."
    )


def together_on(model: str, gpu: Gpu, ways: Sequence[Way], split: str) -> str:
    """The verdict on unlike cards of one machine, `gpu` all of them as one: the first way that fits, else the
    lightest."""
    total = f"{gpu.name} hold {figure(gpu.memory_gb, 0)} GB together"
    best = ways[0]
    if best.fits:
        return (
            f"Yes, together: {model} in {best.label} takes about {figure(best.states_gb, 0)} GB and {total}. llama.cpp "
            f"splits its layers over unlike cards ({split}); alone none of them holds it."
        )
    least = min(ways, key=lambda way: way.states_gb)
    return (
        f"No: {model} in {least.label} takes about {figure(least.states_gb, 0)} GB before caches and activations; "
        f"{total}, layer by layer."
    )
