"""Answers to "what is X?": the term, and what this plan has of it; a model, a card or a chart by its row."""

from collections.abc import Callable, Sequence

from artifacts.notation import bullets, code, count, figure, link, plain
from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.glossary import Term, terms_in
from graph.explanations.parts import names_a_component, stack
from graph.explanations.records import lines_holding
from graph.explanations.shared_machines import slices
from graph.understanding.labels.sections import words
from sizing.training import training_states_gib

MOST_LINES = 2


def term(standing: Standing) -> str | None:
    """Null where the question names nothing that is known."""
    known = terms_in(standing.question)
    if not known and names_a_component(standing):
        return stack(standing)
    rows = [_model(card) for card in standing.cards] + [_gpu(gpu) for gpu in standing.gpus]
    if not known:
        return "\n\n".join(rows) or None
    says = " ".join(f"{plain(one.says)}{cited(one)}" for one in known)
    here = dict.fromkeys(line for one in known for line in in_this_plan(one, standing))
    tail = [f"In this plan:\n\n{bullets(list(here)[: MOST_LINES + 1])}"] if here else []
    return "\n\n".join([says, *tail])


def is_mostly_a_term(standing: Standing) -> bool:
    """Whether at least half of the question's telling words are terms of the glossary."""
    names = {part for one in terms_in(standing.question) for name in one.names for part in name.split()}
    said = {word for word in standing.words if word.isalnum()} - words("follow_ups", "plain")
    telling = {word for word in said if len(word) > 2 or word in names}
    return bool(telling) and 2 * len(telling & names) >= len(telling)


def cited(one: Term) -> str:
    """Where it was read."""
    return f" ({link(one.source, one.url)})" if one.source else ""


def in_this_plan(one: Term, standing: Standing) -> Sequence[str]:
    """What the first recommendation has of the term; else the lines of the plan that hold it."""
    if not standing.plan.recommendations:
        return ()
    said = HERE[one.key](standing.first) if one.key in HERE else None
    return (said,) if said else [*lines_holding(standing, one.names, MOST_LINES)]


def _tensor(option: PlacementOption) -> str:
    over = (
        f"each copy is split over {option.tensor_parallel} GPUs"
        if option.tensor_parallel > 1
        else "no split: one GPU holds a whole copy"
    )
    return f"tensor parallel {option.tensor_parallel}, {over}."


def _pipeline(option: PlacementOption) -> str:
    return f"pipeline parallel {option.pipeline_parallel}."


def _replicas(option: PlacementOption) -> str:
    return f"{count(option.replicas, 'replica')} on {count(option.nodes, 'machine')}."


def _pricing(option: PlacementOption) -> str:
    return f"number 1 is priced {option.offer.pricing.replace('_', '-')}."


def _context(option: PlacementOption) -> str | None:
    proof = option.proof
    if proof is None or not proof.context_tokens:
        return None
    longest = f"; the longest that fits is {proof.max_context:,}" if proof.max_context else ""
    return f"room is kept for {proof.context_tokens:,} tokens of context{longest}."


def _zero(option: PlacementOption) -> str | None:
    proof = option.proof
    if proof is None or proof.mode == "serve":
        return "nothing is trained in it, so there are no optimizer states to shard."
    one = f"one GPU needs {figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} GiB"
    if option.gpus == 1:
        return f"it has one GPU, which holds everything ({one}), so no: there is nothing to shard over."
    return f"it trains on {option.gpus} GPUs, and {one}."


def _full(option: PlacementOption) -> str | None:
    proof, model = option.proof, option.model
    if proof is None or model is None or not model.params_b or proof.mode == "serve":
        return None
    states = sum(training_states_gib(model.params_b * 1e9, gpus=1, zero_stage=0))
    return (
        f"all weights of {code(model.key)} in Adam with mixed precision would take {figure(model.params_b)} B × 18 "
        f"bytes = {figure(states, 1)} GiB before activations; {plain(option.quantization or proof.mode)} here takes "
        f"{figure(proof.needed_gib, 1)} GiB on each GPU."
    )


def _gated(option: PlacementOption) -> str | None:
    if option.model is None:
        return None
    return f"{code(option.model.key)} is {'gated' if option.model.gated else 'not gated'}."


def _memory(option: PlacementOption) -> str | None:
    proof = option.proof
    return (
        f"{figure(proof.needed_gib, 1)} of {figure(proof.usable_gib, 1)} GiB of each GPU are needed." if proof else None
    )


def _fabric(option: PlacementOption) -> str:
    machines = option.nodes // max(1, option.replicas)
    if machines <= 1:
        return "each copy runs on one machine and nothing of it crosses to another, so no such network is needed."
    return f"one copy spans {count(machines, 'machine')}, which a fast network between them has to join."


def _slices(option: PlacementOption) -> str | None:
    """Whether the card of the plan can be cut."""
    gpu = option.offer.gpu
    if gpu is None:
        return None
    found = slices()
    sizes = next((cut for name, cut in found.gpus.items() if name == gpu.name), None)
    if sizes:
        return f"{gpu.name} can be cut: {', '.join(plain(one.name) for one in sizes)}."
    return (
        f"{gpu.name} is not among the cards that NVIDIA lists for it, so it does not help here: several pods share "
        "this card by taking turns (time-slicing)."
    )


HERE: dict[str, Callable[[PlacementOption], str | None]] = {
    "tensor parallel": _tensor, "pipeline parallel": _pipeline, "replica": _replicas, "spot": _pricing,
    "on-demand": _pricing, "reserved": _pricing, "context": _context, "zero": _zero, "fsdp": _zero,
    "ddp": _zero, "infiniband": _fabric, "full fine-tuning": _full,
    "mig": _slices, "gated": _gated, "vram": _memory,
}  # fmt: skip


def _model(card: ModelCard) -> str:
    size = f"{figure(card.params_b, 1)} B parameters, " if card.params_b else ""
    released = f", released {plain(card.released)}" if card.released else ""
    licence = plain(card.license or "licence unknown")
    page = link(card.source.name, card.source.url)
    return f"{code(card.key)}: {plain(card.summary)} ({size}{licence}{released}; {page})"


def _gpu(gpu: Gpu) -> str:
    facts = [f"{figure(gpu.memory_gb)} GB of memory"]
    if gpu.memory_bandwidth_gb_s:
        facts.append(f"{figure(gpu.memory_bandwidth_gb_s, 0)} GB/s")
    if gpu.tflops_bf16 or gpu.tflops_fp16:
        facts.append(f"{figure(gpu.tflops_bf16 or gpu.tflops_fp16 or 0.0, 0)} TFLOPS in 16 bits, dense")
    facts.append(f"links by {plain(gpu.link.replace('_', ' '))}")
    source = f" ({link(gpu.source.name, gpu.source.url)})" if gpu.source else ""
    return f"**{plain(gpu.name)}**, {plain(gpu.vendor)}: {', '.join(facts)}.{source}"
