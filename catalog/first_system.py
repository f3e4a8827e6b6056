"""A database that the first system made: its facts are read where they are."""

from catalog.progress import Progress, silent
from database import Database
from migrations.own_schemas import is_first_system


async def adopt_first_system(database: Database, progress: Progress = silent) -> tuple[str, ...]:
    """The kinds of facts that were read because they changed; none in any other database."""
    async with database.connection() as connection:
        if not await is_first_system(connection):
            return ()
    from catalog.importers.first_system import adopt_changed  # the importers take half a second to import

    return await adopt_changed(database, progress)
