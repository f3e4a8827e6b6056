"""Which of the recommendations a question counts out, and what it names."""

import re

_ORDINALS = {"first": 1, "1st": 1, "top": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "last": -1}
_NUMBERS = {"two": 2, "three": 3, "2": 2, "3": 3}
_SEVERAL = re.compile(
    r"\b(?:first|top|all|these|the) (two|three|2|3)\b(?! (?:gpus?|nodes?|replicas?))|\b(both)\b", re.I
)
_ORDINAL = re.compile(
    rf"(?<!\bper )(?<!\ba )(?<!/)\b({'|'.join(_ORDINALS)})\b"
    r"(?! (?:time|token|of all|week|month|year|plan|version|updat\w+|check\w*|read|look\w*|chang\w+))",
    re.I,
)
_NUMBERED = re.compile(
    r"(?:#\s*|\b(?:option|number|no\.?|choice|recommendation|rank|plan)s? )([1-9])\b(?![\w.,]\d)", re.I
)
_BARE = re.compile(
    r"(?<![\w.,$-])([1-9])(?![\w.%-]|,\d|\s*(?:x|×|gpus?|users?|nodes?|replicas?|gb|tb|hours?|days?)\b)", re.I
)
_REFUSED = re.compile(
    r"^.*?\b(?:why|how come)\b(?: \w+){0,2}?(?: not|n['’]t)?(?: (?:you|we|i|it|they))?"
    r"(?: (?:use|using|pick|choose|recommend|take|go (?:with|for|to)|run(?: it)?(?: on)?|put(?: it)?(?: on)?))?\s+",
    re.I,
)


_AGAINST = re.compile(r"\b(?:compared?(?: (?:to|with))?|comparison|difference|between|against|versus|vs)\b", re.I)
_COMMAS = re.compile(r"(?:\s*,)+\s*")
_ASKING = re.compile(
    r"\b(?:how|much|many|what['’]?s?|which|who|when|where|is|are|does|do|did|would|will|can|could|you|i|we|it|an?|the|"
    r"costs?|prices?|pricing|priced|rents?|of|per|hour|month|year|day|hourly|monthly|roughly|about|just|approximately|tell|"
    r"me|know|to|pay|for|expensive|cheap|cheaper|go|going|rate|usually|normally|typically|these|days|before|answer|so|"
    r"ok|quick|question|better)\b|\?",
    re.I,
)


def counted_ranks(question: str, *, bare: bool = False) -> tuple[int, ...]:
    """The ranks a question counts out ("the first two", "#1 and #3"), ascending; -1 is the last.

    `bare` lets digits on their own count too, as in "compare 1 and 3".
    """
    if several := _SEVERAL.search(question):
        return tuple(range(1, _NUMBERS.get((several[1] or "two").lower(), 2) + 1))
    ranks = {_ORDINALS[word.lower()] for word in _ORDINAL.findall(question)}
    ranks |= {int(digit) for digit in _NUMBERED.findall(question)}
    if bare:
        ranks |= {int(digit) for digit in _BARE.findall(question)}
    return tuple(sorted(ranks))


def thing_refused(question: str) -> str:
    """A question of why something was not chosen without its "why not": what is left names the thing."""
    return _REFUSED.sub("use ", question, count=1)


def things_of(question: str) -> str:
    """What a question names, without the words that ask: whoever asks for a price of a thing does not ask for it."""
    apart = _ASKING.sub(" ", _AGAINST.sub(" , ", question))
    return " ".join(_COMMAS.sub(", ", apart).strip(" ,").split()) or question
