"""Asks the server as many questions at once as the plan expects; compares speed and times with what was asked.

    python3 load_test.py --address http://127.0.0.1:8000 --key "$API_KEY" [--requests 64] [--at-once 16] [--lost 0.05]

Needs Python 3.9 or later and smoke_test.py beside it. Ends with 0 when the speed is within the plan's band or above,
the times keep their limits at their percentile, and no more than --lost of the requests failed.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from smoke_test import arguments, at, context, made, parts  # type: ignore[import-not-found]


def main() -> int:
    expected = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
    load, limits = expected["load"], expected.get("limits") or {}
    parser = arguments(__doc__ or "", expected)
    parser.add_argument("--at-once", type=int, default=load["at_once"], help="requests in flight")
    parser.add_argument("--requests", type=int, default=4 * load["at_once"], help="in all")
    parser.add_argument("--lost", type=float, default=0.0, help="part of the requests that may fail")
    chosen = parser.parse_args()
    address, trusted = chosen.address.rstrip("/"), context(chosen.any_certificate)
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=chosen.at_once) as pool:
        asked = (unlike(load["request"], f"{began:.0f}-{number}") for number in range(chosen.requests))
        answers = list(pool.map(lambda request: one(address, request, chosen.key, trusted), asked))
    took_s = time.perf_counter() - began
    failed = [told for told, _, _, _ in answers if told]
    if len(failed) > chosen.lost * len(answers):
        print(f"FAILED: {len(failed)} of {len(answers)} requests, the first: {failed[0]}")
        return 1
    if failed:
        print(f"{len(failed)} of {len(answers)} requests were lost, the first: {failed[0]}")
    well = [answer for answer in answers if not answer[0]]
    done = sum(count for _, count, _, _ in well)
    speed, unit = done / took_s, load["unit"]
    print(f"{done} {unit} in {took_s:.1f} s with {chosen.at_once} at once: {speed:.1f} {unit}/s")
    wrong = late("the first token", [first for _, _, first, _ in well], limits.get("first_token_ms"), limits)
    wrong += late("the answer", [whole for _, _, _, whole in well], limits.get("answer_ms"), limits)
    if load["low"] is None:
        print("The plan has no estimate of the speed: nothing to compare with.")
    else:
        told = f"The plan's estimate: {load['value']:.1f} {unit}/s; at" if load["value"] is not None else "At"
        print(f"{told} least {load['low']:.1f} {unit}/s are needed")
        if speed < load["low"] and not chosen.lost:
            wrong.append(f"slower than the {load['low']:.1f} {unit}/s that are needed")
    for told in wrong:
        print(f"FAILED: {told}")
    if not wrong:
        print("OK")
    return 1 if wrong else 0


def unlike(request: Any, number: str) -> Any:
    """The request with a word of its own in front: a server keeps what it has read of a prompt that it knows."""
    body = json.loads(request.get("body") or "null")
    if not isinstance(body, dict) or not body.get("messages"):
        return request
    first, *others = body["messages"]
    body["messages"] = [{**first, "content": f"{number} {first['content']}"}, *others]
    return {**request, "body": json.dumps(body)}


def late(what: str, times_s: "list[float]", limit_ms: Any, limits: Any) -> "list[str]":
    """Prints the percentiles; a sentence where the one that counts is over its limit."""
    ordered, percent = sorted(times_s), limits.get("percentile") or 95
    if not ordered:
        return []

    def of(part: float) -> float:
        return 1000 * ordered[min(len(ordered) - 1, int(part / 100 * len(ordered)))]

    print(f"{what}: {of(50):.0f} ms for half of the requests, {of(percent):.0f} ms for {percent:g} % of them")
    over = limit_ms is not None and of(percent) > limit_ms
    return [f"{what} took {of(percent):.0f} ms at {percent:g} %, {limit_ms:g} ms were asked for"] if over else []


def one(address: str, request: Any, key: str, trusted: Any) -> "tuple[str, int, float, float]":
    """What went wrong ("" nothing), how many units the answer counts, seconds to its beginning and to its end."""
    began, first, counted = time.perf_counter(), 0.0, None
    try:
        with urllib.request.urlopen(made(address, request, key), timeout=600.0, context=trusted) as answer:
            held = []
            for line in answer:
                first = first or time.perf_counter() - began
                held.append(line)
    except urllib.error.HTTPError as refused:
        return f"{refused.code}: {refused.read().decode(errors='replace')[:200]}", 0, 0.0, 0.0
    except OSError as error:
        return str(error), 0, 0.0, 0.0
    took = time.perf_counter() - began
    if request["counts"] is None:
        return "", 1, first, took
    for text in parts(b"".join(held).decode()):
        found = at(json.loads(text), request["counts"])
        counted = found if isinstance(found, int) else counted
    if counted is None:
        return f"no {request['counts']} in the answer", 0, first, took
    return "", counted, first, took


if __name__ == "__main__":
    sys.exit(main())
