"""`stack8s`: every door of the product at a terminal. Each command speaks JSON with `--json`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table

from domain.errors import ArchitectError, InvalidInput
from domain.queries import ComputeQuery, ModelQuery, ModelResult, OfferResult, PackageQuery, PackageResult
from domain.turn import TurnReply, TurnRequest
from server.query_options import options_of, query_from
from server.terminal import ReplyMarkdown, models_table, offers_table, packages_table, spec_table

app = typer.Typer(
    name="stack8s",
    help="Turns what you want to run into a grounded GPU deployment plan.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
search_app = typer.Typer(help="Search the catalogue.", no_args_is_help=True)
catalog_app = typer.Typer(help="The facts: what is loaded, from where, how old.", no_args_is_help=True)
app.add_typer(search_app, name="search")
app.add_typer(catalog_app, name="catalog")

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of tables and text")]
T = TypeVar("T")
out, err = Console(), Console(stderr=True)


@app.command()
def plan(
    text: Annotated[str, typer.Argument(help="what you want to run, in your own words")],
    answer: Annotated[list[str] | None, typer.Option(help="reply to a round of questions, in order")] = None,
    as_json: Json = False,
) -> None:
    """A deployment plan for a request; questions are asked at a terminal, or answered with --answer."""
    _run(_plan(text, list(answer or ()), as_json))


async def _plan(text: str, answers: list[str], as_json: bool) -> None:
    from server.turns import open_turns
    from settings import settings

    request = _request(message=text)
    with err.status("Opening the catalogue ...") as status:
        async with open_turns(settings()) as turns:
            status.update("Planning ...")
            reply = await turns.run(request)
            while reply.response_type == "clarification":
                if answers:
                    message = answers.pop(0)
                elif sys.stdin.isatty() and not as_json:
                    status.stop()
                    message = _ask(reply)
                    status.start()
                else:
                    break
                reply = await turns.run(
                    _request(conversation_id=reply.conversation_id, message=message, reply_to=reply.interrupt_id)
                )
    _show(reply, as_json)


def _ask(reply: TurnReply) -> str:
    """One line of answer for each question of the round, joined for the reader."""
    answers = []
    for question in reply.questions:
        hint = f" [dim]({' / '.join(question.suggestions)})[/dim]" if question.suggestions else ""
        answers.append(Prompt.ask(f"[bold]{question.text}[/bold]{hint}", console=err))
    return ". ".join(answer for answer in answers if answer.strip()) or "Just decide for me."


@app.command()
def chat(
    conversation: Annotated[str | None, typer.Option(help="id of a conversation to go on with")] = None,
) -> None:
    """A conversation: plan, ask, revise. An empty line or Ctrl-D ends it; it can be resumed by its id."""
    _run(_chat(conversation))


async def _chat(conversation_id: str | None) -> None:
    from server.turns import open_turns
    from settings import settings

    interrupt_id: str | None = None
    async with open_turns(settings()) as turns:
        while message := (await asyncio.to_thread(_line)).strip():
            try:
                with err.status("Planning ..."):
                    request = _request(conversation_id=conversation_id, message=message, reply_to=interrupt_id)
                    reply = await turns.run(request)
            except InvalidInput as wrong:
                err.print(f"[red]{wrong.message}[/red] {wrong.remedy}")
                continue
            conversation_id, interrupt_id = reply.conversation_id, reply.interrupt_id
            _show(reply, as_json=False)
    if conversation_id:
        err.print(f"[dim]Go on later with: stack8s chat --conversation {conversation_id}[/dim]")


def _line() -> str:
    try:
        return Prompt.ask("[bold cyan]you[/bold cyan]", console=err, default="", show_default=False)
    except EOFError:
        return ""


@app.command()
def understand(
    turns: Annotated[list[str], typer.Argument(help="user turns, oldest first")],
    as_json: Json = False,
) -> None:
    """The WorkloadSpec after these user turns, with the words that support each field."""
    _run(_understand(turns, as_json))


async def _understand(turns: list[str], as_json: bool) -> None:
    from database import Database
    from graph.context import open_context
    from graph.understanding.conversation import read_turns
    from settings import settings

    for turn in turns:
        _request(message=turn)
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        spec = await read_turns(context.reader, turns)
    if as_json:
        _print_json(spec)
        return
    out.print(spec_table(spec))
    for assumption in spec.assumptions:
        out.print(f"Assumed: {assumption}")


@search_app.command("compute")
@options_of(ComputeQuery, argument="text")
def search_compute(as_json: Json = False, **filters: object) -> None:
    """Instance types with prices, cheapest first."""
    from tools import compute

    query = query_from(ComputeQuery, filters)
    result = _run(_with_database(lambda db: compute.search(query, db)))
    _print_result(result, offers_table(result), as_json)


@search_app.command("packages")
@options_of(PackageQuery, argument="text")
def search_packages(as_json: Json = False, **filters: object) -> None:
    """Helm charts, best match first."""
    from tools import packages

    query = query_from(PackageQuery, filters)
    result = _run(_with_database(lambda db: packages.search(query, db)))
    _print_result(result, packages_table(result), as_json)


@search_app.command("models")
@options_of(ModelQuery, argument="text", skip=("named",))
def search_models(as_json: Json = False, **filters: object) -> None:
    """Models by meaning and popularity."""
    from tools import models

    query = query_from(ModelQuery, filters)
    result = _run(_with_database(lambda db: models.search(query, db)))
    _print_result(result, models_table(result), as_json)


@catalog_app.command("status")
def catalog_status(as_json: Json = False) -> None:
    """What is loaded: sources, rows, as-of dates, the embedder of the vectors."""
    from catalog.snapshot import catalog_ref, snapshots

    reference = _run(_with_database(catalog_ref))
    if as_json:
        return _print_json(reference)
    table = Table("Source", "Kind", "As of", "Rows", "Embedder", title=f"Catalogue {reference.fingerprint[:12]}")
    for row in _run(_with_database(snapshots)):
        table.add_row(row.source, row.kind, row.as_of.isoformat(), str(row.rows), row.embedder or "")
    out.print(table)
    return None


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="default: API_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="default: API_PORT")] = None,
) -> None:
    """The API and the web page."""
    from server.app import serve as serve_app
    from settings import settings

    chosen = settings().model_copy(
        update={name: value for name, value in (("api_host", host), ("api_port", port)) if value is not None}
    )
    serve_app(chosen)


@app.command()
def migrate() -> None:
    """Brings the database schema up to date and loads the starter catalogue into an empty one."""
    from catalog.snapshot import catalog_ref

    reference = _run(_with_database(catalog_ref))
    counts = f"{reference.offers:,} offers, {reference.models:,} models, {reference.packages:,} charts"
    out.print(f"The schema is up to date; the catalogue holds {counts}.")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Checks what a plan needs: database, catalogue, embedder, reader, cluster."""
    from server.doctor import examine
    from settings import settings

    checks = _run(examine(settings()))
    if as_json:
        for check in checks:
            _print_json(check)
    else:
        table = Table("", "Check", "Finding")
        for check in checks:
            table.add_row("[green]ok[/green]" if check.ok else "[red]!![/red]", check.name, check.finding)
        out.print(table)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


