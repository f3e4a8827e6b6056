"""One PostgreSQL with the starter catalogue, running for all tests of all changes."""

import shutil
import subprocess
import sys
from pathlib import Path


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
        command = [sys.executable, "-m", "tests.kept_database", str(self.path)]
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
