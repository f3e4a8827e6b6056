"""Puts a pile of texts, pictures or recordings through a served model: starts the server, asks it, writes each answer.

Data, by --task: JSON lines, CSV, Parquet or .txt files with `text` or `messages` (chat, embeddings), with --sees
pictures and the pages of PDF files too, or recordings (transcription). A row is known by its `id`, else by its file and
place in it. The answers are JSON lines of their own for each of --shards; after a restart only what has no answer yet
is asked. Of embeddings a line holds the `row` and how many `numbers` its vector has in the file beside it, in 16 bits
each: numpy.fromfile("answers-0.f16", "float16").reshape(-1, numbers)[row]. With --into-store vectors go to a store
(STORE_URL, STORE_KEY), each with the `id` of its row, and only those ids are written down. The server's command follows
`--`.
"""

import argparse
import base64
import csv
import io
import json
import mimetypes
import os
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

from job import answered, fetched, files
from vector_store import KINDS, store_of

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
LOOK = "Write down all that stands in this picture as Markdown, its tables as tables."
"""Asked of each picture where --prompt asks nothing."""
DRAWING = threading.Lock()
"""The library that draws pages of PDF files does one thing at a time."""
STORE_MADE = threading.Lock()
"""The first vectors say how wide the others are."""
RECORDINGS = (".wav", ".flac", ".mp3", ".ogg", ".m4a")
PATHS = {"chat": "/v1/chat/completions", "embeddings": "/v1/embeddings", "transcription": "/v1/audio/transcriptions"}
TRIES = 5
TOKENS, TOKENS_OF_PICTURE = 256, 4096


def arguments() -> tuple[argparse.Namespace, list[str]]:
    own, server = sys.argv[1:], []
    if "--" in own:
        own, server = own[: own.index("--")], own[own.index("--") + 1 :]
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    made.add_argument("--task", choices=sorted(PATHS), default="chat")
    made.add_argument("--data", default=os.environ.get("DATA", "/data/dataset"), help="folder, s3://... or hf://...")
    made.add_argument("--output", default=os.environ.get("OUTPUT", "/data/answers"), help="a lasting volume")
    made.add_argument("--model", default=os.environ.get("MODEL_ID"), help="as the server calls it")
    made.add_argument("--url", default="http://127.0.0.1:8000")
    made.add_argument("--at-once", type=int, default=64, help="requests that wait for an answer together")
    made.add_argument("--prompt", default="{text}", help="around each text; {text} is the text, none of a picture")
    made.add_argument("--sees", action="store_true", help="pictures and pages of PDF files are rows, too")
    made.add_argument("--dpi", type=int, default=150, help="that a page of a PDF file is drawn at")
    made.add_argument(
        "--max-tokens", type=int, help=f"of an answer; else {TOKENS} of a text, {TOKENS_OF_PICTURE} of a page"
    )
    made.add_argument("--shard", type=int, default=int(os.environ.get("JOB_COMPLETION_INDEX", "0")))
    made.add_argument("--shards", type=int, default=1, help="copies that share the work, each its own part")
    made.add_argument("--texts", type=int, default=32, help="of one request for embeddings")
    made.add_argument("--into-store", choices=KINDS, help="vectors into a store of this kind in place of the answers")
    made.add_argument("--collection", default=os.environ.get("COLLECTION", "documents"))
    made.add_argument("--patience", type=int, default=3600, help="seconds for the server to load its weights")
    made.set_defaults(store=None)
    return made.parse_args(own), server


def inputs(folder: Path, *, sees: bool) -> Iterator[tuple[str, dict]]:
    """Each row with its name, in order."""
    if sees:
        yield from ((path.relative_to(folder).as_posix(), {"picture": path}) for path in files(folder, *PICTURES))
        for path in files(folder, ".pdf"):
            yield from _pages(path, path.relative_to(folder).as_posix())
    for path in files(folder, ".jsonl", ".csv", ".parquet", ".txt"):
        place = path.relative_to(folder).as_posix()
        for number, row in enumerate(_rows(path)):
            yield str(row.get("id", f"{place}:{number}")), row


