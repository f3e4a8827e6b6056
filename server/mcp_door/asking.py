"""Who calls a tool, with what, and what of a failure they hear."""

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from mcp.server.fastmcp import Context
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.session import ServerSession
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from domain.errors import ArchitectError
from server.commands.common import first_problem
from server.doors import owner_of
from server.turns import Turns

Ctx = Context[ServerSession, object, Request]
P = ParamSpec("P")
R = TypeVar("R")
Query = TypeVar("Query", bound=BaseModel)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Access:
    """The open turns of this process; a server opens them when its database lets it."""

    opened: Callable[[], Awaitable[Turns]]

    async def of(self, ctx: Ctx) -> tuple[Turns, str | None]:
        """The turns, and whose request it is. Raises Unauthenticated, and what keeps the turns from opening."""
        request = ctx.request_context.request
        owner = None if request is None else owner_of(request)  # on standard input it is the local user
        return await self.opened(), owner


def told(work: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """The same, whose errors are texts for strangers: nothing of the inside gets into one."""

    @functools.wraps(work)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await work(*args, **kwargs)
        except ArchitectError as error:
            raise ToolError(f"{error.message} {error.remedy}".strip()) from None
        except ValidationError as wrong:
            raise ToolError(first_problem(wrong)) from None
        except ToolError:
            raise
        except Exception:
            log.exception("an MCP request failed")
            raise ToolError("Something went wrong on our side. Try again.") from None

    return guarded


def with_fields_of(
    model: type[Query], work: Callable[[Query, Ctx], Awaitable[R]], result: type[R], leave: Collection[str] = ()
) -> Callable[..., Awaitable[R]]:
    """A tool whose arguments are the model's fields, each with its bounds and its description."""

    @told
    async def tool(ctx: Ctx, **fields: object) -> R:
        given = {name: value for name, value in fields.items() if value is not None}
        return await work(model.model_validate(given), ctx)

    parameters = [inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=Ctx)]
    for name, field in model.model_fields.items():
        if name in leave:
            continue
        kind = Annotated[field.annotation, *field.metadata, Field(description=field.description)]  # type: ignore[name-defined]
        default = inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default))
    tool.__signature__ = inspect.Signature(parameters, return_annotation=result)  # type: ignore[attr-defined]
    tool.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": result}
    del tool.__wrapped__  # type: ignore[attr-defined]  # its signature is this one
    return tool
