import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import settings as settings_module
from cli import main
from database import Database
from settings import Settings


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int | str | None
    out: str
    err: str


class Terminal:
    """The console script's own `main`, without the three seconds of a new process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def run(self, *arguments: str, typed: str = "") -> Done:
        """`typed` is what comes over standard input."""
        self._monkeypatch.setattr(sys, "argv", ["stack8s", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = self._capsys.readouterr()
        return Done(ended.value.code, written.out, written.err)


@pytest.fixture(scope="session")
def installed_script() -> str:
    """For what only a process of its own can show."""
    return str(Path(sys.executable).with_name("stack8s"))


@pytest.fixture
def environment(settings: Settings, database: Database) -> dict[str, str]:
    """For a process of its own over the tests' database."""
    return {**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir), "COLUMNS": "200"}


@pytest.fixture
def terminal(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    for name in ("STACK8S_DATA_DIR", "COLUMNS"):
        monkeypatch.setenv(name, environment[name])
    settings_module.settings.cache_clear()
    yield Terminal(monkeypatch, capsys)
    settings_module.settings.cache_clear()
