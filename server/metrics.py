"""What Prometheus counts. Every label has few values: routes, kinds, outcomes, and never ids or words."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from server.events import ModelAsked, NodeFinished, Observed
from server.middleware import Noted

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "stack8s_http_requests_total", "HTTP requests answered", ("method", "route", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "stack8s_http_request_seconds", "Time to the end of the response", ("route",), registry=REGISTRY
)
TURNS = Counter("stack8s_turns_total", "Turns taken, by what came out", ("outcome",), registry=REGISTRY)
TURN_SECONDS = Histogram("stack8s_turn_seconds", "Time of a turn, from message to stored reply", registry=REGISTRY)

WAITING = Gauge("stack8s_turns_waiting", "Turns that wait for a process to compute them", registry=REGISTRY)
COMPUTING = Gauge("stack8s_turns_computing", "Turns that are computed now", registry=REGISTRY)
REFUSALS = Counter("stack8s_refusals_total", "Problem documents sent, by kind", ("kind",), registry=REGISTRY)
TOOLS = Counter("stack8s_tool_calls_total", "Searches of turns, by tool", ("tool", "status"), registry=REGISTRY)
TOOL_SECONDS = Histogram("stack8s_tool_seconds", "Time of a turn's search", ("tool",), registry=REGISTRY)
MODEL_CALLS = Counter(
    "stack8s_language_model_calls_total", "Calls of language models, by what came of them", ("outcome",),
    registry=REGISTRY,
)  # fmt: skip
MODEL_SECONDS = Histogram("stack8s_language_model_seconds", "Time of a language model's call", registry=REGISTRY)
TOKENS = Counter(
    "stack8s_language_model_tokens_total", "Tokens sent to language models and written by them", ("direction",),
    registry=REGISTRY,
)  # fmt: skip


def count(noted: Noted) -> None:
    """Adds a request, under the route's template."""
    REQUESTS.labels(noted.method, noted.route, noted.status).inc()
    REQUEST_SECONDS.labels(noted.route).observe(noted.took_s)


def count_refusal(kind: str) -> None:
    """Adds a problem document."""
    REFUSALS.labels(kind).inc()


def observe(event: Observed) -> None:
    """Adds what a turn tells of its course."""
    if isinstance(event, NodeFinished):
        for call in event.tool_calls:
            TOOLS.labels(call.tool, call.status).inc()
            TOOL_SECONDS.labels(call.tool).observe(call.took_ms / 1000)
    elif isinstance(event, ModelAsked):
        MODEL_CALLS.labels(event.outcome).inc()
        MODEL_SECONDS.observe(event.took_s)
