"""Where a server of this data directory answers, for the commands that would open what it has open already.

A server of one local user, which asks nobody who they are, writes a note beside its data when it listens. A command
goes there where the note's server lives, runs this code, and has the settings that the command has.
"""

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr, ValidationError

from domain.base import Frozen
from settings import Settings

ROOT = Path(__file__).parent.parent
NOT_RUN = ("tests", "evals", "bench", "docs", "deploy")
"""Folders of the project that no server reads."""
READ = (".py", ".yaml", ".csv", ".npz", ".jsonl")
"""What of its folders a server reads."""
NOT_COMPARED = {"api_host", "api_port"}
CONNECT_TIMEOUT_S = 0.5


class Note(Frozen):
    """Who answers where; `mark` is of its code and settings, under `salt`."""

    pid: int
    host: str
    port: int
    salt: str
    mark: str


@contextmanager
def advertised(settings: Settings, host: str, port: int) -> Iterator[None]:
    """Keeps the note while the server listens. A directory that cannot be written has none."""
    path, salt = _path(settings), secrets.token_hex(16)
    note = Note(pid=os.getpid(), host=host, port=port, salt=salt, mark=_mark(settings, salt))
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{note.pid}")
        new.touch(mode=0o600)
        new.write_text(note.model_dump_json(), encoding="utf-8")
        new.replace(path)
    try:
        yield
    finally:
        if _read(path) == note:
            path.unlink(missing_ok=True)


def running_server(settings: Settings) -> str | None:
    """The address of a server that would answer as this process would; null where there is none."""
    note = _read(_path(settings))
    if note is None:
        return None
    try:
        os.kill(note.pid, 0)
        socket.create_connection((note.host, note.port), CONNECT_TIMEOUT_S).close()
    except OSError:
        return None
    if note.mark != _mark(settings, note.salt):
        return None
    host = f"[{note.host}]" if ":" in note.host else note.host
    return f"http://{host}:{note.port}"


def _path(settings: Settings) -> Path:
    return settings.data_dir / "server.json"


def _read(path: Path) -> Note | None:
    try:
        return Note.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _mark(settings: Settings, salt: str) -> str:
    """Of the settings that replies may depend on, and of the newest file of the code; no secret can be read from it."""
    said = json.dumps(settings.model_dump(exclude=NOT_COMPARED), default=_plain, sort_keys=True)
    return hashlib.sha256(f"{salt} {_newest(ROOT)} {said}".encode()).hexdigest()


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _newest(folder: Path) -> int:
    """When a file of the code last changed, in nanoseconds."""
    newest = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name[0] in "._" and not entry.name.startswith("__init__"):
                continue
            if entry.is_dir(follow_symlinks=False):
                newest = max(newest, 0 if entry.name in NOT_RUN else _newest(Path(entry.path)))
            elif entry.name.endswith(READ):
                newest = max(newest, entry.stat().st_mtime_ns)
    return newest
