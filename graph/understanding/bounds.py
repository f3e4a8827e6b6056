"""Bounds and halves in one form: ">=2" is at least 2, "2 or more" is 2, "a day and a half" is 1.5 days."""

import re
from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.numbers import number_words
from graph.understanding.wording import Line, Token

_A_NUMBER = rf"(?:\d[^ ]*|(?:{'|'.join(number_words())}))"
_AT_MOST = r"(?:at most|at the most|at maximum|no more than|not more than|max|maximum|up to|never more than)"
_SIGN = r"(?: ?¤[a-z]{3}| ~| about| around)?"
_TIME = r"(?P<unit>hour|day|week|month|year)"
_FORMS = (
    (re.compile(rf"(?<![^ ])(?:an?|one|1) {_TIME} and (?:a|one) half(?![^ ])"), r"1.5 \g<unit>s"),
    (re.compile(rf"(?<![^ ])(?:an?|one|1) {_TIME} or two(?![^ ])"), r"2 \g<unit>s"),
    (re.compile(rf"(?<![^ ])(?:an?|one|1) {_TIME} or so(?![^ ])"), r"1 \g<unit>s"),
    (re.compile(rf"(?<![^ ])(?:three|3) quarters of an? {_TIME}(?![^ ])"), r"0.75 \g<unit>s"),
    (re.compile(r"(?<![^ ])(?:(?:a|one) )?fortnight(?![^ ])"), "2 weeks"),
    (re.compile(r"(?<![^ ])(?P<whole>\d) 1 / 2(?= [a-z])"), r"\g<whole>.5"),
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
    stretches: dict[int, tuple[int, str]] = {}
    for match in form.finditer(line.text):
        group = next((name for name in ("gone", "gone2") if match.groupdict().get(name)), 0)
        start, end = match.span(group)
        first, last = line.token_range(start + (line.text[start] == " "), end)
        stretches[first] = last, match.expand(words)
    if not stretches:
        return tokens
    kept: list[Token] = []
    position, ended = 0, -1
    while position < len(tokens):
        last, said = stretches.get(position, (-1, ""))
        if last < 0:
            apart = kept and ended == position  # "under 1", no longer the one word "<1"
            kept.append(replace(tokens[position], glued=False) if apart else tokens[position])
            position += 1
            continue
        whole = replace(tokens[position], end=tokens[last].end, glued=False)
        kept.extend(replace(whole, text=word) for word in said.split())
        position = ended = last + 1
    return tuple(kept)
