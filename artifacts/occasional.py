"""What to do first with a load that keeps no machine at work, in a sentence or two of plain text."""

from artifacts.choices import machines
from artifacts.notation import dollars, figure
from artifacts.unit_cost import UNITS
from domain.hosted import HostedComparison
from domain.placement import PlacementOption
from sizing.occasional import Occasional

WORTH = 0.5
"""Of the rent: an API that costs less than that is told first."""


def occasional_told(
    found: Occasional, option: PlacementOption, hosted: HostedComparison | None, *, soon: bool, private: bool = False
) -> str:  # fmt: skip
    """By the unit at an API where one lists such a model; else machines that are there for the work alone, unless an
    answer has to come `soon`. Empty where neither is much cheaper. `private`: what is sent may go to nobody of whom it
    is not known where data are kept."""
    busy = f"{_hours(found.working_hours)} of the {figure(found.paid_hours, 0)} h that are paid for"
    idle = f"Small load: it gives {machines(option)} work for {busy}."
    always = f"a machine that is always on costs {dollars(found.paid_usd)}"
    sold = _api(hosted, found.paid_usd)
    if sold is not None and not (sold[2] and private):
        who, usd, doubt = sold
        unit = UNITS[hosted.unit] if hosted else "unit"
        by = "token" if unit == "million tokens" else unit
        return f"{idle} By the {by} first: {who} about {_cents(usd)} a month at its list price; {always}.{doubt}"
    if soon:
        return ""
    return (
        f"{idle} Rent it for the work alone: started when there is some and given back behind it, or at a seller who "
        f"bills by the second, those hours come to about {_cents(found.working_usd)} a month, the start of each not "
        f"counted, and who comes first waits minutes for it; {always}."
    )


def _api(hosted: HostedComparison | None, rent_usd: float) -> tuple[str, float, str] | None:
    """Who sells it, at how much a month, and what is not known of them."""
    if hosted is None:
        return None
    model = hosted.stand_in.name if hosted.stand_in else (hosted.model or "such a model").rpartition("/")[2]
    like = ", the nearest that is sold so," if hosted.stand_in else ""
    if hosted.quotes and hosted.api_usd_per_month is not None:
        api, usd, doubt = hosted.quotes[0].api, hosted.api_usd_per_month[0], ""
    elif hosted.unproven_lowest is not None and hosted.unproven_usd_per_month is not None:
        api, usd = hosted.unproven_lowest.api, hosted.unproven_usd_per_month
        doubt = " Where it keeps data and what it attests is not in the catalogue: ask before any goes there."
    else:
        return None
    return (f"{model} at {api}{like} is", usd, doubt) if usd < rent_usd * WORTH else None


def _cents(usd: float) -> str:
    """At least a cent."""
    return dollars(usd) if usd >= 0.01 else "a cent"


def _hours(hours: float) -> str:
    return f"{figure(hours, 1)} h" if hours >= 1 else f"{figure(max(hours * 60, 1), 0)} min"
