"""The figures of a transformer that memory follows from: from a card, a config.json or a parameter count."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache

from domain.layers import LayerKind
from domain.models import Architecture, ModelCard
from sizing.caches import Cache, caches_of_figures, caches_of_kinds
from sizing.precision import known_format

UNTOUCHED = ("embeddings", "per-layer embeddings", "vision tower", "audio tower", "network beside")


@dataclass(frozen=True, slots=True)
class Shape:
    """An architecture without gaps. `inferred` says which figures are estimates, and from what."""

    params: float
    active_params: float
    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context: int | None
    attention_layers: int
    full_layers: int
    window: int | None
    kv_lora_rank: int | None
    qk_rope_head_dim: int
    experts: int
    experts_per_token: int
    caches: tuple[Cache, ...]
    head_rules: tuple[tuple[int, int], ...]
    """Query and KV heads of each kind of attention: tensor parallelism must suit all of them. MLA has no KV heads."""
    inferred: str | None = None
    checkpoint_gib: float | None = None
    checkpoint_format: str | None = None
    checkpoint_formats: tuple[tuple[str, float, float], ...] = ()
    """Format, parameters and bits of each, where a published checkpoint mixes several."""
    kinds: tuple[LayerKind, ...] = field(default=(), repr=False, compare=False)
    """For those who show them; what is computed follows from the fields above and below."""
    expert_params: float | None = None
    """Of the routed experts alone; null where the layers are not known by kind."""
    known_attention_params: float | None = None
    known_untouched_params: float | None = None
    known_tables: int | None = None
    _hash: int = field(init=False, repr=False, compare=False)
    """Estimates are remembered by shape, and looked up tens of thousands of times a plan."""

    def __post_init__(self) -> None:
        told = tuple(getattr(self, item.name) for item in fields(self) if item.compare)
        object.__setattr__(self, "_hash", hash(told))

    def __hash__(self) -> int:
        return self._hash

    @property
    def attention_params(self) -> float:
        """Parameters of the query, key, value and output projections of all layers."""
        if self.known_attention_params is not None:
            return self.known_attention_params
        per_layer = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        return float(per_layer * self.layers)

    @property
    def embedding_params(self) -> float:
        """One embedding table: vocabulary x hidden size."""
        return float(self.vocab * self.hidden)

    @property
    def untouched_params(self) -> float:
        """Embeddings, per-layer tables and towers, which engines leave in 16 bits when they quantise; so does what the
        figures do not account for, since it is a tower or a network beside the decoder."""
        if self.known_untouched_params is not None:
            return self.known_untouched_params
        tables = self.embedding_params * self.embedding_tables
        if self.inferred or self.layers_differ:
            return tables
        return tables + max(0.0, self.params - self.attention_params - self.feed_forward_params - tables)

    @property
    def layers_differ(self) -> bool:
        """Whether some layers are of a kind that the figures say nothing of: their parameters are not left over."""
        return self.attention_layers < self.layers or self.kv_lora_rank is not None

    @property
    def feed_forward_params(self) -> float:
        return float(3 * self.hidden * self.intermediate * max(self.experts, 1) * self.layers)

    @property
    def embedding_tables(self) -> int:
        """2 when input and output embeddings are separate, judged by which count comes nearer to the total."""
        if self.known_tables is not None:
            return self.known_tables
        left = (self.params - self.attention_params - self.feed_forward_params) / self.embedding_params
        if 0.5 <= left <= 2.5:
            return 1 if left < 1.5 else 2
        return 1 if self.params < 4e9 else 2


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A published dense decoder; parameter counts between two anchors are interpolated on a log scale."""

    params_b: float
    layers: int
    hidden: int
    kv_heads: int
    source: str


ANCHORS = (
    _Anchor(0.49, 24, 896, 2, "Qwen2.5-0.5B"),
    _Anchor(1.24, 16, 2048, 8, "Llama-3.2-1B"),
    _Anchor(3.21, 28, 3072, 8, "Llama-3.2-3B"),
    _Anchor(8.03, 32, 4096, 8, "Llama-3.1-8B"),
    _Anchor(14.8, 40, 5120, 8, "Qwen3-14B"),
    _Anchor(32.8, 64, 5120, 8, "Qwen3-32B"),
    _Anchor(70.6, 80, 8192, 8, "Llama-3.1-70B"),
    _Anchor(122.6, 88, 12288, 8, "Mistral-Large-2"),
    _Anchor(405.9, 126, 16384, 8, "Llama-3.1-405B"),
)
DEFAULT_VOCABULARY = 128_256
DEFAULT_CONTEXT_TOKENS = 131_072


