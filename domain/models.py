"""A model one can download and run, with the figures its memory follows from."""

from pydantic import Field

from domain.base import Frozen, Source
from domain.layers import FormatShare, LayerKind
from domain.workload import Domain


class Architecture(Frozen):
    """Figures of a transformer's config.json; null where the model has none or they are unknown."""

    layers: int | None = None
    hidden_size: int | None = None
    intermediate_size: int | None = None
    attention_heads: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    vocab_size: int | None = None
    context_tokens: int | None = None
    sliding_window: int | None = Field(default=None, description="tokens a windowed layer attends to")
    full_attention_layers: int | None = Field(
        default=None, description="layers that see the whole context; null: all of them"
    )
    attention_layers: int | None = Field(
        default=None, description="layers that keep a KV cache; null: all (hybrids have fewer)"
    )
    kv_lora_rank: int | None = Field(default=None, description="MLA: compressed KV width")
    qk_rope_head_dim: int | None = Field(default=None, description="MLA: rotary part of the key")
    experts: int | None = None
    experts_per_token: int | None = None
    layer_kinds: tuple[LayerKind, ...] = Field(
        default=(), description="the layers by kind, where the figures above do not say it all"
    )
    formats: tuple[FormatShare, ...] = Field(
        default=(), description="number formats of the published checkpoint, where it mixes several"
    )


class ModelCard(Frozen):
    """A row of `hf.models` with its card."""

    key: str = Field(description="Hugging Face id: owner/name")
    name: str
    family: str
    aliases: tuple[str, ...] = ()
    domain: Domain
    pipeline_tag: str
    use_cases: tuple[str, ...] = ()
    params_b: float | None = Field(default=None, description="total parameters, billions (all experts)")
    active_params_b: float | None = Field(default=None, description="parameters used per token")
    native_dtype: str | None = Field(default=None, description="what the published checkpoint holds")
    weights_gib: float | None = Field(default=None, description="size of the published checkpoint, if known")
    architecture: Architecture = Architecture()
    license: str | None = Field(default=None, description="SPDX id or the Hub's name for it")
    commercial_use: bool | None = Field(default=None, description="null: read the licence")
    gated: bool = False
    downloads: int | None = None
    likes: int | None = None
    released: str | None = Field(default=None, description="YYYY-MM or YYYY-MM-DD")
    summary: str = ""
    source: Source
