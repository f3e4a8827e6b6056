"""What machines rent for, without any plan: the catalogue's cheapest offers, by the hour and by the GPU."""

from collections.abc import Iterable, Sequence

from artifacts.notation import bullets, code, figure, plain, rate
from domain.base import Frozen
from domain.offers import Gpu, Offer

MOST_ROWS = 8


class Rent(Frozen):
    """An offer of GPUs and what one of them costs an hour."""

    offer: Offer
    gpu: Gpu
    usd_per_gpu_hour: float


def rents(offers: Iterable[Offer]) -> tuple[Rent, ...]:
    """The offers whose price is known, cheapest GPU first; then by provider, instance type and region."""
    priced = (
        Rent(offer=offer, gpu=offer.gpu, usd_per_gpu_hour=offer.price_per_hour_usd / offer.gpu_count)
        for offer in offers
        if offer.gpu is not None and offer.gpu_count and offer.price_per_hour_usd
    )
    return tuple(sorted(priced, key=lambda rent: (rent.usd_per_gpu_hour, rent.offer.key)))


def ladder(offers: Sequence[Offer]) -> str:
    """What GPUs of growing memory rent for, each at its cheapest on demand."""
    cheapest = _cheapest(offers)
    if not cheapest:
        return ""
    step = max(1, -(-len(cheapest) // MOST_ROWS))
    shown = [*cheapest[::step], *([cheapest[-1]] if (len(cheapest) - 1) % step else [])]
    rows = (f"{plain(rent.gpu.name)}, {figure(rent.gpu.memory_gb)} GB: {_told(rent)}" for rent in shown)
    return "The cheapest on-demand offer of some GPUs, by memory:\n\n" + bullets(rows)


def bigger_is_dearer(offers: Sequence[Offer]) -> str:
    """Whether more memory always costs more, by a pair of the catalogue's offers where it does not."""
    cheapest = _cheapest(offers)
    pairs = [
        (big.gpu.memory_gb / small.gpu.memory_gb * small.usd_per_gpu_hour / big.usd_per_gpu_hour, small, big)
        for big in cheapest
        for small in cheapest
        if big.gpu.memory_gb > small.gpu.memory_gb and big.usd_per_gpu_hour < small.usd_per_gpu_hour
    ]
    if not pairs:
        return "In this catalogue, yes: every GPU with more memory costs more by the hour."
    _, small, big = max(pairs, key=lambda pair: (pair[0], pair[1].offer.key, pair[2].offer.key))
    return (
        f"Not always: a {plain(big.gpu.name)} with {figure(big.gpu.memory_gb)} GB rents for {_told(big)}, "
        f"a {plain(small.gpu.name)} with {figure(small.gpu.memory_gb)} GB for {_told(small)}."
    )


def _cheapest(offers: Sequence[Offer]) -> list[Rent]:
    """The cheapest on-demand offer of each GPU, by memory."""
    kept: dict[str, Rent] = {}
    for rent in rents(offers):
        if rent.offer.pricing == "on_demand":
            kept.setdefault(rent.gpu.name, rent)
    return sorted(kept.values(), key=lambda rent: (rent.gpu.memory_gb, rent.usd_per_gpu_hour, rent.gpu.name))


def _told(rent: Rent) -> str:
    offer = rent.offer
    return f"{rate(rent.usd_per_gpu_hour)} an hour at {plain(offer.provider)} ({code(offer.instance_type)})"
