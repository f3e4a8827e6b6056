"""Traces tell the course of a turn and none of its words; nothing is sent to anybody who was not named."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from langchain_core.outputs import LLMResult
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from database import Database
from domain.turn import TurnRequest
from graph.context import open_context
from server import traces
from server.computing import compile_graph
from server.events import ModelAsked
from server.metrics import REGISTRY
from server.model_calls import ModelCalls
from server.turns import Turns
from settings import Settings
from tests.stub_openai import StubOpenAI, answers
from tests.understanding_openai.reply_shapes import NOTHING

WORDS = "Serve Mistral 7B for a hospital in Uppsala"
PLAN = "import sys, cli; sys.argv = ['stack8s', 'plan', sys.argv[1]]; cli.main()"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "TRACER", provider.get_tracer("test"))
    return exporter


async def test_a_turn_is_a_span_with_its_nodes_and_tools_and_without_its_words(
    turns: Turns, spans: InMemorySpanExporter
) -> None:
    reply = await turns.run(TurnRequest(message=WORDS))
    found = {span.name: span for span in spans.get_finished_spans()}
    turn = found["turn"]
    assert turn.attributes is not None
    assert turn.context is not None
    assert turn.attributes["stack8s.conversation_id"] == reply.conversation_id
    assert turn.attributes["stack8s.outcome"] == "deployment_plan"
    assert {"triage", "extract", "compute", "packages", "models", "place", "synthesize"} <= set(found)
    tool = found["compute"]
    assert tool.attributes is not None
    assert (tool.attributes["tool.name"], tool.attributes["tool.status"]) == ("compute", "ok")
    assert {span.parent.span_id for name, span in found.items() if name != "turn" and span.parent} == {
        turn.context.span_id
    }
    told = " ".join(span.to_json() for span in found.values())
    assert not [word for word in ("Uppsala", "hospital", "Mistral") if word in told]


async def test_a_language_models_call_is_a_span_and_a_count(
    database: Database, settings: Settings, spans: InMemorySpanExporter
) -> None:
    before = _calls("answered")
    with StubOpenAI() as stub:
        stub.reply(answers({**NOTHING, "intent": "decline"}))
        openai = settings.model_copy(update={"engine": "openai", "openai_base_url": stub.base_url})
        asked = Turns(database, compile_graph(database), await open_context(database, openai))
        await asked.run(TurnRequest(message="write me a poem about Uppsala"))
        await asked.close()
    (call,) = [span for span in spans.get_finished_spans() if span.name == "chat"]
    assert call.attributes is not None
    assert call.attributes["gen_ai.usage.output_tokens"] == 7
    assert "Uppsala" not in call.to_json()
    assert _calls("answered") == before + 1


def test_a_call_that_tells_no_use_counts_no_tokens() -> None:
    told: list[ModelAsked] = []
    calls = ModelCalls(told.append)
    answered, failed = uuid4(), uuid4()
    for run in (answered, failed):
        calls.on_chat_model_start({}, [], run_id=run)
    calls.on_llm_end(LLMResult(generations=[[]]), run_id=answered)
    calls.on_llm_error(OSError(), run_id=failed)
    counted = [(one.outcome, one.input_tokens, one.output_tokens) for one in told]
    assert counted == [("answered", 0, 0), ("failed", 0, 0)]


def _calls(outcome: str) -> float:
    return REGISTRY.get_sample_value("stack8s_language_model_calls_total", {"outcome": outcome}) or 0.0


class Collector:
    """Somebody who could be sent traces."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                collector.got.append((self.path, body))
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_PATCH = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Keeps the test's output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("key", [None, "lsv2_key"])
def test_langsmith_hears_of_a_turn_only_where_it_was_given_a_key(
    settings: Settings, collector: Collector, key: str | None
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANGSMITH_")}
    environment |= {"STACK8S_DATA_DIR": str(settings.data_dir), "LANGSMITH_ENDPOINT": collector.url}
    subprocess.run(
        [sys.executable, "-c", PLAN, WORDS],
        env=environment | ({"LANGSMITH_API_KEY": key} if key else {}),
        cwd=Path(__file__).parents[2], check=True, capture_output=True,
    )  # fmt: skip
    assert bool(collector.got) == bool(key)


def test_a_server_sends_its_spans_to_the_endpoint_within_the_callers_trace(
    settings: Settings, collector: Collector
) -> None:
    """In a process of its own: a provider is set once."""
    code = """
import sys
from fastapi.testclient import TestClient
from opentelemetry import trace
from server.app import create_app
from server.traces import set_up_traces
from settings import settings
set_up_traces(settings())
with TestClient(create_app(settings())) as http:
    http.post("/api/v1/chat/message", json={"message": sys.argv[1]}, headers={"traceparent": sys.argv[2]})
trace.get_tracer_provider().shutdown()
"""
    traced = "0af7651916cd43dd8448eb211c80319c"
    subprocess.run(
        [sys.executable, "-c", code, WORDS, f"00-{traced}-b7ad6b7169203331-01"],
        env={**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url},
        cwd=Path(__file__).parents[2], check=True, capture_output=True,
    )  # fmt: skip
    sent = b"".join(body for path, body in collector.got if path == "/v1/traces")
    assert bytes.fromhex(traced) in sent
    for name in (b"POST /api/v1/chat/message", b"turn", b"synthesize"):
        assert name in sent
    assert b"Uppsala" not in sent
