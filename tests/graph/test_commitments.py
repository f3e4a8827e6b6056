"""Prices that bind are looked for where one was spoken of, and none that binds longer than was said."""

import pytest

from domain.base import Pricing
from domain.workload import WorkloadSpec
from graph.queries import compute_query


@pytest.mark.parametrize(
    ("pricing", "allowed", "said", "longest"),
    [
        (None, (), None, 0), ("on_demand", (), 36, 0), ("spot", (), None, 0), ("reserved", (), None, 12),
        ("reserved", (), 36, 36), (None, ("reserved",), None, 12), (None, ("reserved",), 6, 6),
    ],
)  # fmt: skip
def test_nobody_is_bound_unasked_or_longer_than_they_said(
    pricing: Pricing | None, allowed: tuple[Pricing, ...], said: int | None, longest: int
) -> None:
    spec = WorkloadSpec(pricing=pricing, pricing_allowed=allowed, commitment_months=said)
    assert compute_query(spec).max_term_months == longest
