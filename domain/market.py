"""All that fits, at a glance: what each seller asks for each kind of GPU on which the workload would run."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen

Pace = Literal["tokens_per_s_per_user", "answer_ms", "job_hours"]


class MarketEntry(Frozen):
    """The cheapest plan on one seller's GPUs of one kind: of those as sound as the first choice, else of all. The
    choices of the plan and their alternatives have entries of their own."""

    offer: str = Field(description="the catalogue's row: provider/instance_type/region/pricing")
    label: str = Field(default="", description="recommended, cheapest, faster ... where it is an option of the plan")
    gpu: str = Field(description="its kind")
    gpus: int = Field(description="rented in all")
    usd: float = Field(description="for a month of a service, for the whole of a job, to the cent")
    pace: float | None = Field(default=None, description="in the unit of the market")
    breaks: tuple[str, ...] = Field(
        default=(), description="ids of rules it does not keep, and precision where it is less than the first choice's"
    )

    @property
    def provider(self) -> str:
        """Who sells it."""
        return self.offer.partition("/")[0]


class Market(Frozen):
    """What was compared to find the first choice."""

    per: Literal["month", "job"]
    pace: Pace | None = Field(default=None, description="unit of speed; null where none can be estimated")
    offers: int = Field(description="of the catalogue on which it fits, within every constraint")
    sellers: int = Field(description="who make them")
    entries: tuple[MarketEntry, ...] = Field(description="by GPU, then price")
