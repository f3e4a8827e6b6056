"""Reads documents, cuts them into passages, and puts each passage with its vector into the store.

Data: .pdf, .docx, .pptx, .html, .md and .txt files in any folders. A file that has not changed is not read again, the
passages of one that has changed are replaced, those of one that is gone are removed. A PDF page without text is a
picture: it is counted and told, since nothing here reads pictures.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import sys
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

from vector_store import KINDS, TRIES, ask, bearer, store_of

READ = (".pdf", ".docx", ".pptx", ".html", ".htm", ".md", ".txt")
CHARACTERS_PER_TOKEN = 4
COUNTED = ("files", "passages", "pages without text", "not read")


def arguments() -> argparse.Namespace:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--data", default=os.environ.get("DATA", "/data/dataset"), help="folder with the documents")
    made.add_argument("--state", default=os.environ.get("STATE", "/data/ingested.jsonl"), help="what was read already")
    made.add_argument("--embedder", default=os.environ.get("EMBEDDER_URL", "http://embedder"))
    made.add_argument("--store", default=os.environ.get("STORE_URL", ""), help="its address")
    made.add_argument("--kind", choices=KINDS, default=os.environ.get("STORE_KIND", KINDS[0]), help="of the store")
    made.add_argument("--collection", default="documents")
    made.add_argument("--dimensions", type=int, required=True, help="numbers of a vector")
    made.add_argument("--tokens", type=int, default=400, help="of a passage, about")
    made.add_argument("--overlap", type=float, default=0.1, help="of a passage that stands in the next one, too")
    made.add_argument("--prefix", default=os.environ.get("PASSAGE_PREFIX", ""), help="put before each passage")
    made.add_argument("--at-once", type=int, default=32, help="passages of one request")
    made.add_argument("--workers", type=int, default=8, help="files that are read together")
    return made.parse_args()


class _Text(HTMLParser):
    """The words of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag, attrs) -> None:
        self._hidden += tag in ("script", "style")
        if tag in ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4"):
            self.parts.append("\n")

    def handle_endtag(self, tag) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data) -> None:
        if self._hidden <= 0:
            self.parts.append(data)


def pages(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each page or slide; a file without pages is one."""
    ending = path.suffix.lower()
    if ending == ".pdf":
        from pypdf import PdfReader

        for number, page in enumerate(PdfReader(path).pages, start=1):
            yield number, page.extract_text() or ""
    elif ending == ".docx":
        yield 1, _office(path, "word/document.xml")
    elif ending == ".pptx":
        with zipfile.ZipFile(path) as held:
            slides = [name for name in held.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
        for number, name in enumerate(sorted(slides, key=lambda name: int(re.findall(r"\d+", name)[0])), start=1):
            yield number, _office(path, name)
    elif ending in (".html", ".htm"):
        reader = _Text()
        reader.feed(path.read_text(errors="replace"))
        yield 1, "".join(reader.parts)
    else:
        yield 1, path.read_text(errors="replace")


def _office(path: Path, name: str) -> str:
    """The paragraphs of a part of an Office file."""
    with zipfile.ZipFile(path) as held:
        tree = ElementTree.fromstring(held.read(name))
    paragraphs = (element for element in tree.iter() if element.tag.endswith("}p"))
    return "\n".join("".join(part.text or "" for part in one.iter() if part.tag.endswith("}t")) for one in paragraphs)


def passages(text: str, tokens: int, overlap: float) -> Iterator[str]:
    """Pieces of about so many tokens that end with a sentence or a paragraph; each repeats the end of the last."""
    longest, held = tokens * CHARACTERS_PER_TOKEN, ""
    for sentence in re.split(r"(?<=[.!?:])\s+|\n+", re.sub(r"[ \t]+", " ", text)):
        for start in range(0, len(sentence), longest):
            part = sentence[start : start + longest].strip()
            if held and len(held) + len(part) > longest:
                yield held
                held = held[len(held) - int(longest * overlap) :].partition(" ")[2]
            held = f"{held} {part}".strip()
    if held:
        yield held


def points_of(path: Path, name: str, args, seen: dict[str, int]) -> Iterator[dict]:
    """The passages of a file, without vectors; ids are the same whenever it is read."""
    for page, text in pages(path):
        if not text.strip():
            seen["pages without text"] += 1
        for number, passage in enumerate(passages(text, args.tokens, args.overlap)):
            made = uuid.uuid5(uuid.NAMESPACE_URL, f"{name}#{page}.{number}")
            yield {"id": str(made), "payload": {"file": name, "page": page, "text": passage}}


class State:
    """What was read already: a line for each file, of which the last one counts. A line that was cut off by a kill is
    left out."""

    def __init__(self, path: Path) -> None:
        self.digests: dict[str, str] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            with contextlib.suppress(ValueError):
                self._note(*json.loads(line))
        aside = path.with_suffix(".part")
        aside.write_text("".join(json.dumps(list(item)) + "\n" for item in self.digests.items()))
        aside.replace(path)
        self._lines = path.open("a")

    def set(self, name: str, digest: str) -> None:
        """An empty digest: the file is gone."""
        self._note(name, digest)
        self._lines.write(json.dumps([name, digest]) + "\n")
        self._lines.flush()

    def _note(self, name: str, digest: str) -> None:
        self.digests[name] = digest
        if not digest:
            del self.digests[name]


def read_file(path: Path, name: str, args, store, before: str | None) -> tuple[str, str, dict[str, int], dict]:
    """Name, digest ("" where it was read before or cannot be read), what is counted of it, and what is said."""
    digest, seen = hashlib.sha256(path.read_bytes()).hexdigest(), {"pages without text": 0}
    if before == digest:
        return name, "", {}, {}
    if before is not None:
        store.remove(name)
    try:
        points = list(points_of(path, name, args, seen))
    except Exception as error:  # a file that cannot be read must not end the work on all others
        return name, "", {"not read": 1}, {"not_read": name, "why": repr(error)[:200]}
    for start in range(0, len(points), args.at_once):
        batch = points[start : start + args.at_once]
        asked = {"inputs": [args.prefix + point["payload"]["text"] for point in batch], "truncate": True}
        vectors = ask(f"{args.embedder}/embed", asked, head=bearer(os.environ.get("API_KEY", "")), tries=TRIES)
        store.put([{**point, "vector": vector} for point, vector in zip(batch, vectors, strict=True)])
    return name, digest, {**seen, "files": 1, "passages": len(points)}, {"file": name, "passages": len(points)}


def main() -> None:
    args = arguments()
    folder, state = Path(args.data), State(Path(args.state))
    store, seen = store_of(args.kind, args.collection, args.store), dict.fromkeys(COUNTED, 0)
    store.make(args.dimensions)
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READ)
    names = {path.relative_to(folder).as_posix(): path for path in found}
    for gone in [name for name in state.digests if name not in names]:
        store.remove(gone)
        state.set(gone, "")
    waiting = ((path, name, args, store, state.digests.get(name)) for name, path in names.items())
    with ThreadPoolExecutor(args.workers) as threads:
        running = {threads.submit(read_file, *one) for one in islice(waiting, args.workers)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for name, digest, counted, said in (one.result() for one in done):
                if digest:
                    state.set(name, digest)
                if said:
                    print(json.dumps(said), flush=True)
                for kind, number in counted.items():
                    seen[kind] += number
            running |= {threads.submit(read_file, *one) for one in islice(waiting, len(done))}
    store.finish()
    print(json.dumps(seen), flush=True)
    if not names:
        sys.exit(f"{folder} holds no file that is read here: {', '.join(READ)}")


if __name__ == "__main__":
    main()
