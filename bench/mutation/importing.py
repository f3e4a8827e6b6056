"""Modules as other code than their files hold: in this process, and in every one that a test starts, whose
`sitecustomize` installs this too."""

import marshal
import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

FOLDER = "MUTATION_CODES"
"""The variable that names a folder of compiled modules; the files of those are not read."""
LANE = "MUTATION_LANE"
"""The variable that names the folder of a process that does its share."""


def install() -> None:
    """From now on. Asked at each import."""
    as_written = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        if folder := os.environ.get(FOLDER):
            try:
                with _file(Path(folder), name).open("rb") as code:
                    found: CodeType = marshal.load(code)
                    return found
            except FileNotFoundError:
                pass
        return as_written(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]


def put(folder: Path, path: str, code: CodeType) -> None:
    """The module of the file at `path` is this code where the folder is named."""
    folder.mkdir(parents=True, exist_ok=True)
    _file(folder, module_name(path)).write_bytes(marshal.dumps(code))


def got(folder: Path, path: str) -> CodeType:
    """What was put."""
    code: CodeType = marshal.loads(_file(folder, module_name(path)).read_bytes())
    return code


def module_name(path: str) -> str:
    """Of the file."""
    parts = Path(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.code"
