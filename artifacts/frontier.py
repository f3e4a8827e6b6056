"""What training a model like the large closed ones takes."""

from artifacts.notation import figure
from domain.placement import PlacementOption
from domain.workload import Budget

FRONTIER_FLOP, FRONTIER_SOURCE = 1e25, "Epoch AI, models over 10^25 FLOP, 2025-01-30"
FRONTIER_SHARE = 0.4
"""Of a GPU's peak that large trainings reach."""
INSTEAD = "The plan below trains a small model; fine-tune an open one to come nearer."


def frontier(name: str, option: PlacementOption, budget: Budget, limit_usd: float | None) -> str:
    """No: what training a model like a closed one from scratch takes, on the GPUs of the plan and at their price."""
    gpu = option.offer.gpu
    class_of = f"{name} and models like it were trained with more than 10^25 operations ({FRONTIER_SOURCE})"
    if gpu is None or not gpu.tflops_bf16 or not option.price_per_hour_usd:
        return f"No: {class_of}. {INSTEAD}"
    hours = FRONTIER_FLOP / (gpu.tflops_bf16 * 1e12 * FRONTIER_SHARE) / 3600
    usd = hours * option.price_per_hour_usd / option.gpus
    takes = f"about {figure(hours / 1e6, 1)} million hours of a {gpu.name} at {FRONTIER_SHARE:.0%} of its speed"
    share = ""
    if limit_usd:
        said = f"{budget.amount or 0:,.10g} {budget.currency or 'USD'}"
        share = f"; {said} are {figure(100 * limit_usd / usd, 1)} % of that"
    cost = f"{figure(usd / 1e6, 1)} million USD at the price below{share}"
    return f"No: {class_of}, {takes}, {cost}. {INSTEAD}"
