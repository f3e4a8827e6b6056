"""Opening the database: embedded, shared by processes, survived by its crashes; or somebody else's."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from database import Database
from domain.errors import DatabaseUnavailable
from embedded_postgres import KEEPER, EmbeddedPostgres
from settings import Settings

ROOT = Path(__file__).parents[1]
OPEN_AND_COUNT = """
import asyncio, sys
from database import Database
from settings import Settings

async def main():
    async with await Database.open(Settings()) as database, database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) AS n FROM stack8s_migrations")
        print((await cursor.fetchone())["n"], flush=True)
        sys.stdin.read()

asyncio.run(main())
"""


def opener(data_dir: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_COUNT],
        cwd=ROOT,
        env={**os.environ, "STACK8S_DATA_DIR": str(data_dir), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def keepers(data_dir: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(data_dir) in (process.info["cmdline"] or ()) and str(KEEPER) in process.info["cmdline"]
    ]


def is_running(data_dir: Path) -> bool:
    return (data_dir / "postgres" / "postmaster.pid").exists()


def at(data_dir: Path) -> Settings:
    return Settings.model_validate({"data_dir": data_dir})


def on(url: str) -> Settings:
    return Settings.model_validate({"database_url": url, "database_timeout_s": 2})


def test_four_processes_started_at_once_on_nothing_all_come_up(tmp_path: Path) -> None:
    processes = [opener(tmp_path / "fresh") for _ in range(4)]
    counts = [process.stdout.readline().strip() for process in processes if process.stdout]
    assert is_running(tmp_path / "fresh")
    warnings = [process.communicate()[1] for process in processes]
    assert counts == [counts[0]] * 4
    assert int(counts[0]) > 0
    assert warnings == [""] * 4
    assert not is_running(tmp_path / "fresh"), "the last one stops the server"


def test_the_server_outlives_the_first_process_that_leaves(seeded: Path) -> None:
    first, second = opener(seeded), opener(seeded)
    for process in (first, second):
        assert process.stdout
        assert process.stdout.readline()
    first.communicate()
    assert is_running(seeded)
    second.communicate()
    assert not is_running(seeded)


def test_a_killed_process_does_not_keep_the_server_running_for_ever(seeded: Path) -> None:
    killed = opener(seeded)
    assert killed.stdout
    assert killed.stdout.readline()
    killed.kill()
    killed.wait()
    survivor = opener(seeded)
    _, complaints = survivor.communicate()
    assert complaints == ""
    assert not is_running(seeded)


def test_a_server_whose_last_user_was_killed_is_ended_by_its_keeper(
    seeded: Path,
) -> None:
    killed = opener(seeded)
    assert killed.stdout
    assert killed.stdout.readline()
    postmaster, (keeper,) = psutil.Process(server_pid(seeded)), keepers(seeded)
    killed.kill()
    killed.wait()
    postmaster.wait(timeout=60)
    keeper.wait(timeout=60)
    assert not is_running(seeded)


def test_one_keeper_waits_however_often_the_server_is_joined(seeded: Path) -> None:
    users = [EmbeddedPostgres(seeded) for _ in range(3)]
    for user in users:
        user.start()
    (keeper,) = keepers(seeded)
    for user in users:
        user.leave()
    keeper.wait(timeout=60)


async def test_a_killed_server_is_started_again(seeded: Path) -> None:
    async with await Database.open(at(seeded)):
        await asyncio.to_thread(_kill_server, seeded)
    async with await Database.open(at(seeded)) as database, database.connection() as connection:
        await connection.execute("SELECT 1")


async def test_a_pid_file_that_names_some_other_program_is_no_server(seeded: Path) -> None:
    stale = f"{os.getpid()}\n{seeded / 'postgres'}\n1700000000\n5432\n{seeded / 'postgres'}\n\n 1 1\nready\n"
    (seeded / "postgres" / "postmaster.pid").write_text(stale)
    async with await Database.open(at(seeded)):
        assert server_pid(seeded) != os.getpid()


async def test_a_data_directory_with_a_very_long_path_works(tmp_path: Path) -> None:
    async with (
        await Database.open(at(tmp_path / ("d" * 80) / ("e" * 80))) as database,
        database.connection() as connection,
    ):
        await connection.execute("SELECT 1")


def test_two_shares_of_one_process_count_as_two(seeded: Path) -> None:
    first, second = EmbeddedPostgres(seeded), EmbeddedPostgres(seeded)
    first.start()
    second.start()
    first.leave()
    assert is_running(seeded)
    second.leave()
    assert not is_running(seeded)


async def test_sqlalchemy_borrows_from_the_one_pool_and_gives_back_what_it_changed(database: Database) -> None:
    before = database.pool.get_stats()["pool_size"]
    for _ in range(3):
        async with database.engine.connect() as borrowed:
            assert (await borrowed.execute(text("SELECT 1"))).scalar_one() == 1
    async with database.connection() as connection:
        assert connection.autocommit
        cursor = await connection.execute("SELECT 1 AS one")
        assert await cursor.fetchone() == {"one": 1}
    assert database.pool.get_stats()["pool_size"] <= before + 1


async def test_who_waits_while_postgresql_is_away_is_served_when_it_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.TRUSTED_S", 0)
    assert isinstance(database.pool.conninfo, str)
    there = conninfo_to_dict(database.pool.conninfo)
    sockets = Path(mkdtemp(dir="/tmp")) / "s"  # a socket's path has room for a hundred letters
    sockets.symlink_to(str(there["host"]))
    settings = on(f"postgresql://{there['user']}@/{there['dbname']}?host={sockets}&application_name=waiting")
    async with await Database.open(settings.model_copy(update={"database_timeout_s": 30})) as away:
        sockets.unlink()
        async with database.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiting'"
            )
        waiting = [asyncio.create_task(_one(away)) for _ in range(3)]
        await asyncio.sleep(2)  # by then the attempts that the pool makes for them have failed
        assert not any(task.done() for task in waiting)
        sockets.symlink_to(str(there["host"]))
        assert await asyncio.gather(*waiting) == [1, 1, 1]


async def _one(database: Database) -> int:
    async with database.connection() as connection:
        row = await (await connection.execute("SELECT 1 AS one")).fetchone()
        assert row is not None
        return int(row["one"])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:s3cret@127.0.0.1:9/db", "cannot be reached"),
        ("postgresql://u:s3cret@no-such-host.invalid/db", "no-such-host.invalid"),
        ("postgresql://u:s3cret@[half/db", "not a PostgreSQL URL"),
        ("mysql://u:s3cret@127.0.0.1/db", "not a PostgreSQL URL"),
        ("nonsense s3cret", "not a PostgreSQL URL"),
    ],
)
async def test_a_database_that_is_not_there_is_a_clear_error_without_the_password(url: str, says: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=says) as caught:
        await Database.open(on(url))
    assert caught.value.remedy
    assert "s3cret" not in f"{caught.value.message} {caught.value.remedy}"


async def test_a_data_directory_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match="did not start") as caught:
        await Database.open(at(tmp_path / "file" / "data"))
    assert "STACK8S_DATA_DIR" in caught.value.remedy


async def test_a_server_that_dies_under_an_open_pool_is_started_again(seeded: Path) -> None:
    async with await Database.open(at(seeded)) as database:
        before = server_pid(seeded)
        await asyncio.to_thread(_kill_server, seeded)
        async with database.connection() as connection:  # waits for it
            await connection.execute("SELECT 1")
        assert server_pid(seeded) != before


@pytest.mark.parametrize("left", [b"", b"\n", b"\x00\xff garbage", b"99999999999999999999\n", b"-1\n"])
async def test_a_pid_file_that_a_power_cut_spoilt_is_forgotten(seeded: Path, left: bytes) -> None:
    (seeded / "postgres" / "postmaster.pid").write_bytes(left)
    async with await Database.open(at(seeded)) as database, database.connection() as connection:
        await connection.execute("SELECT 1")


async def test_what_was_committed_outlives_a_power_cut_in_the_middle_of_a_write(seeded: Path, tmp_path: Path) -> None:
    """The files as they stood at one moment, with a write of the log begun and an empty pid file."""
    after = tmp_path / "after"
    async with await Database.open(at(seeded)) as database, database.connection() as connection:
        await connection.execute("SET synchronous_commit = on")  # as it is, but in the tests' own template
        await connection.execute("CREATE TABLE kept (n int)")
        await connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        cursor = await connection.execute(
            "SELECT file_name, file_offset FROM pg_walfile_name_offset(pg_current_wal_insert_lsn())"
        )
        log = await cursor.fetchone()
        assert log is not None
        _copy_at_one_moment(seeded, after)
    (after / "postgres" / "postmaster.pid").write_bytes(b"")
    with (after / "postgres" / "pg_wal" / log["file_name"]).open("r+b") as torn:
        torn.seek(log["file_offset"])
        torn.write(bytes(range(256)) * 16)
    async with await Database.open(at(after)) as database, database.connection() as connection:
        cursor = await connection.execute("SELECT count(*) AS n FROM kept")
        assert await cursor.fetchone() == {"n": 1000}
        await connection.execute("INSERT INTO kept VALUES (1001)")


def _copy_at_one_moment(data_dir: Path, to: Path) -> None:
    """No process of the server does anything meanwhile."""
    postmaster = psutil.Process(server_pid(data_dir))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        subprocess.run(["cp", "-a", str(data_dir), str(to)], check=True)
    finally:
        for process in processes:
            process.resume()


def _kill_server(data_dir: Path) -> None:
    """With its backends: one that is busy outlives its postmaster, and still answers."""
    postmaster = psutil.Process(server_pid(data_dir))
    processes = [postmaster, *postmaster.children(recursive=True)]
    postmaster.kill()
    psutil.wait_procs(processes)


@pytest.fixture
def seeded(seeded_data_dir: Path, tmp_path: Path) -> Path:
    """A stopped data directory of this test's own, made once before."""
    own = tmp_path / "own"
    subprocess.run(["cp", "-a", str(seeded_data_dir.parent / "stack8s-template"), str(own)], check=True)
    return own
