"""Money in a turn: which amount is the budget, in which currency, for which period."""

import re
from collections.abc import Iterator

from graph.understanding.claims import Claim
from graph.understanding.lexicon import MEDIUM, STRONG
from graph.understanding.marked import Marked
from graph.understanding.periods import ONE_PIECE, PER, TOTAL, WHOLE_BEFORE, per_month_of

_MONEY = re.compile(
    r"(?<![^ ])(?:¤(?P<c1>[a-z]{3}) (?P<n1>N\d+)(?: ¤(?P<c2>[a-z]{3}))?|(?P<n2>N\d+) ¤(?P<c3>[a-z]{3}))"
    rf"(?P<after>(?: max| maximum| tops| budget| or less| at most| \))? {PER}|(?: budget| left|"
    rf" remaining)? {TOTAL}(?![^ ]))?"
)
_LABELLED = re.compile(
    rf"(?<![^ ])(?:budget|costs?|price|spend|spending|cap|ceiling|limit|max|maximum|allowance)(?: [a-z]+){{0,3}}? \(? ?"
    rf"¤(?P<c4>[a-z]{{3}})(?P<after> {PER})?(?: \))?(?: [a-z]+){{0,2}} (?::|=) (?:(?:max|at most|under|~|about|"
    rf"up to) )*"
    rf"(?P<n1>N\d+)(?! ¤)"
)
""" "budget (EUR / month): 900": the unit in the label."""
_INDIAN = {word: ["inr"] for word in ("lakh", "lakhs", "lac", "lacs", "crore", "crores")}
"""Nobody counts other money in lakhs."""
_AFTERTHOUGHT = re.compile(
    r"^(?: (?:max|maximum|tops|or less|at most|or so))*(?: (?:,|\(|in|of|-|that is|that is in|i mean|all in|"
    r"and that is))* "
    r"¤(?P<currency>[a-z]{3})(?! ?N\d)(?![^ ])|^ \. ¤(?P<alone>[a-z]{3})(?= ?[.,;!)]|$)"
)
""" "2k a month, euros": the currency said last."""
_GLUED_PERIOD = rf"(?: (?:max|maximum|tops|or less|at most))?(?P<after> {PER}| {TOTAL}(?![^ ]))"
_BARE_PERIOD = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?P<after> (?:/|per|a|an|each|every) (?:calendar )?(?:month|mo|mth|mnth|week|wk|year|"
    r"yr|day|hour|hr|annum|quarter|qtr|half year|semester)s?(?![^ ])|"
    r" (?:monthly|quarterly|yearly|annually|weekly|daily|pcm|p m|p a|hourly)(?![^ ]))"
)
_PERIOD_FIRST = re.compile(
    r"(?<![^ ])(?P<after>hourly|weekly|monthly|quarterly|yearly|annual(?:ly)?|per (?:hour|week|month|quarter|"
    r"year))(?: (?:max\w*|"
    r"at most|"
    r"up to|about|around|limit|cap|not more than|no more than|under|below|:|=))* (?P<n1>N\d+)"
    r"(?= (?:max\w*|tops|at most|or less|budget|limit|[.,;!?)])|$)"
)
""" "monthly 1.5k max"."""
_BARE_BUDGET = re.compile(
    rf"(?<![^ ])(?:budget\w*|spend(?:ing)?|afford|cap|ceiling|allowance|costs?|price|pay)(?: (?:is|of|at|limit|"
    rf"cap|for|to|up|around|about|roughly|under|below|now|should|be|set|ceiling|the|this|it|a|will|would|can|"
    rf"max|maximum|at|most|more|than|no|not|less|only|just|:|=|-|has|been|reduced|cut|raised|increased|"
    rf"decreased|lowered|changed|dropped|went|down|total|monthly|hourly|yearly|per|month|hour|year|"
    rf"approximately|some|over|exceed|<|range|between|we|have|i|,|capped|limited|by|"
    rf"from))* (?P<n1>N\d+)(?P<after> (?:{PER}|{TOTAL})(?![^ ]))?(?! (?:users?|gb|tb|x|ms|gpus?|requests|G\d+|"
    rf"tokens?|concurrent|%|hours|days|weeks|times|people|cards?|employees|seats|months|h|hrs?|hour|"
    rf"day|d|week|min|mins|minutes|sec\w*|s)(?![^ ]))"
)
_BARE_LIMIT = re.compile(
    r"(?<![^ ])(?:under|below|less than|at most|max|maximum|up to|no more than|not more than|"
    r"within|(?:get|bring|push|go|come|drop|squeeze|cut)(?: (?:it|this|that|costs|the bill))?(?: down)? to) "
    r"(?P<n1>N\d+)(?P<after>)(?= (?:[.,;!?)]|but|and|if|please|for|with|using|on|when|now)|$)"
)
_CREDITS = re.compile(
    r"(?<![^ ])(?P<n1>N\d+)(?P<after> (?:of |in |worth of |worth in )?(?:P\d+ |cloud |gpu |free |startup |"
    r"research |compute )*"
    r"credits?)(?![^ ])"
)
_FOR_THE_WHOLE = re.compile(
    rf"(?<![^ ])(?P<n1>N\d+)(?P<after> for (?:the|this|our|my) (?:whole|full|entire|complete) {ONE_PIECE})(?![^ ])"
)
_HELD_FOR = re.compile(
    r"(?<![^ ])(?:have|got|only|with|there is|is) (?P<n1>N\d+)(?P<after> (?:to spend |available |left )?for (?:the|"
    r"this|that|our|my)(?: \w+)? (?:project|job|run|training|experiment|poc|pilot|work|task|batch|whole thing|thesis|"
    r"study|fine ?tun\w*|finetun\w*)(?: (?:run|job|itself|alone))*)(?![^ ])"
)
"""An amount without its currency, for one piece of work."""
_WITH_CURRENCY, _FOR_ALL_OF_IT = (_LABELLED, _MONEY), (_CREDITS, _FOR_THE_WHOLE, _HELD_FOR)
_BUDGET_CUE = re.compile(
    r"(?<![^ ])(?:budget\w*|credits?|grants?|to burn|N\d+ burn|south of|hope\w*|ideally|can spend|could spend|"
    r"want to spend|willing to (?:spend|pay)|able to (?:spend|pay)|"
    r"spend up to|plan to spend|like to spend|afford\w*|caps?|capped|ceiling|limit\w*|max|maximum|under|below|"
    r"less than|at most|up to|no more than|not more than|within|allowance|allocated|approved|available|"
    r"cheaper than|stay|keep|target\w*|to spend|exceed\w*|over|not? above|<|tops|should cost|must cost|can pay|"
    r"could pay)(?![^ ])"
)
_LITERAL_BUDGET = re.compile(r"(?<![^ ])(?:budget\w*|can (?:spend|afford|pay)|ceiling|cap|allowance)(?![^ ])")
_PAST = re.compile(
    r"(?<![^ ])(?:(?:was|were)(?! (?:told|given|asked|allocated|approved|granted|assigned|allowed|instructed|cleared))|"
    r"used to|previous(?:ly)?|last (?:month|year|quarter)|formerly|originally|before)(?![^ ])"
)
_CURRENT = re.compile(
    r"(?<![^ ])(?:today|currently|current|right now|at the moment|now|bills?|invoices?|(?:we|i) pay|are paying|"
    r"paying|(?:we|i) spend|(?:we|i) are spending|spending|costs? (?:us|me)|costing|(?<!to )(?<!\d )burn\w*|"
    r"already|so far|"
    r"at present|present|existing)(?![^ ])"
)
_IRRELEVANT = re.compile(
    r"(?<![^ ])(?:revenue|raised|funding|fundraise|valuation|turnover|profits?|arr|mrr|worth|salar(?:y|ies)|"
    r"fines?|penalt(?:y|ies)|orders? of|per (?:seat|user|customer|ticket|call|token|image|request|transaction|"
    r"employee)|saves?|saved|saving|list price|quoted?|quotes?|(?:costs?|priced at|sells? for|price of|charges?|"
    r"is|are)(?: only| just| about| around)?(?= ¤)|company|transactions? of|purchases? (?:of|over)|fraud|"
    r"loss(?:es)?|losing|million (?:dollar|euro)|assets|loans? of|seed|series [abc])(?![^ ])"
)
_COUNTED_THINGS = re.compile(
    r"(?<![^ ])(?:screen|process|transcrib|classif|translat|summari|embed|label|moderat|scor|read|grade|handl|"
    r"answer|review|analy[sz])\w*(?![^ ])"
)
_PER_GPU = re.compile(
    r"^ ?(?:/|per|a|each) (?:gpu|card|G\d+|accelerator)(?: (?:/|per|an|a))?(?: ?(?:hour|hr|h))?(?![^ ])|^ per gpu"
)
_BEFORE_PERIOD = re.compile(
    rf"(?<![^ ])(?P<after>{WHOLE_BEFORE}|hourly|daily|weekly|monthly|quarterly|yearly|annual|annually|total|overall|"
    r"(?:per|/) (?:hour|day|week|month|quarter|year)|a month|each month|every month|a quarter)(?: [\w'-]+){0,6} $"
)
_MONEY_TALK = re.compile(r"¤|(?<![^ ])(?:budget|bill|cost|costs|spend|spending|pay|paying|price)(?![^ ])")
_AMOUNT = re.compile(r"¤[a-z]{3} N\d+|N\d+ ¤")
_JOINT = re.compile(r" (?:and|so|then|want\w*|which|that) ")
_CHANGED = re.compile(r"(?<![^ ])(?:from|down from|up from|instead of) $")
_SCALES = (
    (
        re.compile(
            r"(?<![^ ])(?:double|twice) (?:the |our |my )?(?:budget|spend)(?![^ ])|budget (?:is |has |"
            r"can be )?(?:been )?doubled?(?![^ ])"
        ),
        2.0,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:halve|half|cut in half) (?:the |our |my )?(?:budget|spend)(?![^ ])|budget (?:is |has |"
            r"was )?(?:been )?(?:halved|cut in half)(?![^ ])"
        ),
        0.5,
    ),
    (
        re.compile(
            r"(?<![^ ])(?:triple) (?:the |our |my )?(?:budget|spend)(?![^ ])|budget (?:is |"
            r"has )?(?:been )?tripled(?![^ ])"
        ),
        3.0,
    ),
)
_PERCENT = re.compile(
    r"(?<![^ ])(?P<way>increase|raise|reduce|cut|lower|decrease|more|less|up|down)\w* (?:the |our |"
    r"my )?(?:budget )?(?:by )?(?P<n1>N\d+) (?:%|percent)(?: (?P<more>more|less|higher|lower))?(?: (?:budget|"
    r"money))?"
)


