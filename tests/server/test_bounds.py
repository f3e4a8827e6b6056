"""Nothing that a request carries is unbounded: its size, its texts, its lists, how often it comes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

import httpx
import pytest

from server.app import create_app
from server.langserve_batch import MOST_IN_A_BATCH
from settings import Settings

Serving = Callable[[Settings], AbstractContextManager[str]]
Schema = Mapping[str, object]
CLOSED = ("enum", "const", "format")
"""What bounds a text by itself."""


def test_every_text_and_list_of_every_body_is_bounded(settings: Settings) -> None:
    document = create_app(settings).openapi()
    schemas = document["components"]["schemas"]
    assert [path for path, schema in _taken(document) for path in _unbounded(path, schema, schemas, ())] == []


def _taken(document: dict[str, object]) -> Iterator[tuple[str, Schema]]:
    paths = document["paths"]
    assert isinstance(paths, dict)
    for path, operations in paths.items():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield path, content["schema"]


def _unbounded(path: str, schema: Schema, schemas: Mapping[str, Schema], seen: tuple[str, ...]) -> Iterator[str]:
    """The paths of texts without maxLength, lists without maxItems, and objects that take anything."""
    if (reference := str(schema.get("$ref", ""))) and reference not in seen:
        yield from _unbounded(path, schemas[reference.rpartition("/")[2]], schemas, (*seen, reference))
    for kind in ("anyOf", "allOf", "oneOf"):
        for one in _listed(schema.get(kind)):
            yield from _unbounded(path, one, schemas, seen)
    if schema.get("type") == "string" and "maxLength" not in schema and not any(key in schema for key in CLOSED):
        yield path
    if schema.get("type") == "array":
        if "maxItems" not in schema:
            yield f"{path}[]"
        items = schema.get("items", {})
        assert isinstance(items, dict)
        yield from _unbounded(f"{path}[]", items, schemas, seen)
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    for name, inner in properties.items():
        yield from _unbounded(f"{path}.{name}", inner, schemas, seen)


def _listed(value: object) -> list[Schema]:
    return value if isinstance(value, list) else []


def test_an_address_is_bounded(http: httpx.Client) -> None:
    assert http.get("/api/v1/chat/" + "a" * 2_000).status_code == 414
    assert http.get("/", params={"conversation": "a" * 2_000}).status_code == 414


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("path", ["/api/v1/chat/message", "/architect/invoke", "/"])
def test_a_body_over_the_limit_is_refused(http: httpx.Client, path: str, told: bool) -> None:
    body = b'{"message": "' + b"x" * 1_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = http.post(path, content=body if told else iter([body[:400_000], body[400_000:]]), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:stack8s:problem:content-too-large"


def test_a_form_has_no_room_for_a_hundred_thousand_fields(http: httpx.Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert http.post("/", content=b"a=1&" * 100_000, headers=headers).status_code == 413


def test_a_batch_has_a_length(http: httpx.Client) -> None:
    inputs = [{"message": "I need some GPUs"}] * (MOST_IN_A_BATCH + 1)
    assert http.post("/architect/batch", json={"inputs": inputs}).status_code == 422


def test_a_number_of_any_length_is_an_invalid_request(http: httpx.Client) -> None:
    body = b'{"min_vcpu": ' + b"9" * 10_000 + b"}"
    assert http.post("/api/v1/tools/compute/search", content=body).status_code == 422


def test_more_requests_than_a_minute_has_room_for_are_refused_and_told_when(
    serving: Serving, settings: Settings
) -> None:
    limited = settings.model_copy(update={"requests_per_minute": 3})
    with serving(limited) as url, httpx.Client(base_url=url) as client:
        answers = [client.get("/api/v1/chat?limit=0") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
        assert answers[-1].json()["type"] == "urn:stack8s:problem:too-many-requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert client.get("/live").status_code == 200
