"""Answers about electricity: what the cards take at full power, and what that costs where one pays for it oneself."""

import re

from artifacts.buying import bought_instead, cards_told, lead, paid_off
from artifacts.notation import count, figure, money, plain, rate
from domain.base import HOURS_PER_MONTH
from domain.placement import PlacementOption
from domain.workload import Power
from graph.explanations.evidence import Standing
from graph.explanations.unknowns import sentences
from graph.savings import spent

EMISSIONS = frozenset(
    {"carbon", "co2", "emissions", "green", "renewable", "footprint", "climate", "water", "sustainable"}
)
_LIMIT = re.compile(r"(\d+(?:\.\d+)?) ?w(?:atts?)?\b", re.I)
LEAST_W = 30.0
"""A limit of one card; less is no card's."""
_TARIFF = re.compile(r"(\d*\.\d+) ?(?:a|per|/|an) ?kwh", re.I)
_FEED = re.compile(r"(?:(\d+) ?x ?|(one|two|three|four|both) )?(\d+) ?a(?:mps?|mperes?)?\b", re.I)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "both": 2}
_VOLTS = re.compile(r"(\d{3}) ?v(?:olts?)?\b", re.I)
USUAL_VOLTS = 230
LASTING = 0.8
"""The share of its rating that a circuit carries without a break."""
NOISY = frozenset({"loud", "noise", "noisy", "noises", "decibel", "decibels", "quiet", "silent"})
NOISE = "How loud it is, neither the plan nor the catalogue holds: the maker of the server states it."
OWNING = frozenset({"buy", "buying", "bought", "own", "owning", "answer", "change", "changes", "still", "pay", "pays"})
"""Words of a question what a tariff makes of buying."""
CARBON = "What a kWh emits is a matter of the grid there, which the catalogue does not hold: multiply by its figure."
CARDS_ALONE = "Of the cards alone: hosts, network and cooling come on top, and their power is not in the catalogue."


def power(standing: Standing) -> str:
    """The cards' power, its price at the tariff that was said, and whether another tariff turns buying into renting."""
    there = bool(standing.plan.recommendations)
    option = standing.first if there else None
    if option is None or option.offer.gpu is None:
        return sentences()["energy"]
    per = "a month" if option.job_cost_usd is None else "for the job"
    tariff = _said(standing) or standing.spec.power
    spec = standing.spec.model_copy(update={"power": _with_price(standing.spec.power, tariff)})
    emissions = any(word in standing.question.lower() for word in EMISSIONS)
    found = bought_instead(option, spec)
    if found is None or found.kilowatts is None:
        rent = f"Power is part of the rent of {money(option.price_per_month_usd)} {per}. "
        if option.is_own and not emissions:
            return _by_the_watt(option, tariff)
        return ("" if option.is_own or emissions else rent) + sentences()["energy"]
    hours = option.hours_per_month or HOURS_PER_MONTH
    a_kwh = f"{rate(found.usd_per_kwh)} a kWh" + (" (assumed: say what yours costs)" if found.is_assumed else "")
    share = _limited_to(standing, found.kilowatts * 1000 / found.cards)
    drawn = (
        "at full power" if share == 1 else f"limited to {figure(share * found.kilowatts * 1000 / found.cards)} W each"
    )
    slower = "" if share == 1 else " What that costs in speed is not measured here."
    if emissions:
        return (
            f"{option.gpus} x {plain(option.offer.gpu.name)} take {figure(found.kilowatts, 2)} kW at full power: x "
            f"{figure(hours, 0)} h = **{figure(found.kilowatts * hours, 0)} kWh{'' if option.job_hours else ' a month'}"
            f"**. {CARDS_ALONE} {CARBON}"
        )
    noise = f"{NOISE} " if NOISY & {*standing.words} else ""
    takes = noise + (
        f"{option.gpus} x {plain(option.offer.gpu.name)} take {figure(share * found.kilowatts, 2)} kW {drawn}: x "
        f"{figure(hours)} h x {a_kwh} = **{money(share * found.power_usd_per_month)} {per}**. {CARDS_ALONE}{slower}"
    )
    if option.is_own:
        return takes + _all_held(option, found.kilowatts) + _fed(standing, option, found.kilowatts)
    if (tariff == standing.spec.power and found.is_assumed) or not OWNING & {*standing.words}:
        return f"None: power is part of the rent of {money(spent(option))} {per}. For comparison, {takes}"
    before = bought_instead(option, standing.spec)
    years = standing.spec.question.years if standing.spec.question and standing.spec.question.years else 3.0
    was, now = (lead(one, years) if one else "" for one in (before, found))
    changes = "No, the answer stays" if was == now else "Yes, the answer changes"
    return f"{changes}: {now[:1].lower()}{now[1:]} {cards_told(option, found)} {paid_off(found)}"


