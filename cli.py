"""`stack8s`: every door of the product at a terminal. Each command speaks JSON with `--json`."""

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from domain.errors import ArchitectError, InvalidInput
from server.commands.common import (
    Input,
    Json,
    err,
    opening,
    out,
    print_json,
    refuse_both,
    run,
    turn_request,
    with_database,
)  # fmt: skip
from server.commands.later import Commands, wait

if TYPE_CHECKING:
    from database import Database
    from domain.catalog import CatalogRef
    from domain.turn import TurnReply

app = typer.Typer(
    name="stack8s",
    cls=Commands,
    help="Turns what you want to run into a grounded GPU deployment plan.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
wait(
    app, "size", "server.commands.sizing:size",
    "Whether a model fits on a GPU, and how fast it is, with the arithmetic. Memory is that of one GPU, speed of all.",
)  # fmt: skip


@app.command()
def plan(
    text: Annotated[
        str | None, typer.Argument(help="what you want to run, in your own words; - reads it from standard input")
    ] = None,
    answer: Annotated[list[str] | None, typer.Option(help="reply to a round of questions, in order")] = None,
    source: Input = None,
    full: Annotated[bool, typer.Option("--full", help="the whole plan: proof, every step, all sources")] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="folder for everything to carry it out: steps, manifests, checks")
    ] = None,
    as_json: Json = False,
) -> None:
    """A deployment plan for a request; questions are asked at a terminal, or answered with --answer.

    With --input, each line {"id", "turns": [...]} is a conversation of its own, answered by {"id", "replies": [...]};
    --full puts the whole program behind each plan there too.
    """
    refuse_both(source, text is not None or bool(answer) or out_dir is not None, "a request")
    if source is not None:
        from server.commands.planning import plan_lines

        run(plan_lines(source, full=full))
    else:
        run(_plan(text or "", list(answer or ()), as_json, full, out_dir))


async def _plan(text: str, answers: list[str], as_json: bool, full: bool, folder: Path | None) -> None:
    from server.commands.progress import told_turn
    from server.commands.running import turns_of_commands
    from server.commands.shown import show, tell_conversation
    from server.commands.talking import answered
    from settings import settings

    asks = sys.stdin.isatty() and not as_json
    request = turn_request(message=sys.stdin.read() if text == "-" else text)
    if folder is not None:
        from server.commands.folder import refuse_folder

        refuse_folder(folder)
    async with opening(turns_of_commands(settings())) as turns:
        reply = await told_turn(turns, request)
        while reply.interrupt_id is not None and (answers or asks):
            message = answers.pop(0) if answers else await answered(reply)
            said = turn_request(conversation_id=reply.conversation_id, message=message, reply_to=reply.interrupt_id)
            reply = await told_turn(turns, said)
    show(reply, as_json, full)
    if not as_json:
        tell_conversation(reply.conversation_id)
    if folder is not None:
        from server.commands.folder import write_folder

        number = write_folder(reply.deployment_plan, folder)
        err.print(f"{number} files in {escape(str(folder))}: begin with README.md.", soft_wrap=True, highlight=False)


@app.command()
def chat(
    conversation: Annotated[str | None, typer.Option(help="id of a conversation to go on with")] = None,
) -> None:
    """A conversation: plan, ask, revise. `exit`, an empty line or Ctrl-D ends it; it can be resumed by its id."""
    run(_chat(conversation))


async def _chat(conversation_id: str | None) -> None:
    from server.commands.progress import told_turn
    from server.commands.running import turns_of_commands
    from server.commands.shown import show, tell_conversation
    from server.commands.talking import typed_message
    from settings import settings

    reply: TurnReply | None = None
    interrupt_id: str | None = None
    async with opening(turns_of_commands(settings())) as turns:
        try:
            while (message := await typed_message()) is not None:
                try:
                    request = turn_request(conversation_id=conversation_id, message=message, reply_to=interrupt_id)
                    reply = await told_turn(turns, request)
                except InvalidInput as wrong:
                    err.print(f"[red]{escape(wrong.message)}[/red] {escape(wrong.remedy)}", soft_wrap=True)
                    continue
                show(reply, as_json=False)
                conversation_id, interrupt_id = reply.conversation_id, reply.interrupt_id
        finally:
            if reply is not None:
                tell_conversation(reply.conversation_id)


@app.command()
def understand(
    turns: Annotated[list[str] | None, typer.Argument(help="user turns, oldest first")] = None,
    source: Input = None,
    as_json: Json = False,
) -> None:
    """The WorkloadSpec after these user turns, with the words that support each field.

    With --input, each line {"id", "turns": [...]} is a conversation of its own, answered by {"id", "spec", "intent"}.
    """
    refuse_both(source, bool(turns), "user turns")
    if source is not None:
        from server.commands.understanding import understand_lines

        run(understand_lines(source))
    else:
        run(_understand(turns or [], as_json))


