"""What every response carries and every request must keep: known host, same origin, strict browser headers."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.identity.gate import Gate
from server.identity.identity import Identity
from server.logs import write_down
from server.metrics import count
from server.middleware import AroundRequests, NoteRequests, with_start
from server.opening import Opening
from server.problems import TYPE_PREFIX, Problem, internal, problem_response
from server.traces import TraceRequests
from settings import Settings

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
TEST_HOSTS = ("test", "testserver")
PROBES = frozenset({"/live", "/ready", "/health"})
"""Whoever probes a pod calls it by its address."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CORS_METHODS = ("GET", "POST", "PATCH", "DELETE")
CORS_HEADERS = (
    "Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Mcp-Session-Id", "Mcp-Protocol-Version",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that a browser sends Origin: null with the page's own form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000; includeSubDomains"


def install_guards(app: FastAPI, settings: Settings, identity: Identity, opening: Opening) -> None:
    """Puts the guards around what was added before: outermost log and headers, then host, origin, CORS, the user."""
    app.add_middleware(Gate, identity=identity, opening=opening, settings=settings)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_HEADERS,
            expose_headers=("Retry-After", "WWW-Authenticate", "Content-Disposition"),
        )
    app.add_middleware(SameOrigin, allowed=settings.cors_origins)
    app.add_middleware(KnownHosts, hosts=_hosts(settings, identity))
    app.add_middleware(SecurityHeaders)
    if settings.otel_exporter_otlp_endpoint:
        app.add_middleware(TraceRequests)
    app.add_middleware(NoteRequests, told=(count, write_down))


def _hosts(settings: Settings, identity: Identity) -> tuple[str, ...]:
    """Without authentication only loopback names: a name of a stranger's that points here is how pages get in."""
    hosts = settings.allowed_hosts or (("*",) if identity.required else (*LOOPBACK_HOSTS, settings.api_host))
    return (*hosts, *TEST_HOSTS) if settings.environment == "test" else hosts


class SecurityHeaders(AroundRequests):
    """Adds the headers that a response does not set itself, to the answer to a fault of ours too."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        def opened(message: Message) -> None:
            nonlocal started
            started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if scope["scheme"] == "https":
                headers.setdefault("Strict-Transport-Security", HSTS)

        guarded = with_start(send, opened)
        try:
            await self._app(scope, receive, guarded)
        except Exception:
            if not started:  # the handler of last resort stands outside of every middleware
                answer = problem_response(internal(), headers={"Connection": "close"})
                await answer(scope, receive, guarded)
            raise


class KnownHosts:
    """Answers 400 to a Host that is not one of ours; `*.example.com` stands for every name under it."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = tuple(host.casefold() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in PROBES or self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        await _refuse(400, "unknown-host", "This server has no such name.", "Add it to ALLOWED_HOSTS.")(
            scope, receive, send
        )

    def _is_ours(self, scope: Scope) -> bool:
        if "*" in self._hosts:
            return True
        named = Headers(scope=scope).getlist("host")
        if len(named) != 1:
            return False
        host = _without_port(named[0].casefold())
        return any(
            host == ours or (ours.startswith("*.") and host.endswith(ours[1:]) and host != ours[2:])
            for ours in self._hosts
        )


class SameOrigin:
    """Answers 403 where another site's page makes a browser change something here (CSRF)."""

    def __init__(self, app: ASGIApp, *, allowed: Sequence[str]) -> None:
        self._app = app
        self._allowed = frozenset(origin.rstrip("/") for origin in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_welcome(scope):
            await self._app(scope, receive, send)
            return
        await _refuse(403, "other-origin", "Another site's page sent this.", "Add its origin to CORS_ORIGINS.")(
            scope, receive, send
        )

    def _is_welcome(self, scope: Scope) -> bool:
        if scope.get("method") in SAFE_METHODS:
            return True
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:  # no browser, or one that says it in its own header
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        return origin in self._allowed or "*" in self._allowed or _host_of(origin) == headers.get("host", "").casefold()


def _host_of(origin: str) -> str | None:
    """`null`, the origin of a page that hides it, has none."""
    try:
        return urlsplit(origin).netloc.casefold() or None
    except ValueError:
        return None


def _without_port(host: str) -> str:
    return host.split("]")[0] + "]" if host.startswith("[") else host.split(":")[0]


def _refuse(status: int, kind: str, detail: str, remedy: str) -> ASGIApp:
    title = kind.replace("-", " ").capitalize()
    return problem_response(Problem(type=TYPE_PREFIX + kind, title=title, status=status, detail=detail, remedy=remedy))
