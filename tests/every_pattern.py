"""Prints every regular expression that the project compiles: at import, and to read and plan. Run as a process."""

import asyncio
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDERS = ("domain", "sizing", "artifacts", "catalog", "tools", "graph", "server")
PROGRAMS = ("artifacts.program.", "artifacts.bundle.programs.")
"""What pods run, which need what is installed there."""
compiler: Any = re._compiler  # type: ignore[attr-defined]
compiled = compiler.compile
found: dict[tuple[str, int], str] = {}


def noted(pattern: object, flags: int = 0) -> object:
    """As the original; remembers a text that a file of ours had compiled."""
    frame = sys._getframe(1)
    while frame.f_back is not None and Path(frame.f_code.co_filename).parent.name == "re":
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    if isinstance(pattern, str) and file.is_relative_to(ROOT) and "site-packages" not in file.parts:
        found.setdefault((pattern, int(flags)), f"{file.relative_to(ROOT)}:{frame.f_lineno}")
    return compiled(pattern, flags)


async def read_and_plan() -> None:
    from domain.turn import TurnRequest
    from server.turns import open_turns
    from settings import Settings

    async with open_turns(Settings()) as turns:
        said = await turns.run(
            TurnRequest(message="Deploy Llama 3.3 70B on 2x H100 for 200 users in Germany under $5k")
        )
        for message in ("what if 500 users?", "only spot, no AWS", "undo that"):
            await turns.run(TurnRequest(message=message, conversation_id=said.conversation_id))


if __name__ == "__main__":
    compiler.compile = noted
    for folder in FOLDERS:
        for module in pkgutil.walk_packages([str(ROOT / folder)], f"{folder}."):
            if not module.name.startswith(PROGRAMS):
                importlib.import_module(module.name)
    asyncio.run(read_and_plan())
    json.dump([[pattern, flags, place] for (pattern, flags), place in found.items()], sys.stdout)
