"""What a sequence keeps in each kind of layer, and the sum of it on one GPU."""

import math
from functools import lru_cache
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.layers import LayerKind
from domain.models import Architecture


class Cache(NamedTuple):
    """Layers that keep alike. Values of heads are divided among GPUs; a latent, as in MLA, is whole on each."""

    layers: int
    kv_heads: int
    head_values: int
    """Key and value of one head."""
    whole_values: int
    """Latent and index key of one entry."""
    window: int | None
    """Tokens that are kept at most."""
    tokens_per_entry: int
    state_bytes: float
    """Kept whatever the length."""
    state_heads: int | None
    """Heads the state is divided by; null: it is whole on each GPU."""


class Term(NamedTuple):
    """Values of one GPU that each token adds until the window is full."""

    values_per_token: float
    window: float


class Growing(NamedTuple):
    """Of one sequence on one GPU: what grows with it, and the bytes of states that do not."""

    terms: tuple[Term, ...]
    state_bytes: float


KEPT_WHOLE = ("chunked attention",)
"""vLLM keeps chunked layers whole unless told otherwise (vllm-project/vllm pull request 21761): it serves Llama 4 Scout
with a million tokens on eight H100 and 3.6 million on eight H200 (vLLM, Llama 4)."""


def caches_of_kinds(kinds: tuple[LayerKind, ...]) -> tuple[Cache, ...]:
    """Feed-forward parts, tables and layers that read another's cache keep nothing."""
    found: list[Cache] = []
    for kind in kinds:
        if kind.shares_cache or kind.kind == "encoder attention":
            continue
        if kind.state_bytes is not None:
            divided = kind.heads if kind.kv_heads is None else kind.kv_heads
            found.append(Cache(kind.count, 0, 0, 0, None, 1, kind.state_bytes, divided))
        elif kind.kind == "compressed attention":
            found.extend(_compressed(kind))
        elif kind.kv_heads or kind.latent:
            head = (kind.head_dim or 0) + (kind.value_dim or kind.head_dim or 0)
            whole = (kind.latent or 0) + (kind.index or 0)
            window = None if kind.kind in KEPT_WHOLE else kind.window
            found.append(Cache(kind.count, kind.kv_heads or 0, head, whole, window, 1, 0.0, None))
    return tuple(found)


def _compressed(kind: LayerKind) -> list[Cache]:
    """The last tokens in full, and an entry for every so many of all of them."""
    latent = kind.latent or 0
    found = [Cache(kind.count, 0, 0, latent, kind.window, 1, 0.0, None)]
    if kind.tokens_per_entry:
        whole = latent + (kind.index or 0)
        found.append(Cache(kind.count, 0, 0, whole, None, kind.tokens_per_entry, 0.0, None))
    return found


def striped(caches: tuple[Cache, ...], tensor_parallel: int, ranks: int) -> tuple[Cache, ...]:
    """Decode context parallelism: GPUs that would hold the same latent, or the same KV head, share its tokens out.

    Raises InvalidInput where so many would not hold the same: vLLM divides the tensor parallel size by the KV heads
    (docs.vllm.ai, Context Parallel Deployment). Windows and states stay as they are.
    """
    heads = max((cache.kv_heads for cache in caches), default=0)
    same = max(1, tensor_parallel // max(1, heads))
    if same % ranks:
        held = f"each KV head on {same} of them" if heads else f"the latent on all {same}"
        raise InvalidInput(
            f"A cache's tokens cannot be shared out to {ranks} GPUs: tensor parallel {tensor_parallel} keeps {held}",
            "Give a number that divides the GPUs which hold the same: the tensor parallel size over the KV heads.",
        )
    return tuple(
        cache if cache.window is not None or cache.state_bytes
        else cache._replace(tokens_per_entry=cache.tokens_per_entry * ranks)
        for cache in caches
    )  # fmt: skip


LARGEST_STATE_BYTES = 2048
"""Of a state-space or linear layer and sequence, per unit of hidden size: no model of today has more but Nemotron-H 56B
with twice the usual state; Qwen3.5 122B has 1,389."""


def caches_of_figures(
    figures: Architecture, layers: int, hidden: int, kv_heads: int, head_dim: int
) -> tuple[Cache, ...]:
    """From the figures of the whole model: full and windowed layers with the same heads.

    Layers without a KV cache keep a state instead, which is taken as large as such states are.
    """
    keeping = min(layers, layers if figures.attention_layers is None else figures.attention_layers)
    windowed = figures.sliding_window is not None and figures.full_attention_layers is not None
    full = min(figures.full_attention_layers or 0, keeping) if windowed else keeping
    if figures.kv_lora_rank:
        head, whole, heads = 0, figures.kv_lora_rank + (figures.qk_rope_head_dim or 64), 0
    else:
        head, whole, heads = 2 * head_dim, 0, kv_heads
    everywhere = Cache(full, heads, head, whole, None, 1, 0.0, None)
    near = Cache(keeping - full, heads, head, whole, figures.sliding_window, 1, 0.0, None)
    state = Cache(layers - keeping, 0, 0, 0, None, 1, float(LARGEST_STATE_BYTES * hidden), None)
    return tuple(cache for cache in (everywhere, near, state) if cache.layers)


@lru_cache(maxsize=16384)
def kept_on(caches: tuple[Cache, ...], tensor_parallel: int, pipeline_parallel: int) -> Growing:
    """Of the fullest pipeline stage, which has its share of each kind rounded up; at least one KV head on each GPU."""
    by_window: dict[float, float] = {}
    state = 0.0
    for cache in caches:
        layers = math.ceil(cache.layers / pipeline_parallel)
        heads = max(1, math.ceil(cache.kv_heads / tensor_parallel)) if cache.kv_heads else 0
        values = layers * (heads * cache.head_values + cache.whole_values) / cache.tokens_per_entry
        if values:
            window = math.inf if cache.window is None else float(cache.window)
            by_window[window] = by_window.get(window, 0.0) + values
        divided = cache.state_heads or 1
        state += layers * cache.state_bytes * math.ceil(divided / tensor_parallel) / divided
    return Growing(tuple(Term(values, window) for window, values in sorted(by_window.items())), state)


def kept_bytes(kept: Growing, tokens: float, bytes_per_value: float) -> float:
    """Of a sequence of so many tokens."""
    total = 0.0
    for values, window in kept.terms:
        total += values * (tokens if tokens < window else window)
    return total * bytes_per_value + kept.state_bytes


def tokens_within(kept: Growing, room_bytes: float, bytes_per_value: float) -> int | None:
    """The longest sequence that fits; null where memory sets no limit, since nothing grows any more."""
    room = (room_bytes - kept.state_bytes) / bytes_per_value
    if room <= 0:
        return 0
    full = 0.0
    growing = sum(values for values, _ in kept.terms)
    for values, window in kept.terms:
        if full + growing * window >= room:
            break
        full += values * window
        growing -= values
    if growing <= 0:
        return None
    return int((room - full) / growing)