_CENTS = re.compile(rf"(?<![^ ])(?P<n1>N\d+) cents?(?P<after> {PER})?(?![^ ])")


def budget_claims(line: Marked) -> Iterator[Claim]:
    """The amount that limits the spending; bills, revenues and prices of things are left out."""
    for match in line.free(_CENTS):
        line.spend(match)
        if match.group("after"):
            yield Claim("budget.amount", line.number(match, "n1").high / 100, line.span(match))
            yield Claim("budget.period", per_month_of(match.group("after").strip())[1], line.span(match))
            if "¤" not in line.text:
                yield Claim("budget.currency", "USD", line.span(match), strength=MEDIUM)
    candidates: list[tuple[int, re.Match[str]]] = []
    for pattern in (*_WITH_CURRENCY, _BARE_PERIOD, _PERIOD_FIRST, _BARE_BUDGET, _BARE_LIMIT, *_FOR_ALL_OF_IT):
        for match in line.free(pattern):
            if pattern in _FOR_ALL_OF_IT and line.number(match, "n1").high < 100:
                continue
            if pattern is _BARE_LIMIT and not _MONEY_TALK.search(line.text):
                continue
            if pattern in (_BARE_PERIOD, _PERIOD_FIRST) and not _is_money(line, match):
                continue
            line.spend(match)
            if _is_changed_from(line, match):
                continue
            candidates.append((_weight(line, match), match))
    kept = [(weight, match) for weight, match in candidates if weight > 0]
    if not kept and len(candidates) == 1 and candidates[0][0] == 0 and _LITERAL_BUDGET.search(line.text):
        kept = candidates
    for weight, match in kept:
        yield from _claims_of(line, match, STRONG if weight > 1 else MEDIUM)
    yield from _scaled(line)


