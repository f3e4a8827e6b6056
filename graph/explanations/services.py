"""Answers about what storage and traffic out cost, from the sellers' price lists: of the seller that is planned, else
of those that have a price."""

from collections.abc import Sequence

from artifacts.notation import figure, link, money, plain, rate
from domain.offers import ServicePrice
from graph.explanations.evidence import Standing

STORING = frozenset(
    {"storage", "store", "stores", "storing", "stored", "keep", "keeping", "disk", "disks", "bucket", "s3"}
)
LEAVING = frozenset({"egress", "outbound", "outgoing"})
PRICED = frozenset(
    {"cost", "costs", "much", "price", "prices", "pay", "paying", "included", "expensive", "charge", "fee", "fees"}
)
KINDS = {"object_storage": "object storage", "block_storage": "disks"}
MOST_SELLERS = 3


def services(standing: Standing) -> str | None:
    """Null where neither is asked for, or nothing is rented."""
    said = {*standing.words}
    stores = bool(STORING & said) and bool(PRICED & said) and _gb(standing) is not None
    leaves = bool(LEAVING & said)
    if not (stores or leaves) or not standing.plan.recommendations:
        return None
    if standing.first.is_own:
        return "It stays on machines of your own: no disk is rented and no traffic out is paid for."
    parts = [_stored(standing)] if stores else []
    return "\n\n".join([*parts, *([_left(standing)] if leaves else [])])


def _gb(standing: Standing) -> float | None:
    """What is to be kept: the amount that the question names, else the data set."""
    return standing.said.dataset.size_gb or standing.spec.dataset.size_gb


def _stored(standing: Standing) -> str:
    amount, seller = _gb(standing) or 0.0, standing.first.offer.provider
    own = any(one.provider == seller and one.kind in KINDS for one in standing.services)
    lines = [
        f"{name} of {plain(one.provider)} ({_where(one)}): {figure(amount)} GB x {rate(one.price_usd)} = "
        f"**{money(amount * one.price_usd)} a month** ({link(one.source.name, one.source.url)})"
        for kind, name in KINDS.items()
        for one in _prices(standing, kind)
        if one.provider == seller or not own
    ]
    return f"{_lead(standing, 'storage', 'object_storage', 'block_storage')}\n\n" + "\n".join(
        f"- {line}" for line in lines
    )


def _left(standing: Standing) -> str:
    found, amount = _prices(standing, "egress"), _gb(standing)
    lines = [
        f"{plain(one.provider)} ({_where(one)}): {rate(one.price_usd)} a GB"
        + (f", {money(amount * one.price_usd)} for {figure(amount)} GB once" if amount else "")
        + f" ({link(one.source.name, one.source.url)})"
        for one in found
    ]
    told = "Traffic out (egress) is not in the price of the machines. " if any(one.price_usd for one in found) else ""
    return f"{told}{_lead(standing, 'egress', 'egress')}\n\n" + "\n".join(f"- {line}" for line in lines)


def _lead(standing: Standing, what: str, *kinds: str) -> str:
    seller = standing.first.offer.provider
    if any(one.provider == seller for one in standing.services if one.kind in kinds):
        return f"The price list of {plain(seller)} for {what}:"
    return (
        f"The catalogue has no price of {plain(seller)} for {what}: ask the seller. What it lists elsewhere, the "
        "cheapest first:"
    )


def _prices(standing: Standing, kind: str) -> Sequence[ServicePrice]:
    """Of the seller where it is, of the seller elsewhere, or the cheapest of each of the others."""
    offer = standing.first.offer
    of_kind = sorted((one for one in standing.services if one.kind == kind), key=lambda one: (one.price_usd, one.key))
    own = [one for one in of_kind if one.provider == offer.provider]
    here = [one for one in own if one.region in (offer.region, "*")]
    if here or own:
        return (here or own)[:1]
    cheapest = {one.provider: one for one in reversed(of_kind)}
    return sorted(cheapest.values(), key=lambda one: (one.price_usd, one.key))[:MOST_SELLERS]


def _where(one: ServicePrice) -> str:
    return "everywhere" if one.region == "*" else plain(one.region)
