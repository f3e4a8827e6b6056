"""The amounts of a workload that comes back: of one run, of a day, of a month."""

from domain.base import HOURS_PER_MONTH
from domain.workload import RUNS_PER_MONTH, Cadence, Domain, Traffic, Volume, VolumePeriod, VolumeUnit

SECONDS_A_DAY = 86_400
MADE: dict[Domain | None, VolumeUnit] = {"image_generation": "images", "video": "videos"}
HOURS_OF: dict[VolumePeriod | None, float] = {"hour": 1.0, "day": 24.0, "month": HOURS_PER_MONTH}


def in_one_run(volume: Volume, every: Cadence | None) -> int:
    """What comes in between two trainings."""
    amount = volume.amount or 0.0
    if every is None or volume.per in (None, "total"):
        return int(amount)
    return round(amount * HOURS_PER_MONTH / RUNS_PER_MONTH[every] / HOURS_OF[volume.per])


def by_the_day(traffic: Traffic, domain: Domain | None) -> Volume:
    """ "600 a day" without a word for what is made."""
    if traffic.requests_per_second is None:
        return Volume()
    unit = MADE.get(domain, "requests")
    return Volume(amount=round(traffic.requests_per_second * SECONDS_A_DAY), unit=unit, per="day")


def again(volume: Volume, every: Cadence | None) -> Volume:
    """An amount that comes back every night is one of each day."""
    if every is None or volume.amount is None or volume.per not in (None, "total"):
        return volume
    if every == "day":
        return volume.model_copy(update={"per": "day"})
    a_month = volume.amount * RUNS_PER_MONTH[every]
    return volume.model_copy(update={"amount": a_month, "per": "month"})
