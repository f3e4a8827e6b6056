"""A model behind somebody else's API: its list prices, and what a rented machine costs beside them per unit of work."""

import re
from statistics import median
from typing import Literal

from pydantic import Field

from domain.base import Frozen, Source
from domain.names import squash
from domain.placement import ProofLine

HostedUnit = Literal["million_tokens", "image", "audio_hour"]
LoadKind = Literal["stated", "in_flight", "job", "full"]
"""How a load came about: said as a rate or a volume; so many people's requests in flight in every hour; a job at the
speed of its placement; the most the machines can do."""
Age = Literal["newer", "older", "equal"]

_PACKING = re.compile(
    r"(?:[-_.](?:awq|gptq|gguf|fp8|bf16|fp16|int4|int8|w4a16|w8a8|nvfp4|mxfp4|dynamic|hf|diffusers))+$", re.IGNORECASE
)
_MAKER = re.compile(r"^(?:meta|nvidia)[-_.](?=.)", re.IGNORECASE)
_VERSION_SIGN = re.compile(r"(?<![a-z])v(?=\d)", re.IGNORECASE)


def weights_name(key: str) -> str:
    """What copies of the same trained weights share: the name without owner, maker and number format.

    RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic and meta-llama/Llama-3.3-70B-Instruct are one.
    """
    tail = without_maker(_PACKING.sub("", key.rsplit("/", 1)[-1]))
    return squash(_VERSION_SIGN.sub("", tail))


def without_maker(repository: str) -> str:
    """Meta-Llama-3.1-8B is Llama-3.1-8B: what a repository is called without who made it."""
    return _MAKER.sub("", repository)


class HostedPrice(Frozen):
    """What an API lists for one model: a row of `cloud.hosted_prices`. A price it does not list is null, never 0."""

    key: str = Field(description="as listed: provider/model")
    api: str = Field(description="whose API it is, by its own name: DeepInfra, Amazon Bedrock")
    model: str = Field(description="Hugging Face id of the open model that it serves")
    input_usd_per_million_tokens: float | None = None
    output_usd_per_million_tokens: float | None = None
    usd_per_image: float | None = None
    usd_per_audio_hour: float | None = None
    context_tokens: int | None = Field(default=None, description="the longest prompt that the API takes")
    source: Source


class HostedQuote(Frozen):
    """One API's list price of one unit of this work."""

    api: str
    key: str = Field(description="as listed: provider/model")
    usd: float
    source: Source


class UnitCost(Frozen):
    """What one unit costs on rented machines that do `units_per_hour` of them."""

    load: LoadKind
    units_per_hour: float
    usd: float


class BreakEven(Frozen):
    """The load at which the rent of an hour buys as much from the API; above it, renting is the cheaper way."""

    usd: float = Field(description="the API's price of one unit")
    units_per_hour: float
    units_per_month: float = Field(description="over the hours a month that the machines run")
    requests_per_hour: float
    times_load: float | None = Field(default=None, description="of the expected load; null where none was said")
    share_of_full: float | None = Field(default=None, description="of the most the machines can do; null: unknown")

    @property
    def reachable(self) -> bool:
        """Whether these machines can carry it; true where nobody knows how much they can do."""
        return self.share_of_full is None or self.share_of_full <= 1


class StandIn(Frozen):
    """The priced model that is compared where no API lists the chosen one."""

    key: str
    name: str
    active_params_b: float
    age: Age | None = Field(default=None, description="against the chosen model; null where a day is not known")


class HostedComparison(Frozen):
    """A unit of work on the rented machines beside the list prices of APIs.

    Rent alone is counted on the one side, list prices alone on the other: no storage, egress or work of people; no
    discount for cached input, batches or commitments.
    """

    unit: HostedUnit
    model: str | None = Field(default=None, description="key of the model that the machines run")
    input_tokens: int | None = Field(default=None, description="of one request; null where the unit is no token")
    output_tokens: int | None = None
    price_per_hour_usd: float
    hours_per_month: float
    price_as_of: str = Field(description="day of the rent, YYYY-MM-DD")
    at_load: UnitCost | None = Field(default=None, description="null where no load was said")
    at_full: UnitCost | None = Field(default=None, description="null where the speed is not known")
    full_band_usd: tuple[float, float] | None = Field(
        default=None, description="the least and the most that a unit costs at full load, by the error of the speed"
    )
    limit_usd: float | None = Field(default=None, description="the most that a unit may cost, as was said")
    quotes: tuple[HostedQuote, ...] = Field(default=(), description="one an API, the cheapest first")
    api_usd_per_month: tuple[float, float] | None = Field(
        default=None, description="the lowest and the highest that the load of a month costs at APIs; null for a job"
    )
    unproven: tuple[str, ...] = Field(
        default=(), description="APIs left out: not known to meet the place or the programmes that were asked for"
    )
    unproven_lowest: HostedQuote | None = Field(
        default=None, description="the cheapest of those left out, where no other is listed: a price, not a proof"
    )
    unproven_usd_per_month: float | None = Field(default=None, description="what the load of a month costs there")
    stand_in: StandIn | None = Field(default=None, description="whose prices `quotes` are, where not the model's own")
    against_lowest: BreakEven | None = Field(default=None, description="null without quotes, and for a job")
    against_median: BreakEven | None = None
    lines: tuple[ProofLine, ...] = ()

    @property
    def usd(self) -> UnitCost | None:
        """What is compared: the cost at the expected load, else at full load."""
        return self.at_load or self.at_full

    @property
    def keeps_limit(self) -> bool | None:
        """Whether a unit costs no more than it may; null where no limit was said or no cost is known."""
        return self.usd.usd <= self.limit_usd if self.usd and self.limit_usd is not None else None

    @property
    def lowest_usd(self) -> float | None:
        return self.quotes[0].usd if self.quotes else None

    @property
    def median_usd(self) -> float | None:
        return median(quote.usd for quote in self.quotes) if self.quotes else None

    @property
    def highest_usd(self) -> float | None:
        return self.quotes[-1].usd if self.quotes else None
