"""Our own YAML files, parsed once for all processes."""

import asyncio
import sys
import threading
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from domain.own_files import own_yaml

Words = dict[str, list[str]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "words.yaml"
    path.write_text("said: ['1', two]\n")
    assert own_yaml(path, Words) == {"said": ["1", "two"]}
    return path


def kept(path: Path) -> Path:
    return Path(cache_from_source(f"{path}.py")).with_suffix(".parsed")


def test_the_second_reading_parses_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert own_yaml(path, Words) == {"said": ["1", "two"]}


def test_a_changed_text_is_parsed_whatever_its_age_and_size(path: Path) -> None:
    path.write_text("said: ['1', six]\n")
    assert own_yaml(path, Words) == {"said": ["1", "six"]}


def test_a_broken_one_is_parsed(path: Path) -> None:
    kept(path).write_bytes(kept(path).read_bytes()[:-3])
    assert own_yaml(path, Words) == {"said": ["1", "two"]}


def test_words_and_values_of_one_file_are_kept_apart(path: Path) -> None:
    path.write_text("said: [no, 1]\n")
    assert own_yaml(path, dict[str, list[object]]) == {"said": [False, 1]}
    assert own_yaml(path, dict[str, list[object]], all_text=True) == {"said": ["no", "1"]}
    assert own_yaml(path, dict[str, list[object]]) == {"said": [False, 1]}


def test_nothing_is_kept_where_python_keeps_no_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "words.yaml").write_text("said: []\n")
    own_yaml(tmp_path / "words.yaml", Words)
    assert not kept(tmp_path / "words.yaml").exists()


def test_an_event_loop_waits_for_no_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread, which has ended when the loop has."""
    writers: list[threading.Thread] = []

    def noted(*args: object, **kwargs: object) -> None:
        writers.append(threading.current_thread())

    async def read() -> Words:
        return own_yaml(path, Words)

    monkeypatch.setattr("domain.own_files.write_whole", noted)
    path.write_text("said: ['1', seven]\n")
    assert asyncio.run(read()) == {"said": ["1", "seven"]}
    assert own_yaml(path, Words) == {"said": ["1", "seven"]}
    apart, at_once = writers
    assert apart is not threading.main_thread()
    assert at_once is threading.main_thread()
