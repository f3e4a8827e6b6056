"""One refresh: each source on its own, all of it or nothing, and a failure of one is a line about that one."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

from catalog.diff import Change
from catalog.embedder import Embedder
from catalog.importers.currency import import_currency
from catalog.importers.helm import import_helm
from catalog.importers.hosted import import_hosted
from catalog.importers.hub_chosen import Chosen, import_chosen
from catalog.importers.report import ImportReport
from catalog.importers.skypilot import import_skypilot
from catalog.integrity import violations
from catalog.load import ensure_starter
from catalog.progress import Progress, silent
from catalog.refresh.ledger import Outcome, begin, note
from catalog.refresh.sources import RefreshItem, RefreshSources, asked
from database import Database
from domain.base import Frozen
from domain.errors import ArchitectError, DatabaseUnavailable


class Refreshed(Frozen):
    """How it went with one source. `problem` says why it failed and what can be done; `before`: a run that was stopped
    had done it."""

    name: str
    address: str
    outcome: Outcome | Literal["before"]
    problem: str | None = None
    as_of: date | None = None
    rows: int = 0
    quarantined: int = 0
    new: int = 0
    gone: int = 0
    moved: int = 0
    changes: tuple[Change, ...] = ()


class RefreshReport(Frozen):
    """`violations` are rules of a catalogue that the result breaks; a whole one has none."""

    trial: bool
    sources: tuple[Refreshed, ...]
    left_out: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Refreshed, ...]:
        """What could not be brought up to date, and is as it was."""
        return tuple(item for item in self.sources if item.outcome == "failed")


async def refresh(
    database: Database,
    sources: RefreshSources,
    progress: Progress = silent,
    *,
    only: Sequence[str] = (),
    trial: bool = False,
    again: bool = False,
    told: Callable[[Refreshed], None] = lambda _: None,
    embedder: Embedder | None = None,
) -> RefreshReport:
    """Imports every source, or those named in `only`; `told` hears of each as it is done.

    A run that was stopped goes on with what is left, unless `again`. On trial everything is fetched and read, and
    nothing stored. Raises InvalidInput for a name that is no source's, and DatabaseUnavailable.
    """
    await ensure_starter(database)
    async with database.connection() as connection:
        what = await asked(connection, sources, only)
        done_before = frozenset() if trial else await begin(connection, what.items, again=again)
    found = []
    for number, item in enumerate(what.items):
        progress(item.name, number, len(what.items))
        if item.name in done_before:
            found.append(Refreshed(name=item.name, address=item.address, outcome="before"))
        else:
            found.append(await _one(database, item, sources.hub, trial, embedder, progress))
        told(found[-1])
    progress("done", len(what.items), len(what.items))
    broken = () if trial else await violations(database)
    return RefreshReport(trial=trial, sources=tuple(found), left_out=what.left_out, violations=broken)


async def _one(
    database: Database,
    item: RefreshItem,
    hub: Chosen | None,
    trial: bool,
    embedder: Embedder | None,
    progress: Progress,
) -> Refreshed:
    def step(what: str, done: int, of: int) -> None:
        progress(f"{item.name}: {what}", done, of)

    try:
        report = await _imported(database, item, hub, trial, embedder, step)
    except DatabaseUnavailable:
        raise
    except ArchitectError as error:
        result = Refreshed(
            name=item.name, address=item.address, outcome="failed", problem=f"{error.message} {error.remedy}"
        )
    else:
        result = _told(item, report)
    if not trial and result.outcome != "before":
        async with database.connection() as connection:
            await note(connection, item, result.outcome)
    return result


async def _imported(
    database: Database,
    item: RefreshItem,
    hub: Chosen | None,
    trial: bool,
    embedder: Embedder | None,
    progress: Progress,
) -> ImportReport:
    named = item.name.partition("/")[2]
    if item.kind == "compute":
        return await import_skypilot(database, item.address, progress, provider=named, trial=trial)
    if item.kind == "charts":
        address = item.address.rsplit("/", 1)[0]
        return await import_helm(
            database, item.address, progress, repository=named, repository_url=address, trial=trial
        )
    if item.kind == "models":
        return await import_chosen(database, hub or Chosen(), progress, embedder=embedder, trial=trial)
    if item.kind == "currency":
        return await import_currency(database, item.address, progress, trial=trial)
    return await import_hosted(database, item.address, progress, trial=trial)


def _told(item: RefreshItem, report: ImportReport) -> Refreshed:
    """The same facts under a newer day are no change to anybody who asks for them."""
    moved = report.new + report.gone + report.moved > 0
    return Refreshed(
        name=item.name,
        address=item.address,
        outcome="changed" if report.changed and moved else "unchanged",
        as_of=report.as_of,
        rows=sum(kept.rows_stored for kept in report.sets),
        quarantined=sum(kept.rows_quarantined for kept in report.sets),
        new=report.new,
        gone=report.gone,
        moved=report.moved,
        changes=report.changes,
    )