def _is_changed_from(line: Marked, match: re.Match[str]) -> bool:
    """ "from $2k to $3k" is a range only in form."""
    return _CHANGED.search(line.text[max(0, match.start() - 40) : match.start()]) is not None and not _numbered_range(
        line, match
    )


def _numbered_range(line: Marked, match: re.Match[str]) -> bool:
    number = line.number(match, _which(match))
    return number.low != number.high


def _is_money(line: Marked, match: re.Match[str]) -> bool:
    """A bare "3k a month": an amount too large, or in a sentence too plainly about money, to be anything else."""
    number = line.number(match, "n1")
    opens, closes = line.clause(*match.span())
    if re.search(r"(?:day|daily|week|weekly|wk|hour|hr|hourly)s?$", match.group()):
        return _BUDGET_CUE.search(line.text[opens:closes]) is not None and number.high >= 1
    if _COUNTED_THINGS.search(line.text[slice(*line.sentence(*match.span()))]) or number.high >= 1e6:
        return _BUDGET_CUE.search(line.text[opens:closes]) is not None
    return number.high >= 100 or _BUDGET_CUE.search(line.text[opens:closes]) is not None


def _weight(line: Marked, match: re.Match[str]) -> int:
    """2: said to be the budget. 1: an amount with no role. 0: a figure of today. -1: something else."""
    opens, closes = line.clause(*match.span())
    opens, closes = max(opens, match.start() - 200), min(closes, match.end() + 200)
    if len(_AMOUNT.findall(line.text[opens:closes])) > 1:  # each amount has its own side of the "and"
        opens += max((joint.end() for joint in _JOINT.finditer(line.text[opens : match.start()])), default=0)
        joint = _JOINT.search(line.text[match.end() : closes])
        closes = match.end() + joint.start() if joint else closes
    clause, before = line.text[opens:closes], line.text[opens : match.start()]
    if _IRRELEVANT.search(before.rstrip() + " ¤") and not _BUDGET_CUE.search(before):
        return -1
    after = line.text[match.end() : closes]
    if re.match(
        r" (?:in |of )?(?:revenue|funding|fines?|arr|valuation|per (?:user|seat|customer|image|call|token|"
        r"request)|/ (?:user|seat|image|token|request))",
        after,
    ):
        return -1
    if _PAST.search(before) and not _CURRENT.search(before):
        return 0
    if _LITERAL_BUDGET.search(clause):
        return 3 if not _PAST.search(clause) else 1
    limit = _BUDGET_CUE.search(clause)
    if _CURRENT.search(clause) and not limit:
        return 0
    return 2 if limit else 1


