"""Does a field of a spec hold what a scenario expects of it?"""

import math
import re

from pydantic import Field, model_validator

from domain.base import Frozen

Plain = bool | int | float | str
Value = Plain | tuple[Plain, ...] | None
"""What stands at a path of a spec; an absent or empty field is null."""

RELATIVE_TOLERANCE = 0.005


class Predicate(Frozen):
    """Every part that is given must hold. Text is compared by its letters and digits, whatever their case."""

    any_of: tuple["Expected", ...] = Field(default=(), description="one of these holds")
    like: str | None = Field(default=None, description="the text holds these words, or a member of the list does")
    includes: tuple[str, ...] = Field(default=(), description="each is part of some member")
    excludes: tuple[str, ...] = Field(default=(), description="none is part of any member")
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Predicate":
        if not self.model_fields_set:
            raise ValueError("an expectation without a part expects nothing")
        return self

    def holds(self, value: Value) -> bool:
        texts = [squash(str(item)) for item in (value if isinstance(value, tuple) else (value,)) if item is not None]
        if self.any_of and not any(matches(one, value) for one in self.any_of):
            return False
        if self.like is not None and not any(squash(self.like) in text for text in texts):
            return False
        if not all(any(squash(part) in text for text in texts) for part in self.includes):
            return False
        if any(squash(part) in text for part in self.excludes for text in texts):
            return False
        if self.min is None and self.max is None:
            return True
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        return number is not None and (self.min or -math.inf) <= number <= (math.inf if self.max is None else self.max)


Expected = Plain | tuple[Plain, ...] | Predicate | None
Predicate.model_rebuild()


def matches(expected: Expected, value: Value) -> bool:
    """Numbers within half a per cent, lists in any order; null and the empty list expect that nothing was read."""
    if isinstance(expected, Predicate):
        return expected.holds(value)
    if expected is None or expected == ():
        return value is None
    if isinstance(expected, tuple):
        got = value if isinstance(value, tuple) else () if value is None else (value,)
        return sorted(squash(str(item)) for item in expected) == sorted(squash(str(item)) for item in got)
    if isinstance(expected, bool) or isinstance(value, bool):
        return expected is value
    if isinstance(expected, int | float):
        return isinstance(value, int | float) and math.isclose(expected, value, rel_tol=RELATIVE_TOLERANCE)
    return isinstance(value, str) and squash(expected) == squash(value)


def at(spec: Frozen, path: str) -> Value:
    """The value at a dotted path of a spec or of one workload: `budget.amount`, `models.0.name`, `models.*.name`; null
    where there is none.

    Raises KeyError for a path that it cannot have.
    """
    values: tuple[object, ...] = (spec,)
    many = False
    for step in path.split("."):
        if step == "*":
            many = True
            values = tuple(item for value in values if isinstance(value, tuple) for item in value)
        elif step.isdigit():
            values = tuple(value[int(step)] for value in values if isinstance(value, tuple) and int(step) < len(value))
        else:
            values = tuple(_field(value, step, path) for value in values)
    if many:
        return tuple(_text(value) for value in values) or None
    found = _plain(values[0]) if values else None
    return None if found == () else found


def _field(value: object, name: str, path: str) -> object:
    if value is None:  # a part that was not said, as the question of a spec without one
        return None
    fields = getattr(type(value), "model_fields", {})
    if name not in fields:
        raise KeyError(f"a {type(value).__name__} has no {path}")
    return getattr(value, name)


def _plain(value: object) -> Value:
    if isinstance(value, tuple):
        return tuple(_text(item) for item in value)
    return value if isinstance(value, Plain) or value is None else str(value)


def _text(item: object) -> Plain:
    return item if isinstance(item, Plain) else str(getattr(item, "name", item))


def squash(text: str) -> str:
    """Letters, digits and the decimal points between digits: "Qwen-2.5 VL" is "qwen2.5vl"."""
    return re.sub(r"[^a-z0-9.]|(?<!\d)\.|\.(?!\d)", "", text.lower())


def written(expected: Expected) -> str:
    """An expectation for people."""
    if isinstance(expected, Predicate):
        parts = []
        if expected.any_of:
            parts.append(" or ".join(written(one) for one in expected.any_of))
        parts += [f"like “{expected.like}”"] if expected.like is not None else []
        parts += [f"with {', '.join(expected.includes)}"] if expected.includes else []
        parts += [f"without {', '.join(expected.excludes)}"] if expected.excludes else []
        parts += [f"at least {expected.min:g}"] if expected.min is not None else []
        parts += [f"at most {expected.max:g}"] if expected.max is not None else []
        return ", ".join(parts)
    if expected is None or expected == ():
        return "not said"
    return ", ".join(str(item) for item in expected) if isinstance(expected, tuple) else str(expected)
