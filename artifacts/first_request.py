"""The request that shows whether a server works, and what its answer looks like.

The steps print it as a command and the bundle's smoke test sends it: both are made here.
"""

import json
from typing import Literal

from pydantic import Field

from artifacts.engines import Engine
from domain.base import Frozen
from domain.placement import PlacementOption

KEY_HEADER = '-H "Authorization: Bearer $API_KEY"'
SAID = "Say hello."


class Request(Frozen):
    """One HTTP request. `expects`: paths into the JSON answer, with the type that stands there."""

    method: Literal["GET", "POST"] = "POST"
    path: str
    body: str | None = Field(default=None, description="JSON")
    expects: dict[str, Literal["text", "number", "list", "object"]] = Field(default_factory=dict)
    counts: str | None = Field(default=None, description="path to the number of output tokens in the answer")


def request_of(option: PlacementOption, engine: Engine) -> Request:
    """The smallest request that the model's server answers."""
    model = option.model
    if model is None or engine is Engine.OWN_SERVER:
        return Request(method="GET", path="/")
    if engine is Engine.TEXT_EMBEDDINGS:
        if model.pipeline_tag == "text-ranking":
            ranked = _json({"query": SAID, "texts": ["hello"]})
            return Request(path="/rerank", body=ranked, expects={"0.score": "number"})
        return Request(path="/embed", body=_json({"inputs": "hello"}), expects={"0.0": "number"})
    tag = model.pipeline_tag
    if tag in ("text-generation", "image-text-to-text", "audio-text-to-text"):
        asked = {"model": model.key, "messages": [{"role": "user", "content": SAID}], "max_tokens": 16}
        return Request(
            path="/v1/chat/completions", body=_json(asked), counts="usage.completion_tokens",
            expects={"choices.0.message.role": "text", "usage.completion_tokens": "number"},
        )  # fmt: skip
    if tag in ("feature-extraction", "sentence-similarity"):
        asked = {"model": model.key, "input": ["hello"]}
        return Request(path="/v1/embeddings", body=_json(asked), expects={"data.0.embedding": "list"})
    if tag == "text-ranking":
        asked = {"model": model.key, "query": SAID, "documents": ["hello"]}
        return Request(path="/v1/rerank", body=_json(asked), expects={"results.0.relevance_score": "number"})
    return Request(method="GET", path="/v1/models", expects={"data": "list"})


def curl(request: Request, address: str, *, key: bool = True) -> str:
    """The request as a command. A quote in the body can not close the shell's quotes: JSON writes it as \\u0027."""
    # A port that is being forwarded takes a moment to open.
    words = ["curl --fail --silent --show-error --retry 15 --retry-connrefused --retry-delay 2"]
    if key:
        words.append(KEY_HEADER)
    words.append(f"{address}{request.path}")
    if request.body is not None:
        quoted = request.body.replace("'", "\\u0027")
        words.append(f"-H 'Content-Type: application/json' -d '{quoted}'")
    return " ".join(words)


def _json(value: object) -> str:
    return json.dumps(value)
