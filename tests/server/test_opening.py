"""What a server that waits for its database costs meanwhile."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.errors import DatabaseUnavailable
from server.nursery_start import Begun
from server.opening import Opening
from settings import Settings


async def test_no_process_is_begun_for_a_database_that_is_down(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun() -> Begun:
        raise AssertionError("a nursery was begun")

    monkeypatch.setattr("server.opening.begun", begun)
    monkeypatch.setattr("server.opening.RETRY_AFTER_S", 0)
    down = SecretStr(f"postgresql://postgres@/postgres?host={tmp_path}")
    opening = Opening(settings.model_copy(update={"database_url": down, "database_timeout_s": 1}))
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            await opening.turns()
    await opening.close()
