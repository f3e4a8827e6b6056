"""Asks the server as many questions at once as the plan expects, and compares the speed with the plan's estimate.

    python3 load_test.py --address http://127.0.0.1:8000 --key "$API_KEY" [--requests 64] [--at-once 16]

Needs Python 3.9 or later and smoke_test.py beside it. Ends with 0 when the speed is within the plan's band or above.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from smoke_test import ask, at  # type: ignore[import-not-found]


def main() -> int:
    expected = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
    load = expected["load"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=load["at_once"], help="requests in flight")
    parser.add_argument("--requests", type=int, default=4 * load["at_once"], help="in all")
    parser.add_argument("--address", default=expected["address"], help="where the server answers")
    parser.add_argument("--key", default="", help="the key that callers show")
    chosen = parser.parse_args()
    address, key = chosen.address.rstrip("/"), chosen.key
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=chosen.at_once) as pool:
        answers = list(pool.map(lambda _: one(address, load["request"], key), range(chosen.requests)))
    took_s = time.perf_counter() - began
    failed = [told for told, _ in answers if told]
    if failed:
        print(f"FAILED: {len(failed)} of {len(answers)} requests, the first: {failed[0]}")
        return 1
    done = sum(count for _, count in answers)
    speed = done / took_s
    unit = load["unit"]
    print(f"{done} {unit} in {took_s:.1f} s with {chosen.at_once} at once: {speed:.1f} {unit}/s")
    if load["low"] is None:
        print("The plan has no estimate of the speed: nothing to compare with.")
        return 0
    print(f"The plan's estimate: {load['value']:.1f} {unit}/s, between {load['low']:.1f} and {load['high']:.1f}")
    if speed < load["low"]:
        print("FAILED: slower than the estimate's lower end")
        return 1
    print("OK")
    return 0


def one(address: str, request: dict[str, Any], key: str) -> tuple[str, int]:
    """What went wrong ("" nothing), and how many units the answer counts."""
    try:
        status, text = ask(address, request, key, timeout_s=600.0)
    except OSError as error:
        return str(error), 0
    if status != 200:
        return f"{status}: {text[:200]}", 0
    if request["counts"] is None:
        return "", 1
    counted = at(json.loads(text), request["counts"])
    return ("", counted) if isinstance(counted, int) else (f"no {request['counts']} in the answer", 0)


if __name__ == "__main__":
    sys.exit(main())