async def _with_database(use: Callable[..., Coroutine[None, None, T]]) -> T:
    from catalog.load import ensure_starter
    from database import Database
    from settings import settings

    with err.status("Opening the catalogue ..."):
        async with await Database.open(settings()) as database:
            await ensure_starter(database)
            return await use(database)


def _request(**fields: str | None) -> TurnRequest:
    try:
        return TurnRequest.model_validate(fields)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        remedy = "Write what you want to run, in 1 to 10,000 characters."
        raise InvalidInput(f"{first['loc'][0]}: {first['msg']}.", remedy) from None


def _run(work: Coroutine[None, None, T]) -> T:
    """Runs to the end; an error is one clear line and an exit code, never a traceback."""
    return asyncio.run(work)


def _show(reply: TurnReply, as_json: bool) -> None:
    if as_json:
        _print_json(reply)
    elif out.is_terminal:
        out.print(ReplyMarkdown(reply.response))
    else:  # a pipe or a file gets the Markdown itself
        sys.stdout.write(reply.response)


def _print_json(value: BaseModel) -> None:
    sys.stdout.write(value.model_dump_json(indent=2) + "\n")


def _print_result(result: OfferResult | PackageResult | ModelResult, table: Table, as_json: bool) -> None:
    if as_json:
        _print_json(result)
    elif result.status == "ok":
        out.print(table)
    else:
        err.print(result.error or "Nothing in the catalogue matches: drop a filter.")
    if result.status not in ("ok", "empty"):
        raise typer.Exit(1)


def main() -> None:
    """The console script: errors of the product leave as one line and a code (2 bad input, 69 a service is down)."""
    try:
        app()
    except ArchitectError as error:
        err.print(f"[red]{error.message}[/red] {error.remedy}", soft_wrap=True, highlight=False)
        sys.exit(69 if error.status == 503 else 2)
    except KeyboardInterrupt:
        sys.exit(130)
