"""What every route asks for: the open turns, and whose request it is."""

from typing import Annotated

from fastapi import Depends, Header, Request

from server.opening import Opening
from server.turns import Turns


async def _turns(request: Request) -> Turns:
    opening: Opening = request.app.state.opening
    return await opening.turns()


def _owner() -> str | None:
    """Nobody: conversations belong to whoever knows their id."""
    return None


OpenTurns = Annotated[Turns, Depends(_turns)]
Owner = Annotated[str | None, Depends(_owner)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="a random UUID for this message: sent again with the same key, it is answered once and the reply "
        "is the same"
    ),
]
