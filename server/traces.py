"""OpenTelemetry spans of requests, turns, the graph's nodes and the language models' calls, where an endpoint is set.

Spans carry ids, names, counts and outcomes: no message, no reply, no query. Workers make none; what they tell of a
turn's course is enough. LangSmith is the other way round: it shows what a model was told, so it needs a key of its own.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from langsmith.utils import get_env_var
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import ArchitectError
from domain.turn import TurnReply
from server.events import ModelAsked, NodeFinished, NodeStarted, Observed
from server.ledger import OpenTurn
from server.middleware import AroundRequests, with_start
from server.version import VERSION
from settings import Settings

SERVICE = "stack8s-architect"
NS = 1_000_000_000
TRACER = trace.get_tracer("stack8s")
"""Does nothing until a provider is set."""


def set_up_traces(settings: Settings) -> None:
    """Sends spans to OTEL_EXPORTER_OTLP_ENDPOINT, in the background; nothing where that is not set."""
    if not settings.otel_exporter_otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # half a second
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE, "service.version": VERSION}))
    endpoint = f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


def use_langsmith(settings: Settings) -> None:
    """Lets LangChain trace to LangSmith where a key is set and LANGSMITH_TRACING does not say otherwise."""
    if settings.langsmith_api_key is None:
        return
    os.environ["LANGSMITH_API_KEY"] = settings.langsmith_api_key.get_secret_value()
    os.environ.setdefault("LANGSMITH_TRACING", "true")
    get_env_var.cache_clear()  # type: ignore[attr-defined]  # it remembers what it found before


class TraceRequests(AroundRequests):
    """ASGI middleware: a span for each request, within the caller's where it sends a `traceparent`."""

    def __init__(self, app: ASGIApp) -> None:
        from opentelemetry.propagate import extract  # looks through every package that is installed

        super().__init__(app)
        self._extract = extract

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500

        def opened(message: dict[str, int]) -> None:
            nonlocal status
            status = message["status"]

        with TRACER.start_as_current_span(
            "request", self._extract(Headers(scope=scope)), SpanKind.SERVER, record_exception=False
        ) as span:
            try:
                await self._app(scope, receive, with_start(send, opened))  # type: ignore[arg-type]
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                span.update_name(f"{scope['method'] if scope['method'].isalpha() else 'other'} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})


class TurnSpan:
    """The span of a turn and those within it."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._nodes: dict[str, Span] = {}

    def see(self, event: Observed) -> None:
        """What the turn tells of its course."""
        if isinstance(event, NodeStarted):
            self._nodes[event.node] = TRACER.start_span(event.node)
        elif isinstance(event, NodeFinished) and (node := self._nodes.pop(event.node, None)) is not None:
            for call in event.tool_calls:
                node.set_attributes({"tool.name": call.tool, "tool.status": call.status, "tool.rows": call.rows})
            node.end()
        elif isinstance(event, ModelAsked):
            now = time.time_ns()
            asked = TRACER.start_span("chat", kind=SpanKind.CLIENT, start_time=now - round(event.took_s * NS))
            asked.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": event.model})
            asked.set_attributes({"gen_ai.usage.input_tokens": event.input_tokens})
            asked.set_attributes({"gen_ai.usage.output_tokens": event.output_tokens})
            if event.outcome != "answered":
                asked.set_status(Status(StatusCode.ERROR, event.outcome))
            asked.end(now)

    def replied(self, reply: TurnReply) -> None:
        """How the turn ended."""
        self._span.set_attributes({"stack8s.outcome": reply.response_type, "stack8s.engine": reply.engine})

    def end(self) -> None:
        """Ends what a turn that was cut short left open."""
        for node in self._nodes.values():
            node.end()


@contextmanager
def turn_span(turn: OpenTurn) -> Iterator[TurnSpan]:
    """A turn's span while the body runs."""
    named: dict[str, str | int] = {"stack8s.conversation_id": str(turn.conversation_id), "stack8s.turn": turn.number}
    with TRACER.start_as_current_span(
        "turn", attributes=named, record_exception=False, set_status_on_exception=False
    ) as span:
        watched = TurnSpan(span)
        try:
            yield watched
        except BaseException as error:  # its words may be the user's
            kind = error.kind if isinstance(error, ArchitectError) else type(error).__name__
            span.set_status(Status(StatusCode.ERROR, kind))
            raise
        finally:
            watched.end()
