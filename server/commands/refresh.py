"""`stack8s catalog refresh`: every source of facts brought up to date, with what changed and what could not be had."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from server.commands.common import Json, err, opened, out, print_json, run

if TYPE_CHECKING:
    from catalog.diff import Change
    from catalog.refresh.run import Refreshed, RefreshReport


def refresh(
    only: Annotated[
        list[str] | None, typer.Option(help="one source, such as skypilot/aws, or a part: skypilot, helm, hub, hosted")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="fetch and compare, store nothing")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="from the start, also where a stopped run could go on")
    ] = False,
    sources: Annotated[Path | None, typer.Option(help="a file of addresses in place of the shipped one")] = None,
    as_json: Json = False,
) -> None:
    """Brings every source up to date, each on its own: all of it or nothing. Needs the internet.

    Exits with 1 where a source could not be had; its facts are then as they were.
    """
    report = run(_refreshed(only or [], dry_run, again, sources, quiet=as_json))
    if as_json:
        print_json(report)
    else:
        _close(report)
    if report.failed or report.violations:
        raise typer.Exit(1)


async def _refreshed(only: list[str], dry_run: bool, again: bool, path: Path | None, *, quiet: bool) -> "RefreshReport":
    from catalog.refresh.run import refresh as refresh_all
    from catalog.refresh.sources import SHIPPED, read_sources

    sources = read_sources(path or SHIPPED)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with opened() as database:
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("asking", total=None)
            return await refresh_all(
                database,
                sources,
                lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
                only=only,
                trial=dry_run,
                again=again,
                told=(lambda _: None) if quiet else (lambda item: _tell(item, bar.console if err.is_terminal else out)),
            )


def _tell(item: "Refreshed", console: Console) -> None:
    """One line a source as it is done, and its first changes."""
    console.print(f"{escape(item.name)}  {_said(item)}", soft_wrap=True, highlight=False)
    for change in item.changes if item.outcome == "changed" else ():
        console.print(f"    {_change(change)}", soft_wrap=True, highlight=False)


def _said(item: "Refreshed") -> str:
    if item.outcome == "failed":
        return f"[red]not refreshed[/red], it stays as it was: {escape(item.problem or '')}"
    if item.outcome == "before":
        return "done already by the run that was stopped"
    if item.outcome == "unchanged":
        return f"unchanged, {item.rows:,} rows"
    refused = f", {item.quarantined:,} quarantined" if item.quarantined else ""
    return f"{item.new:,} new, {item.gone:,} gone, {item.moved:,} moved{refused}"


def _change(change: "Change") -> str:
    percent = "" if change.percent is None else f" ({change.percent:+.1f} %)"
    before, after = escape(change.before or "nothing"), escape(change.after or "nothing")
    return f"{change.change} {escape(change.key)}: {before} -> {after}{percent}"


def _close(report: "RefreshReport") -> None:
    for sentence in (*report.left_out, *report.violations):
        out.print(f"[yellow]{escape(sentence)}[/yellow]", soft_wrap=True, highlight=False)
    count = sum(item.outcome == "changed" for item in report.sources)
    done = "would change" if report.trial else "changed"
    out.print(f"{count} of {len(report.sources)} sources {done}, {len(report.failed)} could not be refreshed.")
    if report.failed:
        out.print("Run it again when they can be reached; what is done is not lost.")
