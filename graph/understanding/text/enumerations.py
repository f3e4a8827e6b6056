"""Numbered and lettered lists inside a sentence: "(1) chat, (2) transcription", "a) ... b) ...", "1. ... 2. ...".

Marks are those of a list only where they count on from the first: a figure in brackets elsewhere is a figure. A list
whose every item begins a line is the layout's, to which any such mark is as good as a dash.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

_MARK = re.compile(
    r"""(?<![\w.,/$€£%-])
      (?: \( (?P<inside>\d{1,2}|[a-hA-H]|i{1,3}|iv|vi{0,3}) \)
        | (?P<closed>\d{1,2}|[a-hA-H]|i{1,3}|iv|vi{0,3}) \) (?=\s)
        | (?P<dotted>\d{1,2}) [.:/] (?=\s{1,3}[^\W_])
        | \# (?P<hashed>\d{1,2}) :? (?=\s)
      )""",
    re.VERBOSE,
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")
_BEGINS = re.compile(r"(?:^|[:;.,!?\n(—–-])\s{0,9}$")
"""What stands before the first mark of a list without brackets: "1." after a word ends a sentence."""
_SMALL = re.compile(r"\d{1,2}[.:/]\s{1,3}[a-zà-ÿ]")
"""A mark that goes on with a small letter: no sentence begins with one."""
_LINE_START = re.compile(r"(?:^|\n)[ \t]{0,40}$")
BEFORE = 42
"""Characters before a mark that are looked at."""
Span = tuple[int, int]
Counted = tuple[int | None, Span]
Kind = Literal["opens", "ends", "line"]


def list_marks(raw: str) -> tuple[tuple[Span, Kind], ...]:
    """Start and end of each mark of a list that counts from its first, and whether it opens the first item, ends the
    one before it, or begins a line as all of its list do."""
    found = list(_MARK.finditer(raw))
    marks: dict[Span, Kind] = {}
    for form in ("inside", "closed", "dotted", "hashed"):
        of_form = [mark for mark in found if mark[form] and (form != "dotted" or _may_stand(raw, mark))]
        for number_of in _KINDS:
            for run in _runs([(number_of(mark[form]), mark.span()) for mark in of_form]):
                lines = all(_LINE_START.search(raw[max(0, start - BEFORE) : start]) for start, _ in run)
                marks |= {span: "line" if lines else "ends" if place else "opens" for place, span in enumerate(run)}
    return tuple(sorted(marks.items()))


def _may_stand(raw: str, mark: re.Match[str]) -> bool:
    begins = _BEGINS.search(raw[max(0, mark.start() - BEFORE) : mark.start()]) is not None
    return begins or (mark["dotted"] != "1" and _SMALL.match(raw, mark.start()) is not None)


def _runs(marks: Sequence[Counted]) -> list[list[Span]]:
    """Those that count 1, 2, 3 ...; none where there is no second."""
    runs: list[list[Span]] = []
    for number, span in marks:
        if number == 1:
            runs.append([span])
        elif runs and number == len(runs[-1]) + 1:
            runs[-1].append(span)
    return [run for run in runs if len(run) > 1]


def _figure(written: str) -> int | None:
    return int(written) if written.isdigit() else None


def _letter(written: str) -> int | None:
    return ord(written.lower()) - ord("a") + 1 if len(written) == 1 and written.isalpha() else None


def _roman(written: str) -> int | None:
    return _ROMAN.index(written) + 1 if written in _ROMAN else None


_KINDS: tuple[Callable[[str], int | None], ...] = (_figure, _letter, _roman)
