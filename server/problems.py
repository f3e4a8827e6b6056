"""Every failure as an RFC 9457 problem document. Nothing of the inside (traceback, SQL, URL, key) gets into one."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from domain.base import Frozen
from domain.errors import ArchitectError, DatabaseUnavailable, Unauthenticated
from server.metrics import count_refusal

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:stack8s:problem:"
UNAVAILABLE_S = 5
"""When to come again after a 503 that knows nothing better."""

PROBES = ("/live", "/ready", "/health", "/metrics")
REFUSALS = (404, 413, 414, 422, 429, 503)
CHANGES = (409, 504)
"""What besides may be answered to a request that computes or deletes."""
PHRASES = {413: "Content too large"}
"""Which Python's versions call differently."""

log = logging.getLogger(__name__)


class FieldProblem(Frozen):
    """One thing wrong with a request."""

    field: str = Field(description="dotted path in the body, or the parameter's name")
    message: str = Field(description="what is wrong with it")


class Problem(Frozen):
    """RFC 9457 problem details."""

    type: str = Field(description="stable: urn:stack8s:problem:KIND", examples=[TYPE_PREFIX + "conversation-not-found"])
    title: str = Field(description="the kind, in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time; safe to show to a user")
    remedy: str = Field(default="", description="what to do about it")
    errors: tuple[FieldProblem, ...] = Field(default=(), description="what is wrong with the request, field by field")


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The problem documents a route may answer with, for its OpenAPI description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install_problems(app: FastAPI) -> None:
    """Turns whatever a route raises into a problem document, and describes that document in the OpenAPI."""
    describe = app.openapi

    def openapi() -> dict[str, object]:
        described = describe()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        described["components"]["schemas"].update(problem.pop("$defs"), Problem=problem)
        for path, operations in described["paths"].items():
            if path not in PROBES:
                for method, operation in operations.items():
                    _describe_refusals(method, operation["responses"])
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents

    @app.exception_handler(ArchitectError)
    def architect_error(_: Request, error: ArchitectError) -> JSONResponse:
        return error_response(error)

    @app.exception_handler(psycopg.OperationalError)
    def database_error(_: Request, error: psycopg.OperationalError) -> JSONResponse:
        log.warning("database: %s", type(error).__name__)
        said = (
            DatabaseUnavailable("The database has no space left.", "Free space where PostgreSQL keeps its files.")
            if isinstance(error, psycopg.errors.DiskFull)
            else DatabaseUnavailable("The database cannot be reached right now.", "Try again in a moment.")
        )
        return error_response(said)

    @app.exception_handler(RequestValidationError)
    def invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = tuple(_field_problem(entry) for entry in error.errors())
        detail = "; ".join(f"{entry.field}: {entry.message}" if entry.field else entry.message for entry in errors)
        return problem_response(
            Problem(
                type=TYPE_PREFIX + "invalid-input",
                title="Invalid input",
                status=422,
                detail=detail or "The request cannot be read.",
                remedy="Correct the request; /docs describes it.",
                errors=errors,
            )
        )

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        # FastAPI makes a 400 of bodies with other bytes than UTF-8, too deep, or with a number of 5,000 digits.
        if isinstance(error.__cause__, ValueError | RecursionError):
            return invalid_request(request, RequestValidationError(["The body is not JSON."]))
        phrase = PHRASES.get(error.status_code) or HTTPStatus(error.status_code).phrase
        problem = Problem(
            type=TYPE_PREFIX + phrase.lower().replace(" ", "-"),
            title=phrase,
            status=error.status_code,
            detail=str(error.detail or phrase),
        )
        return problem_response(problem, headers=error.headers)

    @app.exception_handler(Exception)
    def unforeseen(_: Request, error: Exception) -> JSONResponse:
        return problem_response(internal(), headers={"Connection": "close"})  # uvicorn hangs up after a fault


def _describe_refusals(method: str, told: dict[str, dict[str, object]]) -> None:
    """Adds what any operation may be refused with; a page says it in HTML."""
    content: dict[str, object] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if "text/html" in str(told.get("200", "")):
        content["text/html"] = {}
    for status, problem in responses(*REFUSALS, *(CHANGES if method in ("post", "patch", "delete") else ())).items():
        if status == 422 or str(status) not in told:
            told[str(status)] = {**problem, "content": content}


def problem_of(error: ArchitectError) -> Problem:
    """An error of ours as the document it becomes."""
    return Problem(
        type=TYPE_PREFIX + error.kind,
        title=error.kind.replace("-", " ").capitalize(),
        status=error.status,
        detail=error.message,
        remedy=error.remedy,
    )


def internal() -> Problem:
    """What a caller hears of a fault of ours; the log has the rest."""
    return Problem(
        type=TYPE_PREFIX + "internal-error",
        title="Internal error",
        status=500,
        detail="Something went wrong on our side.",
        remedy="Try again; if it stays, report the time of this answer.",
    )


def error_response(error: ArchitectError) -> JSONResponse:
    """An error of ours as the response it becomes; a 401 says how to sign in (RFC 9110)."""
    headers = {"WWW-Authenticate": error.challenge} if isinstance(error, Unauthenticated) else None
    return problem_response(problem_of(error), retry_after_s=error.retry_after_s, headers=headers)


def when_again(status: int, retry_after_s: int | None = None) -> dict[str, str]:
    """The header that says in how many seconds to come again, which a 503 always has (RFC 9110)."""
    if retry_after_s is None and status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after_s = UNAVAILABLE_S
    return {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}


def problem_response(
    problem: Problem, *, retry_after_s: int | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The document as a response."""
    count_refusal(problem.type.removeprefix(TYPE_PREFIX))
    sent = {**(headers or {}), **when_again(problem.status, retry_after_s)}
    return JSONResponse(problem.model_dump(exclude_defaults=True), problem.status, headers=sent, media_type=MEDIA_TYPE)


def _field_problem(entry: object) -> FieldProblem:
    """Without the offending input, which may be long or secret; LangServe's own entries are plain texts."""
    if not isinstance(entry, dict):
        return FieldProblem(field="", message=str(entry))
    if entry.get("type") == "json_invalid":
        return FieldProblem(field="", message="The body is not JSON.")
    path = [str(part) for part in entry.get("loc", ()) if part not in ("body", "query", "path", "header")]
    return FieldProblem(field=".".join(path), message=str(entry.get("msg", "invalid")))
