"""What each of several workloads has of its own, and how a part of a message is read by itself."""

from collections.abc import Callable

from domain.workload import Workload, WorkloadSpec

Alone = Callable[[str], WorkloadSpec]
"""Reads words as a message of their own."""
OWN = (
    "task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "media", "context_tokens",
    "languages", "features", "every",
)  # fmt: skip
"""Fields of the request, which has those of its first workload."""
LOADS = ("users", "concurrent_users", "requests_per_second", "peak_concurrent_users", "peak_requests_per_second")
LENGTHS = ("input_tokens", "output_tokens")
"""Of one text that goes through."""
OF_A_LOAD = (*LOADS, "users_per")
"""The figures, and the time in which they are counted."""


def is_counted(part: WorkloadSpec | Workload) -> bool:
    """Whether it was said how much work there is: things to go through or to learn from, tokens, or a volume."""
    data, training = part.dataset, part.training
    amounts = (part.volume.amount, data.size_gb, data.items, training.tokens, training.examples)
    return any(amount is not None for amount in amounts)
