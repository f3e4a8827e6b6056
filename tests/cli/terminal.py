"""The console script at a terminal of the test's own."""

import io
import sys
from dataclasses import dataclass

import pytest

from cli import main


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
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        written = self._capsys.readouterr()
        return Done(ended.value.code, written.out, written.err)
