"""What a machine can cost: a price that no seller asks is a mistake in the list, not a bargain."""

from collections import defaultdict

from catalog.starter import ComputeFacts
from domain.base import Pricing
from domain.offers import Gpu

BELOW, ABOVE = 3.0, 5.0
"""How far under the cheapest and over the dearest price known of a GPU a price may lie."""

SPOT_DISCOUNT = 10.0
"""Deepest discount of spot against the cheapest on-demand price, where no spot price of the GPU is known."""

LEAST_PER_GB, MOST_PER_GB = 0.0005, 0.5
"""USD an hour for each GB of a GPU of which no price is known."""

LEAST_PER_VCPU, MOST_PER_VCPU = 0.0001, 20.0
"""USD an hour; a machine without a vCPU count is held to one."""


class PriceBands:
    """Made from the prices of the starter catalogue, per GPU and kind of pricing."""

    def __init__(self, facts: ComputeFacts) -> None:
        prices: dict[tuple[str, Pricing], list[float]] = defaultdict(list)
        for offer, _ in facts.offers:
            if offer.gpu is not None and offer.price_per_hour_usd is not None:
                prices[offer.gpu.name, offer.pricing].append(offer.price_per_hour_usd / offer.gpu_count)
        self._known = {key: (min(found), max(found)) for key, found in prices.items()}

    def doubt(self, price: float, pricing: Pricing, gpu: Gpu | None, count: int, vcpu: float | None) -> str | None:
        """Why the price an hour, in USD, cannot be right; null for one that can."""
        if gpu is None:
            cores = max(vcpu or 1.0, 1.0)
            if LEAST_PER_VCPU <= price / cores <= MOST_PER_VCPU:
                return None
            return f"${price:g} an hour is no price for {cores:g} vCPU"
        low, high = self._band(gpu, pricing)
        if low <= price / count <= high:
            return None
        return f"${price / count:.4g} an hour for one {gpu.name}: others ask ${low:.3g} to ${high:.3g} at the utmost"

    def _band(self, gpu: Gpu, pricing: Pricing) -> tuple[float, float]:
        """A spot price may come as high as an on-demand one; that it stays below its own is seen elsewhere."""
        known, on_demand = self._known.get((gpu.name, pricing)), self._known.get((gpu.name, "on_demand"))
        if not known and not on_demand:
            return gpu.memory_gb * LEAST_PER_GB, gpu.memory_gb * MOST_PER_GB
        low = known[0] / BELOW if known else on_demand[0] / SPOT_DISCOUNT if on_demand else 0.0
        return low, max(found[1] for found in (known, on_demand) if found) * ABOVE
