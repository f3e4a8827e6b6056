"""`stack8s catalog`: the facts, what is loaded, from where, how old; imports and what they changed."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from server.commands.common import Json, err, opened, out, print_json, run, with_database
from server.commands.refresh import refresh
from server.terminal import plain_table

if TYPE_CHECKING:
    from catalog.importers.report import ImportReport
    from catalog.progress import Progress as Reporter
    from database import Database

T = TypeVar("T")
catalog_app = typer.Typer(
    help="The facts: what is loaded, from where, how old.", no_args_is_help=True, pretty_exceptions_enable=False
)
import_app = typer.Typer(help="Import catalogues: all of a source, or nothing.", no_args_is_help=True)
catalog_app.add_typer(import_app, name="import")
catalog_app.command()(refresh)

Origins = Annotated[list[str], typer.Argument(help="files, folders or addresses")]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day on which the facts were true")]


@catalog_app.command("status")
def status(as_json: Json = False) -> None:
    """What is loaded: sources, rows, as-of dates, warnings, quarantine, the embedder of the vectors."""
    from catalog.status import catalog_status

    found = run(with_database(catalog_status))
    if as_json:
        return print_json(found)
    counts = f"{found.offers:,} offers, {found.models:,} models, {found.packages:,} charts, {found.chunks:,} chunks"
    table = plain_table("Source", "Kind", "Rows", "As of", "Quarantined", "Embedder", title=counts)
    for item in found.sets:
        embedder = f"{item.embedder}, {item.chunker}" if item.embedder else ""
        refused = f"{item.quarantined:,}" if item.quarantined else ""
        table.add_row(item.source, item.kind, f"{item.rows:,}", str(item.as_of), refused, embedder)
    out.print(table)
    for warning in found.warnings:
        out.print(f"[yellow]{warning}[/yellow]")
    return None


@catalog_app.command("prices")
def prices(as_json: Json = False) -> None:
    """What buyers compare first: GPUs by seller, with the kind and day of each price, and what is missing and why."""
    from catalog.favourites import favourites

    found = run(with_database(favourites))
    if as_json:
        return print_json(found)
    table = plain_table("GPU", "Seller", "USD/GPU/h", "Terms", "Kind", "Sold by", "As of")
    gpu = ""
    for item in found.sold:
        table.add_row(
            item.gpu if item.gpu != gpu else "", item.seller, f"{item.usd_per_gpu_hour:.2f}",
            item.pricing.replace("_", "-"), item.price_kind, str(item.sold_by), str(item.as_of),
        )  # fmt: skip
        gpu = item.gpu
    out.print(table)
    for missing in (*found.missing, *found.notes):
        what = f"{missing.seller}, {missing.gpu}" if missing.gpu else missing.seller
        out.print(f"{what}: {missing.why}.", soft_wrap=True, highlight=False)
    return None


@catalog_app.command("diff")
def diff(as_json: Json = False, most: Annotated[int, typer.Option(min=1, help="changes shown")] = 40) -> None:
    """What the last import changed: new, gone, moved prices."""
    from catalog.diff import catalog_diff

    found = run(with_database(lambda database: catalog_diff(database, most)))
    if as_json:
        return print_json(found)
    if found.importer is None:
        out.print("Nothing was imported yet.")
        return None
    counts = f"{found.new:,} new, {found.gone:,} gone, {found.moved:,} moved"
    title = f"{found.importer} {found.origin}, as of {found.as_of}: {counts}"
    table = plain_table("Change", "Kind", "What", "Before", "After", "%", title=title)
    for change in found.changes:
        percent = "" if change.percent is None else f"{change.percent:+.1f}"
        table.add_row(change.change, change.kind, change.key, change.before or "", change.after or "", percent)
    out.print(table)
    return None


@catalog_app.command("quarantine")
def quarantine(
    source: Annotated[str | None, typer.Argument(help="one set, such as skypilot/gcp; all by default")] = None,
) -> None:
    """Every row that an import would not believe, with the reason."""
    from catalog.quarantine import quarantined

    rows = run(with_database(lambda database: quarantined(database, source)))
    table = plain_table("Source", "File", "Row", "What", "Reason")
    for row in rows:
        table.add_row(row.source, row.file, str(row.line), row.item, row.reason)
    out.print(table if rows else "Nothing is in quarantine.")


@catalog_app.command("embed")
def embed(
    workers: Annotated[int, typer.Option(min=0, help="Dask worker processes on this machine; 0: none")] = 0,
    scheduler: Annotated[str | None, typer.Option(help="a Dask cluster's, such as tcp://10.0.0.5:8786")] = None,
) -> None:
    """Makes the vectors of every model card anew, with the embedder and chunker of the settings."""
    from catalog.embedder import load_embedder
    from catalog.embedding import ThisProcess
    from catalog.reembed import reembed
    from settings import settings

    embedder, chunker = load_embedder(settings().hf_embedding_model_name), settings().hf_chunker_version

    async def work(database: "Database", report: "Reporter") -> int:
        if not workers and scheduler is None:
            return await reembed(database, ThisProcess(embedder, chunker), report)
        from catalog.dask_workers import dask_workers

        async with dask_workers(embedder.name, chunker, scheduler=scheduler, count=workers) as cluster:
            return await reembed(database, cluster, report)

    chunks = run(_reported(work))
    out.print(f"{chunks:,} chunks embedded by {embedder.name}.")


@catalog_app.command("withdraw")
def withdraw(source: Annotated[str, typer.Argument(help="an imported set, as status names it: skypilot/gcp")]) -> None:
    """Takes an imported set back; what it displaced returns."""
    from catalog.importers.withdraw import withdraw as take_back

    run(with_database(lambda database: take_back(database, source)))
    out.print(f"{source} is withdrawn.")


@import_app.command("skypilot")
def import_skypilot(
    origins: Origins,
    as_of: AsOf = None,
    provider: Annotated[str | None, typer.Option(help="where the file's name does not tell")] = None,
    as_json: Json = False,
) -> None:
    """Offers from SkyPilot catalogue CSVs (vms.csv, also gzipped)."""
    from catalog.importers.skypilot import import_skypilot as importer

    places = [_origin(text) for text in origins]
    _show(
        run(_reported(lambda db, report: importer(db, places, report, as_of=_day(as_of), provider=provider))), as_json
    )


@import_app.command("helm")
def import_helm(
    origins: Origins,
    as_of: AsOf = None,
    repository: Annotated[str | None, typer.Option(help="name of the repository")] = None,
    repository_url: Annotated[str | None, typer.Option(help="what `helm repo add` takes")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="charts of a live search")] = None,
    as_json: Json = False,
) -> None:
    """Charts from a Helm repository's index.yaml or from Artifact Hub's search pages."""
    from catalog.importers.helm import import_helm as importer

    places = [_origin(text) for text in origins]
    work = _reported(
        lambda db, report: importer(
            db, places, report, as_of=_day(as_of), repository=repository, repository_url=repository_url, limit=limit
        )
    )
    _show(run(work), as_json)


@import_app.command("hub")
def import_hub(
    origins: Annotated[list[str] | None, typer.Argument(help="files, or a mirror; the Hub itself by default")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="the most downloaded so many")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Models from the Hugging Face Hub: cards, parameter counts, configurations."""
    from catalog.importers.hub import import_hub as importer

    places = [_origin(text) for text in origins] if origins else None
    _show(run(_reported(lambda db, report: importer(db, limit, places, report, as_of=_day(as_of)))), as_json)


