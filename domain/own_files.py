"""Tables of our own that stand beside the code which reads them, and files that spare a later process work."""

import hashlib
import marshal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from marshal import _Marshallable

T = TypeVar("T")
DIGEST_BYTES = hashlib.sha256().digest_size


def own_yaml(path: Path, shape: type[T], *, all_text: bool = False) -> T:
    """A YAML file of ours, checked against its shape. Raises ValidationError where it does not hold to it.

    `all_text`: every scalar is text, so that a "no" stays a word.
    """
    return TypeAdapter(shape).validate_python(parsed_yaml(path, all_text=all_text))


def parsed_yaml(path: Path, *, all_text: bool = False) -> object:
    """What a YAML file of ours holds.

    A plan reads 130 of these files, whose parsing took a twentieth of its time from a terminal. So what was parsed is
    kept as Python keeps its bytecode: beside the source, in `__pycache__`, under the same trust and the same settings.
    It counts for the very text that it was made from; where it is missing, broken or not to be written, the text is
    parsed.
    """
    source = path.read_bytes()
    digest = hashlib.sha256(source).digest()
    kept = Path(cache_from_source(f"{path}.py")).with_suffix(".words" if all_text else ".parsed")
    with suppress(OSError, ValueError, EOFError, TypeError):
        held = kept.read_bytes()
        if held.startswith(digest):
            return marshal.loads(memoryview(held)[DIGEST_BYTES:])
    parsed = _parsed(source, all_text=all_text)
    if not sys.dont_write_bytecode:
        _off_the_loop(lambda: _keep(kept, digest + marshal.dumps(parsed), like=path))
    return parsed


def _keep(kept: Path, content: bytes, *, like: Path) -> None:
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, content, mode=like.stat().st_mode & 0o666)


def _off_the_loop(work: Callable[[], None]) -> None:
    """At once; by another thread where an event loop runs in this one, which waits for no disk: LangGraph's dev server
    ends a run that does."""
    asyncio = sys.modules.get("asyncio")  # nobody's loop runs where nobody has imported it
    loop = asyncio.events._get_running_loop() if asyncio else None
    if loop is None:
        work()
    else:
        loop.run_in_executor(None, work)


def _parsed(source: bytes, *, all_text: bool) -> "_Marshallable":
    """A date stays text, as in JSON: marshal knows none, and the shapes read it."""
    import yaml

    class Dateless(yaml.CSafeLoader):
        pass

    Dateless.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
        for first, forms in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    parsed: _Marshallable = yaml.load(source, Loader=yaml.CBaseLoader if all_text else Dateless)
    return parsed


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """The whole file or none of it, whoever else reads or writes it meanwhile. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.{token_hex(6)}")
    unfinished.touch(mode=mode, exist_ok=False)
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
