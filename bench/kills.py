"""Kills the server at random moments of running turns, starts it again and retries: `python -m bench kills`.

Several clients send a message each, at moments of their own, so that one kill meets as many turns, each somewhere else.
Every message is sent under a key. After the kill the retry must be answered, once: one message and one reply, and the
history grows by nothing else.
"""

import http.client
import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import uuid4

from rich.console import Console

from bench.hostile_requests import MESSAGE, WISH
from bench.served import NO_LIMITS, Served, serving

KILLED, AT_ONCE = 200, 4
"""Turns that are killed, and how many of them by one kill."""
TOLD_EVERY, WARM_UP, SEED = 20, 3, 13
PATIENCE_S = 120.0
TARGET_S = 3.0


class Killed(NamedTuple):
    """One turn: whether its reply had come before the kill, what the retry found, how long it took from the moment the
    new server listened, and how long before that the server was started."""

    too_late: bool
    lost: bool
    doubled: bool
    took_s: float
    start_s: float


class Sent(NamedTuple):
    """A message under its key, and how long its client waits before it sends it."""

    body: dict[str, object]
    key: str
    after_s: float


def run(console: Console) -> None:
    """Prints how many were lost or doubled, and how long the retries took."""
    chance = random.Random(SEED)
    with serving(NO_LIMITS) as served:
        turn_s = min(_turn_s(served.port) for _ in range(WARM_UP))
        killed: list[Killed] = []
        while len(killed) < KILLED:
            first = len(killed)
            sent = [
                Sent({"message": f"{WISH} in project {first + place}"}, str(uuid4()), chance.uniform(0, turn_s))
                for place in range(AT_ONCE)
            ]
            killed += killed_together(served, sent, turn_s)
            if len(killed) % TOLD_EVERY == 0:
                console.print(_told(killed), highlight=False)
    console.print(f"a turn takes {turn_s:.2f} s; {_told(killed)}", highlight=False)


def _told(killed: list[Killed]) -> str:
    took, starts = (sorted(times) for times in ((turn.took_s for turn in killed), (turn.start_s for turn in killed)))
    return (
        f"{len(killed)} turns met by {len(killed) // AT_ONCE} kills, {sum(turn.too_late for turn in killed)} of them "
        f"after the reply: lost {sum(turn.lost for turn in killed)}, doubled {sum(turn.doubled for turn in killed)}; "
        f"retry answered after p50 {took[len(took) // 2]:.1f} s, longest {took[-1]:.1f} s from the moment the new "
        f"server listens, {sum(one > TARGET_S for one in took)} after more than {TARGET_S:.0f} s; p50 "
        f"{starts[len(starts) // 2]:.1f} s from its start to that moment; load {os.getloadavg()[0]:.0f}"
    )


def killed_together(served: Served, sent: list[Sent], after_s: float) -> list[Killed]:
    """Sends the messages, kills the server so much later, starts it again and retries each."""
    with ThreadPoolExecutor(len(sent)) as pool:
        answers = [pool.submit(_quietly, served.port, one) for one in sent]
        time.sleep(after_s)
        os.kill(served.pid, signal.SIGKILL)
        answered = [answer.result() for answer in answers]
        served.end()
        began = time.perf_counter()
        served.start()
        start_s = time.perf_counter() - began
        return list(pool.map(lambda one, in_time: _retried(served.port, one, in_time, start_s), sent, answered))


def _retried(port: int, sent: Sent, answered: bool, start_s: float) -> Killed:
    began = time.perf_counter()
    reply = _asked(port, sent.body, sent.key)
    took_s = time.perf_counter() - began
    said = _get(port, f"/api/v1/chat/{reply['conversation_id']}?limit=200")["messages"]
    assert isinstance(said, list)
    roles = [message["role"] for message in said]
    return Killed(answered, "assistant" not in roles, len(roles) > 2, took_s, start_s)


def _turn_s(port: int) -> float:
    began = time.perf_counter()
    _asked(port, {"message": WISH}, str(uuid4()))
    return time.perf_counter() - began


def _quietly(port: int, sent: Sent) -> bool:
    """Whether it was answered before the kill."""
    time.sleep(sent.after_s)
    try:
        _asked(port, sent.body, sent.key)
    except (OSError, http.client.HTTPException):
        return False
    return True


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
