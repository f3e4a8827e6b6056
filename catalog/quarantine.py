"""Rows that an import would not believe, each with its place and the reason."""

from collections.abc import Sequence

from catalog.starter import Kind
from catalog.store import Connection
from database import Database
from domain.base import Frozen


class Quarantined(Frozen):
    """`rule` is the same for all rows refused for one kind of reason; `reason` has the row's own figures."""

    file: str
    line: int
    item: str
    rule: str
    reason: str


class Doubt(Exception):
    """Raised for a row that is not believed."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason

    def about(self, file: str, line: int, item: str) -> Quarantined:
        """The row of the list."""
        return Quarantined(file=file, line=line, item=item, rule=self.rule, reason=self.reason)


class QuarantinedRow(Quarantined):
    source: str
    kind: str


LONGEST_ITEM = 200


async def store_quarantine(connection: Connection, snapshot: str, kind: Kind, rows: Sequence[Quarantined]) -> None:
    """Puts these in place of what was listed of the set."""
    await connection.execute("DELETE FROM catalog.quarantine WHERE snapshot = %s AND kind = %s", (snapshot, kind))
    columns = "snapshot, kind, position, file, line, item, rule, reason"
    async with connection.cursor() as cursor, cursor.copy(f"COPY catalog.quarantine ({columns}) FROM STDIN") as copy:
        for position, row in enumerate(in_order(rows)):
            await copy.write_row(
                (snapshot, kind, position, row.file, row.line, _plain(row.item), row.rule, _plain(row.reason))
            )


async def quarantined(database: Database, source: str | None = None) -> tuple[QuarantinedRow, ...]:
    """Every row that is listed, or those of one set, by set, file and line."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT snapshot AS source, kind, file, line, item, rule, reason FROM catalog.quarantine"
            " WHERE %(source)s::text IS NULL OR snapshot = %(source)s ORDER BY snapshot, kind, position",
            {"source": source},
        )
        return tuple(QuarantinedRow(**row) for row in await cursor.fetchall())


def in_order(rows: Sequence[Quarantined]) -> list[Quarantined]:
    """By file and line; two reasons for one line by rule."""
    return sorted(rows, key=lambda row: (row.file, row.line, row.rule, row.item, row.reason))


def _plain(text: str) -> str:
    """A stranger's text, in one line of bounded length that a terminal may print."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:LONGEST_ITEM]
