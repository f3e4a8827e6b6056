"""`python -m evals.intents [--show]`: how the built-in reader sorts the kept lines, in numbers alone.

`--show` prints the lines that went wrong. Whoever tunes the reader does without it: a line that was looked at is no
longer kept.
"""

import argparse
import asyncio
from functools import partial

from rich.console import Console
from rich.table import Table

from database import Database
from evals.intents.lines import kept_lines
from evals.intents.score import Verdict, verdicts_on
from graph.context import open_context
from graph.unsaid_load import fields_that_decide
from settings import settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.intents", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the lines that went wrong")
    arguments = parser.parse_args()
    verdicts = asyncio.run(_verdicts())
    console = Console()
    table = Table("", "Right", "Share")
    for counted in dict.fromkeys(verdict.counted for verdict in verdicts):
        group = [verdict.right for verdict in verdicts if verdict.counted == counted]
        table.add_row(counted, f"{sum(group)}/{len(group)}", f"{sum(group) / len(group):.4f}")
    console.print(table)
    if arguments.show:
        for verdict in verdicts:
            if not verdict.right:
                console.print(f"{verdict.counted}: {verdict.line} -> {verdict.got}", markup=False, highlight=False)


async def _verdicts() -> list[Verdict]:
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        return await verdicts_on(kept_lines(), context.grammar, partial(fields_that_decide, context))


if __name__ == "__main__":
    main()
