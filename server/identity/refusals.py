"""How a refusal is answered: a problem document, with the headers its status needs."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from domain.errors import ArchitectError, IdentityUnavailable, TooManyAttempts, Unauthenticated
from server.problems import problem_of, problem_response

RETRY_AFTER_S = 5


def refusal_response(error: ArchitectError) -> JSONResponse:
    """RFC 9110: a 401 says how to sign in; a 429 and a 503 say when to come again."""
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = error.challenge
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_s)
    elif error.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return problem_response(problem_of(error), headers=headers)


def install_refusals(app: FastAPI) -> None:
    """The same for refusals that a route raises."""

    @app.exception_handler(Unauthenticated)
    @app.exception_handler(TooManyAttempts)
    @app.exception_handler(IdentityUnavailable)
    def refusal(_: Request, error: ArchitectError) -> JSONResponse:
        return refusal_response(error)
