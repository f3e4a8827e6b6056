"""The layers that were counted, kind by kind, for those who check a proof."""

import math

from domain.layers import LayerKind
from domain.placement import LayerMemory
from sizing.architecture import Shape
from sizing.caches import KEPT_WHOLE, Cache, caches_of_kinds, kept_on
from sizing.precision import bytes_per_parameter


def layer_memories(
    shape: Shape, kv_bytes: float, tensor_parallel: int, pipeline_parallel: int
) -> tuple[LayerMemory, ...]:
    """A row for each kind; from the figures of the whole model where its layers are not known by kind."""
    layout = tensor_parallel, pipeline_parallel
    if shape.kinds:
        return tuple(
            _row(kind.kind, kind.count, _figures(kind), caches_of_kinds((kind,)), kv_bytes, layout,
                 kind.params * kind.count / 1e9)
            for kind in shape.kinds
        )  # fmt: skip
    mixing = [_row(_kind_of(cache), cache.layers, _values(cache), (cache,), kv_bytes, layout) for cache in shape.caches]
    if shape.experts:
        after = f"{shape.experts} experts {shape.intermediate:,} wide, {shape.experts_per_token} for each token"
    else:
        after = f"{shape.intermediate:,} wide"
    feed_forward = LayerMemory(kind="experts" if shape.experts else "mlp", count=shape.layers, figures=after)
    tables = LayerMemory(
        kind="embeddings", count=shape.embedding_tables, figures=f"{shape.vocab:,} x {shape.hidden:,}",
        params_b=shape.embedding_params * shape.embedding_tables / 1e9,
    )  # fmt: skip
    return (*mixing, feed_forward, tables)


def _row(
    kind: str, count: int, figures: str, caches: tuple[Cache, ...], kv_bytes: float, layout: tuple[int, int],
    params_b: float | None = None,
) -> LayerMemory:  # fmt: skip
    kept = kept_on(caches, *layout)
    windows = [cache.window for cache in caches]
    return LayerMemory(
        kind=kind,
        count=count,
        figures=figures,
        params_b=params_b,
        kv_bytes_per_token=sum(values for values, _ in kept.terms) * kv_bytes,
        window_tokens=windows[0] if len(windows) == 1 else None,
        state_bytes=kept.state_bytes,
    )


def _figures(kind: LayerKind) -> str:
    heads = f"{kind.heads} heads" if kind.heads else None
    keys = f"{kind.kv_heads} KV heads of {kind.head_dim}" if kind.kv_heads else None
    told = (
        heads,
        keys + (f" and {kind.value_dim}" if kind.value_dim else "") if keys else None,
        f"{kind.latent} for all heads" if kind.latent else None,
        f"index of {kind.index}" if kind.index else None,
        _window(kind),
        f"one entry for {kind.tokens_per_entry} tokens" if kind.tokens_per_entry else None,
        f"{kind.experts} experts, {kind.experts_per_token} for each token" if kind.experts else None,
        f"{kind.width:,} wide" if kind.width else None,
        "reads the cache of an earlier layer" if kind.shares_cache else None,
    )
    return ", ".join(text for text in told if text)


def _window(kind: LayerKind) -> str | None:
    if kind.window is None:
        return None
    return f"chunks of {kind.window:,} tokens" if kind.kind in KEPT_WHOLE else f"the last {kind.window:,} tokens"


def _kind_of(cache: Cache) -> str:
    if cache.state_bytes:
        return "state of another kind"
    if cache.whole_values:
        return "latent attention"
    return "sliding attention" if cache.window else "full attention"


def _values(cache: Cache) -> str:
    if cache.state_bytes:
        return "figures not known: a state that is not smaller than theirs"
    if cache.whole_values:
        return f"{cache.whole_values} for all heads"
    return f"{cache.kv_heads} KV heads of {cache.head_values // 2}"


def heads_of(shape: Shape) -> str:
    """Heads of each kind of layer that has some."""
    rules = (
        f"{heads} heads and {kv_heads} KV heads" if kv_heads else f"{heads} heads"
        for heads, kv_heads in shape.head_rules
    )
    return ", ".join(rules)


def kv_formula(shape: Shape, kv_dtype: str, tp: int, pp: int) -> str:
    """Each kind of cache that grows with the sequence: layers x values of one GPU x bytes."""
    size = bytes_per_parameter(kv_dtype)
    texts = []
    for cache in shape.caches:
        layers, parts = math.ceil(cache.layers / pp), []
        if cache.kv_heads:
            heads = max(1, math.ceil(cache.kv_heads / tp))
            key = cache.head_values // 2
            even = cache.head_values == 2 * key
            parts.append(f"2 x {heads} KV heads x {key}" if even else f"{heads} KV heads x {cache.head_values}")
        if cache.whole_values:
            parts.append(f"{cache.whole_values} whole on each GPU")
        if parts:
            few = f" / {cache.tokens_per_entry}" if cache.tokens_per_entry > 1 else ""
            texts.append(f"{layers} layers x ({' + '.join(parts)}){few} x {size:g} B")
    return " + ".join(texts) or "no layer keeps one"


def window_note(shape: Shape, context: int) -> str:
    """Which layers keep less than the whole context."""
    windowed = [cache for cache in shape.caches if cache.window and cache.window < context]
    texts = [f"{cache.layers} layers keep the last {cache.window:,}" for cache in windowed]
    states = sum(cache.layers for cache in shape.caches if cache.state_bytes)
    if states:
        texts.append(f"{states} layers keep a state of one size")
    return "".join(f", {text}" for text in texts)
