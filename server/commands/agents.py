"""`stack8s mcp`: the door for other agents on standard input and output."""

from server.mcp_door.door import mcp_door
from server.turns import Turns, open_turns
from settings import settings


async def serve_on_stdio() -> None:
    """Answers until the input ends; what is printed besides goes to standard error."""
    async with open_turns(settings()) as turns:

        async def opened() -> Turns:
            return turns

        await mcp_door(opened).run_stdio_async()
