"""How busy GPUs were, as Prometheus says; nothing where it says nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.gpu_load import busy_by_node

ANSWERS = {
    "/good/api/v1/query": b'{"status":"success","data":{"resultType":"vector","result":['
    b'{"metric":{"Hostname":"a"},"value":[1790000000.1,"42.56"]},'
    b'{"metric":{"node":"b","Hostname":"x"},"value":[1790000000.1,"0"]},'
    b'{"metric":{},"value":[1790000000.1,"7"]},{"metric":{"node":"c"},"value":[1790000000.1,"NaN"]}]}}',
    "/odd/api/v1/query": b"<html>not Prometheus</html>",
}


class Prometheus(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = ANSWERS.get(self.path.partition("?")[0])
        self.send_response(404 if answer is None else 200)
        self.end_headers()
        self.wfile.write(answer or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the test's output quiet."""


@pytest.fixture(scope="module")
def prometheus() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Prometheus)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_the_percent_of_each_node_that_is_named(prometheus: str) -> None:
    assert await busy_by_node(f"{prometheus}/good") == {"a": 42.6, "b": 0.0}


async def test_what_does_not_answer_or_answers_otherwise_is_unmeasured(prometheus: str) -> None:
    for url in (None, f"{prometheus}/odd", f"{prometheus}/nothing", "http://127.0.0.1:9", "no address"):
        assert await busy_by_node(url) == {}
