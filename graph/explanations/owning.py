"""Answers about buying hardware instead of renting it."""

from artifacts.buying import YEARS as YEARS_OF_USE
from artifacts.buying import bought_instead, cards_told, lead, no_list_price, paid_off
from artifacts.notation import count, figure, money, plain, rate
from artifacts.proof import fit_in_one_line
from domain.base import HOURS_PER_MONTH
from graph.explanations.cards import on_card
from graph.explanations.evidence import Standing
from graph.explanations.wording import name

YEARS = (1, 3)
OWN = frozenset({"own", "our", "my", "home", "workstation", "laptop", "pc", "have"})


def buy(standing: Standing) -> str:
    """Of a card that somebody has, whether the work fits it; of hardware to be bought, what the rent comes to."""
    proof = standing.first.proof
    if standing.gpus and OWN & {*standing.words} and proof is not None:
        fits = "; ".join(
            f"{plain(gpu.name)}: what the plan runs {on_card(proof, gpu.memory_gb)}" for gpu in standing.gpus
        )
        return f"On one of your own, without rent: {fits}. Say “we have one” to have it planned first, with its time."
    return _against_rent(standing)


def left_over(standing: Standing) -> str | None:
    """Of hardware at hand, how much of it the plan takes and what stays free; null where it is rented."""
    if not standing.plan.recommendations or not standing.first.is_own or standing.plan.together is not None:
        return None
    first = standing.first
    held = first.held_gpus or first.gpus
    fit = f" On each of them the work {fit_in_one_line(first.proof)}." if first.proof else ""
    yes = "Yes: " if standing.closed else ""
    told = f"{yes}{first.gpus} of your {held} GPUs carry it, {held - first.gpus} stay free.{fit}"
    return f"{told} {plain(standing.plan.answer)}"


def _against_rent(standing: Standing) -> str:
    """What the rent comes to, beside what the cards list at and when they have paid for themselves."""
    option = standing.one().option
    gpu = option.offer.gpu
    what = f"{option.gpus} × {gpu.name}" if gpu else count(option.nodes, "machine")
    found = bought_instead(option, standing.spec)
    known = f"{plain(no_list_price(option)[:1].upper() + no_list_price(option)[1:])}."
    if found is not None:
        known = plain(cards_told(option, found))
    if option.job_cost_usd is not None and option.job_hours is not None:
        return (
            f"{known} This job rents {name(option)} for {figure(option.job_hours, 1)} h, "
            f"**{money(option.job_cost_usd)}** in all; bought hardware pays only if many such jobs follow: a year of "
            f"the same machines without a break rents for {money(option.price_per_hour_usd * HOURS_PER_MONTH * 12)}."
        )
    if option.label == "own hardware":
        return (
            f"{what} are what you have: nothing has to be bought. {known} What more of them would rent for stands in "
            "a plan without hardware of your own."
        )
    month = (option.rents_for_per_hour_usd or option.price_per_hour_usd) * option.hours_per_month
    over = " and ".join(
        f"{money(month * 12 * years)} over {count(years, 'year')} ({money(month)} × {12 * years})" for years in YEARS
    )
    the_like = f"number 1, {name(option)}" if not option.is_own else f"the like of number 1, {name(option)}"
    each = f", {money(month * 36 / option.gpus)} a GPU over 3 years" if option.gpus > 1 else ""
    reserved = [item for item in standing.placement.options if item.offer.pricing == "reserved"]
    commitment = (
        f" A commitment is between the two: {rate(reserved[0].price_per_hour_usd)} an hour." if reserved else ""
    )
    question = standing.plan.spec.question
    paid = f"{lead(found, (question.years if question else None) or YEARS_OF_USE)} " if found else ""
    months = f" {plain(paid_off(found))}" if found else ""
    return (
        f"{paid}{known}{months} The rent of {the_like}, is **{over}**{each}. Buying pays if the cards with their "
        f"server, power, cooling, space and the people who look after them cost less than that at "
        f"{figure(option.hours_per_month)} h of use a month; at fewer hours the rent falls and the purchase does not."
        f"{commitment} If you own such hardware already, say so, and it is planned for first."
    )
