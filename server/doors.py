"""What every route asks for: the open turns, and whose request it is."""

from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

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


def as_json(answer: BaseModel) -> Response:
    """The answer as its model writes it: FastAPI would take it apart and put it together again on the event loop."""
    return Response(answer.model_dump_json(), media_type="application/json")


OpenTurns = Annotated[Turns, Depends(_turns)]
Owner = Annotated[str | None, Depends(owner_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="a random UUID for this message: sent again with the same key, it is answered once and the reply "
        "is the same"
    ),
]
