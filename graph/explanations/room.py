"""Answers about room: for something else beside the workload, on another card, in one conversation; one GPU or many."""

from collections.abc import Sequence

from artifacts.markdown import runs
from artifacts.notation import count, figure, plain
from artifacts.parts import hours_in_words
from artifacts.proof import fit_in_one_line
from domain.placement import PlacementOption
from graph.alternatives import Alternative
from graph.explanations.cards import card_gb, on_card
from graph.explanations.evidence import Standing
from graph.explanations.gives_up import gives_up
from graph.explanations.instead import behind
from graph.explanations.options import comparison
from graph.explanations.wording import name
from graph.savings import spent

_COPIES = {"two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4, "both": 2}
PARTS: dict[str, frozenset[str]] = {
    "embedder": frozenset({"embedding", "embeddings", "embedder", "embed", "indexing"}),
    "reranker": frozenset({"reranker", "reranking", "rerank"}),
}
CHEAP = frozenset(
    {"cheap", "cheaper", "small", "smaller", "little", "slow", "slower", "old", "older", "weaker", "less"}
)
BYTES_OF_16_BITS = 2
GPU_OR_CPU = frozenset({"gpu", "gpus", "cpu", "cpus", "card", "cards", "cuda", "accelerator", "hardware"})
SMALL_MODEL_B = 0.6


def room(standing: Standing) -> str | None:
    """The memory that is left beside the workload, and that speed is not."""
    option = standing.one().option
    proof = option.proof
    if proof is None:
        return None
    shared = "The GPU's time is shared too: while both are busy, each is slower, and the plan's speed is for one alone."
    copies = next((_COPIES[word] for word in standing.words if word in _COPIES), 1)
    gb = card_gb(standing.question)
    if gb is not None:
        what = "One copy" if copies == 1 else f"{copies} copies"
        more = " A second copy adds no speed; more requests in one batch do." if copies > 1 else ""
        return f"{what} of what the plan runs {on_card(proof, gb, copies)}. {shared}{more}"
    free = proof.usable_gib * proof.memory_fraction - proof.needed_gib
    many = f" on each of {option.gpus} GPUs" if option.gpus > 1 else ""
    head = (
        f"{name(option)} has {figure(proof.usable_gib, 1)} GiB of GPU memory; the workload needs "
        f"{figure(proof.needed_gib, 1)} GiB, so {figure(free, 1)} GiB are left{many}"
    )
    if told := _of_the_named(standing, free):
        return f"{head}. {told} {shared}"
    small = SMALL_MODEL_B * 1e9 * BYTES_OF_16_BITS / 2**30
    can = "so by memory a small model has room beside it" if free > 2 * small else "so there is no room for another"
    cache = (
        " A serving engine takes that room for its cache: start it with a smaller share of the memory, and fewer "
        "requests fit at a time."
        if proof.mode == "serve" and proof.kv_bytes_per_token
        else ""
    )
    return (
        f"{head}, {can}: {figure(SMALL_MODEL_B)} B parameters at 16 bits are {figure(small, 1)} GiB of weights.{cache} "
        f"{shared}"
    )


def _of_the_named(standing: Standing, free_gib: float) -> str:
    """Whether the weights of the models that the question names would have room beside the workload."""
    option = standing.one().option
    lines = []
    sized = {one.name: one.params_b for one in standing.named.models if one.params_b}
    sized = sized or {card.key: card.params_b for card in standing.cards[:1] if card.params_b}
    for named, params_b in sized.items():
        if option.model is not None and option.model.params_b == params_b:
            continue
        whole = {bits: params_b * 1e9 * bits / 8 / 2**30 for bits in (16, 8, 4)}
        room = free_gib * option.gpus
        fits = [bits for bits, gib in whole.items() if gib < room]
        sizes = ", ".join(f"{figure(gib, 0)} GiB at {bits} bits" for bits, gib in whole.items())
        can = (
            f"at {fits[0]} bits they would go in, and {figure(room - whole[fits[0]], 0)} GiB are left for its cache"
            if fits
            else "they do not go in beside it"
        )
        lines.append(f"The weights of {plain(named)} are {sizes}; {figure(room, 0)} GiB are free in all: {can}.")
    return " ".join(lines)


def context(standing: Standing) -> str | None:
    """How long one request may be, what a token of it takes, and how many of that length fit."""
    option = standing.one().option
    proof = option.proof
    if proof is None or not proof.context_tokens or not proof.kv_bytes_per_token:
        return None
    of_each = proof.kv_bytes(proof.context_tokens) / proof.context_tokens  # windows and states make long ones cheaper
    each = of_each / 1024
    in_all = int(proof.kv_cache_gib * 2**30 / of_each)
    parts = [
        f"One conversation, question, history and answer together, may have **{proof.context_tokens:,} tokens** as the "
        f"plan stands; what is longer has to be cut or is refused.",
        f"Each token takes {figure(each, 0)} KiB of cache on a GPU: its {figure(proof.kv_cache_gib, 1)} GiB hold about "
        f"{in_all:,} tokens of all conversations together"
        + (f", {proof.max_concurrency:,} of the full length at a time." if proof.max_concurrency else "."),
    ]
    if proof.max_context:
        parts.append(f"The longest that fits is {proof.max_context:,} tokens; say “32k context” to plan for that.")
    return " ".join(parts)


def several(standing: Standing) -> str | None:
    """The first recommendation beside plans with so many GPUs as the question names, and what decided."""
    placed = [(a, _of(a, standing)) for a in standing.alternatives if a.options]
    first = standing.first
    placed = [(a, one) for a, one in placed if (one.gpus, one.offer.gpu) != (first.gpus, first.offer.gpu)]
    if not placed:
        return None
    columns = [("The first recommendation", standing.first)]
    columns += [(plain(alternative.named.label), option) for alternative, option in placed]
    why = " ".join(f"Not the first with {_counted(option, first)}: {behind(standing, option)}." for _, option in placed)
    return f"{comparison(columns)}\n\n{why}"


def _counted(option: PlacementOption, first: PlacementOption) -> str:
    """By how many GPUs it has, and where that is no difference by what they are."""
    many = count(option.gpus, "GPU")
    return many if option.gpus != first.gpus or option.offer.gpu is None else f"{many} {plain(option.offer.gpu.name)}"


def _of(alternative: Alternative, standing: Standing) -> PlacementOption:
    """Its first option; who asks for small or cheap ones is shown the cheapest with GPUs below those of the plan."""
    first = standing.first
    below = [option for option in alternative.options if _a_gpu(option) < _a_gpu(first)]
    return min(below, key=spent) if below and CHEAP & set(standing.words) else alternative.options[0]


def _a_gpu(option: PlacementOption) -> float:
    """The price of one of its GPUs; of a machine without any, the machine's."""
    return option.price_per_hour_usd / max(1, option.gpus)


def counts_asked(words: Sequence[str]) -> tuple[int, ...]:
    """The numbers of GPUs that a question sets against one another."""
    numbers = {**_COPIES, "one": 1, "1": 1, "eight": 8, "8": 8, "several": 2, "multiple": 2}
    return tuple(sorted({numbers[word] for word in words if word in numbers}))


def cpu(standing: Standing) -> str:
    """What the plan has GPUs for, and that a plan without them is another plan."""
    option = standing.one().option
    beside = _beside_on_cpu(standing)
    if beside:
        return beside
    if not GPU_OR_CPU & {*standing.words} and (lost := gives_up(standing)):  # "what do I lose without it?"
        return "" if "gives_up" in standing.topics else lost
    if option.offer.gpu is None:
        return f"No GPU: number {standing.one().rank} is {name(option)}, which has none."
    fit = f" It {fit_in_one_line(option.proof)}." if option.proof else ""
    gpus = f"{count(option.gpus, 'GPU')}, {plain(option.offer.gpu.name)}"
    return (
        f"Number {standing.one().rank} runs {runs(option)} on {gpus}.{fit} "
        "What it would be without a GPU is not worked out in this plan: say “on CPU only”, and it is planned so."
    )


def _beside_on_cpu(standing: Standing) -> str:
    """Of a part of a retrieval service: where it runs now, and whether a CPU would save anything."""
    found = standing.plan.retrieval
    named = {role for role, names in PARTS.items() if names & set(standing.words)}
    parts = [part for part in found.parts if part.role in named] if found else []
    if found is None or not parts:
        return ""
    told = "; ".join(f"the {part.role} ({plain(part.name)}) runs {plain(part.where)}" for part in parts)
    free = all(not part.usd_per_month for part in parts)
    saved = (
        "it is in the rent already, so a CPU would save nothing" if free else "a CPU machine is not worked out for it"
    )
    once = ""
    if "embedder" in named and found.embed_hours is not None:
        once = (
            f" Embedding everything once takes about {hours_in_words(found.embed_hours)} on the GPUs; how long a CPU "
            "takes, the catalogue holds no figure for."
        )
    return f"As the plan stands {told}: {saved}.{once} The generator needs its GPU either way."
