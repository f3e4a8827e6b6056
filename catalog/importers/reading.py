"""Files of strangers, read in bounded pieces: nothing here holds more than a line, and no line has no end."""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from catalog.files import refuse

LONGEST_ROW = 64 * 1024
"""Characters of a CSV row; the longest of a cloud's catalogue has a few hundred."""

LONGEST_RECORD = 16 * 1024 * 1024
"""Characters of a JSON line: a model with its whole card."""

LARGEST_FILE = 4 * 1024**3
WHOLE_FILE = 256 * 1024**2
"""Bytes, unpacked, of a file that has to be read as a whole."""

MANY_BYTES = 64 * 1024
"""A file of this size was written by a program, and programs end their last line."""

ISO_DATE = re.compile(r"(20\d\d-[01]\d-[0-3]\d)(?:[T ].*)?")


def lines_of(path: Path, longest: int) -> Iterator[tuple[int, str]]:
    """Number and text of each line, unpacked where the name ends in .gz.

    Raises ImportRefused for a line that is longer than that, for a file that is cut off, and for one that is no text.
    """
    number, size, raw = 0, 0, b"\n"
    with _opened(path) as file:
        while raw := _line(file, longest, path, number + 1):
            number += 1
            size += len(raw)
            if len(raw) > longest:
                refuse(path, number, f"is longer than {longest:,} characters")
            if size > LARGEST_FILE:
                refuse(path, number, f"lies past the {LARGEST_FILE // 1024**3} GB that are read of one file")
            last = raw
            yield number, _text(raw, path, number)
    if size > MANY_BYTES and not last.endswith(b"\n"):
        refuse(path, number, "is the last line and has no end: the file is cut off")


def csv_records(path: Path, required: Iterable[str], optional: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each row; surplus cells belong to a last column that nobody reads.

    Raises ImportRefused, naming the row.
    """
    required = tuple(required)
    needed = {*required, *optional}
    numbers = [0]

    def lines() -> Iterator[str]:
        for numbers[0], text in lines_of(path, LONGEST_ROW):
            yield text

    reader = csv.reader(lines(), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if header and header[0].startswith("<"):
            refuse(path, 1, "is a web page, not CSV")
        if absent := sorted(set(required) - set(header)):
            refuse(path, 1, f"has no column {', '.join(absent)}")
        if len(set(header)) < len(header):
            refuse(path, 1, "names a column twice")
        for cells in reader:
            if not cells:
                continue
            if len(cells) > len(header) and header[-1] not in needed:  # SkyPilot's Azure list: V1,V2 without quotes
                cells = [*cells[: len(header) - 1], ",".join(cells[len(header) - 1 :])]
            if len(cells) != len(header):
                refuse(path, numbers[0], f"has {len(cells)} cells, the header has {len(header)}")
            yield numbers[0], dict(zip(header, cells, strict=True))
    except csv.Error as error:
        refuse(path, numbers[0], f"is not CSV: {error}")


def json_documents(path: Path) -> Iterator[tuple[int, object]]:
    """Line number and value of each line of JSON; a file that is one value, over many lines or not, gives that one."""
    lines = lines_of(path, LONGEST_RECORD)
    number, first = next(lines, (1, ""))
    opening = first.lstrip()[:1]
    if opening not in ("{", "["):
        refuse(path, 1, "is a web page, not JSON" if opening == "<" else "is not JSON")
    try:
        value = json.loads(first, parse_constant=_no_number)
    except (ValueError, RecursionError):
        yield 1, _one_document(path)
        return
    yield number, value
    for number, line in lines:
        if line.strip():
            try:
                yield number, json.loads(line, parse_constant=_no_number)
            except (ValueError, RecursionError) as error:
                refuse(path, number, f"is not JSON: {_short(error)}")


def whole_text(path: Path) -> str:
    """The file as one text. Raises ImportRefused above WHOLE_FILE bytes."""
    pieces, size = [], 0
    for number, line in lines_of(path, LONGEST_RECORD):
        size += len(line)
        if size > WHOLE_FILE:
            refuse(path, number, f"lies past the {WHOLE_FILE // 1024**2} MB that such a file may have")
        pieces.append(line)
    return "".join(pieces)


def newest_date(texts: Iterable[str], today: date) -> date | None:
    """The newest day among ISO dates; one that has not come yet says nothing."""
    days = [found[1] for text in texts if (found := ISO_DATE.fullmatch(text.strip()))]
    return max((day for text in days if (day := _day(text)) is not None and day <= today), default=None)


def _opened(path: Path) -> BinaryIO:
    try:
        if path.name.lower().endswith(".gz"):
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as error:
        refuse(path, None, f"cannot be read: {error.strerror or error}")


def _line(file: BinaryIO, longest: int, path: Path, number: int) -> bytes:
    try:
        return file.readline(longest + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        refuse(path, number, f"cannot be unpacked, the file is cut off or damaged: {error}")
    except OSError as error:
        refuse(path, number, f"cannot be read: {error.strerror or error}")


def _text(raw: bytes, path: Path, number: int) -> str:
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        refuse(path, number, "is not UTF-8 text")
    if "\0" in text:
        refuse(path, number, "holds a NUL: this is no text file")
    return text


def _one_document(path: Path) -> object:
    try:
        value: object = json.loads(whole_text(path), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        refuse(path, error.lineno, f"is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        refuse(path, None, f"is not JSON: {_short(error)}")
    return value


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _short(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
