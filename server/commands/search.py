"""`stack8s search`: the searchable tools, every filter of the REST endpoints an option."""

import typer
from rich.table import Table

from domain.queries import (
    CardQuery,
    CardResult,
    ComputeQuery,
    ModelQuery,
    ModelResult,
    OfferResult,
    PackageQuery,
    PackageResult,
)
from server.commands.common import Json, err, out, print_json, run, with_database
from server.query_options import options_of, query_from
from server.terminal import cards_table, models_table, offers_table, packages_table

search_app = typer.Typer(help="Search the catalogue.", no_args_is_help=True)


@search_app.command("compute")
@options_of(ComputeQuery, argument="text")
def search_compute(as_json: Json = False, **filters: object) -> None:
    """Instance types with prices, cheapest first."""
    from tools import compute

    query = query_from(ComputeQuery, filters)
    result = run(with_database(lambda db: compute.search(query, db)))
    _print(result, offers_table(result), as_json)


@search_app.command("packages")
@options_of(PackageQuery, argument="text")
def search_packages(as_json: Json = False, **filters: object) -> None:
    """Helm charts, best match first."""
    from tools import packages

    query = query_from(PackageQuery, filters)
    result = run(with_database(lambda db: packages.search(query, db)))
    _print(result, packages_table(result), as_json)


@search_app.command("models")
@options_of(ModelQuery, argument="text", skip=("named",))
def search_models(as_json: Json = False, **filters: object) -> None:
    """Models by meaning and popularity."""
    from tools import models

    query = query_from(ModelQuery, filters)
    result = run(with_database(lambda db: models.search(query, db)))
    _print(result, models_table(result), as_json)


@search_app.command("cards")
@options_of(CardQuery, argument="text")
def search_cards(as_json: Json = False, **filters: object) -> None:
    """What model cards say, in their makers' words: the pieces nearest to a question."""
    from tools import cards

    query = query_from(CardQuery, filters)
    result = run(with_database(lambda db: cards.search(query, db)))
    _print(result, cards_table(result), as_json)


def _print(result: OfferResult | PackageResult | ModelResult | CardResult, table: Table, as_json: bool) -> None:
    if as_json:
        print_json(result)
    elif result.status == "ok":
        out.print(table)
    else:
        err.print(result.error or "Nothing in the catalogue matches: drop a filter.")
    if result.status not in ("ok", "empty"):
        raise typer.Exit(1)
