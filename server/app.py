"""The HTTP application: every door of the house on one screen."""

import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from domain.errors import ArchitectError, WrongSettings
from server import chat_routes, langserve_batch, probes, reference, task_chat, task_routes, tool_routes
from server.advertised import advertised
from server.guards import install_guards
from server.identity import routes as identity_routes
from server.identity import sign_in
from server.identity.identity import identity_of, refuse_open_door
from server.langserve_routes import add_routes
from server.langserve_tools import add_tools
from server.limits import LimitBody, LimitRequests
from server.logs import set_up_logs
from server.mcp_door.opening import add_mcp
from server.nursery_start import Begun
from server.opening import Opening
from server.problems import install_problems
from server.traces import set_up_traces
from server.version import VERSION
from server.web.pages import NAME
from server.web.routes import add_page
from settings import Settings

GRACEFUL_SHUTDOWN_S = 10
COMPRESSED_FROM_BYTES = 1_000

log = logging.getLogger(__name__)


def create_app(settings: Settings, early: Begun | None = None) -> FastAPI:
    """The application. It starts without its database too, answers 503, and recovers when that is there.

    `early`: the nursery of its workers where it is running already.

    Raises WrongSettings.
    """
    identity = identity_of(settings)
    opening = Opening(settings, early)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(ArchitectError):  # said in the log; the first request tries again
            await opening.turns()
        yield
        await agents.close()
        await opening.close()

    app = FastAPI(
        title=NAME,
        version=VERSION,
        summary="From what you want to run to a GPU deployment plan in which every fact has its source.",
        lifespan=lifespan,
        docs_url=None,  # theirs load scripts from other hosts; ours are in server/reference.py
        redoc_url=None,
    )
    app.state.opening = opening
    app.state.identity = identity
    app.state.settings = settings
    app.add_middleware(
        GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5
    )  # streams of events go as they are
    app.add_middleware(LimitBody, max_bytes=settings.max_body_bytes)
    app.add_middleware(LimitRequests, settings=settings)
    install_guards(app, settings, identity, opening)
    install_problems(app)

    add_page(app)
    app.include_router(reference.router)
    app.include_router(sign_in.router)
    app.include_router(identity_routes.router)
    app.include_router(chat_routes.router)
    app.include_router(tool_routes.router)
    app.include_router(task_routes.router)
    app.include_router(task_chat.router)
    app.include_router(probes.router)
    add_routes(app, opening)
    app.include_router(langserve_batch.router)
    add_tools(app, opening)
    agents = add_mcp(app, opening.turns, max_body_bytes=settings.max_body_bytes)
    return app


def refuse_taken_port(host: str, port: int) -> None:
    """Before anything is opened. Raises WrongSettings where nobody can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else "cannot be listened on"
        raise WrongSettings(
            f"Port {port} of {host} {why}.", "Stop what uses it, or set API_PORT and API_HOST to others."
        ) from None


class _Server(uvicorn.Server):
    """Tells the commands of this data directory where it listens, while it does and asks nobody who they are."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings
        self._note = ExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises SystemExit where nothing can listen."""
        await super().startup(sockets)
        if not identity_of(self._settings).required and self.servers:
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            self._note.enter_context(advertised(self._settings, host, port))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """No command comes here any more."""
        self._note.close()
        await super().shutdown(sockets)


def serve(settings: Settings, early: Begun) -> None:
    """Answers on API_HOST:API_PORT until it is told to stop, then lets the turns under way end.

    Raises WrongSettings.
    """
    refuse_open_door(settings)
    refuse_taken_port(settings.api_host, settings.api_port)
    set_up_logs(settings.log_format, settings.log_level)
    set_up_traces(settings)
    if not identity_of(settings).required:
        log.info("no authentication is set up: this server is one local user's, and answers this machine only")
    config = uvicorn.Config(
        create_app(settings, early),
        host=settings.api_host,
        port=settings.api_port,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    with suppress(KeyboardInterrupt):
        _Server(config, settings).run()
