"""What kind of figure a question asks for, and the rows of an answer that hold one. A topic alone is only the subject;
its answer may hold another figure of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line

Kind = Literal["percent", "rate", "gpus", "power", "memory", "time", "money"]

_PER = r"(?:\b(?:a|an|per|each) (?:second|minute|hour|day)|/s)\b"
HOLDS: Mapping[Kind, re.Pattern[str]] = {
    "percent": re.compile(r"\d ?%"),
    "rate": re.compile(rf"\d[^.|]{{0,60}}?{_PER}"),
    "gpus": re.compile(r"\b\d+ (?:(?:x|×) |(?:\w+ )?(?:GPU|card|machine|node|replica|server|cop(?:y|ies))s?\b)"),
    "power": re.compile(r"\d ?k?Wh?\b"),
    "memory": re.compile(r"\d ?[KMGT]i?B\b"),
    "time": re.compile(r"\d(?:\*\*)? ?(?:h|hours?|days?|weeks?|minutes?|min|seconds?|s|ms)\b(?! of use)"),
    "money": re.compile(r"\$ ?(?!0\.00\b)\d"),
}  # fmt: skip
"""How a line reads that holds a figure of the kind."""
NAMES: Mapping[Kind, str] = {
    "percent": "share", "rate": "rate", "gpus": "number of machines", "power": "power", "memory": "size",
    "time": "time", "money": "price",
}  # fmt: skip
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z*`])")
_WORKING = re.compile(r"[:,] (?:[^:`]*: )?`")
_OF_ONE = re.compile(r"Of [^\n]+:(?=\n\n)")
_RULE = re.compile(r"^[|\s:-]*$")


class Row:
    """One sentence, item or row of an answer, and the line that it stands in."""

    def __init__(self, text: str, line: str) -> None:
        self.text, self.line = text.strip(), line

    @property
    def told(self) -> str:
        """Without the working behind it."""
        return _WORKING.split(self.text, maxsplit=1)[0]


def wanted_in(line: Line) -> Kind | None:
    """The kind of the figure that is asked for first; null where it asks for none."""
    order = get_args(Kind)
    found = sorted(
        book("follow_ups", "wanted").find(line.as_written), key=lambda one: (one.first, order.index(one.value))
    )
    return next((kind for match in found for kind in order if kind == match.value), None)


def rows_of(answer: str) -> Iterator[Row]:
    """What an answer says, a sentence, an item or a row of a table at a time; what stands in a fence is no saying."""
    fenced = False
    for line in answer.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or _RULE.match(line):
            continue
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("| ").split(" | ") if cell.strip(" —")]
            yield Row(f"{cells[0]}: {'; '.join(cells[1:])}" if len(cells) > 1 else "".join(cells), line)
        elif line.lstrip().startswith("- "):
            yield Row(line.lstrip("- "), line)
        else:
            yield from (Row(sentence, line) for sentence in _SENTENCE_ENDS.split(line))


def telling_rows(answer: str) -> list[Row]:
    """The rows of an answer without those that tell where it is from."""
    return [row for row in rows_of(answer) if "](<" not in row.text]


def holding(kind: Kind, answer: str) -> list[Row]:
    """The rows that hold a figure of the kind; a rate in the working of another figure is none."""
    return [row for row in telling_rows(answer) if HOLDS[kind].search(row.told if kind == "rate" else row.text)]


def led_by(answer: str, row: Row) -> str:
    """The answer with this row as its first sentence, said once."""
    said = f"{row.text[:1].upper()}{row.text[1:]}" + ("" if row.text.endswith((".", "!", "?", ":")) else ".")
    whole = row.text in (row.line.strip(), row.line.lstrip("- "))
    lines = [line.replace(row.text, "", 1).replace("  ", " ").strip() if line == row.line and not whole else line
             for line in answer.splitlines() if not (whole and line == row.line)]  # fmt: skip
    rest = "\n".join(lines).strip()
    of = _OF_ONE.match(rest)
    return f"{of[0]} {said}\n\n{rest[of.end() :].strip()}".strip() if of else f"{said}\n\n{rest}".strip()