@lru_cache(maxsize=4096)
def shape_of(architecture: Architecture, params_b: float, active_params_b: float | None = None) -> Shape:
    """Fills what the architecture leaves out from a typical dense decoder of the same parameter count."""
    guess = typical_shape(params_b)
    if architecture.layers is None or architecture.hidden_size is None:
        known = replace(guess, context=architecture.context_tokens or guess.context)
        return replace(known, active_params=(active_params_b or params_b) * 1e9)
    layers, hidden = architecture.layers, architecture.hidden_size
    heads = architecture.attention_heads or max(1, hidden // (architecture.head_dim or 128))
    kv_heads = architecture.kv_heads or heads
    head_dim = architecture.head_dim or max(1, hidden // heads)
    vocab = architecture.vocab_size or DEFAULT_VOCABULARY
    kinds = architecture.layer_kinds
    attention_layers = min(layers, layers if architecture.attention_layers is None else architecture.attention_layers)
    windowed = architecture.sliding_window is not None and architecture.full_attention_layers is not None
    full = (architecture.full_attention_layers or 0) if windowed else attention_layers
    return Shape(
        params=params_b * 1e9,
        active_params=(active_params_b or params_b) * 1e9,
        layers=layers,
        hidden=hidden,
        intermediate=architecture.intermediate_size or 4 * hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocab=vocab,
        context=architecture.context_tokens,
        attention_layers=attention_layers,
        full_layers=min(full, attention_layers),
        window=architecture.sliding_window if windowed else None,
        kv_lora_rank=architecture.kv_lora_rank,
        qk_rope_head_dim=architecture.qk_rope_head_dim or (64 if architecture.kv_lora_rank else 0),
        experts=architecture.experts or 0,
        experts_per_token=architecture.experts_per_token or 0,
        caches=caches_of_kinds(kinds) if kinds else caches_of_figures(architecture, layers, hidden, kv_heads, head_dim),
        head_rules=_head_rules(kinds) if kinds else ((heads, 0 if architecture.kv_lora_rank else kv_heads),),
        inferred=_missing(architecture),
        checkpoint_formats=tuple((share.dtype, share.params_b * 1e9, share.bits) for share in architecture.formats),
        kinds=kinds,
        expert_params=_routed(kinds),
        known_attention_params=_params(kind for kind in kinds if "attention" in kind.kind) if kinds else None,
        known_untouched_params=_params(kind for kind in kinds if kind.kind in UNTOUCHED) if kinds else None,
        known_tables=sum(k.count for k in kinds if k.kind == "embeddings" and k.params == vocab * hidden)
        if kinds else None,
    )  # fmt: skip


def _params(kinds: Iterable[LayerKind]) -> float:
    return float(sum(kind.params * kind.count for kind in kinds))


def _routed(kinds: tuple[LayerKind, ...]) -> float | None:
    """All experts that a token may be sent to: those it does not use, and the share it does."""
    found = [(kind, kind.experts or 1, kind.experts_per_token or 1) for kind in kinds if kind.kind == "experts"]
    if not found:
        return None
    return float(sum(kind.idle_params * kind.count * all_ / max(1, all_ - used) for kind, all_, used in found))


def _head_rules(kinds: tuple[LayerKind, ...]) -> tuple[tuple[int, int], ...]:
    mixing = (kind for kind in kinds if kind.heads and kind.kind not in ("mlp", "experts"))
    return tuple(dict.fromkeys((kind.heads or 1, kind.kv_heads or 0) for kind in mixing))


def card_shape(card: ModelCard) -> Shape | None:
    """The card's shape; null when it does not even say how many parameters the model has."""
    if not card.params_b:
        return None
    shape = shape_of(card.architecture, card.params_b, card.active_params_b)
    published = known_format(card.native_dtype)
    if published is None or (card.weights_gib is None and not shape.checkpoint_formats):
        return shape
    return replace(shape, checkpoint_gib=card.weights_gib, checkpoint_format=published)


def _missing(architecture: Architecture) -> str | None:
    names = [
        name
        for name, value in (
            ("attention heads", architecture.attention_heads),
            ("KV heads (as many as attention heads)", architecture.kv_heads),
            ("intermediate size (4 x hidden)", architecture.intermediate_size),
            (f"vocabulary ({DEFAULT_VOCABULARY})", architecture.vocab_size),
        )
        if value is None
    ]
    return f"not published, assumed: {', '.join(names)}" if names else None


@lru_cache(maxsize=1024)
def typical_shape(params_b: float) -> Shape:
    """A plausible dense decoder of this size: layers and width interpolated between published models."""
    low, high = _neighbours(params_b)
    span = math.log(high.params_b / low.params_b) if high is not low else 1.0
    share = min(1.0, max(0.0, math.log(params_b / low.params_b) / span)) if high is not low else 0.0
    layers = max(2, round(low.layers + share * (high.layers - low.layers)))
    step = 1024 if params_b >= 6 else 512 if params_b >= 1 else 128
    hidden = max(step, round((low.hidden + share * (high.hidden - low.hidden)) / step) * step)
    if params_b < ANCHORS[0].params_b:
        shrink = (params_b / ANCHORS[0].params_b) ** (1 / 3)
        layers, hidden = max(2, round(layers * shrink)), max(128, round(hidden * shrink / 128) * 128)
    heads = hidden // 128 if params_b >= 1 else hidden // 64
    head_dim = hidden // heads
    kv_heads = min(heads, low.kv_heads if share < 0.5 else high.kv_heads)
    while heads % kv_heads:
        kv_heads -= 1
    attention = 2 * hidden * head_dim * (heads + kv_heads) * layers
    tables = 1 if params_b < 4 else 2
    body = params_b * 1e9 - attention - tables * DEFAULT_VOCABULARY * hidden
    intermediate = max(hidden, round(body / (3 * hidden * layers) / 256) * 256)
    return Shape(
        params=params_b * 1e9, active_params=params_b * 1e9, layers=layers, hidden=hidden, intermediate=intermediate,
        heads=heads, kv_heads=kv_heads, head_dim=head_dim, vocab=DEFAULT_VOCABULARY, context=DEFAULT_CONTEXT_TOKENS,
        attention_layers=layers, full_layers=layers, window=None, kv_lora_rank=None, qk_rope_head_dim=0,
        experts=0, experts_per_token=0, caches=(Cache(layers, kv_heads, 2 * head_dim, 0, None, 1, 0.0, None),),
        head_rules=((heads, kv_heads),),
        inferred=f"architecture not published: a dense decoder of {params_b:g}B interpolated between {low.source} "
        f"({low.params_b:g}B) and {high.source} ({high.params_b:g}B): {layers} layers, hidden {hidden}, "
        f"{heads} heads, {kv_heads} KV heads",
    )  # fmt: skip


def _neighbours(params_b: float) -> tuple[_Anchor, _Anchor]:
    below = [a for a in ANCHORS if a.params_b <= params_b] or [ANCHORS[0]]
    above = [a for a in ANCHORS if a.params_b >= params_b] or [ANCHORS[-1]]
    return below[-1], above[0]


_COUNT = re.compile(
    r"^\s*(?:(\d+)\s*[x×]\s*)?(\d+(?:\.\d+)?)\s*([kmbt])(?:r?illion|n)?\s*(?:param(?:eter)?s?)?\s*$", re.IGNORECASE
)
_ACTIVE = re.compile(r"(?P<whole>[^-]+?)[-\s]+a(?P<active>\d[^-]*)", re.IGNORECASE)
_SCALE = {"k": 1e-6, "m": 1e-3, "b": 1.0, "t": 1e3}


def parameter_count_b(text: str) -> float | None:
    """Billions of parameters in a text such as "13B", "350M", "1.5T" or "8x7B"; null when it is none."""
    found = _COUNT.match(text)
    if not found:
        return None
    copies, amount, scale = found.groups()
    billions = float(amount) * _SCALE[scale.lower()] * (int(copies) if copies else 1)
    return billions if billions > 0 else None


def experts_named(text: str) -> str | None:
    """What a count of experts and of the size of each is called, "8x7b"; null where the text is no such count."""
    found = _COUNT.match(text)
    return f"{int(found[1])}x{found[2]}{found[3].lower()}" if found and found[1] and int(found[1]) > 1 else None


def counted_parameters(text: str) -> tuple[float, float | None] | None:
    """Billions in all, and those active for a token where a mixture says so: "30B-A3B"."""
    mixture = _ACTIVE.fullmatch(text.strip())
    params_b = parameter_count_b(mixture["whole"] if mixture else text)
    active_b = parameter_count_b(mixture["active"]) if mixture else None
    if params_b is None or (mixture and (active_b is None or active_b > params_b)):
        return None
    return params_b, active_b


def tensor_parallel_allowed(heads: int, kv_heads: int, tensor_parallel: int) -> bool:
    """vLLM's rule: heads divide evenly, and KV heads either divide or are replicated evenly."""
    if tensor_parallel < 1 or heads % tensor_parallel:
        return False
    return kv_heads % tensor_parallel == 0 or tensor_parallel % kv_heads == 0


@lru_cache(maxsize=65536)
def parallel_allowed(shape: Shape, tensor_parallel: int) -> bool:
    """The head rule for every kind of layer; a latent is kept whole, so only its query heads must divide."""
    return all(
        tensor_parallel_allowed(heads, kv_heads, tensor_parallel) if kv_heads else heads % tensor_parallel == 0
        for heads, kv_heads in shape.head_rules
    )
