"""Where an import comes from: a file, a folder or an address, made local for the time it takes to read it."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from domain.base import Frozen
from domain.errors import ImportRefused

Origin = str | Path
LARGEST_DOWNLOAD = 1024**3
CONNECT_S, READ_S = 10.0, 60.0


class LocalFile(Frozen):
    """A file to read; `url` where it was fetched from."""

    path: Path
    url: str | None = None

    @property
    def shown(self) -> str:
        """How messages and the quarantine call it."""
        return f"{self.path.parent.name}/{self.path.name}"


@contextmanager
def local_files(origins: Sequence[Origin], pattern: str) -> Iterator[tuple[LocalFile, ...]]:
    """The files at these places in a fixed order; of a folder those, however deep, whose names match the pattern.

    Raises ImportRefused for a place where there is nothing to read.
    """
    with tempfile.TemporaryDirectory(prefix="stack8s-import-") as scratch:
        found: list[LocalFile] = []
        for number, origin in enumerate(origins):
            if is_url(origin):
                found.append(_fetched(str(origin), Path(scratch) / str(number)))
            else:
                found += _on_disk(Path(origin), pattern)
        yield tuple(dict.fromkeys(sorted(found, key=lambda file: (str(file.path), file.url or ""))))


def is_url(origin: Origin) -> bool:
    """Whether it is to be fetched."""
    return isinstance(origin, str) and bool(re.match(r"https?://", origin, re.IGNORECASE))


def named(origins: Sequence[Origin]) -> str:
    """One line for the record."""
    return ", ".join(str(origin) for origin in origins)


def _on_disk(path: Path, pattern: str) -> list[LocalFile]:
    if path.is_dir():
        names = re.compile(pattern, re.IGNORECASE)
        files = [file for file in path.rglob("*") if names.fullmatch(file.name) and file.is_file()]
        if not files:
            raise ImportRefused(f"{path} holds no file of this kind.", "Name the file itself, or the folder it is in.")
        return [LocalFile(path=file.absolute()) for file in files]
    if not path.is_file():
        raise ImportRefused(f"There is no file {path}.", "Give the path of a file or folder, or an http(s) address.")
    return [LocalFile(path=path.absolute())]


def _fetched(url: str, folder: Path) -> LocalFile:
    """Keeps the last two parts of the address as folder and file, for the names say what is in it."""
    parts = [_safe(part) for part in unquote(urlsplit(url).path).split("/") if _safe(part)] or ["index"]
    target = folder.joinpath(_safe(urlsplit(url).hostname or "") or "host", *parts[-2:])
    target.parent.mkdir(parents=True)
    size = 0
    try:
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        with httpx.stream("GET", url, follow_redirects=True, timeout=timeout) as answer, target.open("wb") as file:
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > LARGEST_DOWNLOAD:
                    raise ImportRefused(f"{url} is larger than 1 GB.", "Download it, cut it into files, import those.")
                file.write(piece)
    except httpx.HTTPStatusError as error:
        raise _not_fetched(url, f"the answer was {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _not_fetched(url, type(error).__name__) from error
    return LocalFile(path=target, url=url)


def _not_fetched(url: str, problem: str) -> ImportRefused:
    return ImportRefused(
        f"{url} could not be fetched: {problem}.", "Correct the address, or download the file and import it from disk."
    )


def _safe(part: str) -> str:
    return re.sub(r"[^\w.-]+", "_", part).strip(".")
