"""What a turn adds to the database, and whether that grows with the conversation: `python -m bench stored`."""

import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import LiteralString

from rich.console import Console
from rich.table import Table

from database import Database
from domain.turn import TurnRequest
from server.computing import FORGET_EVERY
from server.turns import open_turns
from settings import Settings

OPENING = "Deploy Llama 3.3 70B for inference for 200 users"
REVISIONS = (
    "for {n} users", "under ${m} a month", "only in the EU", "why not H100?", "make it cheaper", "on GCP",
    "any provider, any region", "for {n} users at once", "what does it cost a year?", "no budget limit",
)  # fmt: skip
AROUND = len(REVISIONS) * FORGET_EVERY // 2
EARLY, LATE = range(FORGET_EVERY, FORGET_EVERY + AROUND), range(168, 168 + AROUND)
"""The turns compared, by their mean: the ten kinds of message stand equally often in both, and as many times what the
earlier turns left is forgotten."""
PARTS: dict[str, LiteralString] = {
    "messages": "SELECT sum(pg_column_size(m.*)) FROM chat.messages m WHERE conversation_id::text = %s",
    "checkpoints": "SELECT sum(pg_column_size(c.*)) FROM checkpoints c WHERE thread_id = %s",
    "blobs": "SELECT sum(pg_column_size(b.*)) FROM checkpoint_blobs b WHERE thread_id = %s",
    "writes": "SELECT sum(pg_column_size(w.*)) FROM checkpoint_writes w WHERE thread_id = %s",
}


def run(console: Console) -> None:
    """Prints the table."""
    asyncio.run(_run(console))


async def _run(console: Console) -> None:
    added = await measured(LATE.stop)
    grid = Table(title=f"Bytes a turn adds to the database, mean of {AROUND} turns, earlier checkpoints forgotten")
    for heading in ("", *(f"turns {turns[0]} to {turns[-1]}" for turns in (EARLY, LATE)), "ratio"):
        grid.add_column(heading, justify="left" if heading == "" else "right")
    for part in (*PARTS, "all"):
        early, late = (statistics.mean(added[part][turn] for turn in turns) for turns in (EARLY, LATE))
        grid.add_row(part, f"{early:,.0f}", f"{late:,.0f}", f"x{late / early:.2f}" if early else "")
    console.print(grid)


async def measured(turns: int) -> dict[str, list[int]]:
    """What each turn of a conversation added to each table."""
    added: dict[str, list[int]] = {part: [] for part in (*PARTS, "all")}
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "engine": "builtin"})
        async with open_turns(settings) as open_:
            conversation, before = None, dict.fromkeys(PARTS, 0)
            for number in range(turns):
                said = REVISIONS[number % len(REVISIONS)].format(n=100 + number, m=4000 + 50 * number)
                reply = await open_.run(TurnRequest(message=said if number else OPENING, conversation_id=conversation))
                conversation = reply.conversation_id
                now = await _sizes(open_.database, conversation)
                for part in PARTS:
                    added[part].append(now[part] - before[part])
                added["all"].append(sum(now.values()) - sum(before.values()))
                before = now
    return added


async def _sizes(database: Database, conversation: str) -> dict[str, int]:
    sizes = {}
    async with database.connection() as connection:
        for part, query in PARTS.items():
            (row,) = await (await connection.execute(query, (conversation,))).fetchall()
            sizes[part] = int(row["sum"] or 0)
    return sizes
