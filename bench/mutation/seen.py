"""Which statements ran, by their numbers: one byte each, in a file that all processes of a test share."""

import mmap
from pathlib import Path

from bench.mutation.statements import MOST

FILE = Path(__file__).with_name("seen.bin")

if not FILE.exists():
    FILE.write_bytes(bytes(MOST))
with FILE.open("r+b") as _file:
    SEEN = mmap.mmap(_file.fileno(), MOST)


def taken() -> bytes:
    """What ran since it was asked last."""
    whole = SEEN[:]
    SEEN[:] = bytes(MOST)
    return whole
