"""Bounds in one form: ">=2" and "no fewer than 2" are at least 2, "<=2" is at most 2, "2 or more" is 2."""

import re
from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.numbers import number_words
from graph.understanding.wording import Line, Token

_A_NUMBER = rf"(?:\d[^ ]*|(?:{'|'.join(number_words())}))"
_AT_MOST = r"(?:at most|at the most|at maximum|no more than|not more than|max|maximum|up to|never more than)"
_SIGN = r"(?: ?¤[a-z]{3}| ~| about| around)?"
_FORMS = (
    (re.compile(r"(?<![^ ])(?:(?:[~] )?> =|≥|⩾)(?![^ ])"), "at least"),
    (re.compile(r"(?<![^ ])(?:< =|≤|⩽)(?![^ ])"), "at most"),
    (re.compile(rf"(?<![^ ])<(?={_SIGN} {_A_NUMBER}(?![^ ])|{_SIGN} ¤)"), "under"),
    (
        re.compile(
            r"(?<![^ ])(?:(?:no|not|never) (?:less|fewer|smaller|lower) than|(?:no|not) (?:under|below)|upwards of|"
            rf"(?:with )?(?:a|an) (?:absolute |bare )?minimum of|(?:minimum|min) of)(?= (?:\w+ )?{_A_NUMBER}(?![^ ]))"
        ),
        "at least",
    ),
    (
        re.compile(
            rf"(?<=least )(?P<low>{_A_NUMBER})(?P<gone> (?:and|but|,|or|to)(?: but| and)? {_AT_MOST})(?= {_A_NUMBER})|"
            rf"(?<![^ ])(?:min|minimum|from) (?P<low2>{_A_NUMBER})(?P<gone2>(?: (?:and|but|,|/|to))? {_AT_MOST})"
            rf"(?= {_A_NUMBER})"
        ),
        "to",
    ),
    (
        re.compile(
            rf"(?<![^ ])(?P<low>{_A_NUMBER})(?P<gone> or (?:more|greater|above|higher|larger|bigger|upwards|beyond))"
            rf"(?![^ ])"
        ),
        "",
    ),
)


def bounded(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with every bound in the words that the grammars know."""
    kept = tuple(tokens)
    for form, words in _FORMS:
        kept = _replaced(kept, form, words)
    return kept


def _replaced(tokens: tuple[Token, ...], form: re.Pattern[str], words: str) -> tuple[Token, ...]:
    line = Line("", tokens)
    stretches: dict[int, int] = {}
    for match in form.finditer(line.text):
        group = next((name for name in ("gone", "gone2") if match.groupdict().get(name)), 0)
        start, end = match.span(group)
        first, last = line.token_range(start + (line.text[start] == " "), end)
        stretches[first] = last
    if not stretches:
        return tokens
    kept: list[Token] = []
    position = 0
    while position < len(tokens):
        last = stretches.get(position, -1)
        if last < 0:
            apart = kept and position - 1 in stretches.values()  # "under 1", no longer the one word "<1"
            kept.append(replace(tokens[position], glued=False) if apart else tokens[position])
            position += 1
            continue
        whole = replace(tokens[position], end=tokens[last].end, glued=False)
        kept.extend(replace(whole, text=word) for word in words.split())
        position = last + 1
    return tuple(kept)
