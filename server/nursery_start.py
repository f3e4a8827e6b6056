"""Starts the process that forks workers: the first thing that a server does, for that process has as much to import as
the server itself, and imports nothing here that it could not begin with.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Begun(NamedTuple):
    """A nursery that has begun to import, and our end of the line to it; it ends when that is closed."""

    process: subprocess.Popen[bytes]
    control: socket.socket


def begun() -> Begun:
    """One more process of `server/nursery.py`, which waits for its set-up."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.nursery", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.getenv("PYTHONPATH"))))},
        )
    ours.setblocking(False)
    return Begun(process, ours)
