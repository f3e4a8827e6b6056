"""The server as a process of its own, over a database of its own, for benchmarks that ask it as a client does."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
SERVE = "import sys, cli; sys.argv = ['stack8s', 'serve', '--port', '0']; cli.main()"
NO_LIMITS = {"REQUESTS_PER_MINUTE": "0", "REQUESTS_AT_ONCE": "0"}
"""For one client that stands for many."""


class Served:
    """One server process at a time over one data directory."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self._environment = {
            **os.environ, "STACK8S_DATA_DIR": str(data_dir), "STACK8S_ENGINE": "builtin", **(environment or {}),
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it listens, on a port of its own choice: the last one may be another's by now."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if found := re.search(r"running on http://\S+:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise RuntimeError("the server ended without listening:\n" + "".join(said[-20:]))
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends the signal and waits until the process is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextmanager
def serving(environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A running server over a temporary data directory; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        served = Served(Path(folder), environment)
        served.start()
        try:
            yield served
        finally:
            served.end()
