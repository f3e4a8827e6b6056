"""Buying against renting where hardware alone is spoken of: the rent, the purchase, the power, and when one has paid
for the other."""

from collections.abc import Iterable, Sequence

from artifacts.buying import BOARD_GPUS, MODULES, YEARS, by_the_board, cards_named
from artifacts.choices import sold_at
from artifacts.notation import bullets, count, dollars, figure, plain, rate, table
from domain.base import HOURS_PER_MONTH, Frozen
from domain.offers import STRANGERS, Gpu, Offer
from domain.workload import AskedQuestion, Power
from graph.explanations.prices import Rent, rents
from sizing.purchase import Bought, bought, has_list_price
from sizing.rules import RuleBook

WHOLE_USE = 0.999
NOT_COUNTED = (
    "Not counted on either side: servers around the cards, network, racks, cooling, space, people and repairs for what "
    "is bought; what it still sells for afterwards; storage and traffic for what is rented."
)


class Weighed(Frozen):
    """So many GPUs of one kind that are bought or rented over `months`, at work `hours_per_month`."""

    gpu: Gpu
    gpus: int
    months: float
    hours_per_month: float
    rent: Rent
    said_months: bool
    found: Bought
    always: Bought
    """Rented in every hour of the month, whether it is used or not."""

    @property
    def use(self) -> float:
        return self.hours_per_month / HOURS_PER_MONTH

    @property
    def left_usd(self) -> float:
        """What buying saves over the months, before all that is not counted."""
        return (self.found.rent_usd_per_month - self.found.power_usd_per_month) * self.months - self.found.cards_usd


def weighed(
    gpus: Iterable[Gpu],
    number: int | None,
    question: AskedQuestion,
    power: Power,
    hours_per_month: float,
    offers: Sequence[Offer],
) -> Weighed | None:
    """Of the kinds that a name stands for the one sold by the board where as many are wanted, else the cheapest to
    rent; null where nobody lists what it costs to buy, or rents it out by the hour."""
    wanted = number or 1
    steady = [one for one in rents(offers) if one.offer.pricing == "on_demand" and one.offer.seller not in STRANGERS]
    kinds = [gpu for gpu in gpus if has_list_price(gpu.name)]
    known = [(gpu, rent) for gpu in kinds if (rent := _cheapest(steady, gpu, wanted)) is not None]
    if not known:
        return None
    gpu, rent = min(known, key=lambda one: (_is_by_the_board(one[0], wanted), one[1].usd_per_gpu_hour, one[0].name))
    hours = HOURS_PER_MONTH * question.use if question.use else hours_per_month
    cards = by_the_board(gpu, wanted)

    def against(rented_hours: float) -> Bought | None:
        return bought(gpu.name, cards, hours, rent.usd_per_gpu_hour * wanted * rented_hours, power)

    found, always = against(hours), against(HOURS_PER_MONTH)
    if found is None or always is None:
        return None
    months = 12 * (question.years or YEARS)
    return Weighed(
        gpu=gpu, gpus=wanted, months=months, hours_per_month=hours, rent=rent, found=found, always=always,
        said_months=question.years is not None,
    )  # fmt: skip


def buy_or_rent(one: Weighed) -> str:
    """The answer as Markdown, which of the two first."""
    over = _span(one.months) + ("" if one.said_months else " (assumed, as none was said)")
    lines = [line for line in (_power(one), _until(one), _threshold(one), NOT_COUNTED) if line]
    return "\n\n".join((f"{_lead(one)} Over {over}, {_working(one)}:", _table(one), bullets(lines)))


def _lead(one: Weighed) -> str:
    what, over = f"{one.gpus} × {plain(one.gpu.name)}", _span(one.months)
    months = one.found.months
    if months is None:
        return f"**Rent: at that use the power of {what} alone costs more than renting them.**"
    if months >= one.months:
        short = dollars(-one.left_usd)
        return (
            f"**Rent: the cards of {what} have paid for themselves after {_months(months)}, later than {over}; the "
            f"purchase is {short} dearer by then.**"
        )
    left = dollars(one.left_usd)
    return (
        f"**The cards of {what} have paid for themselves after {_months(months)}: over {over} buying pays if servers, "
        f"network, space and care come to less than {left}; else rent.**"
    )


