"""The layers that were counted, kind by kind, for those who check a proof."""

from domain.layers import LayerKind
from domain.placement import LayerMemory
from sizing.architecture import Shape
from sizing.caches import Cache, caches_of_kinds, kept_on


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
        f"the last {kind.window:,} tokens" if kind.window else None,
        f"one entry for {kind.tokens_per_entry} tokens" if kind.tokens_per_entry else None,
        f"{kind.experts} experts, {kind.experts_per_token} for each token" if kind.experts else None,
        f"{kind.width:,} wide" if kind.width else None,
        "reads the cache of an earlier layer" if kind.shares_cache else None,
    )
    return ", ".join(text for text in told if text)


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
