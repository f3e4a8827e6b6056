"""`stack8s catalog`: the facts, what is loaded, from where, how old."""

import typer
from rich.progress import Progress

from catalog.embedder import Embedder
from server.commands.common import Json, err, opened, out, print_json, run, with_database
from server.terminal import plain_table

catalog_app = typer.Typer(help="The facts: what is loaded, from where, how old.", no_args_is_help=True)


@catalog_app.command("status")
def catalog_status(as_json: Json = False) -> None:
    """What is loaded: sources, rows, as-of dates, the embedder of the vectors."""
    from catalog.snapshot import catalog_ref, snapshots

    reference = run(with_database(catalog_ref))
    if as_json:
        return print_json(reference)
    table = plain_table("Source", "Kind", "As of", "Rows", "Embedder", title=f"Catalogue {reference.fingerprint[:12]}")
    for row in run(with_database(snapshots)):
        table.add_row(row.source, row.kind, row.as_of.isoformat(), str(row.rows), row.embedder or "")
    out.print(table)
    return None


@catalog_app.command("embed")
def catalog_embed() -> None:
    """Makes the vectors of every model card anew, with the embedder and chunker of the settings."""
    from catalog.embedder import load_embedder
    from settings import settings

    embedder = load_embedder(settings().hf_embedding_model_name)
    chunks = run(_reembedded(embedder))
    out.print(f"{chunks:,} chunks embedded by {embedder.name}.")


async def _reembedded(embedder: Embedder) -> int:
    from catalog.load import reembed

    async with opened() as database:
        with Progress(console=err) as bar:
            task = bar.add_task("embedding cards", total=None)
            return await reembed(database, embedder, lambda what, done, of: bar.update(task, completed=done, total=of))
