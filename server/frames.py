"""What goes between the server and its own processes: to the nursery a set-up, then orders to fork; to and from a
worker values, each as its length and itself pickled.
"""

import asyncio
import pickle
import struct
from dataclasses import dataclass

from settings import Settings

FORK, READY = b"f", b"r"
HEADER = struct.Struct("!Q")


@dataclass(frozen=True)
class Setup:
    """What the nursery is sent first."""

    settings: Settings
    conninfo: str


def framed(value: object) -> bytes:
    """The bytes of one value."""
    body = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


async def next_value(reader: asyncio.StreamReader) -> object:
    """The next value. Raises EOFError when the other process is gone."""
    try:
        (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
        return pickle.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        raise EOFError from None
