"""What every noun shares: immutable, strict about unknown fields, ordered by a key."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

HOURS_PER_MONTH = 730.0
"""Billing hours in a month (8,760 / 12), the figure cloud price calculators use."""


class Frozen(BaseModel):
    """An immutable value; unknown fields are refused so that a typo cannot pass for a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def value_at(holder: Frozen, path: str) -> object:
    """The value at a dotted path of fields; null where the path leads nowhere."""
    value: object = holder
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


class Source(Frozen):
    """Where a fact was read, and the day it was true."""

    name: str
    url: str | None = None
    as_of: date


Pricing = Literal["on_demand", "spot", "reserved"]
Quantization = Literal[
    "fp32", "fp16", "bf16", "fp8", "int8", "int4", "awq", "gptq", "mxfp4", "nvfp4", "nf4",
    "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q3_k_m", "q2_k",
]  # fmt: skip
