"""Which tests a change is tried with: those that run the changed statement, and no others."""

import subprocess
import sys
from pathlib import Path
from types import FunctionType, SimpleNamespace

import pytest

from bench.mutation import importing, recording
from bench.mutation.mutants import shares
from bench.mutation.near import Imports
from bench.mutation.statements import annotations, marked
from bench.mutation.swapping import functions_of, swaps

ROOT = Path(__file__).parents[2]

SOURCE = '''\
"""Its own words."""

from __future__ import annotations

LIMIT: int | None = 3


def sign(number: int | float) -> str:
    """Docs stay."""
    if number < 0:
        return "minus"
    for _ in range(2):
        try:
            number / 0
        except ZeroDivisionError:
            continue
    return "plus"


TYPE_CHECKING = False
if TYPE_CHECKING:
    import json
'''


POSITIONS = {0: (10, 14), 1: (11, 15), 2: (12, 19), 3: (14, 21), 4: (5, 20)}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    held = bytearray(20)
    monkeypatch.setitem(sys.modules, "bench.mutation.seen", SimpleNamespace(SEEN=held))
    return held


def test_a_source_that_tells_what_runs_works_as_before(seen: bytearray) -> None:
    module, outside = marked(SOURCE, POSITIONS)
    names: dict[str, object] = {}
    exec(compile(module, "marked", "exec"), names)
    sign = names["sign"]
    assert callable(sign)
    assert (names["__doc__"], sign.__doc__) == ("Its own words.", "Docs stay.")
    assert outside == {4}
    assert not any(seen)
    assert sign(-1) == "minus"
    assert [number for number in POSITIONS if seen[number]] == [0, 1]
    assert sign(1) == "plus"
    assert [number for number in POSITIONS if seen[number]] == [0, 1, 2, 3]


def test_a_change_is_made_to_functions_that_exist_and_to_no_others(seen: bytearray) -> None:
    module, _ = marked(SOURCE, POSITIONS)
    imported, plain = compile(module, "file", "exec"), compile(SOURCE, "file", "exec")
    names: dict[str, FunctionType] = {}
    exec(imported, names)
    functions = functions_of(["file"])["file"]
    assert functions == [names["sign"]]
    elsewhere = SOURCE.replace("= 3", "= 4")
    assert swaps(functions, imported, plain, compile(elsewhere, "file", "exec")) == []
    changed = SOURCE.replace("number < 0", "number <= 0")
    for function, code in swaps(functions, imported, plain, compile(changed, "file", "exec")):
        function.__code__ = code
    assert names["sign"](0) == "minus"


def test_a_module_is_the_code_that_a_folder_holds_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "written.py").write_text("says = 'as written'")
    importing.put(tmp_path / "codes", "written.py", compile("says = 'changed'", "written.py", "exec"))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    command = "from bench.mutation.importing import install; install(); import written; print(written.says)"
    said = []
    for folder in ("", str(tmp_path / "codes")):
        monkeypatch.setenv(importing.FOLDER, folder)
        run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
        said.append(run.stdout)
    assert said == ["as written\n", "changed\n"]


def test_a_sample_is_divided_by_size() -> None:
    assert shares({"a": 50, "b": 30, "c": 20}, 10) == {"a": 5, "b": 3, "c": 2}
    assert shares({"a": 1, "b": 1, "c": 1}, 10) == {"a": 4, "b": 3, "c": 3}


def test_what_tests_share_is_made_once_for_all_of_them() -> None:
    tests = [recording.Test(name, 1.0, {"plans": 10.0}, frozenset()) for name in "abc"]
    assert recording.took_s(tests) == 13.0
    assert recording.within(tests, 2.5) == tests[:2]
    assert recording.within(tests, 0.5) == tests[:1]


def test_types_are_told_apart() -> None:
    typed = annotations(SOURCE)
    assert any(span.holds((8, 21)) for span in typed)
    assert any(span.holds((5, 11)) for span in typed)
    assert any(span.holds((21, 3)) for span in typed)
    assert not any(span.holds((5, 20)) for span in typed)


def test_the_tests_near_a_module_are_those_that_import_it_the_namesake_first(tmp_path: Path) -> None:
    for name, source in {
        "sizing/load.py": "", "sizing/cost.py": "from sizing.load import users", "sizing/alone.py": "",
        "tests/sizing/conftest.py": "import sizing.alone", "tests/sizing/test_cost.py": "from sizing import cost",
        "tests/sizing/test_load.py": "from sizing.cost import price", "tests/graph/test_other.py": "import json",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    near = Imports(tmp_path, ("sizing",))
    assert near.tests_near("sizing/load.py") == ["tests/sizing/test_load.py", "tests/sizing/test_cost.py"]
    assert near.tests_near("sizing/alone.py") == ["tests/sizing/test_cost.py", "tests/sizing/test_load.py"]
