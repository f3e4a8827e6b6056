"""Requests made up from the OpenAPI document, good and bad ones: `python -m bench fuzz`.

Every answer must have a status and a form that the document tells, none may be a fault of ours, and none may tell of
the inside. The same requests are made every time.
"""

import itertools
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.internal.conjecture import utils
from hypothesis.strategies import one_of
from rich.console import Console
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bench.served import NO_LIMITS, serving

CASES = 10_000
Operation = APIOperation[Any, Any, Any]
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
LEAKS = re.compile(r"Traceback|psycopg|site-packages|\.py\", line|postgresql://|(?-i:SELECT .+ FROM )", re.IGNORECASE)
"""Of our own statements: a model's card may say "select one from"."""


def _more(elements: Any) -> bool:
    """Whether another element is to be drawn: `many` as hypothesis had it until it became an iterator."""
    if not hasattr(elements, "drawn"):
        elements.drawn = iter(elements.__enter__())
    for _ in elements.drawn:
        return True
    elements.__exit__(None)
    return False


if not hasattr(utils.many, "more"):  # hypothesis-jsonschema 0.23 asks for it
    utils.many.more = _more  # type: ignore[attr-defined]


def run(console: Console) -> None:
    """Prints how many requests were made and what was wrong with their answers."""
    warnings.filterwarnings("ignore", "Overriding standard format")
    with serving(NO_LIMITS) as served:
        made, wrong = fuzzed(served.url, CASES, console.print)
    for problem, times in wrong.most_common():
        console.print(f"{times} x {problem}")
    console.print(f"{made:,} requests, {sum(wrong.values())} answers that are wrong, of {len(wrong)} kinds")


def fuzzed(url: str, cases: int, tell: Callable[[str], None] = lambda _: None) -> tuple[int, Counter[str]]:
    """How many requests were made of a running server, and each kind of wrong answer; each operation is told."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    going_on = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    wrong: Counter[str] = Counter()
    made = 0
    for number in itertools.count():
        if made >= cases or not going_on:
            return made, wrong
        share, varied = math.ceil((cases - made) / len(going_on)), []
        for operation in going_on:
            tried = _fuzzed(operation, share, number, wrong)
            made += tried
            varied += [operation] if tried >= share else []
            tell(f"{made:,} requests up to {operation.label}, {tried} of it: {sum(wrong.values())} wrong")
        going_on = varied
    raise AssertionError


def _fuzzed(operation: Operation, cases: int, number: int, wrong: Counter[str]) -> int:
    """Of an operation that can be asked in few ways only, fewer than so many: the others take their share in another
    round, which the number makes of other requests."""
    made = 0

    @seed(number)
    @given(case=one_of(operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE)))
    @settings(
        max_examples=cases, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def tried(case: Case) -> None:
        nonlocal made
        made += 1
        for problem in _problems(case):
            wrong[f"{operation.label}: {problem}"] += 1

    tried()
    return made


def _problems(case: Case) -> list[str]:
    answer = case.call(timeout=120)
    found = []
    for check in CHECKS:
        try:
            case.validate_response(answer, checks=[check])
        except FailureGroup as failures:
            found += [f"{answer.status_code} {' '.join(str(one).split())[:200]}" for one in failures.exceptions]
    if LEAKS.search(answer.text):
        found.append(f"{answer.status_code} leaks: {answer.text[:200]}")
    return found
