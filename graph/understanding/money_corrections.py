"""Corrections of the budget that name no amount: another period, another currency."""

import re
from collections.abc import Iterator

from domain.workload import WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.marked import Marked
from graph.understanding.periods import PER, TOTAL, per_month_of

_ONLY_A_PERIOD = re.compile(
    rf"(?:(?:no|wait|sorry|i|meant|mean|that|this|it|is|was|the|budget|amount|sum|figure|of|course|should|be|as|in|"
    rf"for|and|actually|rather|correction|yes|yeah|,|\.|!|;) )*(?:¤(?P<currency>[a-z]{{3}}) )?(?P<after>{PER}|{TOTAL})"
    rf"(?: (?:not \w+ \w+|budget|,|\.|!|of course|though|i mean|i meant|please|sorry|then|obviously|ofc))*"
)
_AROUND = (
    r"(?:in|and|i|we|yes|yeah|right|correct|mean|meant|that|this|it|them|those|is|was|are|were|of|course|sorry|all|amounts?|prices?|budget|no|"
    r"not|make|made|oops|wait|actually|rather|should|be|to|have|been|said|say|as|well|currency|by|the|way|please|all|"
    r"talking|think|thinking|pay|account|count|calculate|reckon|everything|ok|but|so|then|,|\.|!|;|:|-)"
)
_ONLY_A_CURRENCY = re.compile(rf"(?:{_AROUND} )*¤(?P<currency>[a-z]{{3}})(?: (?:not ¤[a-z]{{3}}|{_AROUND}))*")
_CURRENCY_CLAUSE = re.compile(
    rf"(?:^|(?<= [.,;!:]) )(?:{_AROUND} )*?¤(?P<currency>[a-z]{{3}})(?: not ¤[a-z]{{3}})?"
    r"(?= [.,;!:-]| and(?! N)| but|$)"
)
_AMOUNT_OF_A_PERIOD = re.compile(
    rf"(?:(?:no|wait|sorry|ok|okay|so|and|then|well|say|let us say|make it|make that|it is|that is|up to|max|maximum|"
    rf"at most|about|around|the|a|,|:) )*(?P<n1>N\d+)(?: (?:max|maximum|tops|at most))? (?P<after>{PER}|{TOTAL})"
    rf"(?: (?:max\w*|tops|at most|please|then|now|,|\.|!))*"
)


_LIMIT = re.compile(
    r"(?<![^ ])(?:get|keep|stay|go|come|bring|push|be|land|want|need|remain|squeeze|drop|fit|make|have|end up|do)"
    r"(?: \w+){0,3}? (?:under|below|less than|within|down to|to under|to below|at most|no more than|not more than|"
    r"max(?:imum)?|beneath) (?P<n1>N\d+)(?= (?:[.,;!?]|and|but|then|now|please|if|instead|per|a|total)(?: |$)|$)"
)
_ALIKE = 20.0
"""How many times another amount a budget may be and still mean the same thing."""


def period_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "sorry, that's per week", "in euros", "10k total": the amount that stands, for another period, in another
    currency, or another amount."""
    yield from _amount_claims(line, spec)
    yield from _limit_claims(line, spec)
    currency = _ONLY_A_CURRENCY.fullmatch(line.text) or _CURRENCY_CLAUSE.search(line.text)
    if currency and spec.budget.amount is not None:
        yield Claim("budget.currency", currency.group("currency").upper(), line.span(currency))
    match = _ONLY_A_PERIOD.fullmatch(line.text)
    amount, rate = (spec.evidence.get(field) for field in ("budget.amount", "traffic.requests_per_second"))
    if match is None or amount is None or (rate is not None and rate.turn > amount.turn):
        return
    factor, period = per_month_of(match.group("after"))
    if match.group("currency"):
        yield Claim("budget.currency", match.group("currency").upper(), line.span(match))
    if period:
        yield Claim("budget.period", period, line.span(match))
        if factor != 1.0:
            yield Claim("budget.amount", factor, line.span(match), operation="scale")


def _amount_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """The whole turn is an amount and its period, and there is something that it can be the budget of."""
    match = _AMOUNT_OF_A_PERIOD.fullmatch(line.text.strip())
    if match is None or not spec.evidence or int(match.group("n1")[1:]) in line.spent:
        return
    rate = spec.evidence.get("traffic.requests_per_second")
    if rate is not None and (spec.budget.amount is None or rate.turn > spec.evidence["budget.amount"].turn):
        return
    factor, period = per_month_of(match.group("after"))
    if period:
        line.spend(match)
        yield Claim("budget.amount", round(line.number(match, "n1").high * factor, 2), line.span(match))
        yield Claim("budget.period", period, line.span(match))


def _limit_claims(line: Marked, spec: WorkloadSpec) -> Iterator[Claim]:
    """ "they ask if we can get below 4k": a limit without a unit, of the size of the budget that stands."""
    if spec.budget.amount is None:
        return
    for match in line.free(_LIMIT):
        amount = line.number(match, "n1").high
        if 1 / _ALIKE < amount / spec.budget.amount < _ALIKE:
            line.spend(match)
            yield Claim("budget.amount", amount, line.span(match))
