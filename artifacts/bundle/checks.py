"""The checks of a bundle: two programs that are the same for every plan, and what they expect of this one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from artifacts.engines import SERVERS, Engine, asked_as, engine_of
from artifacts.first_request import LIVE_PATH, Request, is_streamed, request_of
from artifacts.workloads import PORT
from domain.placement import PlacementOption, Throughput
from domain.workload import WorkloadSpec

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_PROGRAMS = Path(__file__).with_name("programs")
_UNITS = {"output_tokens_per_second": "tokens", "requests_per_second": "requests", "images_per_second": "requests"}
_INPUT_TOKENS, _OUTPUT_TOKENS = 1024, 256
"""Of a request where nobody said."""
_WORD = "measure "
_SURE = 0.9
"""Of the tokens that fit: a word may take more than one, and the chat template takes some."""
_USUAL_PERCENTILE = 95
_IN_HAND = 2
_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


def check_files(option: PlacementOption, spec: WorkloadSpec) -> dict[str, str]:
    """`checks/`: nothing for a job, which its own log tells of."""
    engine = engine_of(option, spec)
    if engine not in SERVERS:
        return {}
    programs = {
        f"checks/{name}": (_PROGRAMS / name).read_text(encoding="utf-8") for name in ("smoke_test.py", "load_test.py")
    }
    if is_streamed(option, engine, spec):
        programs["checks/live_test.py"] = (_PROGRAMS / "live_test.py").read_text(encoding="utf-8")
    return programs | {"checks/expected.json": json.dumps(expected(option, spec, engine), indent=2) + "\n"}


def expected(option: PlacementOption, spec: WorkloadSpec, engine: Engine) -> Value:
    """What the two programs read."""
    asked = request_of(option, engine, spec)
    speed = next((found for found in option.throughput if found.metric in _UNITS), None)
    wanted = _wanted(spec) if speed is None or _UNITS[speed.metric] == "requests" else None
    load = _load_request(asked, spec)
    return {
        "address": f"http://127.0.0.1:{PORT}",
        "model": asked_as(option),
        "request": asked.model_dump(),
        "longest": _longest(asked, option, spec),
        "limits": _limits(spec),
        "live": _live(option, spec) if is_streamed(option, engine, spec) else None,
        "load": {
            "request": load.model_dump(),
            # A rate that was asked for is reached with work in hand for every copy: a Service deals it out at random.
            "at_once": (_IN_HAND if wanted else 1) * _at_once(option),
            "unit": _UNITS[speed.metric] if speed else "requests",
            **_band(speed, wanted),
        },
    }


def _limits(spec: WorkloadSpec) -> Value:
    """What was asked of the speed, in milliseconds at a percentile; null where nothing was."""
    traffic = spec.traffic
    percentile = traffic.latency_percentile or _USUAL_PERCENTILE
    first = traffic.ttft_ms if traffic.ttft_ms != traffic.latency_ms else None
    return {"percentile": percentile, "first_token_ms": first, "answer_ms": traffic.latency_ms}


def _live(option: PlacementOption, spec: WorkloadSpec) -> Value:
    """What is asked of streams over a websocket: as many at once as speak, and the last text within the time said."""
    traffic = spec.traffic
    return {
        "path": LIVE_PATH, "model": asked_as(option),
        "streams": traffic.peak_concurrent_users or traffic.concurrent_users or _at_once(option),
        "percentile": traffic.latency_percentile or _USUAL_PERCENTILE,
        "limit_ms": traffic.latency_ms or traffic.ttft_ms,
    }  # fmt: skip


def _longest(asked: Request, option: PlacementOption, spec: WorkloadSpec) -> Value:
    """A prompt of the greatest length that the plan lets in; null of what is not asked in tokens."""
    tokens = option.proof.context_tokens if option.proof else None
    if asked.body is None or asked.counts is None or not tokens:
        return None
    answer = min(spec.traffic.output_tokens or _OUTPUT_TOKENS, tokens // 4)
    body = json.loads(asked.body)
    words = int(_SURE * (tokens - answer))
    body |= {"max_tokens": answer, "messages": [{"role": "user", "content": (_WORD * max(1, words)).strip()}]}
    body |= _STREAMED
    asked = asked.model_copy(update={"body": json.dumps(body), "expects": {asked.counts: "number"}})
    return {"words": words, "request": asked.model_dump()}


def _at_once(option: PlacementOption) -> int:
    """Requests in flight that the plan's speed is for."""
    if option.served is not None:
        return max(1, option.served.in_flight)
    return max(1, (option.requests_per_replica or 1) * option.replicas)


def _wanted(spec: WorkloadSpec) -> float | None:
    """Requests a second that were asked for, at the busiest; null where nobody said."""
    traffic = spec.traffic
    return traffic.peak_requests_per_second or traffic.requests_per_second


def _band(speed: Throughput | None, wanted: float | None) -> dict[str, Value]:
    """The estimate; `low`, below which the test fails, is what was asked for where a rate was."""
    if speed is None:
        return {"value": None, "low": wanted, "high": None}
    return {"value": speed.value, "low": wanted or speed.low, "high": speed.high}


def _load_request(asked: Request, spec: WorkloadSpec) -> Request:
    """The request at the length that the plan reckons with."""
    if asked.body is None or asked.counts is None:
        return asked
    body = json.loads(asked.body)
    tokens = spec.traffic.output_tokens or _OUTPUT_TOKENS
    words = _WORD * max(1, (spec.traffic.input_tokens or _INPUT_TOKENS))
    body |= {"max_tokens": tokens, "messages": [{"role": "user", "content": words.strip()}], "ignore_eos": True}
    body |= _STREAMED
    return asked.model_copy(update={"body": json.dumps(body)})
