"""Corrections of the budget that name no amount: another period, another currency."""

import re
from collections.abc import Iterator

from domain.workload import WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.marked import Marked
from graph.understanding.money import PER, TOTAL, per_month_of

_ONLY_A_PERIOD = re.compile(
    rf"(?:(?:no|wait|sorry|i|meant|mean|that|this|it|is|was|the|budget|amount|sum|figure|of|course|should|be|as|in|"
    rf"for|and|actually|rather|correction|,|\.|!|;) )*(?P<after>{PER}|{TOTAL})"
    rf"(?: (?:not \w+ \w+|budget|,|\.|!|of course|though))*"
)


_ONLY_A_CURRENCY = re.compile(
    r"(?:(?:in|and|i|mean|meant|that|it|is|of|course|sorry|all|amounts?|prices?|budget|,|\.|"
    r"!) )*¤(?P<currency>[a-z]{3})"
    r"(?: (?:not ¤[a-z]{3}|of course|,|\.|!))*"
)


def period_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "sorry, that's per week", "in euros": the amount that stands, for another period or in another currency."""
    currency = _ONLY_A_CURRENCY.fullmatch(line.text)
    if currency and spec.budget.amount is not None:
        yield Claim("budget.currency", currency.group("currency").upper(), line.span(currency))
    match = _ONLY_A_PERIOD.fullmatch(line.text)
    amount, rate = (spec.evidence.get(field) for field in ("budget.amount", "traffic.requests_per_second"))
    if match is None or amount is None or (rate is not None and rate.turn > amount.turn):
        return
    factor, period = per_month_of(match.group("after"))
    if period:
        yield Claim("budget.period", period, line.span(match))
        if factor != 1.0:
            yield Claim("budget.amount", factor, line.span(match), operation="scale")
