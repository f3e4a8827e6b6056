"""Several servers count one user's requests together where LIMITS_STORAGE names a Redis."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from fastapi.testclient import TestClient

from domain.errors import WrongSettings
from server.app import create_app
from server.counts import count_storage
from settings import Settings

Serving = Callable[[Settings], AbstractContextManager[str]]
needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server here")


@pytest.fixture
def redis() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    while started.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.01)
    yield f"redis://127.0.0.1:{port}"
    started.kill()
    started.wait()


@needs_redis
def test_two_servers_count_together(serving: Serving, settings: Settings, redis: str) -> None:
    limited = settings.model_copy(update={"limits_storage": redis, "requests_per_minute": 3})
    with serving(limited) as first, serving(limited) as second:
        asked = (first, second, first, second)
        statuses = [httpx.get(f"{server}/openapi.json", timeout=60).status_code for server in asked]
    assert statuses == [200, 200, 200, 429]


def test_a_redis_that_is_down_stops_nobody(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    limited = settings.model_copy(update={"limits_storage": f"redis://127.0.0.1:{port}", "requests_per_minute": 1})
    client = TestClient(create_app(limited))
    assert [client.get("/openapi.json").status_code for _ in range(2)] == [200, 200]


def test_a_storage_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(WrongSettings, match="LIMITS_STORAGE"):
        count_storage("nonsense://here")
