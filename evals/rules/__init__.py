"""The rules of advice as graders of a whole reply: predicates, each with an id, what it saw and what it expected.

Written apart from the code that ranks. `R1` to `R10` are the rules, `C` what was asked, `P` precision, `S` the first
screen, `F` facts before opinions.
"""

from collections.abc import Iterator

from domain.turn import TurnReply
from evals.market import Market
from evals.observation import Finding
from evals.rules.case import Case, check
from evals.rules.facts import fact_findings
from evals.rules.plan import rule_findings
from evals.rules.screen import screen_findings
from evals.scenario import Scenario

__all__ = ["advice_findings"]


def advice_findings(scenario: Scenario, reply: TurnReply, market: Market) -> Iterator[Finding]:
    """One finding for every predicate that the request gives reason for; none on a question of ours."""
    plan = reply.deployment_plan
    if plan is None:
        asks = "question" in scenario.says or "yes_or_no" in scenario.says
        if reply.response_type == "answer" and asks:
            yield check("F.question", bool(reply.response.strip()), "the question is answered")
        return
    case = Case(scenario, reply, plan, market)
    yield from screen_findings(case)
    yield from rule_findings(case)
    yield from fact_findings(case)
