"""Rows of CSV, JSONL and YAML files as checked nouns; what is wrong is refused by file and row."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from domain.base import Frozen
from domain.errors import ImportRefused

F = TypeVar("F", bound=Frozen)
Cells = dict[str, object]

LIST_SEPARATOR = "|"


def csv_rows(path: Path, columns: Sequence[str], lists: Sequence[str] = ()) -> Iterator[tuple[int, Cells]]:
    """Line number and cells of each row; an empty cell is null, a list's cell is split. Raises ImportRefused."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != tuple(columns):
                refuse(path, 1, f"must have the columns {','.join(columns)}")
            for cells in reader:
                if None in cells or None in cells.values():
                    refuse(path, reader.line_num, "has another number of cells than the header")
                yield reader.line_num, {name: _cell(text, name in lists) for name, text in cells.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        refuse(path, None, f"cannot be read as CSV: {error}")


def json_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """Line number and fields of each line of a JSONL file. Raises ImportRefused."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        refuse(path, None, f"cannot be read: {error}")
    for row, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            refuse(path, row, f"is not JSON: {error}")
        if not isinstance(fields, dict):
            refuse(path, row, "is not an object")
        yield row, fields


def yaml_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """Position (from 1) and fields of each item of a YAML list. Raises ImportRefused."""
    import yaml  # for who loads the catalogue

    try:
        with path.open(encoding="utf-8") as file:
            items = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        refuse(path, None, f"cannot be read as YAML: {error}")
    if not isinstance(items, list):
        refuse(path, None, "is not a list")
    for row, fields in enumerate(items, start=1):
        if not isinstance(fields, dict):
            refuse(path, row, "is not a mapping")
        yield row, fields


def checked(noun: type[F], cells: Mapping[str, object], path: Path, row: int) -> F:
    """The noun that the cells make. Raises ImportRefused, naming the first wrong cell."""
    for name, value in cells.items():
        if isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
            refuse(path, row, f"has no number in {name}: {value}")
        if isinstance(value, float) and not math.isfinite(value):
            refuse(path, row, f"has no number in {name}: {value}")
    try:
        return noun.model_validate({name: value for name, value in cells.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        refuse(path, row, f"has a wrong {'.'.join(str(part) for part in first['loc']) or 'row'}: {first['msg']}")


def refuse_duplicates(path: Path, keys: Iterable[str]) -> None:
    """Raises ImportRefused for a key that occurs twice."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            refuse(path, None, f"has two rows for {key}")
        seen.add(key)


def refuse(path: Path, row: int | None, problem: str) -> NoReturn:
    """Raises ImportRefused."""
    where = f"{path.parent.name}/{path.name}" + (f", row {row}" if row is not None else "")
    raise ImportRefused(f"{where} {problem}.", "Correct the file and load it again; nothing of it was stored.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _cell(text: str, is_list: bool) -> object:
    if is_list:
        return tuple(part.strip() for part in text.split(LIST_SEPARATOR) if part.strip())
    return text.strip() or None
