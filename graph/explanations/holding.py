"""Answers about memory: the proof that it fits, a card that is only described, and what makes the price."""

import math

from artifacts.markdown import runs
from artifacts.notation import bullets, code, count, figure, plain, rate
from artifacts.proof import fit_in_one_line, proof_table
from domain.placement import MemoryProof, PlacementOption
from graph.explanations.cards import card_gb, on_card
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.wording import costs, name, priced

SAME_SIZE = 0.05
"""Share of its memory by which two cards are of one size."""
MOST_ALIKE = 3


def memory(standing: Standing) -> str:
    """The memory proof of the recommendation asked about; of what it names, whether it fits."""
    if standing.alternatives and not standing.counted():
        return "\n\n".join(instead(standing, alternative) for alternative in standing.alternatives)
    item = standing.one()
    option = item.option
    if (gb := card_gb(standing.question)) is not None and option.proof is not None and option.offer.gpu is not None:
        return _on_such_a_card(standing, option, option.proof, gb)
    if option.proof is None:
        return f"Number {item.rank}, **{name(option)}**, has no accelerator memory to prove: it runs on CPU."
    head = f"Memory of number {item.rank}, **{name(option)}**, running {runs(option)}:"
    fits = f"Yes: it {fit_in_one_line(option.proof)}.\n\n" if standing.closed else ""
    return f"{fits}{head}\n\n{proof_table(option.proof)}"


def _on_such_a_card(standing: Standing, option: PlacementOption, proof: MemoryProof, gb: float) -> str:
    """Whether what one GPU of the plan holds would fit a card of so many GB, and the options on cards of that size."""
    head = f"What one GPU of number 1 holds, {runs(option)}, {on_card(proof, gb)}."
    alike = [
        other
        for other in standing.placement.options
        if other.offer.gpu is not None and abs(other.offer.gpu.memory_gb - gb) <= SAME_SIZE * gb
    ]
    listed = bullets(f"{plain(other.label)}: {priced(other)}; {_breaks(other)}" for other in alike[:MOST_ALIKE])
    if listed:
        return f"{head}\n\nOptions of this plan on such cards:\n\n{listed}"
    return f"{head} No option of this plan is on a card of that size: name one (“why not H100?”) to have it placed."


def _breaks(option: PlacementOption) -> str:
    broken = ", ".join(f"{broken.words} ({broken.rule})" for broken in option.breaks)
    return f"it breaks {plain(broken)}" if broken else "it keeps every rule"


def why_so_much(standing: Standing) -> str | None:
    """What makes the price: the weights, the cards that they need, and what those rent for."""
    option = standing.one().option
    if option.proof is None or option.offer.gpu is None or option.is_own:
        return None
    weights = (line for line in option.proof.lines if line.label.lower().startswith("weights"))
    lines = [f"{plain(w.label)} on each GPU: {code(w.formula)} = {figure(w.value, 1)} GiB" for w in weights]
    gpu = option.offer.gpu
    per_card, proof = option.price_per_hour_usd / max(1, option.gpus), option.proof
    lines += [
        f"with cache and room to work {figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} GiB on each of "
        f"{count(option.gpus, 'GPU')} ({plain(gpu.name)})",
        f"{option.gpus} × {rate(per_card)} = {rate(option.price_per_hour_usd)} an hour, {costs(option)}",
    ]
    if option.replicas > 1:
        lines.append(f"{count(option.replicas, 'replica')}: the load or the availability needs more than one copy")
    return f"Because of the memory and the hours it takes:\n\n{bullets(lines)}"


def why_so_many(standing: Standing) -> str | None:
    """What the number of GPUs comes from: memory of one copy, what one GPU holds, how the machine is sold, copies."""
    item = standing.one()
    option, gpu = item.option, item.option.offer.gpu
    if gpu is None or option.proof is None:
        return None
    proof, copies = option.proof, max(1, option.replicas)
    split = proof.tensor_parallel * proof.pipeline_parallel if proof.mode == "serve" else option.gpus
    card = plain(gpu.name)
    lines = []
    if proof.mode == "serve":
        whole = proof.weights_gib * split
        lines.append(
            f"the weights of one copy are {figure(whole, 1)} GiB, and one {card} holds {figure(proof.usable_gib, 1)} "
            f"GiB of what may be used: they alone take {count(max(1, math.ceil(whole / proof.usable_gib)), 'GPU')}"
        )
        asked = f" for {count(proof.concurrency, 'request')} at a time" if proof.concurrency else ""
        lines.append(
            f"with the cache{asked} and room to work it is {figure(proof.needed_gib, 1)} of "
            f"{figure(proof.usable_gib, 1)} GiB on each of {count(split, 'GPU')} of a copy"
        )
    else:
        lines.append(
            f"weights, optimizer and activations take {figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} "
            f"GiB on each of {count(option.gpus, 'GPU')}"
        )
    if option.job_hours is not None and option.gpus > 1:
        lines.append(
            f"the work is about {figure(option.job_hours * option.gpus, 0)} GPU hours: on {option.gpus} it takes "
            f"{figure(option.job_hours, 1)} h, on one about {figure(option.job_hours * option.gpus, 0)} h"
        )
    if copies > 1:
        lines.append(f"{copies} copies: the load or the availability asks for more than one")
    if (option.offer.gpu_count or 1) > 1:
        lines.append(f"{code(option.offer.instance_type)} is sold with {option.offer.gpu_count} of them")
    fewer = [other for other in standing.placement.options if 0 < other.gpus < option.gpus]
    lines += [f"with fewer, {plain(o.label)}: {count(o.gpus, 'GPU')}, {priced(o)}; {_breaks(o)}" for o in fewer[:2]]
    head = f"Number {item.rank} has {count(option.gpus, 'GPU')}, {option.gpus} × {card}:"
    return f"{head}\n\n{bullets(lines)}"
