"""Requirements pasted as a sheet: Markdown tables, "key: value" lines, JSON, a line for each thing.

What the layout says becomes signs among the tokens, ";" between things and ":" behind a key, so that a row reads like
the same words in a sentence. Every token keeps its place in the raw message; the added signs have no length.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby, pairwise

from graph.understanding.labels.sections import words as words_of
from graph.understanding.text.enumerations import list_marks
from graph.understanding.text.tokens import Token, tokens_of

SHORT_LINE = 60
"""Characters: prose is wrapped later, so a run of lines this short is a list."""
FEWEST_LINES, LEAST_SHARE = 3, 0.75
"""So many lines make a list, when so many of them begin like things of their own."""
LONGEST_KEY = 45
LONGEST_HEAD = 8
"""Tokens of a table's head that are repeated in every row."""
ENDS = frozenset(".;!?:")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,300}>")
_JSON_KEY = re.compile(r"[\"']\w[\w ./-]{0,60}[\"']\s{0,9}:")
_COMMA_BEFORE_KEY = re.compile(r",(?=\s{0,40}[\"']\w[\w ./-]{0,60}[\"']\s{0,9}:)")
_JSON_SIGN = re.compile(r"[{}\[\]\"]|(?<![^\W\d_])'|'(?![^\W\d_])")
_BULLET = re.compile(r"[ \t]{0,40}(?:[-*•–>]{1,9}[ \t]{1,9}|\d{1,2}[.)][ \t]{1,9})")
_KEY = re.compile(r"[A-Za-z*_#][\w /&().,%#*-]{0,44}")
_SIGN = re.compile(r" {0,9}(?::(?!//)|=>|->|=|→)|\t| {2}| -{1,3} | [–—] ")
_BEGINS = re.compile(r"[A-Z\d$€£~<>≥≤]")


@dataclass(frozen=True)
class _Key:
    """The sign behind a line's key, and where it begins and ends in the line."""

    sign: str
    start: int
    end: int


@dataclass(frozen=True)
class _Row:
    """A line or a cell of the message (`shown`) and where it stands."""

    text: str
    start: int
    shown: str

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    @property
    def is_rule(self) -> bool:
        """The line below a table's heads."""
        return "--" in self.text and not set(self.text) - set("|:- \t\n")

    def part(self, start: int, end: int) -> "_Row":
        return _Row(self.text[start:end], self.start + start, self.shown)

    def tokens(self) -> tuple[Token, ...]:
        return () if self.is_blank else tokens_of(self.shown, self.start, self.start + len(self.text))


def tokens_of_layout(raw: str) -> tuple[Token, ...]:
    """The message in tokens, with the structure of what was pasted."""
    shown = _without_marks(raw)
    marks = list_marks(shown)
    for (start, end), kind in marks:
        shown = f"{shown[:start]}{('-' if kind == 'line' else ' ').ljust(end - start)}{shown[end:]}"
    if "\n" not in shown and not marks:
        return tokens_of(shown)
    read = _parts(list(_rows(shown))) if "\n" in shown else tokens_of(shown)
    tokens: list[Token] = []
    ends = (_sign(";", start) for (start, _), kind in marks if kind == "ends")
    for token in merge(read, ends, key=lambda token: token.start):
        if token.text != ";" or (tokens and tokens[-1].text not in ENDS):
            tokens.append(token)
    return tuple(tokens)


def _rows(shown: str) -> Iterator[_Row]:
    start = 0
    for line in shown.split("\n"):
        yield _Row(line, start, shown)
        start += len(line) + 1


def _parts(rows: Sequence[_Row]) -> Iterator[Token]:
    """Tables, and the lines between them."""
    lines: list[_Row] = []
    for bar, run in groupby(rows, key=_bar_of):
        held = list(run)
        if bar and len(held) > 1 and (_is_headed(held) or any(map(_is_of_table, held))):
            yield from chain(_lines(lines), _table(held))
            lines = []
        else:
            lines += held
    yield from _lines(lines)


def _without_marks(raw: str) -> str:
    """As many characters without tags (a tag ends a sentence), Markdown's stress and the signs of JSON."""
    shown = _TAG.sub(lambda tag: " ." + " " * (len(tag.group()) - 2), raw).replace("**", "  ").replace("`", " ")
    if len(_JSON_KEY.findall(shown)) > 1:
        shown = _JSON_SIGN.sub(" ", _COMMA_BEFORE_KEY.sub(";", shown))
    return shown


