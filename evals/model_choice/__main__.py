"""`python -m evals.model_choice`: the shares over the settings' catalogue; `--each` also shows the choices tuned on."""

import asyncio
import sys

from rich.console import Console

from catalog.load import ensure_starter
from database import Database
from evals.model_choice.choices import Choice, as_shipped, by_words, table
from evals.model_choice.requests import read_requests
from settings import settings

WAYS = {"by the words of cards alone": by_words, "as shipped": as_shipped}


async def _main(each: bool) -> None:
    requests, console = read_requests(), Console()
    async with await Database.open(settings()) as database:
        await ensure_starter(database)
        shares: dict[str, tuple[tuple[Choice, ...], tuple[Choice, ...]]] = {
            name: (await way(requests.tuned_on, database), await way(requests.held_out, database))
            for name, way in WAYS.items()
        }
    for choice in shares["as shipped"][0] if each else ():
        console.print(f"{'right' if choice.right else 'WRONG'}  {choice.ask}\n       {', '.join(choice.chosen)}")
        if choice.beside:
            console.print(f"       beside: {', '.join(choice.beside)}")
    console.print(table(shares))


asyncio.run(_main("--each" in sys.argv[1:]))
