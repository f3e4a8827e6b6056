"""What Prometheus counts: requests by route, turns by outcome."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})


class CountRequests:
    """ASGI middleware. Labels are the route's template, never the path: ids would grow without end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(method, route, status).inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - began)
