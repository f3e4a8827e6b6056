"""A change made to modules that are imported already: their functions get the changed code."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType

Swap = tuple[FunctionType, CodeType]


def functions_of(files: Iterable[str]) -> dict[str, list[FunctionType]]:
    """Every function that exists, by the file that it was written in."""
    wanted, found = frozenset(files), defaultdict(list)
    for one in gc.get_objects():
        if type(one) is FunctionType and one.__code__.co_filename in wanted:
            found[one.__code__.co_filename].append(one)
    return found


def swaps(functions: Iterable[FunctionType], imported: CodeType, plain: CodeType, changed: CodeType) -> list[Swap]:
    """The functions of a module that a change reaches, each with its changed code. `imported`: the module's code as
    it was imported; `plain` and `changed`: compiled without the change and with it."""
    new = {_key(old): after for old, before, after in _nested(imported, plain, changed) if before != after}
    return [(function, new[key]) for function in functions if (key := _key(function.__code__)) in new]


def _nested(*same: CodeType) -> Iterator[tuple[CodeType, ...]]:
    """What corresponds in codes that are the same but for a change, down to where that took something out."""
    yield same
    inner = [[constant for constant in code.co_consts if isinstance(constant, CodeType)] for code in same]
    if len({len(codes) for codes in inner}) == 1:
        for codes in zip(*inner, strict=True):
            yield from _nested(*codes)


def _key(code: CodeType) -> tuple[str, int, bytes]:
    """Code that has run compares unequal to itself in Python 3.11."""
    return code.co_qualname, code.co_firstlineno, code.co_linetable
