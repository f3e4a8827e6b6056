"""The HTTP application: every door of the house on one screen."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI

from domain.errors import ArchitectError
from server import chat_routes, page, probes, tool_routes
from server.langserve_routes import add_routes
from server.limits import LimitBody, LimitRequests
from server.metrics import CountRequests
from server.opening import Opening
from server.problems import install_problems
from server.version import VERSION
from settings import Settings

GRACEFUL_SHUTDOWN_S = 10


def create_app(settings: Settings) -> FastAPI:
    """The application. It starts without its database too, answers 503, and recovers when that is there."""
    opening = Opening(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(ArchitectError):  # said in the log; the first request tries again
            await opening.turns()
        yield
        await opening.close()

    app = FastAPI(
        title=page.NAME,
        version=VERSION,
        summary="From what you want to run to a GPU deployment plan in which every fact has its source.",
        lifespan=lifespan,
    )
    app.state.opening = opening
    app.add_middleware(LimitBody, max_bytes=settings.max_body_bytes)
    app.add_middleware(LimitRequests, settings=settings)
    app.add_middleware(CountRequests)
    install_problems(app)

    app.include_router(page.router)
    app.include_router(chat_routes.router)
    app.include_router(tool_routes.router)
    app.include_router(probes.router)
    add_routes(app, opening)
    return app


def serve(settings: Settings) -> None:
    """Answers on API_HOST:API_PORT until it is told to stop, then lets the turns under way end."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(name)s: %(message)s")
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        server_header=False,
    )
