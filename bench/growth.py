"""How the searches grow: the same at 10,000 and 100,000 pieces, and at a million with `--large`."""

from rich.console import Console
from rich.table import Table

from bench import tool_latency, vector_index
from bench.catalogue import SEED
from bench.database import Filled, fill
from database import Database
from tools.model_search import EF_SEARCH

PIECES, LARGE = (10_000, 100_000), 1_000_000


async def run(database: Database, console: Console, *, large: bool) -> None:
    """Prints a column for each size; every kind of row grows alike."""
    columns = [await _column(database, pieces) for pieces in (*PIECES, *([LARGE] if large else []))]
    grid = Table(title=f"Growth x10{' and x100' if large else ''}: p50 in ms, and the ratio to the first size")
    grid.add_column("")
    for column in columns:
        grid.add_column(f"{column['pieces']:,.0f} pieces", justify="right")
    for name in columns[0]:
        first = columns[0][name]
        grid.add_row(name, *(f"{column[name]:,.2f}  x{column[name] / first:.1f}" for column in columns))
    console.print(grid)


async def _column(database: Database, pieces: int) -> dict[str, float]:
    filled = await fill(database, SEED.times(pieces / SEED.chunks))
    tools = {item.what: item.latency.p50_ms for item in await tool_latency.measure(database)}
    (index,) = await vector_index.measure(database, (EF_SEARCH,))
    return {
        "pieces": float(pieces),
        **_rates(filled),
        **tools,
        "nearest 10 by the index": index.index_ms,
        "nearest 10 one by one": index.exact_ms,
        "recall@10 of the index": index.recall,
    }


def _rates(filled: Filled) -> dict[str, float]:
    return {
        "embedding, rows/s": filled.size.chunks / filled.encode_s,
        "embedding and storing, rows/s": filled.size.chunks / filled.chunks_s,
        "building the index, rows/s": filled.size.chunks / filled.index_s,
    }
