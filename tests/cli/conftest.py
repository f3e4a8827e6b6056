import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import settings as settings_module
from database import Database
from settings import Settings
from tests.cli.terminal import Terminal


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
