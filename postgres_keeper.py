"""Ends an embedded PostgreSQL whose last user was killed and could not: `python postgres_keeper.py DIRECTORY LOCK`.

One process for a directory, known by the lock it was handed, from the server's start to its end. It sleeps until the
kernel gives it the lock that every user shares, and imports nothing of others before that.
"""

import fcntl
import os
import sys
import time
from pathlib import Path

KEEPER_LOCK, USERS_LOCK = "keeper.lock", "users.lock"
GRACE_S = 20.0
"""A server process that was killed is mostly started again at once, and finds its PostgreSQL running."""


def keep(directory: Path, own_lock: int) -> None:
    """Returns when nobody uses the server any more and it has ended."""
    users = os.open(directory / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        if (directory / "postgres" / "postmaster.pid").exists():
            time.sleep(GRACE_S)

        from embedded_postgres import EmbeddedPostgres  # and with it psycopg and psutil: 30 MB

        if EmbeddedPostgres(directory).end_unused(own_lock):
            return


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]), int(sys.argv[2]))
    except OSError:  # the directory is gone
        sys.exit(1)
