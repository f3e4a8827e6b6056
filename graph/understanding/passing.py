"""What a later turn mentions in passing: "marketing will use it as well" does not make it an advertiser's."""

import re

from graph.understanding.claims import Claim
from graph.understanding.marked import Marked

COLOURS = ("industry", "use_case")
"""Fields that the words around a request settle, and that words around a change only touch."""
_RESTATES = re.compile(
    r"(?<![^ ])(?:(?:it|this|that|which|what) (?:is|was|will be|would be|should be)|(?:we|i) (?:are|am|work|do|mean|"
    r"meant)|actually|instead|rather|not|no longer|no|chang\w+|switch\w*|make|should|mean|meant|turns out|industry|"
    r"sector|branch|use case|purpose|business|used (?:for|to|as)|use it (?:for|to|as)|need(?: it)? (?:for|to)|"
    r"want(?: it)? (?:for|to|as)|than|sorry|correction|now (?:for|a|an|it)|becomes?|became|goal|task)(?![^ ])"
    r"|^(?:and |but |or |so |now )?(?:for|as) "
)
_BESIDES = re.compile(
    r"(?<![^ ])(?:also|as well|too|additionally|besides|asks?|asked|called|calls|says?|said|told|wants?|thinks?|"
    r"insists?|replied|wrote|complain\w*|who|whose|meeting|colleagues?|boss|friends?|later|maybe|perhaps|some day|"
    r"in future)(?![^ ])"
)

_ADDS = re.compile(
    r"(?<![^ ])(?:add|adding|also|plus|as well|too|include|including|besides|needed|without|drop|remove|keep|"
    r"another)(?![^ ])"
)


def beside(line: Marked, claim: Claim) -> bool:
    """The clause adds something or takes it away, so that it does not say what kind of work it all is."""
    return _ADDS.search(_clause(line, claim)) is not None


def restated(line: Marked, claim: Claim) -> bool:
    """The clause speaks of what it is for, so that it is that from now on; a turn of a word or two is all about it."""
    clause = _clause(line, claim)
    if _BESIDES.search(clause):
        return False
    return len(clause.split()) <= 3 or _RESTATES.search(clause.strip()) is not None


def _clause(line: Marked, claim: Claim) -> str:
    return next(
        (
            line.text[slice(*line.clause(match.start(), match.end()))]
            for match in re.finditer(r"\S+", line.text)
            if line.raw_span(*match.span())[1] > claim.span.start
        ),
        line.text,
    )
