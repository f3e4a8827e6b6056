"""Which of the marked statements ran, by their numbers: one byte each, in a file that the processes of a lane share."""

import mmap
import os
from pathlib import Path

from bench.mutation.importing import LANE

MOST = 1 << 12
"""More than are marked."""
FILE = Path(os.environ.get(LANE) or Path(__file__).parent) / "seen.bin"

if not FILE.exists():
    FILE.write_bytes(bytes(MOST))
with FILE.open("r+b") as _file:
    SEEN = mmap.mmap(_file.fileno(), MOST)


def taken() -> frozenset[int]:
    """What ran since it was asked last."""
    whole = SEEN[:]
    SEEN[:] = bytes(MOST)
    return frozenset(number for number, ran in enumerate(whole) if ran)
