"""Buying instead of renting: what the cards list at, what their power costs, and when that has paid for itself."""

from artifacts.notation import count, dollars, figure, money, rate
from domain.offers import Gpu
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.constraints import names_gpu
from sizing.purchase import PURCHASE_SOURCE, Bought, bought

YEARS = 3.0
"""Over which hardware is usually written off."""
LONGEST_YEARS = 10.0
"""No card is used for longer: after how many months more it would pay says nothing."""
SOON = 1 / 3
"""Of that time: what has paid for itself by then leaves room for what the cards do not cost."""
BOARD_GPUS = 8
MODULES: frozenset[str] = frozenset({"nvlink", "infinity_fabric"})
"""Links of GPUs that are no cards but modules of a board."""


def bought_instead(option: PlacementOption, spec: WorkloadSpec) -> Bought | None:
    """The option's cards bought, modules by the board, against its own rent; null where nobody says their price."""
    gpu, hours = option.offer.gpu, option.hours_per_month
    if gpu is None:
        return None
    rent = (option.rents_for_per_hour_usd or option.price_per_hour_usd) * hours
    return bought(gpu.name, by_the_board(gpu, option.gpus), hours, rent, spec.power)


def by_the_board(gpu: Gpu, gpus: int) -> int:
    """How many are bought for so many: modules by the board that carries them."""
    step = BOARD_GPUS if gpu.link in MODULES else 1
    return -(-gpus // step) * step


def others_named(option: PlacementOption, spec: WorkloadSpec, rent_usd_per_month: float) -> str:
    """The same of the other cards that were named, as many of them: what they list at, and when they have paid."""
    gpu, told = option.offer.gpu, []
    for name in dict.fromkeys(spec.gpu.models):
        if gpu is None or names_gpu(name, gpu):
            continue
        found = bought(name, option.gpus, option.hours_per_month, rent_usd_per_month, spec.power)
        if found is None:
            told.append(f"{name}: no public list has a price to buy it.")
        else:
            when = f"after {_months(found.months)}" if found.months else "never"
            told.append(
                f"{found.cards} x {name} list at {dollars(found.cards_usd)}, paid {when}, should they carry it."
            )
    return "".join(f" {one}" for one in told)


def no_list_price(option: PlacementOption) -> str:
    """That nothing is known of what the machines cost to buy; without a capital, to stand anywhere."""
    gpu = option.offer.gpu
    return (
        f"no public list has a price to buy {gpu.name}" if gpu else "prices of servers to buy are not in the catalogue"
    )


def source_told() -> str:
    """What the prices are, and whose list of which day."""
    name = PURCHASE_SOURCE.name.partition(" (")[0]
    return f"list or street price at launch, {name}, {PURCHASE_SOURCE.as_of.isoformat()}"


def cards_told(option: PlacementOption, found: Bought) -> str:
    """Price and power of the cards with their source, in one or two sentences."""
    return cards_named(option.offer.gpu.name if option.offer.gpu else "card", option.gpus, found)


def cards_named(name: str, gpus: int, found: Bought) -> str:
    """The same of so many GPUs by name."""
    each = f"{dollars(found.card_usd)} each, " if found.cards > 1 else ""
    board = f" ({name} are modules, mostly sold by {BOARD_GPUS})" if found.cards > gpus else ""
    told = f"To buy, {found.cards} x {name}{board} list at {each}{dollars(found.cards_usd)} for the cards alone"
    power = ""
    if found.kilowatts is not None:
        rate_told = f"{dollars(found.power_usd_per_month)} a month at {_kwh(found)}"
        power = f"; at full power they take {figure(found.kilowatts, 2)} kW, {rate_told}"
    return f"{told} ({source_told()}){power}."


def _kwh(found: Bought) -> str:
    if found.is_assumed:
        return f"{money(found.usd_per_kwh)} a kWh (assumed)"
    return f"{rate(found.usd_per_kwh)} a kWh, as you said"


def paid_off(found: Bought) -> str:
    """After how many months the cards have paid for themselves, and what is not counted."""
    beside = "servers, network, cooling, space and care not counted"
    if found.months is None:
        return f"Against {dollars(found.rent_usd_per_month)} a month of rent they never pay: their power costs more."
    power = f" less {dollars(found.power_usd_per_month)} of power" if found.power_usd_per_month else ""
    if found.months > 12 * LONGEST_YEARS:
        return (
            f"Against {dollars(found.rent_usd_per_month)} a month of rent{power} the cards do not pay for themselves "
            f"in {LONGEST_YEARS:g} years of such use."
        )
    return (
        f"Against {dollars(found.rent_usd_per_month)} a month of rent{power} the cards have paid for themselves after "
        f"{_months(found.months)} of such use, {beside}."
    )


def lead(found: Bought, years: float = YEARS) -> str:
    """Buy or rent, by when the cards alone have paid for themselves in the time over which they are used."""
    if found.months is None or found.months >= 12 * years:
        return f"Rent: in {_years(years)} not even the cards pay for themselves."
    if found.months <= 12 * years * SOON:
        return f"Buy, if it runs like this for {_years(years)} and you have the room and the people for it; else rent."
    left = (found.rent_usd_per_month - found.power_usd_per_month) * 12 * years - found.cards_usd
    return f"Buy where servers, space and care cost less than {dollars(left)} over {_years(years)}; else rent."


def _months(months: float) -> str:
    return f"{figure(months, 0 if months >= 10 else 1)} months"


def _years(years: float) -> str:
    return count(int(years), "year") if years == int(years) else f"{figure(years, 1)} years"