def _pages(path: Path, place: str) -> Iterator[tuple[str, dict]]:
    """Each page of a file; one that cannot be opened is a row that says so."""
    import pypdfium2

    try:
        with DRAWING, pypdfium2.PdfDocument(path) as document:
            count = len(document)
    except pypdfium2.PdfiumError as error:
        yield place, {"refused": str(error)}
        return
    yield from ((f"{place}:{number + 1}", {"picture": path, "page": number}) for number in range(count))


def _picture(row: dict, dpi: int) -> str:
    """The picture of a row as a data URL. Raises ValueError for a page that cannot be drawn."""
    path = row["picture"]
    if "page" not in row:
        kind, content = mimetypes.guess_type(path.name)[0] or "image/jpeg", path.read_bytes()
    else:
        import pypdfium2

        drawn, kind = io.BytesIO(), "image/jpeg"
        try:
            with DRAWING, pypdfium2.PdfDocument(path) as document:
                document[row["page"]].render(scale=dpi / 72).to_pil().convert("RGB").save(drawn, "JPEG", quality=90)
        except pypdfium2.PdfiumError as error:
            raise ValueError(f"page {row['page'] + 1}: {error}") from error
        content = drawn.getvalue()
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _rows(path: Path) -> Iterator[dict]:
    if path.suffix == ".txt":
        yield {"text": path.read_text()}
    elif path.suffix == ".parquet":
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(1000):
            yield from batch.to_pylist()
    else:
        with path.open(newline="") as lines:
            yield from csv.DictReader(lines) if path.suffix == ".csv" else (json.loads(x) for x in lines if x.strip())


def request(args: argparse.Namespace, rows: list[dict]) -> urllib.request.Request:
    url, row = args.url + PATHS[args.task], rows[0]
    if args.task == "transcription":
        mark, path = uuid.uuid4().hex, row["path"]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="model"\r\n\r\n{args.model}\r\n--{mark}\r\n'
        head += f'Content-Disposition: form-data; name="file"; filename="audio{path.suffix}"\r\n\r\n'
        body = head.encode() + path.read_bytes() + f"\r\n--{mark}--\r\n".encode()
        return urllib.request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})
    told: dict[str, object] = {"model": args.model}
    if args.task == "embeddings":
        told["input"] = [args.prompt.replace("{text}", one["text"]) for one in rows]
    else:
        content: object = args.prompt.replace("{text}", row.get("text", ""))
        if "picture" in row:
            seen = {"type": "image_url", "image_url": {"url": _picture(row, args.dpi)}}
            content = [seen, {"type": "text", "text": content or LOOK}]
        asked = [{"role": "user", "content": content}]
        most = args.max_tokens or (TOKENS_OF_PICTURE if "picture" in row else TOKENS)
        told |= {"messages": row.get("messages") or asked, "max_tokens": most}
    return urllib.request.Request(url, json.dumps(told).encode(), {"Content-Type": "application/json"})


def answer(args: argparse.Namespace, batch: list[tuple[str, dict]]) -> list[dict[str, object]]:
    """What the server says of each row; what it refuses is an answer, too: one bad row does not stop the others."""
    rows = [row for _, row in batch]
    if "refused" in rows[0]:
        return [{"error": rows[0]["refused"]}]
    try:
        made = request(args, rows)
    except ValueError as error:
        return [{"error": str(error)}]
    refused, found = _tried(made)
    if refused:
        return [{"error": refused}] if len(batch) == 1 else [answer(args, [one])[0] for one in batch]
    if args.task == "transcription":
        return [{"text": found["text"]}]
    if args.task == "chat":
        return [{"text": found["choices"][0]["message"]["content"]}]
    vectors = [one["embedding"] for one in sorted(found["data"], key=lambda one: one.get("index", 0))]
    if not args.into_store:
        return [{"embedding": vector} for vector in vectors]
    points = [
        {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "vector": vector, "payload": {"id": name}}
        for (name, _), vector in zip(batch, vectors, strict=True)
    ]
    with STORE_MADE:
        if args.store is None:
            made = store_of(args.into_store, args.collection)
            made.make(len(vectors[0]))
            args.store = made
    args.store.put(points)
    return [{} for _ in batch]


