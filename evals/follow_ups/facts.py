"""What a reply may say: amounts and cards that the plan, the catalogue or arithmetic in the reply itself give."""

import math
import re
from collections.abc import Iterator
from itertools import combinations

from domain.base import HOURS_PER_MONTH
from domain.names import squash
from domain.plan import DeploymentPlan
from evals.amounts import amounts_in, figures_of
from evals.market import Market

_NUMBER = re.compile(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)(?![\w.]*\d)")
_MACHINES = re.compile(r"(\d+) [×x] `?([^`\s]+)`?(?: at ([\w.-]+))?")
_JOB = re.compile(r"(\d[\d,]*(?:\.\d+)?) h, \$(\d[\d,]*(?:\.\d+)?)")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z*])|\n")
_CARDS = re.compile(r"(\d+) x ([\w-]+(?: SXM| NVL| PCIe)?)(?: \d+ GB)? at ")
_CARD = re.compile(r"\b(?:RTX[- ]?\w*\d{4}|[ABHLTVP]\d{2,4}S?|G?[BH]\d00(?:-\w+)?|MI\d{3}\w?|GH200|Gaudi ?\d?)\b")
_NO_CARDS = frozenset({"P50", "P90", "P95", "P99"})
CLOSE = 0.006
HALF_A_DIGIT = 0.051
"""Of hours that are told with one decimal."""
SHARE = 0.002
"""Of an amount: figures in a sentence are rounded."""


class Facts:
    """One catalogue's prices and cards."""

    def __init__(self, market: Market) -> None:
        self._prices: dict[tuple[str, str], set[float]] = {}
        self._gpu_hours: set[float] = set()
        self._by_card: dict[str, set[float]] = {}
        for offer in market.offers:
            if offer.price_per_hour_usd is None:
                continue
            self._prices.setdefault((offer.provider, offer.instance_type), set()).add(offer.price_per_hour_usd)
            self._gpu_hours.add(round(offer.price_per_hour_usd / max(1, offer.gpu_count), 4))
            if offer.gpu is not None:
                each = offer.price_per_hour_usd / max(1, offer.gpu_count)
                self._by_card.setdefault(squash(offer.gpu.name), set()).add(round(each, 4))
        gpus = [offer.gpu for offer in market.offers if offer.gpu] + list(market.reference.gpus.values())
        self._cards = {squash(name) for gpu in gpus for name in (gpu.name, gpu.family, *gpu.aliases)}

    def strays(self, reply: str, plan: DeploymentPlan, question: str) -> Iterator[str]:
        """Amounts and cards of the reply with no ground."""
        machines = {*self._of_machines(reply)}
        known = {*figures_of(plan.model_dump().values()), *machines, *_of_jobs(reply, machines)}
        said, strange = set(_numbers(question)), []
        for line in _SENTENCE.split(reply):
            figures = [*dict.fromkeys((*_amounts(line), *_numbers(line)))]
            for amount in _amounts(line):
                exact = any(_same(amount, figure) for figure in known | said | self._gpu_hours)
                if exact or _follows(amount, [f for f in figures if f != amount], known):
                    known.add(amount)
                else:
                    strange.append(amount)
        for amount in dict.fromkeys(strange):
            if not any(_same(amount, figure) for figure in known):
                yield f"${amount:,.10g} is nobody's figure"
        for card in _CARD.findall(reply):
            if squash(card) not in self._cards and squash(card) not in squash(question) and card not in _NO_CARDS:
                yield f"{card} is no card of the catalogue"

    def _prices_of(self, provider: str, instance_type: str) -> set[float]:
        """Of the machine at its seller; at any, where none is named beside it."""
        if provider:
            return self._prices.get((provider, instance_type), set())
        return {price for (_, name), held in self._prices.items() if name == instance_type for price in held}

    def _of_machines(self, reply: str) -> Iterator[float]:
        """Prices of the machines that the reply names with their number, by the hour and the month."""
        for nodes, instance_type, provider in _MACHINES.findall(reply):
            for price in self._prices_of(provider, instance_type):
                hourly = price * int(nodes)
                yield hourly
                yield hourly * HOURS_PER_MONTH
        for many, card in _CARDS.findall(reply):
            for price in self._by_card.get(squash(card), ()):
                yield price * int(many)
                yield price * int(many) * HOURS_PER_MONTH


def _of_jobs(reply: str, hourly: set[float]) -> Iterator[float]:
    """Costs of jobs that stand behind their hours, as the hours of machines that the reply names give them."""
    for hours, cost in _JOB.findall(reply):
        took, paid = float(hours.replace(",", "")), float(cost.replace(",", ""))
        if any(abs(paid - took * price) <= HALF_A_DIGIT * price + CLOSE for price in hourly):
            yield paid


def _follows(amount: float, figures: list[float], known: set[float]) -> bool:
    """The line's own figures give it: a product, a quotient, a sum or a difference of two or three of them."""
    candidates = figures[:14]
    for size in (2, 3):
        for chosen in combinations(candidates, size):
            product = math.prod(chosen)
            results = [product, sum(chosen)]
            for one in chosen:
                rest = math.prod(chosen) / one if one else 0.0
                results += [one / rest * scale for scale in (1.0, 1e6, 1e3) if rest]
                results += [one * one / product * scale for scale in (1.0, 1e6, 1e6 / 3600, 1 / 3600) if product]
            results += [abs(2 * max(chosen) - sum(chosen))]
            if any(_same(amount, result) for result in results):
                return True
    return False


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, abs_tol=CLOSE, rel_tol=SHARE)


def _amounts(text: str) -> Iterator[float]:
    yield from (float(amount) for amount in amounts_in(text))


def _numbers(text: str) -> Iterator[float]:
    yield from (float(number.replace(",", "")) for number in _NUMBER.findall(text))
