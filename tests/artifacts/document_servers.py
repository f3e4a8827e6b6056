"""Stand-ins of what the programs for documents talk to: embedder, reranker, model, Qdrant, OpenSearch, Elasticsearch;
and a real PostgreSQL with pgvector."""

import base64
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import make_conninfo

KEY, STORE_KEY = "the-key", "the-store-key"
BASIC = "ai:the-password"
COLLECTIONS, INDEX = "/collections/", "/documents"


class Kept(Protocol):
    """A store that a program fills and asks."""

    environment: Mapping[str, str]

    def payloads(self) -> list[dict[str, Any]]:
        """What is held beside each vector."""
        ...


class Servers:
    """One server for all parts: what a text is about is whether it speaks of pumps."""

    def __init__(self) -> None:
        self.points: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.made: list[str] = []
        self.mappings: dict[str, Any] = {}
        self.embedded = 0
        self.too_busy = 0
        """How many of the next requests for a place of its own a store of documents puts off."""
        servers = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                if path == INDEX and not servers.mappings:
                    self.send_error(404)
                elif path.startswith(INDEX):
                    self._say({"count": len(servers.points)})
                elif path.endswith("/exists"):
                    self._say({"result": {"exists": bool(servers.made)}})
                elif path.startswith(COLLECTIONS):
                    self._say({"result": {"points_count": len(servers.points)}})
                else:
                    self._say({"data": []})

            def do_PUT(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                told = self.rfile.read(int(self.headers["Content-Length"]))
                path = self.path.split("?")[0]
                if path.startswith(COLLECTIONS):
                    may = self.headers.get("api-key") == STORE_KEY
                elif path.startswith(INDEX):
                    basic = f"Basic {base64.b64encode(BASIC.encode()).decode()}"
                    may = self.headers.get("Authorization") in (basic, f"ApiKey {STORE_KEY}")
                else:  # the server of a batch is the job's own, and asks for no key
                    may = path == "/v1/embeddings" or self.headers.get("Authorization") == f"Bearer {KEY}"
                if not may:
                    self.send_error(401)
                elif path == f"{INDEX}/_bulk":
                    self._say(servers.bulk([json.loads(line) for line in told.splitlines()]))
                else:
                    self._say(servers.answer(path, json.loads(told)))

            def _say(self, what: object) -> None:
                text = json.dumps(what).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, body: Any) -> object:
        if path == "/embed":
            self.embedded += len(body["inputs"])
            return [[1.0, 0.0] if "pump" in text.lower() else [0.0, 1.0] for text in body["inputs"]]
        if path == "/v1/embeddings":
            self.embedded += len(body["input"])
            data = [{"index": at, "embedding": [float(len(text)), 0.25]} for at, text in enumerate(body["input"])]
            return {"data": data}
        if path == "/rerank":
            return [{"index": i, "score": len(text)} for i, text in enumerate(body["texts"])]
        if path == "/v1/chat/completions":
            self.asked.append(body)
            return {"choices": [{"message": {"role": "assistant", "content": "ok"}}]}
        if path.startswith(INDEX):
            return self._of_index(path, body)
        if path.endswith("/points/query"):
            return {"result": {"points": [{"payload": one} for one in self._near(body["query"], body["limit"])]}}
        if path.endswith("/points/delete"):
            self._forget(body["filter"]["must"][0]["match"]["value"])
        elif path.endswith("/points"):
            self.points |= {point["id"]: point for point in body["points"]}
        else:
            self.made.append(path)
        return {"result": True}

    def bulk(self, lines: list[dict[str, Any]]) -> object:
        """Pairs of lines: what to do, and the document."""
        said = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            if self.too_busy:
                self.too_busy -= 1
                said.append({"index": {"status": 429}})
                continue
            vector = document.pop("vector")
            self.points[action["index"]["_id"]] = {"vector": vector, "payload": document}
            said.append({"index": {"status": 201}})
        return {"items": said}

    def _of_index(self, path: str, body: Any) -> object:
        if path == INDEX:
            self.mappings = body["mappings"]["properties"]
        elif path.endswith("/_delete_by_query"):
            self._forget(body["query"]["term"]["file"])
        else:
            asked = body["knn"] if "knn" in body else body["query"]["knn"]["vector"]
            near = self._near(asked["query_vector"] if "knn" in body else asked["vector"], body["size"])
            return {"hits": {"hits": [{"_source": one} for one in near]}}
        return {}

    def _near(self, vector: list[float], limit: int) -> list[dict[str, Any]]:
        return [one["payload"] for one in self.points.values() if one["vector"] == vector][:limit]

    def _forget(self, file: str) -> None:
        self.points = {key: one for key, one in self.points.items() if one["payload"]["file"] != file}


class Standing:
    """A store that the server stands in for."""

    def __init__(self, servers: Servers, kind: str, key: str = STORE_KEY) -> None:
        self._servers = servers
        self.environment: Mapping[str, str] = {"STORE_KIND": kind, "STORE_URL": servers.url, "STORE_KEY": key}

    def payloads(self) -> list[dict[str, Any]]:
        return [one["payload"] for one in self._servers.points.values()]


class Postgres:
    """A database of its own in a real PostgreSQL, with nothing in it."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.environment: Mapping[str, str] = {"STORE_KIND": "pgvector", "STORE_URL": conninfo, "STORE_KEY": ""}

    def payloads(self) -> list[dict[str, Any]]:
        return [payload for (payload,) in self.rows("SELECT payload FROM stack8s.documents ORDER BY id")]

    def rows(self, asked: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo) as there:
            return there.execute(asked.encode()).fetchall()


@contextmanager
def empty_database(server: str) -> Iterator[Postgres]:
    """`server`: how to connect to it."""
    name = f"vectors_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as there:
        there.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield Postgres(make_conninfo(server, dbname=name))
        finally:
            there.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
