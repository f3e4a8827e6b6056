"""The reader's tables as one process keeps them for the next: the same reading, and none that anybody else wrote."""

import os
import pickle
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from catalog.embedder import load_embedder
from domain.vocabulary import Vocabulary
from domain.workload import WorkloadSpec
from graph.understanding.kept import FILE, Tables, kept_or_made
from graph.understanding.reading import BuiltinReader
from tests.understanding.talking import small_vocabulary

ASKED = "fine-tune Llama-3.1-8B on two H100s in Frankfurt, at most $5k a month"


def prepared(folder: Path) -> BuiltinReader:
    reader = BuiltinReader(small_vocabulary(), load_embedder())
    reader.prepare(folder)
    return reader


def found(folder: Path, vocabulary: Vocabulary | None = None) -> bool:
    """Whether the tables of these names are kept there, for anybody to take."""

    def make() -> Tables:
        raise LookupError

    try:
        kept_or_made(folder, vocabulary or small_vocabulary(), load_embedder(), make)
    except LookupError:
        return False
    return True


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader kept, for tests to copy."""
    folder = tmp_path_factory.mktemp("filled") / "kept"
    prepared(folder)
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "kept")


def test_what_is_kept_reads_as_what_was_made(folder: Path) -> None:
    assert found(folder)
    made, kept = prepared(folder / "new"), prepared(folder)
    asked = (ASKED,), WorkloadSpec(), None, False
    assert kept.read_at_once(*asked) == made.read_at_once(*asked)


def test_other_names_are_not_read_by_what_is_kept(folder: Path) -> None:
    vocabulary = small_vocabulary()
    assert not found(folder, vocabulary.model_copy(update={"licenses": (*vocabulary.licenses, "new")}))


@pytest.mark.parametrize("left", [0, 40, 5_000])
def test_a_file_that_was_cut_short_is_made_anew(folder: Path, left: int) -> None:
    os.truncate(folder / FILE, left)
    assert not found(folder)
    prepared(folder)
    assert found(folder)


def test_a_file_that_others_may_write_to_is_not_opened(folder: Path) -> None:
    (folder / FILE).chmod(0o622)
    assert not found(folder)


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = (folder / FILE).rename(tmp_path / "elsewhere")
    (folder / FILE).symlink_to(elsewhere)
    assert not found(folder)


def test_nothing_but_tables_is_unpickled(folder: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(folder / "made"),)

    path, body = folder / FILE, pickle.dumps(Evil())
    path.write_bytes(path.read_bytes()[:32] + sha256(body).digest() + body)
    assert not found(folder)
    assert not (folder / "made").exists()


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert prepared(tmp_path / "file" / "kept").read_at_once((ASKED,), WorkloadSpec(), None, False).spec.models
