"""What SkyPilot's catalogues leave unsaid, from skypilot.yaml."""

import re
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen, Pricing
from domain.own_files import own_yaml

FILE = Path(__file__).with_name("skypilot.yaml")


class ForeignCurrency(Frozen):
    regions: str
    currency: str


class TpuSlice(Frozen):
    gpu: str
    per_chip: int
    chips_of_a_host: int


class Unsaid(Frozen):
    providers: dict[str, str]
    foreign_currency: dict[str, ForeignCurrency]
    accelerated: dict[str, str]
    spot_only: dict[str, str]
    hosts: dict[str, dict[str, dict[str, int]]]
    attached: dict[str, dict[str, dict[int, tuple[str, ...]]]]
    tpus: dict[str, TpuSlice]
    unions: dict[str, tuple[str, ...]]

    def currency(self, provider: str, region: str) -> str | None:
        """What the prices are in, where that is not USD."""
        foreign = self.foreign_currency.get(provider)
        return foreign.currency if foreign and re.fullmatch(foreign.regions, region) else None

    def sold(self, provider: str, instance_type: str, pricing: Pricing) -> bool:
        """Whether the seller sells the machine so."""
        pattern = self.spot_only.get(provider)
        return pricing == "spot" or pattern is None or re.fullmatch(pattern, instance_type) is None

    def always_accelerated(self, provider: str, instance_type: str) -> bool:
        """Whether a machine of that name without an accelerator is one whose accelerator was left out."""
        pattern = self.accelerated.get(provider)
        return pattern is not None and re.fullmatch(pattern, instance_type) is not None


@lru_cache
def unsaid() -> Unsaid:
    """The file, read once."""
    return own_yaml(FILE, Unsaid)
