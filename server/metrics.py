"""What Prometheus counts: requests by route, turns by outcome."""

from prometheus_client import CollectorRegistry, Counter, Histogram

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

TOKENS = Counter(
    "stack8s_language_model_tokens_total", "Tokens sent to language models and written by them", ("direction",),
    registry=REGISTRY,
)  # fmt: skip


def count(noted: Noted) -> None:
    """Adds a request. Labels are the route's template, never the path: ids would grow without end."""
    REQUESTS.labels(noted.method, noted.route, noted.status).inc()
    REQUEST_SECONDS.labels(noted.route).observe(noted.took_s)
