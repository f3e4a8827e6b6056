"""The gate before every route: no path is reached without a user, but for a short list of public ones."""

import hmac

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import ArchitectError, Unauthenticated
from server.identity.identity import Identity
from server.identity.sessions import session_token, user_of_session
from server.identity.tokens import missing, refused
from server.opening import Opening
from server.problems import error_response
from settings import Settings

PUBLIC = frozenset(
    {
        "/", "/sign-in", "/sign-out", "/live", "/ready", "/health", "/docs", "/redoc", "/openapi.json",
        "/api/auth/signup", "/api/auth/login", "/api/auth/refresh", "/api/auth/logout",
    }
)  # fmt: skip
"""Paths, exactly, that answer without a user. `/` shows a stranger the form to sign in with."""
PAGE = "/"
METRICS = "/metrics"


class Gate:
    """ASGI middleware: puts the user's id into `scope["state"]["user_id"]`, or answers 401.

    Being in front of the routing it also holds for a route that somebody adds and forgets to protect.
    """

    def __init__(self, app: ASGIApp, *, identity: Identity, opening: Opening, settings: Settings) -> None:
        self._app = app
        self._identity = identity
        self._opening = opening
        self._metrics_token = settings.metrics_token.get_secret_value() if settings.metrics_token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            user = await self._user(HTTPConnection(scope))
        except ArchitectError as refusal:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await error_response(refusal)(scope, receive, send)
            return
        if user is not None:
            scope.setdefault("state", {})["user_id"] = user
        await self._app(scope, receive, send)

    async def _user(self, request: HTTPConnection) -> str | None:
        """Who asks; nobody on public paths, and on a server of one local user."""
        path = request.scope["path"]
        if path == METRICS and self._metrics_token is not None:
            token = bearer(request)
            if token is None or not hmac.compare_digest(token.encode(), self._metrics_token.encode()):
                raise missing() if token is None else refused()
            return None
        if self._identity.tokens is None or (path in PUBLIC and path != PAGE):
            return None
        try:
            return await self._known(request)
        except Unauthenticated:
            if path == PAGE:
                return None
            raise

    async def _known(self, request: HTTPConnection) -> str:
        assert self._identity.tokens is not None
        token = bearer(request)
        if token is None:
            return await self._of_session(request)
        return await self._identity.tokens.user(token)

    async def _of_session(self, request: HTTPConnection) -> str:
        token = session_token(request)
        if token is None:
            raise missing()
        turns = await self._opening.turns()
        user = await user_of_session(turns.database, token)
        if user is None:
            raise missing()
        return user


def bearer(request: HTTPConnection) -> str | None:
    """The token of the one Authorization header; null without one. Raises Unauthenticated for anything else."""
    headers = request.headers.getlist("authorization")
    if not headers:
        return None
    scheme, _, token = headers[0].strip().partition(" ")
    if len(headers) > 1 or scheme.casefold() != "bearer" or not token.strip():
        raise refused()
    return token.strip()