def _table(rows: Sequence[_Row]) -> Iterator[Token]:
    """Two columns are keys and values; more are values under their heads, a row for each thing."""
    headed = (len(rows) > 1 and rows[1].is_rule) or _is_headed(rows)
    heads = [head.tokens()[:LONGEST_HEAD] for head in _cells(rows[0])] if headed else []
    body = [_cells(row) for row in rows[1 if headed else 0 :] if not row.is_rule]
    if [cells[0].text.strip() for cells in body] == [str(number) for number in range(1, len(body) + 1)]:
        heads, body = heads[1:], [cells[1:] for cells in body]  # the numbers of the lines
    of_values = not heads or not heads[-1] or heads[-1][0].text in words_of("layout", "value_heads")
    keyed = of_values and max(map(len, body), default=0) <= 2
    things = len(body) > 1 and len(heads) > 2  # a row is one of several things, and its cells are of that one
    for cells in body:
        for index, cell in enumerate(cells):
            if keyed or not heads:
                yield _sign(";" if index == 0 else ":" if index == 1 else ",", cell.start)
            elif index and not any(sign.isalnum() for sign in cell.text):
                continue  # "-" is no value
            else:
                yield _sign("," if index and things else ";", cell.start)
                if index < len(heads):
                    yield from (token._replace(start=cell.start, end=cell.start) for token in heads[index])
                    yield _sign(":", cell.start)
            yield from cell.tokens()
    yield _sign(";", rows[-1].start + len(rows[-1].text))


def _bar_of(row: _Row) -> str:
    """What parts the cells of a line: a bar, else the tabs of what was copied from a sheet."""
    return "|" if "|" in row.text else "\t" if row.text.strip().count("\t") > 1 else ""


def _is_of_table(row: _Row) -> bool:
    return row.is_rule or row.text.lstrip()[:1] == "|"


def _is_headed(rows: Sequence[_Row]) -> bool:
    """A table without rules: as many cells in each line, and a figure in every one but the first, which is the head."""
    bars = {row.text.strip().strip("|").count(_bar_of(row)) for row in rows}
    first, *others = (any(sign.isdigit() for sign in row.text) for row in rows)
    return len(bars) == 1 and min(bars) > 1 and len(others) > 1 and not first and all(others)


def _cells(row: _Row) -> list[_Row]:
    text = row.text.rstrip()
    start = len(text) - len(text.lstrip())
    start += text[start : start + 1] == "|"
    cells = []
    for part in text[start : len(text) - text.endswith("|")].split(_bar_of(row) or "|"):
        cells.append(row.part(start, start + len(part)))
        start += len(part) + 1
    return cells


def _lines(rows: Sequence[_Row]) -> Iterator[Token]:
    """Prose, with a break before every item and keyed line, in runs of short lines and between paragraphs."""
    keys = [_key_of(row) for row in rows]
    listed = {row.start for run in _short_runs(rows) for row in run}
    after_one, after_item = True, False
    for index, row in enumerate(rows):
        bullet, key = _BULLET.match(row.text), keys[index]
        if key is not None and key.sign != ":" and key.sign not in {k.sign for k in _beside(keys, index)}:
            key = None  # "users = 50" or "Users    50" is a key with its value where its neighbour is one, too
        if key or bullet or after_one or row.start in listed or (after_item and _begins_flush(row)):
            yield _sign(";", row.start)
        after_one, after_item = key is not None or row.is_blank, bullet is not None
        begin = bullet.end() if bullet else 0
        if key is not None and key.sign != ":":
            yield from row.part(begin, key.start).tokens()
            yield _sign(":", row.start + key.start)
            begin = key.end
        yield from row.part(begin, len(row.text)).tokens()


def _key_of(row: _Row) -> _Key | None:
    """The sign behind the key of "key: value"; null for a line that is none."""
    bullet = _BULLET.match(row.text)
    begin = bullet.end() if bullet else len(row.text) - len(row.text.lstrip())
    sign = _SIGN.search(row.text[: begin + LONGEST_KEY + 4], begin)
    if sign is None or not _KEY.fullmatch(row.text, begin, sign.start()) or not row.text[sign.end() :].strip():
        return None
    text = sign.group().strip() or sign.group()
    if text == ":" and row.text[sign.start() - 1].isdigit() and not row.text[sign.end()].isspace():
        return None  # "9:00", "qwen3:8b"
    return _Key(text, sign.start(), sign.end())


def _beside(keys: Sequence[_Key | None], index: int) -> list[_Key]:
    return [key for key in (*keys[max(0, index - 1) : index], *keys[index + 1 : index + 2]) if key is not None]


def _short_runs(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Lines that each begin a thing of their own: with a capital, a figure or a sign, none cut off in the middle."""
    for short, lines in groupby(rows, key=_is_short):
        run = list(lines) if short else []
        begun = [_begins(line) and not _goes_on(before) for before, line in pairwise(run)]
        if len(run) >= FEWEST_LINES and sum(begun) >= LEAST_SHARE * len(begun):
            yield run


def _is_short(row: _Row) -> bool:
    words = row.text[:SHORT_LINE].lower().replace(",", " ").split()
    return bool(words) and len(row.text) <= SHORT_LINE and words[0] not in words_of("layout", "greetings")


def _begins(row: _Row) -> bool:
    return _BEGINS.match(row.text.lstrip()) is not None


def _begins_flush(row: _Row) -> bool:
    """At the margin with a capital: a list of items has ended."""
    return row.text[:1].isupper()


def _goes_on(row: _Row) -> bool:
    return row.text.rstrip().endswith(",") or row.text.lower().split()[-1] in words_of("layout", "goes_on")


def _sign(text: str, at: int) -> Token:
    return Token(text, at, at, False)
