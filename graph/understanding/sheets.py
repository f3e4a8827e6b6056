"""Requirements pasted as a sheet: Markdown tables, "key: value" lines, JSON, a line for each thing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from graph.understanding.wording import Token, tokens_of

SHORT_LINE = 60
"""Characters: prose is wrapped later, so a run of lines this short is a list."""
FEWEST_LINES, LEAST_SHARE = 3, 0.75
"""So many lines make a list, when so many of them begin like things of their own."""
_ROW = re.compile(r"[ \t]*\|?(?:[^|\n]*\|)+[^|\n]*$")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_VALUE_HEADS = re.compile(
    r"(?:values?|details?|specs?|specification|answers?|notes?|description|targets?|needs?|what|amount|required|ours|"
    r"requirements?|setting|choice|wish(?:es)?|input|our \w+|your \w+|)",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"[ \t]*(?:[-*•–>]+[ \t]*|\d{1,2}[.)][ \t]+)?(?P<key>[A-Za-z*_#][\w /&().,%#*-]{0,44}?)[ ]?"
    r"(?P<sign>\t+|[ ]{2,}|[ ]*(?::(?!//)\**|=|->|=>|→)[ \t]*|[ ]-+[ ]|[ ][–—][ ])(?=[ ]*\S)"
)
_BULLET = re.compile(r"[ \t]*(?:[-*•–>]+[ \t]+|\d{1,2}[.)][ \t]+)?")
_JSON_KEY = re.compile(r"[\"']\w[\w ./-]*[\"']\s*:")
_BEGINS = re.compile(r"[ \t]*[A-Z\d$€£~<>≥≤]")
_GOES_ON = re.compile(
    r"(?:\b(?:for|of|to|the|an?|in|on|with|and|or|our|my|is|are|by|at|than|from|per|under|over|about|least|most|no|"
    r"not)|,)"
    r"\s*$",
    re.IGNORECASE,
)
_GREETING = re.compile(r"[ \t]*(?:hi|hello|hey|dear|thanks|thank you|(?:kind )?regards|best|cheers)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Row:
    """A line of the turn and where it stands."""

    text: str
    start: int


def laid_out(raw: str) -> tuple[Token, ...]:
    """The turn in tokens, with the structure of what was pasted: rows and keyed lines are sentences of their own."""
    if "\n" not in raw and not _JSON_KEY.search(raw):
        return tokens_of(raw)
    if len(_JSON_KEY.findall(raw)) > 1:
        raw = _flat(raw)
    rows = [_Row(match.group(), match.start()) for match in re.finditer(r"[^\n]*(?:\n|$)", raw) if match.group()]
    tokens: list[Token] = []
    position = 0
    while position < len(rows):
        table = _table_at(rows, position)
        if table:
            tokens.extend(_table(table))
            position += len(table)
            continue
        end = position + 1
        while end < len(rows) and not _table_at(rows, end):
            end += 1
        tokens.extend(_text(rows[position:end], raw))
        position = end
    return tuple(
        token for at, token in enumerate(tokens) if token.text != ";" or (at and tokens[at - 1].text not in (*".;!?:",))
    )


def _flat(raw: str) -> str:
    """JSON in as many characters without its signs: a comma before a key ends a sentence."""
    ended = re.sub(r",(?=\s*[\"']\w[\w ./-]*[\"']\s*:)", ";", raw)
    return re.sub(r"[{}\[\]\"]|(?<![^\W\d_])'|'(?![^\W\d_])", " ", ended)


def _table_at(rows: Sequence[_Row], start: int) -> Sequence[_Row]:
    """The rows with bars from here on, when there are two or more of them."""
    end = start
    while end < len(rows) and _ROW.match(rows[end].text.rstrip("\n")) and rows[end].text.strip():
        end += 1
    barred = [row for row in rows[start:end] if row.text.lstrip().startswith("|") or _RULE.match(row.text)]
    return rows[start:end] if end - start >= 2 and barred else ()


def _table(rows: Sequence[_Row]) -> Iterator[Token]:
    """Two columns are keys and values; more are values under their heads."""
    ruled = next((index for index, row in enumerate(rows) if _RULE.match(row.text)), None)
    heads = _cells(rows[0]) if ruled == 1 else []
    body = [_cells(row) for row in rows[1 if ruled == 1 else 0 :] if not _RULE.match(row.text)]
    keyed = max(map(len, body), default=0) <= 2 and (not heads or bool(_VALUE_HEADS.fullmatch(heads[-1].text.strip())))
    for cells in body:
        if keyed or not heads:
            for index, cell in enumerate(cells):
                yield _sign(";" if index == 0 else ":" if index == 1 else ",", cell.start)
                yield from _moved(tokens_of(cell.text), cell.start)
            continue
        for index, cell in enumerate(cells):
            yield _sign(";", cell.start)
            if index < len(heads) and cell.text.strip():
                yield from (replace(token, start=cell.start, end=cell.start) for token in tokens_of(heads[index].text))
                yield _sign(":", cell.start)
            yield from _moved(tokens_of(cell.text), cell.start)
    yield _sign(";", rows[-1].start + len(rows[-1].text) - 1)


def _cells(row: _Row) -> list[_Row]:
    text = row.text.rstrip("\n").rstrip()
    start = len(text) - len(text.lstrip())
    start += text[start : start + 1] == "|"
    end = len(text) - text.endswith("|")
    cells = []
    for part in text[start:end].split("|"):
        plain = re.sub(r"[*`]", " ", part)
        cells.append(_Row(plain, row.start + start))
        start += len(part) + 1
    return cells


def _text(rows: Sequence[_Row], raw: str) -> Iterator[Token]:
    """Prose, with a break before every keyed line, in runs of short lines and between paragraphs."""
    breaks: set[int] = set()
    signs: dict[int, int] = {}
    for index, row in enumerate(rows):
        keyed = _KEYED.match(row.text)
        if keyed and (":" in keyed.group("sign") or _also_keyed(rows, index, keyed.group("sign"))):
            breaks.add(row.start)
            signs[row.start + keyed.start("sign")] = row.start + keyed.end("sign")
            if index + 1 < len(rows):
                breaks.add(rows[index + 1].start)
        elif index and not rows[index - 1].text.strip():
            breaks.add(row.start)
    for run in _short_runs(rows):
        breaks.update(row.start for row in run)
    first, end = rows[0].start, rows[-1].start + len(rows[-1].text)
    start = first
    for at in sorted({*breaks, *signs, end}):
        yield from _moved(tokens_of(raw[start:at]), start)
        start = at
        if at in signs:
            yield _sign(":", at)
            start = signs[at]
        elif at in breaks and at > 0:
            yield _sign(";", at)
            bullet = _BULLET.match(raw, at, end)
            start = bullet.end() if bullet else at


def _also_keyed(rows: Sequence[_Row], index: int, sign: str) -> bool:
    """ "users = 50" or "Users    50" is a key with its value where its neighbour is one, too."""
    beside = [rows[at] for at in (index - 1, index + 1) if 0 <= at < len(rows)]
    others = [match.group("sign").strip() for match in map(_KEYED.match, (row.text for row in beside)) if match]
    return sign.strip() in others


def _short_runs(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Lines that each begin a thing of their own: with a capital, a figure or a sign, none cut off in the middle."""
    run: list[_Row] = []
    for row in (*rows, _Row("", -1)):
        if row.text.strip() and len(row.text) <= SHORT_LINE and not _GREETING.match(row.text):
            run.append(row)
            continue
        begun = [
            _BEGINS.match(line.text) is not None and not _GOES_ON.search(before.text) for before, line in pairwise(run)
        ]
        if len(run) >= FEWEST_LINES and sum(begun) >= LEAST_SHARE * len(begun):
            yield run
        run = []


def _sign(text: str, at: int) -> Token:
    return Token(text, at, at + 1, False)


def _moved(tokens: Sequence[Token], by: int) -> Iterator[Token]:
    for token in tokens:
        yield replace(token, start=token.start + by, end=token.end + by)
