"""The layers a model is made of, by kind: what each kind keeps of a sequence and how many parameters it has."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen

Kind = Literal[
    "full attention", "sliding attention", "chunked attention", "latent attention", "compressed attention",
    "cross attention", "encoder attention", "mamba", "linear attention", "convolution", "recurrent",
    "mlp", "experts", "embeddings", "per-layer embeddings", "vision tower", "audio tower",
    "network beside",
]  # fmt: skip


class LayerKind(Frozen):
    """Layers that are alike. A decoder layer counts twice: by what mixes its tokens, and by its feed-forward part."""

    kind: Kind
    count: int = Field(ge=1)
    params: int = Field(default=0, ge=0, description="parameters of one of them")
    idle_params: int = Field(default=0, ge=0, description="of these, what a token does not use: the other experts")
    heads: int | None = Field(default=None, ge=1, description="query heads")
    kv_heads: int | None = Field(default=None, ge=1)
    head_dim: int | None = Field(default=None, ge=1, description="of a key")
    value_dim: int | None = Field(default=None, ge=1, description="of a value; null: as of a key")
    window: int | None = Field(default=None, ge=1, description="tokens it looks back; null: all")
    latent: int | None = Field(default=None, ge=1, description="values kept of a token for all heads together")
    index: int | None = Field(default=None, ge=1, description="values kept of a token to choose what is attended to")
    tokens_per_entry: int | None = Field(default=None, ge=2, description="tokens that are kept as one")
    state_bytes: int | None = Field(default=None, ge=1, description="kept of a sequence of any length")
    shares_cache: bool = Field(default=False, description="reads the cache of an earlier layer, and keeps none")
    width: int | None = Field(default=None, ge=1, description="of the feed-forward part, of one expert")
    experts: int | None = Field(default=None, ge=1)
    experts_per_token: int | None = Field(default=None, ge=1)


class FormatShare(Frozen):
    """Parameters of a published checkpoint that are stored in one number format."""

    dtype: str
    params_b: float = Field(ge=0, description="billions")
    bits: float = Field(gt=0, description="of one of them, scales included")
    parts: tuple[str, ...] = Field(default=(), description="kinds of layers that hold them")
