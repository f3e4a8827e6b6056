"""How answers name an option."""

from artifacts.markdown import runs
from artifacts.notation import code, figure, money, plain, rate
from domain.placement import PlacementOption

NOT_PRICED = "the catalogue has no prices of power, space and the people who look after it"


def name(option: PlacementOption) -> str:
    """The offer as a sentence names it, as Markdown."""
    offer = option.offer
    if option.is_own:
        return f"{option.nodes} × {code(offer.instance_type)} on site"
    where = f"{plain(offer.region)}, {offer.terms}"
    return f"{option.nodes} × {code(offer.instance_type)} at {plain(offer.provider)} ({where})"


def costs(option: PlacementOption) -> str:
    """Its machines by the hour, and for the job or the month."""
    if option.is_own:
        return "no rent"
    whole = f"{money(option.price_per_month_usd)} a month"
    if option.job_cost_usd is not None:
        hours = f" of {figure(option.job_hours)} h" if option.job_hours is not None else ""
        whole = f"{money(option.job_cost_usd)} for the job{hours}"
    return f"{rate(option.price_per_hour_usd)} an hour, {whole}"


def priced(option: PlacementOption) -> str:
    """What it is, at which precision, and what it costs."""
    precision = f", at {plain(option.quantization)}" if option.quantization else ""
    return f"{name(option)}, {costs(option)}{precision}"


def told(option: PlacementOption) -> str:
    """What it is, what runs on it and what it costs."""
    gpus = f" with {option.gpus} × {plain(option.offer.gpu.name)}" if option.offer.gpu else ""
    return f"{name(option)}{gpus}, running {runs(option)}, for {costs(option)}"
