"""Sends the one request of expected.json to the server and looks whether the answer has the expected shape.

    python3 smoke_test.py --address http://127.0.0.1:8000 --key "$API_KEY"

Needs Python 3.9 or later and nothing else. Ends with 0 when the answer is as expected, else with 1.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TYPES: dict[str, Any] = {"text": str, "number": (int, float), "list": list, "object": dict}


def main() -> int:
    expected = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default=expected["address"], help="where the server answers")
    parser.add_argument("--key", default="", help="the key that callers show")
    chosen = parser.parse_args()
    address, request = chosen.address.rstrip("/"), expected["request"]
    try:
        status, text = ask(address, request, chosen.key)
    except (OSError, urllib.error.URLError) as error:
        print(f"FAILED: {address} does not answer: {error}")
        return 1
    if status != 200:
        print(f"FAILED: {address}{request['path']} answered {status}: {text[:500]}")
        return 1
    wrong = missing(json.loads(text), request["expects"]) if request["expects"] else []
    for told in wrong:
        print(f"FAILED: {told}")
    if not wrong:
        print(f"OK: {address}{request['path']} answered as expected")
    return 1 if wrong else 0


def ask(address: str, request: dict[str, Any], key: str, timeout_s: float = 120.0) -> tuple[int, str]:
    """Status and text of the answer."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    body = request["body"].encode() if request.get("body") else None
    made = urllib.request.Request(address + request["path"], data=body, headers=headers, method=request["method"])
    try:
        with urllib.request.urlopen(made, timeout=timeout_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def missing(answer: Any, expects: dict[str, str]) -> list[str]:
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