async def _understand(turns: list[str], as_json: bool) -> None:
    from database import Database
    from graph.context import open_context
    from graph.understanding.merge.conversation import read_turns
    from graph.unsaid_load import fields_that_decide
    from settings import settings

    for turn in turns:
        turn_request(message=turn)
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        spec = (await read_turns(context.reader, turns, partial(fields_that_decide, context))).spec
    if as_json:
        print_json(spec)
        return
    from server.terminal import spec_table

    out.print(spec_table(spec))
    if spec.question is not None:
        about = ", ".join(spec.question.subjects)
        out.print(f"Asked: {spec.question.kind}" + (f", about {about}" if about else ""))
    for assumption in spec.assumptions:
        out.print(f"Assumed: {assumption}")
    for unplaced in spec.unplaced:
        out.print(f"Not taken into account: “{unplaced.quote}”")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="default: API_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="default: API_PORT")] = None,
) -> None:
    """The API and the web page."""
    from server.nursery_start import begun

    nursery = begun()  # before the next lines, which import for as long as that does
    from settings import settings

    chosen = settings().model_copy(
        update={name: value for name, value in (("api_host", host), ("api_port", port)) if value is not None}
    )
    from server.app import serve as serve_app

    gc.freeze()  # searching what was imported would hold up the first requests for a fifth of a second, three times
    gc.enable()
    serve_app(chosen, nursery)


@app.command()
def migrate() -> None:
    """Brings the database schema up to date, loads the starter catalogue and reads an existing database's facts."""
    reference = run(with_database(_facts_read))
    counts = f"{reference.offers:,} offers, {reference.models:,} models, {reference.packages:,} charts"
    out.print(f"The schema is up to date; the catalogue holds {counts}.")


async def _facts_read(database: "Database") -> "CatalogRef":
    from catalog.first_system import adopt_first_system
    from catalog.snapshot import catalog_ref

    await adopt_first_system(database)
    return await catalog_ref(database)


@app.command("mcp")
def model_context_protocol() -> None:
    """Serves other agents over the Model Context Protocol, on standard input and output."""
    from server.commands.agents import serve_on_stdio

    run(serve_on_stdio())


@app.command()
def prune(as_json: Json = False) -> None:
    """Forgets what conversations do not go on from: earlier checkpoints. Every message and every plan stays."""
    from server.pruning import prune as forget

    pruned = run(with_database(forget))
    if as_json:
        print_json(pruned)
    else:
        out.print(f"{pruned.checkpoints:,} checkpoints of {pruned.conversations:,} conversations are gone.")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Checks what a plan needs: database, catalogue, embedder, reader, cluster."""
    from server.doctor import examine
    from settings import settings

    checks = run(examine(settings()))
    if as_json:
        for check in checks:
            print_json(check)
    else:
        from server.terminal import plain_table

        table = plain_table("", "Check", "Finding")
        for check in checks:
            table.add_row("[green]ok[/green]" if check.ok else "[red]!![/red]", check.name, check.finding)
        out.print(table)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command("eval")
def evaluate(
    engine: Annotated[str | None, typer.Option(help="builtin or openai; default: that of the settings")] = None,
    filter: Annotated[str | None, typer.Option(help="words of scenario ids or tags")] = None,
    out_dir: Annotated[Path | None, typer.Option("--out", help="where the report goes")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="let a language model grade the wording too")] = False,
    as_json: Json = False,
) -> None:
    """Runs the scenarios, writes the report, and fails under the bar."""
    from evals.command import run as run_evals
    from settings import settings

    raise typer.Exit(run_evals(settings(), engine=engine, filter=filter, out=out_dir, as_json=as_json, judge=judge))


wait(app, "search", "server.commands.search:search_app", "Search the catalogue.")
wait(app, "catalog", "server.commands.catalog:catalog_app", "The facts: what is loaded, from where, how old.")


def main() -> None:
    """The console script: errors of the product leave as one line and a code (2 bad input, 69 a service is down).

    Nothing that is imported becomes garbage, and looking for it is a quarter of a command's time: the collector
    rests until what the process works with is there (`graph.context.open_context`). Nor is there a plug-in of
    pydantic's, for which it would read what every installed package says of itself.
    """
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app()
    except ArchitectError as error:
        err.print(
            f"[red]{escape(error.message.rstrip('.'))}.[/red] {escape(error.remedy)}", soft_wrap=True, highlight=False
        )
        sys.exit(69 if error.status == 503 else 2)
    except KeyboardInterrupt:
        sys.exit(130)