def _table(one: Weighed) -> str:
    found, cards = one.found, one.found.cards_usd
    power = found.power_usd_per_month * one.months
    rent = found.rent_usd_per_month * one.months
    where = plain(sold_at(one.rent.offer))
    rows = [
        ("at once", "", dollars(cards)),
        ("a month", dollars(found.rent_usd_per_month), f"{dollars(found.power_usd_per_month)} of power"),
        (f"over {_span(one.months)}", f"**{dollars(rent)}**", f"**{dollars(cards + power)}**"),
    ]
    head = ("", f"renting at {where}, {rate(one.rent.usd_per_gpu_hour)} a GPU-hour", "buying the cards")
    return table(head, rows, right=frozenset({1, 2}))


def _power(one: Weighed) -> str:
    offer = one.rent.offer
    day = f"on demand, `{offer.instance_type}`, price of {offer.source.as_of.isoformat()}, a company's own machines"
    return f"{plain(cards_named(one.gpu.name, one.gpus, one.found))} The rent: {day}."


def _until(one: Weighed) -> str:
    """The other case: machines that are rented in every hour, used or not."""
    months = one.always.months
    if one.use >= WHOLE_USE or months is None:
        return ""
    return (
        f"On demand is paid for the {figure(one.hours_per_month, 0)} hours a month in which it works; rented in all "
        f"{figure(HOURS_PER_MONTH, 0)} it is {dollars(one.always.rent_usd_per_month)} a month, and the cards have paid "
        f"after {_months(months)}."
    )


def _threshold(one: Weighed) -> str:
    """The share of the hours from which on the cards pay within the time."""
    each_hour = (one.found.rent_usd_per_month - one.found.power_usd_per_month) / one.hours_per_month
    if each_hour <= 0:
        return "At no use do the cards pay: an hour of their power costs more than an hour of rent."
    share = one.found.cards_usd / (each_hour * HOURS_PER_MONTH * one.months)
    if share > 1:
        return f"At no use do the cards pay within {_span(one.months)}, not even without a break."
    return (
        f"Break-even within {_span(one.months)}: from {figure(100 * share, 0)} % of the hours on, for cards and power."
    )


def _working(one: Weighed) -> str:
    if one.use >= WHOLE_USE:
        return "at work in every hour"
    return f"at work {figure(100 * one.use, 0)} % of the hours"


def _cheapest(steady: Sequence[Rent], gpu: Gpu, wanted: int) -> Rent | None:
    """Of that very GPU, where a machine has no more of it than are wanted: whole boards where boards are bought, at a
    price that can be relied on (R9), as far as there are such."""
    fitting = [rent for rent in steady if rent.gpu.name == gpu.name and rent.offer.gpu_count <= wanted]
    boards = [rent for rent in fitting if rent.offer.gpu_count == BOARD_GPUS]
    fitting = boards if gpu.link in MODULES and boards else fitting
    fitting = [rent for rent in fitting if not RuleBook.is_doubtful(rent.offer)] or fitting
    return min(fitting, key=lambda rent: (rent.usd_per_gpu_hour, rent.offer.key), default=None)


def _is_by_the_board(gpu: Gpu, wanted: int) -> bool:
    """False, which is first, for the kind that fits the number: modules for whole boards, cards for less."""
    return (gpu.link in MODULES) != (by_the_board(gpu, wanted) == wanted and wanted >= BOARD_GPUS)


def _months(months: float) -> str:
    return f"{figure(months, 0 if months >= 10 else 1)} months"


def _span(months: float) -> str:
    if months >= 12 and months % 12 == 0:
        return count(int(months // 12), "year")
    return f"{figure(months, 0)} months"
