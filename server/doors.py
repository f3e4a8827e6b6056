"""What every route asks for: the open turns, and whose request it is."""

from typing import Annotated

from fastapi import Depends, Header, Request

from server.identity.tokens import missing
from server.opening import Opening
from server.turns import Turns


async def _turns(request: Request) -> Turns:
    opening: Opening = request.app.state.opening
    return await opening.turns()


def owner_of(request: Request) -> str | None:
    """The user whose request it is; null on a server of one local user. Raises Unauthenticated.

    The gate let nobody else in; asked again here, for a path it was told to leave open.
    """
    user: str | None = getattr(request.state, "user_id", None)
    if user is None and request.app.state.identity.required:
        raise missing()
    return user


OpenTurns = Annotated[Turns, Depends(_turns)]
Owner = Annotated[str | None, Depends(owner_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="a random UUID for this message: sent again with the same key, it is answered once and the reply "
        "is the same"
    ),
]
