"""LangGraph's dev server, started as `make studio` starts it."""

import os
import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from settings import Settings
from tests.server.identity.conftest import SECRET

ROOT = Path(__file__).parents[3]
START_WITHIN_S = 180


@pytest.fixture(scope="session")
def dev_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its URL, as one local user's."""
    with serving(settings, tmp_path_factory.mktemp("studio")) as url:
        yield url


@pytest.fixture(scope="session")
def secured_dev_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one that knows its users."""
    with serving(settings, tmp_path_factory.mktemp("studio"), SUPABASE_JWT_SECRET=SECRET) as url:
        yield url


@contextmanager
def serving(settings: Settings, folder: Path, **environment: str) -> Iterator[str]:
    """It keeps its threads in the folder it runs in: here one of the tests' own, so that the paths in `langgraph.json`
    are made whole. Its port is one that is free: left to itself it looks for one from 2024 on long before it listens,
    and two that start together find the same."""
    described = (ROOT / "langgraph.json").read_text(encoding="utf-8").replace('"."', '"./"').replace('"./', f'"{ROOT}/')
    (folder / "langgraph.json").write_text(described, encoding="utf-8")
    own = {"STACK8S_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(ROOT), **environment}
    server = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload",
            "--port", str(_free_port()),
        ],
        cwd=folder, env={**os.environ, **own}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield _url_from_log(server)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def studio(dev_server: str) -> SyncLangGraphClient:
    return get_sync_client(url=dev_server)


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


def _url_from_log(server: subprocess.Popen[str]) -> str:
    lines: queue.Queue[str | None] = queue.Queue()

    def drain() -> None:
        assert server.stdout is not None
        for line in server.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=drain, daemon=True).start()
    seen, url = [], ""
    while (line := lines.get(timeout=START_WITHIN_S)) is not None:
        seen.append(line)
        if found := re.search(r"http://(127\.0\.0\.1|localhost):\d+", line):
            url = url or found[0]
        if url and "Application started up" in line:
            return url
    pytest.fail("the dev server ended:\n" + "".join(seen))
