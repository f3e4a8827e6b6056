"""Sends the requests of expected.json to the server and looks whether the answers have the expected shape.

    python3 smoke_test.py --address http://127.0.0.1:8000 --key "$API_KEY"

One of the kind that is sent, and one of the greatest length that the plan lets in, which is streamed: what stands
between may end an answer that does not begin for a minute. Needs Python 3.9 or later and
nothing else. Ends with 0 when the answers are as expected, else with 1.
"""

import argparse
import base64
import io
import json
import math
import ssl
import struct
import sys
import urllib.error
import urllib.request
import wave
import zlib
from pathlib import Path
from typing import Any

TYPES: dict[str, Any] = {"text": str, "number": (int, float), "list": list, "object": dict}
BOUNDARY = "a-boundary-that-no-sound-holds"
SECONDS, RATE = 3, 16000


def main() -> int:
    expected = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
    chosen = arguments(__doc__ or "", expected).parse_args()
    trusted = context(chosen.any_certificate)
    asked = [("a request", expected["request"])]
    if expected.get("longest"):
        asked.append((f"a prompt of about {expected['longest']['words']} words", expected["longest"]["request"]))
    wrong = [
        told
        for kind, request in asked
        for told in checked(chosen.address.rstrip("/"), kind, request, chosen.key, trusted)
    ]
    for told in wrong:
        print(f"FAILED: {told}")
    return 1 if wrong else 0


def checked(address: str, kind: str, request: Any, key: str, trusted: Any) -> "list[str]":
    """What is wrong with the answer, one sentence each."""
    try:
        status, text = ask(address, request, key, trusted=trusted)
    except (OSError, urllib.error.URLError) as error:
        return [f"{address} does not answer: {error}"]
    if status != 200:
        return [f"{kind}: {address}{request['path']} answered {status}: {text[:500]}"]
    wrong = []
    if request["expects"]:
        try:
            told = (missing(json.loads(part), request["expects"]) for part in parts(text))
            wrong = min(told, key=len, default=["the answer is empty"])
        except ValueError:
            wrong = [f"the answer is not JSON: {text[:200]}"]
    elif request.get("saves") and not text:
        wrong = ["the answer is empty"]
    if not wrong:
        print(f"OK: {kind} to {address}{request['path']} was answered as expected")
    return [f"{kind}: {told}" for told in wrong]


def arguments(about: str, expected: Any) -> argparse.ArgumentParser:
    """Those of both programs."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default=expected["address"], help="where the server answers")
    parser.add_argument("--key", default="", help="the key that callers show")
    parser.add_argument("--any-certificate", action="store_true", help="also one that the machine signed itself")
    return parser


def context(any_certificate: bool) -> Any:
    """How certificates are looked at."""
    return ssl._create_unverified_context() if any_certificate else None


def ask(address: str, request: Any, key: str, timeout_s: float = 600.0, trusted: Any = None) -> "tuple[int, str]":
    """Status and text of the answer."""
    try:
        with urllib.request.urlopen(made(address, request, key), timeout=timeout_s, context=trusted) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def made(address: str, request: Any, key: str) -> urllib.request.Request:
    """The request with its key, and with the recording or the picture that it sends."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    body = request["body"].encode() if request.get("body") else None
    if request.get("recording"):
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        body = form(json.loads(request.get("body") or "{}"), request["recording"])
    elif request.get("picture") and body:
        asked = json.loads(body)
        asked["inputs"] = [base64.b64encode(picture(*request["picture"])).decode()]
        body = json.dumps(asked).encode()
    return urllib.request.Request(address + request["path"], data=body, headers=headers, method=request["method"])


def form(fields: Any, name: str) -> bytes:
    """A form with a recording of a few seconds in it."""
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        wavy = (int(8000 * math.sin(2 * math.pi * 220 * i / RATE)) for i in range(SECONDS * RATE))
        sound.writeframes(b"".join(struct.pack("<h", value) for value in wavy))
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="test.wav"\r\n'
    head += "Content-Type: audio/wav\r\n\r\n"
    return "".join(parts).encode() + head.encode() + held.getvalue() + f"\r\n--{BOUNDARY}--\r\n".encode()


def picture(width: int, height: int) -> bytes:
    """A PNG of that size, from dark to light."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))

    rows = b"".join(b"\0" + bytes((y * 255 // max(height - 1, 1),)) * 3 * width for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def parts(text: str) -> "list[str]":
    """An answer as it is, or the pieces of one that is streamed."""
    if not text.startswith("data:"):
        return [text]
    lines = (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))
    return [line for line in lines if line and line != "[DONE]"]


def missing(answer: Any, expects: "dict[str, str]") -> "list[str]":
    """What is not there or is of another type, one sentence each."""
    wrong = []
    for path, kind in expects.items():
        found = at(answer, path)
        if not isinstance(found, TYPES[kind]) or isinstance(found, bool):
            wrong.append(f"{path} is {found!r}, not a {kind}")
    return wrong


def at(answer: Any, path: str) -> Any:
    """What stands under a path such as choices.0.message; None where nothing does."""
    for name in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(name)
        elif isinstance(answer, list) and name.isdigit() and int(name) < len(answer):
            answer = answer[int(name)]
        else:
            return None
    return answer


if __name__ == "__main__":
    sys.exit(main())
