"""How fast a model is served or trained, as `size` answers it, and how it is trained."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen

Optimizer = Literal["adam", "adam8bit", "adam_bf16"]
"""Adam with mixed precision, its moments in 8 bits, or weights, gradients and moments all in bf16."""
Loss = Literal["full", "fused"]
"""`full` keeps the logits of the whole sequence in fp32, `fused` computes them and their gradient in pieces."""


class ServingSpeed(Frozen):
    """Of all replicas together at full load, but for what one user sees."""

    output_tokens_per_second: float
    tokens_per_second_per_user: float = Field(description="from the first token on; what others' prompts take is in it")
    ttft_ms: float = Field(description="of a request that does not wait")
    requests_per_second: float
    low: float = Field(description="of output_tokens_per_second; measurements lie between low and high")
    high: float
    in_flight: int = Field(description="requests at once over all replicas; others wait")
    tuned_output_tokens_per_second: float = Field(description="what submissions to MLPerf reach with a tuned engine")


class ItemSpeed(Frozen):
    """Of all GPUs together, for models whose answers are not counted in tokens."""

    requests_per_second: float
    output_tokens_per_second: float | None = Field(default=None, description="of recognised speech")
    low: float = Field(description="of requests_per_second; measurements lie between low and high")
    high: float
    answer_ms: float = Field(description="of one request alone")
    work: str = Field(description="what one request is taken for")


class TrainingTime(Frozen):
    """In PyTorch with bf16, as plans start it; `tuned_hours` in the precision and with the kernels of submissions."""

    hours: float
    low: float = Field(description="measurements lie between low and high")
    high: float
    tuned_hours: float | None = Field(default=None, description="null: not known for this kind of model")
