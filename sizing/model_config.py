"""Reads a Hugging Face config.json: layers by kind, parameters that follow from them, and the formats they are in."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.layers import FormatShare, LayerKind
from domain.models import Architecture
from sizing.block_configs import unpacked
from sizing.config_fields import Config, count, of_this_layer, said, text_part, unwrapped
from sizing.config_notes import notes_of
from sizing.config_precision import precision_of
from sizing.config_refusals import refuse_endless_nesting, refuse_uncounted_parts, refuse_what_keeps_no_text
from sizing.cross_attention import cross_of, gated_blocks, looks_elsewhere
from sizing.feed_forward import dense_width, expert_count, expert_width, experts_per_token, feed_forward_of, matrices
from sizing.layer_params import Counted, attention_heads, kv_heads_of, mixer_of
from sizing.layer_sequence import Sequence, layer_sequence
from sizing.module_names import names_of
from sizing.native_params import without_native_names
from sizing.networks_beside import UNKNOWN, adapters, networks_beside, reads_an_encoder
from sizing.part_formats import SIXTEEN, Precision, Stored
from sizing.precision import known_format
from sizing.reused_blocks import of_each_place, repeated
from sizing.tables import positions_of, reads_at_once, tables_of
from sizing.towers import towers_of, towers_without_figures


class ConfigFigures(NamedTuple):
    """`params_b` sums the parts; heads that predict several tokens at once are left out, as engines do unless asked.

    `notes` say what the file leaves open and what was taken instead.
    """

    architecture: Architecture
    params_b: float
    active_params_b: float
    native_dtype: str | None
    notes: tuple[str, ...] = ()


class _Part(NamedTuple):
    """A kind of layers, or of tables, with what of it is stored in which format."""

    kind: LayerKind
    stored: tuple[tuple[Stored, int], ...]


def architecture_from_config(config: Config, quantization: Config | None = None) -> ConfigFigures:
    """The figures of a config.json, nested configurations included; `quantization` is the hf_quant_config.json.

    Raises InvalidInput when it has no layers, or figures that are no counts.
    """
    refuse_endless_nesting(config)
    config = without_native_names(unwrapped(config))
    refuse_what_keeps_no_text(config)
    refuse_uncounted_parts(config)
    text = unpacked(text_part(config))
    sequence = layer_sequence(text, expert_count(text))
    hidden = count(text, "hidden_size", "n_embd", "d_model", "model_dim", "dim", "embedding_dim")
    if not hidden:
        raise InvalidInput(
            "The configuration has no hidden size", "Give the config.json of a transformer from its repository."
        )
    precision = precision_of(config, text, quantization)
    silent = _without_figures(config, hidden)
    described = tuple(_parts(text, config, hidden, sequence, precision))
    parts = (*described, *_allowed_for(silent, sum(part.kind.params for part in described), precision))
    kinds = tuple(kind.model_copy(update={"count": n}) for kind, n in Counter(p.kind for p in parts).items())
    formats = _formats(parts)
    total = sum(kind.params * kind.count for kind in kinds)
    idle = sum(kind.idle_params * kind.count for kind in kinds)
    native = max(formats, key=lambda share: share.params_b).dtype if formats else None
    architecture = _architecture(text, hidden, sequence, kinds)
    mixed = tuple(formats) if len(formats) > 1 else ()
    return ConfigFigures(
        architecture.model_copy(update={"layer_kinds": kinds, "formats": mixed}),
        total / 1e9, (total - idle) / 1e9, known_format(native),
        notes_of(config, text, sequence, precision, silent),
    )  # fmt: skip


def native_format_of(config: Config) -> str | None:
    """The number format of most of the published weights; null where the file says nothing of it."""
    text = text_part(config)
    if not any(name in part for part in (config, text) for name in ("quantization_config", "dtype", "torch_dtype")):
        return None
    precision = precision_of(config, text)
    named = Counter(stored.dtype for stored in precision.by_name.values()).most_common(1)
    main = precision.experts or (Stored(named[0][0], 0) if named and precision.only_named else precision.whole)
    return None if precision.unsure and main == SIXTEEN else known_format(main.dtype)


def _parts(text: Config, config: Config, hidden: int, sequence: Sequence, precision: Precision) -> Iterator[_Part]:
    encoder = reads_at_once(text)
    crosses = said(text, "is_encoder_decoder")
    looks = crosses or reads_an_encoder(config) or looks_elsewhere(text)
    again = repeated(text, sequence)
    for layer in sequence.layers:
        own_text = of_this_layer(text, layer.index)
        for counted in mixer_of(own_text, hidden, layer.mixer, layer.index):
            kind = counted.kind
            if encoder:
                kind = kind.model_copy(update={"kind": "encoder attention"})
            elif layer.shares_cache and kind.state_bytes is None:
                kind = kind.model_copy(update={"shares_cache": True})
            used = layer.index in again and kind.kind != "mamba"
            yield _stored(Counted(kind, {} if used else counted.projections), layer.index, precision)
            if looks:
                yield _stored(cross_of(text, counted), layer.index, precision)
        if layer.mixer == "parallel" and (own := of_each_place(text, hidden)):
            yield _Part(LayerKind(kind="mlp", count=1, params=own), ((SIXTEEN, own),))
        for counted in feed_forward_of(
            own_text, hidden, layer.feed_forward, layer.index, shares=layer.shares_cache
        ):  # fmt: skip
            yield _stored(
                Counted(counted.kind, {}) if layer.index in again else counted, layer.index, precision,
                beside=layer.feed_forward == "both",
            )  # fmt: skip
    if crosses and not reads_an_encoder(config) and not said(text, "is_decoder"):
        yield from _encoder(text, hidden, precision)
    yield from _tables(text, hidden, len(sequence.layers), precision)
    yield from (_stored(block, 0, precision) for block in gated_blocks(text, config, hidden, len(sequence.layers)))
    for tower in (*towers_of(config, hidden), *_beside(config, text, hidden)):
        yield _tower(tower, precision)


def _tower(tower: LayerKind, precision: Precision) -> _Part:
    return _Part(tower, ((precision.of(names_of(tower.kind, "towers", 0), "towers"), tower.params),))


def _beside(config: Config, text: Config, hidden: int) -> Iterator[LayerKind]:
    heads = attention_heads(text, hidden)
    dim = count(text, "head_dim") or max(1, hidden // heads)
    width = dense_width(text, hidden)
    if added := adapters(config, hidden, width, heads * dim, 2 * kv_heads_of(text, heads) * dim):
        yield LayerKind(kind="network beside", count=1, params=added)
    for found in networks_beside(config, _total_params):
        if found.params:
            yield LayerKind(kind="network beside", count=1, params=int(found.params))


def _allowed_for(silent: tuple[str, ...], described: int, precision: Precision) -> Iterator[_Part]:
    """For what is named without figures, so that the sum is rather too large than too small: no network beside is
    larger than all that is described."""
    for _ in silent:
        yield _tower(LayerKind(kind="network beside", count=1, params=min(UNKNOWN, described)), precision)


def _without_figures(config: Config, hidden: int) -> tuple[str, ...]:
    """Fields that name a tower or another network, whose parameters do not follow from them."""
    silent = tuple(found.field for found in networks_beside(config, _total_params) if found.params is None)
    return (*towers_without_figures(config, hidden), *silent)


def _total_params(config: Config) -> float:
    return architecture_from_config(config).params_b * 1e9


def _stored(counted: Counted, index: int, precision: Precision, *, beside: bool = False) -> _Part:
    """The layer with its parameters, and the format of each of its projections."""
    stored = tuple(
        (precision.of(names_of(counted.kind.kind, name, index, beside=beside), name), params)
        for name, params in counted.projections.items() if params
    )  # fmt: skip
    total = sum(counted.projections.values())
    return _Part(counted.kind.model_copy(update={"params": total}), stored)


def _encoder(text: Config, hidden: int, precision: Precision) -> Iterator[_Part]:
    """The encoder of an encoder-decoder; it keeps nothing after it has read."""
    layers = count(text, "encoder_layers", "num_encoder_layers", "num_layers", "num_hidden_layers") or 0
    width = count(text, "encoder_ffn_dim") or dense_width(text, hidden)
    every = count(text, "encoder_sparse_step") if expert_count(text) else None
    alone = {name: value for name, value in text.items() if name != "encoder_layers"}
    for index in range(layers):
        (own,) = mixer_of(alone, hidden, "full", index)
        yield _stored(
            Counted(own.kind.model_copy(update={"kind": "encoder attention"}), own.projections), index, precision
        )
        if every and (index + 1) % every == 0:
            yield from (
                _stored(c, index, precision) for c in feed_forward_of(text, hidden, "experts", index, shares=False)
            )
            continue
        mlp = Counted(LayerKind(kind="mlp", count=1, width=width), {"mlp": matrices(text) * hidden * width})
        yield _stored(mlp, index, precision)


def _tables(text: Config, hidden: int, layers: int, precision: Precision) -> Iterator[_Part]:
    """Embeddings, the output head where it is another table, positions, and tables that every layer has."""
    for name, params in tables_of(text, hidden):
        table = LayerKind(kind="embeddings", count=1, params=params)
        yield _Part(table, ((precision.of(names_of("embeddings", name, 0), name), params),))
    if learnt := positions_of(text, hidden):
        yield _Part(LayerKind(kind="embeddings", count=1, params=learnt), ((SIXTEEN, learnt),))
    narrow = count(text, "hidden_size_per_layer_input")
    if narrow:  # a table of its own only where its words are counted; else the input's is projected
        each = (count(text, "vocab_size_per_layer_input") or 0) * narrow + 3 * hidden * narrow
        for _ in range(layers):
            yield _Part(LayerKind(kind="per-layer embeddings", count=1, params=each), ((SIXTEEN, each),))


def _formats(parts: tuple[_Part, ...]) -> list[FormatShare]:
    """Parameters by format, the largest share first."""
    params: Counter[Stored] = Counter()
    where: dict[Stored, dict[str, None]] = {}
    for kind, stored in parts:
        for form, amount in stored:
            params[form] += amount
            where.setdefault(form, {})[kind.kind] = None
    return [
        FormatShare(dtype=form.dtype, bits=form.bits, params_b=round(amount / 1e9, 6), parts=tuple(where[form]))
        for form, amount in params.most_common()
    ]


def _architecture(text: Config, hidden: int, sequence: Sequence, kinds: tuple[LayerKind, ...]) -> Architecture:
    """The figures of the model as a whole: those of its commonest attention."""
    layers = len(sequence.layers)
    keeping = [k for k in kinds if k.kind.endswith("attention") and (k.kv_heads or k.latent) and not k.shares_cache
               and k.kind not in ("encoder attention", "cross attention")]  # fmt: skip
    windowed = sum(k.count for k in keeping if k.window and k.kind != "compressed attention")
    kept = sum(k.count for k in keeping)
    heads = attention_heads(text, hidden)
    main = next((k for k in keeping if k.kv_heads), None)
    experts = expert_count(text)
    return Architecture(
        layers=layers,
        hidden_size=hidden,
        intermediate_size=expert_width(text, hidden) if experts else dense_width(text, hidden),
        attention_heads=heads,
        kv_heads=main.kv_heads if main else kv_heads_of(text, heads),
        head_dim=main.head_dim if main else _own_head_dim(text, hidden, heads),
        vocab_size=count(text, "vocab_size", "padded_vocab_size"),
        context_tokens=count(
            text, "max_position_embeddings", "n_positions", "seq_length", "max_seq_len", "max_sequence_length", "n_ctx",
            "max_target_positions",
        ),
        sliding_window=next((k.window for k in keeping if k.window), None) if windowed else None,
        full_attention_layers=kept - windowed if windowed else None,
        attention_layers=kept if kept < layers else None,
        kv_lora_rank=count(text, "kv_lora_rank"),
        qk_rope_head_dim=count(text, "qk_rope_head_dim") if count(text, "kv_lora_rank") else None,
        experts=experts,
        experts_per_token=experts_per_token(text) if experts else None,
    )  # fmt: skip


def _own_head_dim(text: Config, hidden: int, heads: int) -> int | None:
    """Null under MLA where the file does not say it: its heads are not the width divided."""
    named = count(text, "head_dim", "kv_channels", "d_kv")
    return named or (None if count(text, "kv_lora_rank") else max(1, hidden // heads))