def _by_the_watt(option: PlacementOption, tariff: Power) -> str:
    """Of cards whose power is not known: what each watt that one draws comes to."""
    gpu, hours = option.offer.gpu, option.hours_per_month or HOURS_PER_MONTH
    card = plain(gpu.name) if gpu else "card"
    kilowatt_hours = option.gpus * hours / 1000
    said = f"The catalogue holds no figure for the power of {card}."
    if tariff.price_per_kwh is None:
        return f"{said} Each watt that one draws is {figure(kilowatt_hours, 1)} kWh a month for {option.gpus} of them."
    a_watt = kilowatt_hours * tariff.price_per_kwh
    unit = tariff.currency or "USD"
    return (
        f"{said} By your tariff each watt that one draws costs {figure(a_watt, 2)} {unit} a month ({option.gpus} cards "
        f"x {figure(hours, 0)} h / 1,000 x {figure(tariff.price_per_kwh, 3)} {unit}): multiply by the watts of its "
        f"data sheet. {CARDS_ALONE}"
    )


def _all_held(option: PlacementOption, kilowatts: float) -> str:
    """What the cards at hand take that stay free of this work, too, as they may be put to another."""
    held = option.held_gpus or option.gpus
    return f" All {held} cards at hand: {figure(kilowatts * held / option.gpus, 1)} kW." if held > option.gpus else ""


def _fed(standing: Standing, option: PlacementOption, kilowatts: float) -> str:
    """Whether the circuits that the question names carry the cards at hand, all of them and with one less."""
    feed = _FEED.search(standing.question)
    if feed is None:
        return ""
    many, amps = int(feed[1] or _NUMBERS.get(feed[2] or "", 1)), float(feed[3])
    volts = _VOLTS.search(standing.question)
    each = amps * float(volts[1] if volts else USUAL_VOLTS) / 1000
    load = kilowatts * (option.held_gpus or option.gpus) / option.gpus
    lasting = LASTING * many * each
    fits = load <= lasting
    said = volts[1] if volts else f"{USUAL_VOLTS} (assumed)"
    told = (
        f" {count(many, 'circuit')} of {figure(amps)} A at {said} V carry {figure(many * each, 1)} kW, "
        f"{figure(lasting, 1)} kW without a break (80 %): the cards take {figure(load, 1)} kW"
        + (f", which leaves {figure(lasting - load, 1)} kW for the hosts." if fits else ", which is too much.")
    )
    if many < 2:
        return told
    alone = LASTING * (many - 1) * each
    enough = "enough" if load <= alone else "not enough"
    return f"{told} With one of them out {figure(alone, 1)} kW are left: {enough} for the cards."


def limits_cards(standing: Standing) -> bool:
    """Whether it asks what power costs with the cards at hand limited to so many watts each."""
    own = bool(standing.plan.recommendations) and standing.first.is_own
    return own and _LIMIT.search(standing.question) is not None


def _limited_to(standing: Standing, watts: float) -> float:
    """The share of a card's full power that the question limits it to; 1 where it says none."""
    limits = (float(found[1]) for found in _LIMIT.finditer(standing.question))
    return next((limit / watts for limit in limits if LEAST_W <= limit < watts), 1.0)


def _said(standing: Standing) -> Power | None:
    """The tariff of the question, with its currency or in that of the plan."""
    if standing.said.power.price_per_kwh is not None:
        return standing.said.power
    found = _TARIFF.search(standing.question)
    return Power(price_per_kwh=float(found[1])) if found else None


def _with_price(stands: Power, tariff: Power) -> Power:
    return stands.model_copy(
        update={"price_per_kwh": tariff.price_per_kwh, "currency": tariff.currency or stands.currency}
    )
