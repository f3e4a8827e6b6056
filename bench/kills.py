"""Kills the server at random moments of running turns, starts it again and retries: `python -m bench kills`.

Every message is sent under a key. After each kill the retry must be answered, once: one message and one reply, and the
history grows by nothing else.
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from typing import NamedTuple
from uuid import uuid4

from rich.console import Console

from bench.hostile_requests import MESSAGE, WISH
from bench.served import NO_LIMITS, Served, serving

KILLS, TOLD_EVERY = 200, 20
LONGEST_S = 0.6
"""A turn is over by then."""
PATIENCE_S = 60.0


class Kill(NamedTuple):
    """One kill: whether the reply had come before it, what the retry found, and how long it took from the restart."""

    too_late: bool
    lost: bool
    doubled: bool
    took_s: float


def run(console: Console) -> None:
    """Prints how many were lost or doubled, and how long the retries took."""
    chance = random.Random(13)
    with serving(NO_LIMITS) as served:
        _asked(served.port, {"message": WISH}, str(uuid4()))
        kills: list[Kill] = []
        for number in range(KILLS):
            kills.append(killed(served, chance.uniform(0, LONGEST_S), number))
            if len(kills) % TOLD_EVERY == 0:
                wrong = sum(kill.lost or kill.doubled for kill in kills)
                console.print(f"{len(kills)} kills: {wrong} lost or doubled")
    took = sorted(kill.took_s for kill in kills)
    console.print(
        f"{len(kills)} kills, {sum(kill.too_late for kill in kills)} after the reply: lost "
        f"{sum(kill.lost for kill in kills)}, doubled {sum(kill.doubled for kill in kills)}; retry answered after "
        f"p50 {took[len(took) // 2]:.1f} s, longest {took[-1]:.1f} s from the moment the new server listens"
    )


def killed(served: Served, after_s: float, number: int) -> Kill:
    """Sends a message, kills the server so much later, starts it again and retries."""
    key, body = str(uuid4()), {"message": f"{WISH} in project {number}"}
    answered: list[dict[str, object]] = []
    sender = threading.Thread(target=lambda: answered.extend(_quietly(served.port, body, key)))
    sender.start()
    time.sleep(after_s)
    os.kill(served.pid, signal.SIGKILL)
    sender.join()
    served.end()
    served.start()
    began = time.perf_counter()
    reply = _asked(served.port, body, key)
    took_s = time.perf_counter() - began
    said = _get(served.port, f"/api/v1/chat/{reply['conversation_id']}?limit=200")["messages"]
    assert isinstance(said, list)
    roles = [message["role"] for message in said]
    return Kill(bool(answered), "assistant" not in roles, len(roles) > 2, took_s)


def _quietly(port: int, body: object, key: str) -> list[dict[str, object]]:
    try:
        return [_asked(port, body, key)]
    except (OSError, http.client.HTTPException):
        return []


def _asked(port: int, body: object, key: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", MESSAGE, json.dumps(body), {"Content-Type": "application/json", "Idempotency-Key": key})
    return _read(connection)


def _get(port: int, path: str) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("GET", path)
    return _read(connection)


def _read(connection: http.client.HTTPConnection) -> dict[str, object]:
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{answer.status}: {text[:300]!r}")
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