def _tried(asked: urllib.request.Request) -> tuple[str, dict]:
    """Why it was refused, else what was said."""
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(asked, timeout=1800) as response:
                return "", json.load(response)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                return error.read().decode(errors="replace")[:500] or str(error), {}
        except OSError as error:
            print(f"{error}; once more", flush=True)
        time.sleep(2**attempt)
    raise SystemExit("the server does not answer; the job begins again where it stopped")


def main() -> None:
    args, command = arguments()
    folder, output = fetched(args.data), Path(args.output) / f"answers-{args.shard}.jsonl"
    output.parent.mkdir(parents=True, exist_ok=True)
    done = answered(output)
    if done:
        print(json.dumps({"resumes_from": f"{len(done)} answers"}), flush=True)
    if args.task == "transcription":
        found = ((p.relative_to(folder).as_posix(), {"path": p}) for p in files(folder, *RECORDINGS))
    else:
        found = inputs(folder, sees=args.sees)
    asked = (item for item in islice(found, args.shard, None, args.shards) if item[0] not in done)
    server = subprocess.Popen(command) if command else None
    try:
        _await(args, server)
        _ask_all(args, asked, output)
        if args.into_store:
            print(
                json.dumps({"in_store": (args.store or store_of(args.into_store, args.collection)).finish()}),
                flush=True,
            )
    finally:
        if server is not None:
            server.terminate()


def _await(args: argparse.Namespace, server: subprocess.Popen | None) -> None:
    end = time.monotonic() + args.patience
    while time.monotonic() < end:
        if server is not None and server.poll() is not None:
            raise SystemExit(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(f"{args.url}/health", timeout=10).close()
            return
        except OSError:
            time.sleep(1)
    raise SystemExit("the server did not come up")


class Vectors:
    """The vectors of all lines one behind the other, in 16 bits; without what was written for a line that was not."""

    def __init__(self, lines: Path) -> None:
        self.path, self.rows, self.numbers = lines.with_suffix(".f16"), 0, 0
        for line in lines.open() if self.path.exists() and lines.exists() else ():
            told = json.loads(line)
            self.rows, self.numbers = self.rows + ("row" in told), told.get("numbers", self.numbers)
        if self.path.exists():
            os.truncate(self.path, self.rows * self.numbers * 2)

    def written(self, said: list[dict[str, object]]) -> list[dict[str, object]]:
        """What stands in the lines in place of the vectors."""
        told, packed = [], b""
        for one in said:
            vector = one.get("embedding")
            if vector is not None:
                packed += struct.pack(f"<{len(vector)}e", *vector)
                one, self.rows = {"row": self.rows, "numbers": len(vector)}, self.rows + 1
            told.append(one)
        if packed:
            with self.path.open("ab") as file:
                file.write(packed)
        return told


def _ask_all(args: argparse.Namespace, asked: Iterator[tuple[str, dict]], output: Path) -> None:
    lock, vectors = threading.Lock(), Vectors(output)
    batches = iter(lambda: list(islice(asked, args.texts if args.task == "embeddings" else 1)), [])

    def one(batch: list[tuple[str, dict]]) -> None:
        found = answer(args, batch)
        with lock:
            said = zip(batch, vectors.written(found), strict=True)
            lines.write(
                "".join(json.dumps({"id": name, **told}, ensure_ascii=False) + "\n" for (name, _), told in said)
            )
            lines.flush()

    with output.open("a") as lines, ThreadPoolExecutor(args.at_once) as threads:
        running = {threads.submit(one, batch) for batch in islice(batches, args.at_once)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                future.result()
            running |= {threads.submit(one, batch) for batch in islice(batches, len(ended))}


if __name__ == "__main__":
    main()
