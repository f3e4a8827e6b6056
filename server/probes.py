"""`/health`, `/live`, `/ready`, `/metrics`: for whoever keeps this running."""

from typing import Literal, LiteralString

import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field

from domain.base import Frozen
from domain.catalog import CatalogRef
from domain.errors import ArchitectError
from server.metrics import REGISTRY
from server.opening import Opening
from server.problems import when_again
from server.version import VERSION

WRITES = "INSERT INTO chat.conversations (owner, title) VALUES ('ready', repeat('ready ', 400))"
SPACE: tuple[LiteralString, ...] = (
    "SET LOCAL work_mem = '64kB'", "SELECT count(*) FROM generate_series(1, 40000)",
)  # fmt: skip
"""Spills a megabyte to the disk for a moment: a row alone finds room in a page that is there, on a full disk too."""

router = APIRouter(tags=["operations"])


class Health(Frozen):
    """How the server and what it needs are doing."""

    status: Literal["ok", "unavailable"] = Field(description="ok: every turn can be taken")
    version: str = Field(description="of this server")
    database: Literal["ok", "unavailable"] = Field(description="whether PostgreSQL answers")
    detail: str = Field(default="", description="what keeps it from being ok, and what to do")
    engine: str | None = Field(default=None, description="what reads requirements: builtin or openai")
    catalog: CatalogRef | None = Field(default=None, description="the facts the plans are made from")


class Alive(Frozen):
    status: Literal["ok"] = Field(default="ok", description="the process answers")


@router.get("/live")
async def live() -> Alive:
    """Whether the process answers at all."""
    return Alive()


@router.get("/health", responses={503: {"model": Health, "description": "the database or the catalogue is missing"}})
@router.get("/ready", responses={503: {"model": Health, "description": "the database or the catalogue is missing"}})
async def health(request: Request, response: Response) -> Health:
    """Whether a turn could be taken now, and from which catalogue."""
    found = await _health(request.app.state.opening)
    if found.status != "ok":
        response.status_code = 503
        response.headers.update(when_again(503))
    return found


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Prometheus text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


async def _health(opening: Opening) -> Health:
    try:
        turns = await opening.turns()
        async with turns.database.connection() as connection, connection.transaction(force_rollback=True):
            for statement in (WRITES, *SPACE):
                await connection.execute(statement)
    except psycopg.Error as error:  # a full disk, a standby
        return Health(
            status="unavailable", version=VERSION, database="unavailable",
            detail="The database has no space left: free some where PostgreSQL keeps its files."
            if isinstance(error, psycopg.errors.DiskFull)
            else f"PostgreSQL answers but does not store anything ({type(error).__name__}).",
        )  # fmt: skip
    except ArchitectError as error:
        database: Literal["ok", "unavailable"] = "unavailable" if error.kind == "database-unavailable" else "ok"
        return Health(
            status="unavailable", version=VERSION, database=database, detail=f"{error.message} {error.remedy}".strip()
        )
    context = turns.context
    return Health(status="ok", version=VERSION, database="ok", engine=context.reader.name, catalog=context.catalog)