def _which(match: re.Match[str]) -> str:
    return "n1" if match.group("n1") else "n2"


def _claims_of(line: Marked, match: re.Match[str], strength: int) -> Iterator[Claim]:
    groups = match.groupdict()
    number = line.number(match, _which(match))
    amount = _european(line, match, number.high, groups)
    span = line.span(match)
    currency = _currency_of(line, match, groups)
    after = (groups.get("after") or "").strip() or _period_before(line, match)
    per_gpu = _PER_GPU.match(line.text[match.end() :])
    if per_gpu:
        return  # a price per GPU limits no total
    factor, period = per_month_of(after)
    yield Claim("budget.amount", _tidy(amount * factor), span, strength=strength)
    if currency:
        yield Claim("budget.currency", currency.upper(), span, strength=strength)
    if period:
        yield Claim("budget.period", period, span, strength=strength)


def _currency_of(line: Marked, match: re.Match[str], groups: dict[str, str | None]) -> str | None:
    """As said last; a plain dollar sign is the least telling ("$120 a month, canadian dollars")."""
    dot = " ." if re.search(r" p [am]$", match.group()) and line.text.startswith(" .", match.end()) else ""
    afterthought = _AFTERTHOUGHT.match(line.text[match.end() + len(dot) :])
    said = [groups.get(name) for name in ("c1", "c3", "c2", "c4")]
    last = afterthought.group("currency") or afterthought.group("alone") if afterthought else None
    named = [code for code in (last, *said) if code] or _INDIAN.get(line.number(match, _which(match)).magnitude, [])
    return next((code for code in named if code != "usd"), named[0] if named else None)


def _european(line: Marked, match: re.Match[str], amount: float, groups: dict[str, str | None]) -> float:
    """ "2.500 €" is two and a half thousand: prices have two decimals, not three."""
    words = line.raw[line.span(match).start : line.span(match).end]
    written = re.search(r"\b([1-9]\d{0,2}(?:\.\d{3})+)(?!\d)", words)
    return amount * 1000.0 if written and amount < 1000 and "." in written.group() else amount


def _period_before(line: Marked, match: re.Match[str]) -> str:
    """ "a monthly budget of $3k", "per month we can spend 2000"."""
    opens, closes = line.clause(*match.span())
    label = line.text[max(0, match.start() - 2) : match.start()] == ": "  # "budget / month : 3000"
    start = line.sentence(*match.span())[0] if label else opens
    before = line.text[max(start, match.start() - 120) : match.start()]
    found = _BEFORE_PERIOD.search(before.replace(" : ", " ") if label else before)
    if found:
        return found.group("after")
    rest = re.search(
        rf"(?<![^ ])(?:{TOTAL}|monthly|per month|a month|/ month|per hour|an hour|hourly|per year|a year|"
        rf"each month|every month|per quarter|a quarter|quarterly)(?![^ ])",
        line.text[match.end() : closes],
    )
    return rest.group() if rest and not re.search(r"N\d+", line.text[match.end() : match.end() + rest.start()]) else ""


def _scaled(line: Marked) -> Iterator[Claim]:
    for pattern, factor in _SCALES:
        for match in pattern.finditer(line.text):
            yield Claim("budget.amount", factor, line.span(match), operation="scale")
    for match in line.free(_PERCENT):
        if not _LITERAL_BUDGET.search(line.text) and not re.search(r"money|spend", line.text):
            continue
        percent = line.number(match, "n1").high
        less = match.group("way") in ("reduc", "reduce", "cut", "lower", "decrease", "less", "down") or match.group(
            "more"
        ) in ("less", "lower")
        line.spend(match)
        yield Claim(
            "budget.amount", 1.0 - percent / 100 if less else 1.0 + percent / 100, line.span(match), operation="scale"
        )


def _tidy(amount: float) -> float:
    return round(amount, 2)
