"""Who may see which thread on LangGraph's dev server (`langgraph.json`).

Who signs people in is set as for the server itself; without that the one local user is everybody. An assistant is a way
of planning that all users share; threads and their runs are their owner's alone, and nothing else is kept.
"""

from langgraph_sdk import Auth

from domain.errors import ArchitectError
from graph.context import LOCAL_USER
from server.identity.identity import identity_of
from settings import settings

auth = Auth()
identity = identity_of(settings())


@auth.authenticate
async def user_of(authorization: str | None) -> str:
    """The user of the access token; without authentication the local one."""
    if identity.tokens is None:
        return LOCAL_USER
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise Auth.exceptions.HTTPException(status_code=401, detail="Sign in first.")
    try:
        return await identity.tokens.user(token.strip())
    except ArchitectError as refused:
        raise Auth.exceptions.HTTPException(status_code=refused.status, detail=refused.message) from None


@auth.on
async def nothing_else(ctx: Auth.types.AuthContext, value: dict[str, object]) -> bool:
    """What nobody needs here, as the store, is closed."""
    return False


@auth.on.assistants
async def shared(ctx: Auth.types.AuthContext, value: object) -> bool:
    """For everybody."""
    return True


@auth.on.threads
async def own(ctx: Auth.types.AuthContext, value: dict[str, dict[str, object]]) -> dict[str, str]:
    """Marks what is made as its owner's, and shows nobody else's."""
    owner = {"owner": ctx.user.identity}
    value.setdefault("metadata", {}).update(owner)
    return owner
