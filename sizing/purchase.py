"""What a card costs to buy and the power that it takes, where a public list says it: for "buy or rent"."""

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from domain.base import Source

PURCHASE_SOURCE = Source(
    name="Hugging Face, hardware SKUs (list price or street price of one card at its launch; power of the card)",
    url="https://github.com/huggingface/huggingface.js/tree/main/packages/tasks/src",
    as_of=date(2026, 8, 21),
)


class Purchase(NamedTuple):
    """Of one card, or of a whole machine where it is none. Servers around cards, networks and cooling come on top."""

    usd: float | None
    watts: float | None


@lru_cache
def _purchases() -> dict[str, Purchase]:
    with Path(__file__).with_name("purchase_prices.csv").open(encoding="utf-8", newline="") as file:
        return {row["gpu"]: Purchase(_figure(row["usd"]), _figure(row["watts"])) for row in csv.DictReader(file)}


def _figure(written: str) -> float | None:
    return float(written) if written else None


def purchase_of(gpu_name: str) -> Purchase | None:
    """By the catalogue's name of the GPU; null where no public list has it."""
    return _purchases().get(gpu_name)


def energy_kwh(gpu_name: str, count: int, hours: float) -> float | None:
    """What the cards alone take at full power."""
    known = purchase_of(gpu_name)
    return None if known is None or known.watts is None else known.watts * count * hours / 1000
