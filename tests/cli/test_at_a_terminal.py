"""What only a terminal of 80 columns shows: lines that are copied, questions that are typed, Ctrl-C."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.turn import TurnReply
from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[2]
COLUMNS = 80
PATIENCE_S = 120
ASK = "Serve Llama 3.3 70B to 200 users at once"
MAIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores Ctrl-C
import cli
sys.argv = ['stack8s', *sys.argv[1:]]
cli.main()
"""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """A command that runs at a terminal of its own."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
        wanted = {name: value for name, value in environment.items() if name != "COLUMNS"} | {"TERM": "xterm"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env=wanted, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._got = b""

    @property
    def shown(self) -> str:
        """Since the last line that was typed; of all the bytes together, for one read may end within a sequence."""
        return CONTROL.sub("", self._got.decode(errors="replace")).replace("\r\n", "\n")

    def until(self, words: str) -> None:
        """Reads what it shows until these words come."""
        ends = time.monotonic() + PATIENCE_S
        while words not in self.shown:
            assert time.monotonic() < ends, self.shown[-2000:]
            if not self._read():
                raise AssertionError(f"it ended without {words!r}: {self.shown[-2000:]}")

    def type(self, line: str) -> None:
        """With Enter."""
        self._got = b""
        os.write(self._ours, f"{line}\n".encode())

    def ended(self) -> int:
        """Its exit code; what it showed until then is in `shown`."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        assert select.select([self._ours], [], [], PATIENCE_S)[0], f"nothing more was shown: {self.shown[-2000:]}"
        try:
            got = os.read(self._ours, 65536)
        except OSError:
            return False
        self._got += got
        return bool(got)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def screens(environment: dict[str, str]) -> Iterator[list[Screen]]:
    opened: list[Screen] = []
    yield opened
    for screen in opened:
        screen.close()


def test_a_command_is_one_line_however_long_it_is(
    environment: dict[str, str], terminal: Terminal, screens: list[Screen]
) -> None:
    """Wrapped lines break when they are copied."""
    plan = TurnReply.model_validate_json(terminal.run("plan", ASK, "--json").out).deployment_plan
    assert plan is not None
    lines = {line for step in plan.steps for command in step.commands for line in command.splitlines()}
    longer = {line.rstrip() for line in lines if len(line) > COLUMNS}
    assert longer
    screens.append(screen := Screen(environment, "plan", ASK, "--full"))
    assert screen.ended() == 0
    shown = set(screen.shown.split("\n"))
    assert longer <= {line.rstrip() for line in shown}


def test_a_chat_is_told_as_it_goes_answered_by_number_and_ended_by_exit(
    environment: dict[str, str], screens: list[Screen]
) -> None:
    screens.append(screen := Screen(environment, "chat"))
    screen.until("you:")
    screen.type("exit")
    assert screen.ended() == 0
    screens.append(screen := Screen(environment, "plan", "I need some GPUs"))
    screen.until("or Enter:")
    first = re.search(r"1 (\w.*)", screen.shown)
    assert first
    screen.type("1")
    screen.until("or Enter:")
    screen.process.send_signal(signal.SIGINT)
    assert screen.ended() == 130


@pytest.mark.parametrize("waits_for", ["you:", "Read the message"])
def test_control_c_ends_at_once_wherever_it_waits(
    environment: dict[str, str], screens: list[Screen], waits_for: str
) -> None:
    screens.append(screen := Screen(environment, "chat"))
    screen.until("you:")
    if waits_for != "you:":
        screen.type(ASK)
        screen.until(waits_for)
    screen.process.send_signal(signal.SIGINT)
    assert screen.ended() == 130
    assert "Traceback" not in screen.shown


def test_a_request_comes_over_standard_input(terminal: Terminal) -> None:
    done = terminal.run("plan", "-", typed=ASK)
    assert "Serve Llama 3.3 70B" in done.out
    assert re.search(r"chat --conversation \S+", done.err)
