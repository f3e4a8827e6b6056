"""The period an amount is for: its words, and the factor to a month, an hour or the whole."""

import re

from domain.base import HOURS_PER_MONTH

HOURS_PER_DAY, HOURS_PER_WEEK, MONTHS_PER_YEAR = 24.0, 168.0, 12.0
MONTHS_PER_QUARTER, MONTHS_PER_HALF_YEAR = 3.0, 6.0

_UNIT = (
    r"(?:hours?|hrs?|hr|h|days?|d|weeks?|wk|months?|mo|mos|mth|mths|mnth|monat|mois|mes|mese|m|quarters?|qtr|"
    r"half ?years?|half a year|semesters?|years?|yr|yrs|y|annum|pm|a)"
)
PER = (
    rf"(?:(?:/|per|a|an|each|every|p|pro|par|por|im|al|for (?:a|one|each|every)) (?:calendar |single |gpu |fiscal |"
    rf"financial )?{_UNIT}(?![^ ])|i am (?:month|year|week|day|hour)(?![^ ])|hourly|daily|"
    rf"weekly|monthly|quarterly|half yearly|yearly|"
    rf"annually|annual|pcm|pm|p ?\. ?m|p m|p ?\. ?a|p a)"
)
ONE_PIECE = (
    r"(?:project|job|run|training|experiment|poc|pilot|task|batch|campaign|study|exercise|fine ?tun\w*|finetun\w*|"
    r"pre ?train\w*|thesis|course|semester|hackathon|engagement|conversion|backlog|archive)"
)
_WHOLE = rf"(?:{ONE_PIECE}|thing|work|lot|event|show|deal)"
_IN_ALL = (
    r"(?:in total|total|in all|overall|all in|altogether|all told|one ?(?:off|time)|once|flat|lump sum|"
    r"(?:for )?everything "
    r"(?:together|included)|for everything|in sum|to finish|credits?|(?:worth )?(?:of|in) (?:\w+ ){0,2}credits?|"
    r"P\d+ credits?)"
)
TOTAL = (
    rf"(?:{_IN_ALL}|for (?:the|this|that|our|my|one|a) (?:whole |entire |full |single |complete )?{_WHOLE}|per "
    rf"(?:whole |full |complete )?(?:run|project|job|experiment|campaign|training run)|for it all|for all of (?:it|"
    rf"that|this))"
)
WHOLE_BEFORE = (
    rf"(?:whole|entire|full|complete|total) (?:\w+ )?{_WHOLE}|(?:budget|money|funds|grant|cap|limit|cost|costs|spend) "
    rf"(?:for|of) (?:the|this|that|our|my) (?:\w+ )?{ONE_PIECE}|one ?(?:time|off)|lump sum|{ONE_PIECE} budget"
)
"""Said before the amount: "the whole campaign should stay below 700"."""


def per_month_of(words: str) -> tuple[float, str | None]:
    """The factor to a month (or hour, or the whole) and the period's name."""
    if not words:
        return 1.0, None
    if re.search(rf"{TOTAL}|{WHOLE_BEFORE}", words) or words.startswith(
        ("for the", "for this", "for that", "for our", "for my", "to spend for ", "available for ", "left for ")
    ):
        return 1.0, "total"
    if re.search(r"half ?year|half a year|semester|half yearly", words):
        return 1.0 / MONTHS_PER_HALF_YEAR, "month"
    if re.search(r"quarter|qtr", words):
        return 1.0 / MONTHS_PER_QUARTER, "month"
    unit = re.search(
        r"(hour|hr|\bh\b|day|daily|dai|week|wk|month|mo|mth|mnth|mese|mes\b|\bm\b|pcm|pm|p ?\. ?m|p m|year|yr|annu|"
        r"p ?\. ?a|p a|"
        r"y\b|d\b|total)",
        words,
    )
    letter = unit.group()[0] if unit else ""
    if letter == "h":
        return 1.0, "hour"
    if letter == "d":
        return HOURS_PER_MONTH / HOURS_PER_DAY, "month"
    if letter == "w":
        return HOURS_PER_MONTH / HOURS_PER_WEEK, "month"
    if letter in ("y", "a") or words.endswith("a"):
        return 1.0 / MONTHS_PER_YEAR, "month"
    return (1.0, "month") if letter in ("m", "p") else (1.0, None)
