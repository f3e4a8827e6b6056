"""What fits, as a table: the choices, then who sells it cheapest."""

from functools import lru_cache
from pathlib import Path

from artifacts.choices import CHOICES
from artifacts.notation import dollars
from artifacts.pictures.market import pace_words
from domain.base import Frozen
from domain.market import Market
from domain.own_files import own_yaml

MOST_ROWS = 20


class MarketRow(Frozen):
    label: str
    gpus: str
    seller: str
    instance: str
    where: str
    price: str
    pace: str
    gives_up: str


def market_rows(market: Market) -> tuple[MarketRow, ...]:
    """Those as sound as the first choice by price, then the others, as many as one reads; the choices among them."""
    ordered = sorted(market.entries, key=lambda e: (e.label not in CHOICES, bool(e.breaks), e.usd, e.offer, e.gpus))
    rows = []
    for entry in sorted(ordered[:MOST_ROWS], key=lambda e: (e.usd, e.offer, e.gpus)):
        provider, _, rest = entry.offer.partition("/")
        instance, region, pricing = (*rest.rsplit("/", 2), "", "")[:3]
        rows.append(
            MarketRow(
                label=entry.label if entry.label in CHOICES else "",
                gpus=f"{entry.gpus} x {entry.gpu}",
                seller=provider,
                instance=instance,
                where=", ".join(part for part in (region, pricing.replace("_", "-")) if part not in ("", "global")),
                price=dollars(entry.usd),
                pace=pace_words(entry.pace, market.pace) if entry.pace and market.pace else "",
                gives_up=", ".join(entry.breaks),
            )
        )
    return tuple(rows)


def rules_given_up(market: Market) -> tuple[tuple[str, str], ...]:
    """Id and meaning of each rule that something in the market does not keep."""
    given_up = {rule for entry in market.entries for rule in entry.breaks}
    return tuple((rule, words) for rule, words in _meanings().items() if rule in given_up)


@lru_cache
def _meanings() -> dict[str, str]:
    return own_yaml(Path(__file__).parent / "rules.yaml", dict[str, str])
