"""Answers questions from documents over OpenAI's API: finds passages, puts them before the question, asks the model.

A chat page or a program talks to it as to the model itself. What it found is numbered in the prompt with file and page,
so that answers can name their source.
"""

import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vector_store import ask, bearer, store_of

GENERATOR, EMBEDDER = os.environ["GENERATOR_URL"], os.environ["EMBEDDER_URL"]
RERANKER, KEY = os.environ.get("RERANKER_URL", ""), os.environ.get("API_KEY", "")
STORE = store_of(os.environ.get("STORE_KIND", "qdrant"), os.environ.get("COLLECTION", "documents"))
QUERY_PREFIX = os.environ.get("QUERY_PREFIX", "")
FOUND, SHOWN = int(os.environ.get("FOUND", "30")), int(os.environ.get("SHOWN", "6"))
PROMPT = os.environ.get(
    "PROMPT",
    "Answer from the passages below, in the language of the question, and name the passages you used as [1], [2]. "
    "Where they do not hold the answer, say so.",
)


def passages_for(question: str) -> list[dict]:
    """The passages nearest to the question, the best first."""
    [vector] = ask(f"{EMBEDDER}/embed", {"inputs": [QUERY_PREFIX + question], "truncate": True}, head=bearer(KEY))
    found = STORE.nearest(vector, FOUND if RERANKER else SHOWN)
    if RERANKER and found:
        texts = [one["text"] for one in found]
        ranked = ask(f"{RERANKER}/rerank", {"query": question, "texts": texts, "truncate": True}, head=bearer(KEY))
        found = [found[one["index"]] for one in sorted(ranked, key=lambda one: -one["score"])]
    return found[:SHOWN]


def with_passages(messages: list[dict]) -> list[dict]:
    """The conversation with what was found for its last question before it."""
    asked = [message for message in messages if message.get("role") == "user"]
    question = _words(asked[-1].get("content")) if asked else ""
    if not question:
        return messages
    told = "\n\n".join(
        f"[{number}] {one['file']}, page {one['page']}\n{one['text']}"
        for number, one in enumerate(passages_for(question), start=1)
    )
    return [{"role": "system", "content": f"{PROMPT}\n\n{told or 'Nothing was found.'}"}, *messages]


def _words(content: object) -> str:
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._said(200, b"{}")
        elif self._may():
            self._passed_on(urllib.request.Request(GENERATOR + self.path, headers={"Authorization": f"Bearer {KEY}"}))

    def do_POST(self) -> None:
        if not self._may():
            return
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path == "/v1/chat/completions":
            try:
                body["messages"] = with_passages(body.get("messages", []))
            except (OSError, KeyError, ValueError) as error:
                self._failed(f"The documents cannot be searched: {error}")
                return
        head = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        self._passed_on(urllib.request.Request(GENERATOR + self.path, json.dumps(body).encode(), head))

    def _may(self) -> bool:
        if not KEY or self.headers.get("Authorization") == f"Bearer {KEY}":
            return True
        self._said(401, b'{"error": {"message": "The key is missing or wrong."}}')
        return False

    def _passed_on(self, request: urllib.request.Request) -> None:
        """The model's answer as it comes, piece by piece where it is streamed."""
        try:
            answer = urllib.request.urlopen(request, timeout=600)
        except urllib.error.HTTPError as error:
            self._said(error.code, error.read())
            return
        except OSError as error:
            self._failed(f"The model does not answer: {error}")
            return
        with answer:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

    def _failed(self, why: str) -> None:
        self._said(502, json.dumps({"error": {"message": why}}).encode())

    def _said(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Questions are not written down."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8000"))), Door).serve_forever()
