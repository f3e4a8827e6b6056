"""How long calls take, and how that is said."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")


class Latency(NamedTuple):
    """Of one client, in milliseconds."""

    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, taken_ms: Sequence[float]) -> "Latency":
        p50, p99 = np.percentile(taken_ms, (50, 99))
        return cls(float(p50), float(p99))


async def each_timed(call: Callable[[T], Awaitable[object]], arguments: Sequence[T], warm_up: int = 3) -> list[float]:
    """Milliseconds of each call, one after the other; the first ones are made twice and count once."""
    for argument in arguments[:warm_up]:
        await call(argument)
    taken_ms = []
    for argument in arguments:
        started = time.perf_counter()
        await call(argument)
        taken_ms.append((time.perf_counter() - started) * 1000)
    return taken_ms


def against(p50_ms: float, target_ms: float | None) -> str:
    """The target, and by which factor it is met or missed."""
    if target_ms is None:
        return ""
    met = "met" if p50_ms <= target_ms else "MISSED"
    return f"{target_ms:g} ms: {met}, x{p50_ms / target_ms:.2f}"
