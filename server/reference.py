"""`/docs` and `/redoc`: the API to read, made from the OpenAPI document; no script, nothing from another host."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt

from server.policy import page_policy

PAGE = Template((Path(__file__).parent / "reference.html").read_text(encoding="utf-8"))
HEADERS = {"Content-Security-Policy": page_policy(PAGE.template)}
METHODS = ("get", "post", "put", "patch", "delete")

router = APIRouter(include_in_schema=False)
_markdown = MarkdownIt("commonmark", {"html": False})
Json = Mapping[str, object]


@router.get("/docs")
@router.get("/redoc")
def reference(request: Request) -> HTMLResponse:
    """Every route with its parameters, body and answers, then every schema."""
    described: Json = request.app.openapi()
    html = PAGE.substitute(
        title=escape(str(_at(described, "info").get("title", ""))),
        summary=escape(str(_at(described, "info").get("summary", ""))),
        routes="\n".join(_routes(_at(described, "paths"))),
        schemas="\n".join(_schema(name, body) for name, body in _entries(_at(described, "components", "schemas"))),
    )
    return HTMLResponse(html, headers=HEADERS)


def _routes(paths: Json) -> Iterator[str]:
    for path, operations in _entries(paths):
        for method, operation in _entries(operations):
            if method in METHODS:
                yield _route(method, path, operation)


def _route(method: str, path: str, operation: Json) -> str:
    told = str(operation.get("description") or operation.get("summary") or "")
    rows = [
        (f"{parameter.get('name')}", str(parameter.get("in", "")), _type(_at(parameter, "schema")), _told(parameter))
        for parameter in _list(operation, "parameters")
    ]
    rows += [("", "body", _content(body), "") for body in [_at(operation, "requestBody")] if body]
    rows += [("", status, _content(answer), _told(answer)) for status, answer in _entries(_at(operation, "responses"))]
    return (
        f"<section><h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3>"
        f"{_markdown.render(told)}{_table(rows)}</section>"
    )


def _schema(name: str, schema: Json) -> str:
    needed = schema.get("required")
    required = set(needed) if isinstance(needed, list) else set()
    rows = [
        (field, "required" if field in required else "", _type(body), _told(body))
        for field, body in _entries(_at(schema, "properties"))
    ]
    title = f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
    return f"<section>{title}{_markdown.render(str(schema.get('description', '')))}{_table(rows)}</section>"


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    """The third column is HTML already."""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(where)}</td><td>{kind}</td><td>{escape(told)}</td></tr>"
        for name, where, kind, told in rows
    )
    return f"<table>{lines}</table>" if rows else ""


def _content(described: Json) -> str:
    kinds = [
        _type(_at(media, "schema")) or f"<code>{escape(kind)}</code>"
        for kind, media in _entries(_at(described, "content"))
    ]
    return ", ".join(dict.fromkeys(kinds))


def _type(schema: Json) -> str:
    """The type in a few words, a named one as a link."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f'<a href="#{name}"><code>{name}</code></a>'
    choices = [*_list(schema, "anyOf"), *_list(schema, "oneOf"), *_list(schema, "allOf")]
    if choices:
        return " | ".join(filter(None, map(_type, choices)))
    if isinstance(values := schema.get("enum"), list):
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(_at(schema, 'items')) or 'anything'}"
    return escape(str(schema.get("const") or schema.get("type") or ""))


def _told(described: Json) -> str:
    return str(described.get("description", ""))


def _at(described: Json, *path: str) -> Json:
    for name in path:
        inner = described.get(name)
        described = cast(Json, inner) if isinstance(inner, dict) else {}
    return described


def _entries(described: Json) -> list[tuple[str, Json]]:
    return [(name, cast(Json, inner)) for name, inner in described.items() if isinstance(inner, dict)]


def _list(described: Json, name: str) -> list[Json]:
    inner = described.get(name)
    return [cast(Json, entry) for entry in inner if isinstance(entry, dict)] if isinstance(inner, list) else []