@import_app.command("hosted")
def import_hosted(origins: Origins, as_of: AsOf = None, as_json: Json = False) -> None:
    """List prices of hosted APIs for open models, from LiteLLM's model_prices_and_context_window.json."""
    from catalog.importers.hosted import import_hosted as importer

    places = [_origin(text) for text in origins]
    _show(run(_reported(lambda db, report: importer(db, places, report, as_of=_day(as_of)))), as_json)


async def _reported(use: Callable[["Database", "Reporter"], Awaitable[T]]) -> T:
    """The result of `use` over the open database, behind a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with opened() as database:
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("reading", total=None)
            return await use(
                database, lambda what, done, of: bar.update(task, description=what, completed=done, total=of)
            )


def _show(report: "ImportReport", as_json: bool) -> None:
    if as_json:
        return print_json(report)
    table = plain_table("Source", "Read", "Stored", "Quarantined", "Changed")
    for item in report.sets:
        table.add_row(
            item.source, f"{item.rows_read:,}", f"{item.rows_stored:,}", f"{item.rows_quarantined:,}",
            "yes" if item.changed else "no",
        )  # fmt: skip
    out.print(table)
    for rule in report.quarantine:
        out.print(
            f"{rule.rows:,} quarantined, {rule.rule}: for example {rule.example}", soft_wrap=True, highlight=False
        )
    out.print(f"{report.new:,} new, {report.gone:,} gone, {report.moved:,} moved; `stack8s catalog diff` lists them.")
    return None


def _origin(text: str) -> str | Path:
    return text if text.startswith(("http://", "https://")) else Path(text)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
