"""What the refresh that runs has done: one that was stopped goes on with what is left."""

from collections.abc import Sequence
from typing import Literal

from catalog.refresh.sources import RefreshItem
from catalog.store import Connection

Outcome = Literal["changed", "unchanged", "failed"]
DONE: tuple[Outcome, ...] = ("changed", "unchanged")
GOES_ON_FOR = "1 day"


async def begin(connection: Connection, items: Sequence[RefreshItem], *, again: bool) -> frozenset[str]:
    """The sources that a stopped run over the same ones has brought up to date; nothing where a new run begins."""
    cursor = await connection.execute(
        f"SELECT item, address, outcome, started_at > now() - interval '{GOES_ON_FOR}' AS recent FROM catalog.refreshes"
    )
    rows = await cursor.fetchall()
    stopped = any(row["outcome"] is None and row["recent"] for row in rows)
    same = {(row["item"], row["address"]) for row in rows} == {(item.name, item.address) for item in items}
    if stopped and same and not again:
        return frozenset(row["item"] for row in rows if row["outcome"] in DONE)
    await connection.execute("DELETE FROM catalog.refreshes")
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO catalog.refreshes (item, address) VALUES (%s, %s)",
            [(item.name, item.address) for item in items],
        )
    return frozenset()


async def note(connection: Connection, item: RefreshItem, outcome: Outcome) -> None:
    """Writes down how it went."""
    await connection.execute("UPDATE catalog.refreshes SET outcome = %s WHERE item = %s", (outcome, item.name))
