"""Speaks to a server that listens while one speaks, over a websocket, with as many streams at once as the plan expects.

    python3 live_test.py --address http://127.0.0.1:8000 --key "$API_KEY" [--streams 50] [--recording call.wav]

The protocol is that of vLLM's /v1/realtime: 16 kHz PCM in pieces of a tenth of a second, as fast as it is spoken. Needs
Python 3.9 or later and smoke_test.py beside it. Ends with 0 when every stream gets its last text, and soon enough.
"""

import base64
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import wave
from pathlib import Path
from typing import Any

from smoke_test import arguments, context  # type: ignore[import-not-found]

RATE, PIECE_S, PATIENCE_S = 16000, 0.1, 120.0
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def main() -> int:
    expected = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
    live = expected["live"]
    parser = arguments(__doc__ or "", expected)
    parser.add_argument("--streams", type=int, default=live["streams"], help="at once")
    parser.add_argument("--recording", default="", help="16-bit mono WAV of 16 kHz; without it a few seconds of a hum")
    chosen = parser.parse_args()
    sound = spoken(chosen.recording) if chosen.recording else bytes(2 * RATE * 3)
    ended: list[tuple[str, float]] = []
    threads = [
        threading.Thread(target=lambda: ended.append(stream(chosen, live, sound))) for _ in range(chosen.streams)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [told for told, _ in ended if told]
    late = sorted(1000 * seconds for told, seconds in ended if not told)
    if failed:
        print(f"FAILED: {len(failed)} of {len(ended)} streams, the first: {failed[0]}")
        return 1
    slowest = late[min(len(late) - 1, int(live["percentile"] / 100 * len(late)))]
    print(f"{len(late)} streams: the last text {slowest:.0f} ms after the last sound, at {live['percentile']:g} %")
    if live["limit_ms"] is not None and slowest > live["limit_ms"]:
        print(f"FAILED: {live['limit_ms']:g} ms were asked for")
        return 1
    print("OK")
    return 0


def spoken(path: str) -> bytes:
    with wave.open(path) as sound:
        if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, 2):
            raise SystemExit(f"{path} is not 16-bit mono of 16 kHz: ffmpeg -i {path} -ar 16000 -ac 1 other.wav")
        return bytes(sound.readframes(sound.getnframes()))


def stream(chosen: Any, live: Any, sound: bytes) -> "tuple[str, float]":
    """What went wrong ("" nothing), and seconds from the last sound to the last text."""
    try:
        held = opened(chosen.address, live["path"], chosen.key, context(chosen.any_certificate))
        with held:
            heard = Heard(held)
            heard.until("session.created")
            send(held, {"type": "session.update", "model": live["model"]})
            send(held, {"type": "input_audio_buffer.commit"})
            step = 2 * int(RATE * PIECE_S)
            for start in range(0, len(sound), step):
                piece = base64.b64encode(sound[start : start + step]).decode()
                send(held, {"type": "input_audio_buffer.append", "audio": piece})
                time.sleep(PIECE_S)
            send(held, {"type": "input_audio_buffer.commit", "final": True})
            said = time.perf_counter()
            heard.until("transcription.done")
            return "", time.perf_counter() - said
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__, 0.0


def opened(address: str, path: str, key: str, trusted: Any) -> socket.socket:
    """A connection that speaks in frames (RFC 6455)."""
    url = urllib.parse.urlsplit(address)
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    held = socket.create_connection((url.hostname or "", port), timeout=PATIENCE_S)
    if secure:
        held = (trusted or ssl.create_default_context()).wrap_socket(held, server_hostname=url.hostname)
    lines = [f"GET {url.path.rstrip('/')}{path} HTTP/1.1", f"Host: {url.hostname}:{port}", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"]  # fmt: skip
    if key:
        lines.append(f"Authorization: Bearer {key}")
    held.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = held.recv(1)
        if not piece:
            break
        answer += piece
    status = answer.split(b"\r\n")[0].decode(errors="replace")
    if " 101" not in status:
        held.close()
        raise OSError(f"no websocket at {path}: {status or 'nothing was answered'}")
    return held


def send(held: socket.socket, message: Any, kind: int = TEXT) -> None:
    """One frame, masked as those of clients are."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    mask, size = os.urandom(4), len(body)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size)
    if size > 0xFFFF:
        length = bytes([0xFF]) + struct.pack(">Q", size)
    over = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    held.sendall(bytes([0x80 | kind]) + length + mask + (int.from_bytes(body, "big") ^ over).to_bytes(size, "big"))


class Heard:
    """What the server says, message by message."""

    def __init__(self, held: socket.socket) -> None:
        self._held, self._said = held, b""

    def until(self, kind: str) -> Any:
        """The first message of the kind. Raises ValueError for an error, OSError where the connection ends."""
        while True:
            told = self._message()
            if told.get("type") == kind:
                return told
            if "error" in str(told.get("type", "")):
                raise ValueError(json.dumps(told)[:300])

    def _message(self) -> Any:
        text = b""
        while True:
            first, second = self._bytes(2)
            size = second & 0x7F
            if size >= 126:
                (size,) = struct.unpack(">H" if size == 126 else ">Q", self._bytes(2 if size == 126 else 8))
            body = self._bytes(size)
            if first & 0x0F == CLOSE:
                raise OSError("the server closed the connection before its last text")
            if first & 0x0F == PING:
                send(self._held, body, PONG)
            elif first & 0x0F < CLOSE:
                text += body
                if first & 0x80:
                    return json.loads(text)

    def _bytes(self, count: int) -> bytes:
        while len(self._said) < count:
            piece = self._held.recv(65536)
            if not piece:
                raise OSError("the connection ended before the last text")
            self._said += piece
        taken, self._said = self._said[:count], self._said[count:]
        return taken


if __name__ == "__main__":
    sys.exit(main())
