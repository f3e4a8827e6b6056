"""`python -m bench [NAME ...] [--large]`: the benchmarks, each over a catalogue of the size the product is made for.

The importers are measured apart, over files: `python -m bench.imports FILE ...`; so are the estimates of speed, beside
results of MLPerf: `python -m bench throughput --measured FOLDER`.
"""

import argparse
import asyncio
import os
from pathlib import Path

import psutil
from rich.console import Console

from bench import (
    commands,
    embedding,
    filtered_search,
    fuzz,
    growth,
    hostile,
    kills,
    memory,
    model_faults,
    outages,
    page,
    placement,
    reading,
    service_turns,
    starts,
    stored_turns,
    throughput,
    tool_latency,
    turn_rates,
    vector_index,
    whole_plan,
)
from bench.catalogue import SEED
from bench.database import bench_database, fill

AT_SEED_SIZE = {
    "tools": tool_latency.run,
    "index": vector_index.run,
    "filters": filtered_search.run,
    "embedding": embedding.run,
    "placement": placement.run,
    "plan": whole_plan.run,
}
GROWTH, READER, THROUGHPUT = "growth", "reader", "throughput"
"""Those that bring their own sizes."""
SERVED = {
    "fuzz": fuzz.run, "hostile": hostile.run, "kills": kills.run, "outages": outages.run,
    "faults": model_faults.run,
    "workers": service_turns.run, "rates": turn_rates.run, "page": page.run,
    "stored": stored_turns.run, "starts": starts.run, "memory": memory.run,
    "commands": commands.run,
}  # fmt: skip
"""Those that start processes of their own."""


async def _main(names: list[str], *, large: bool, console: Console) -> None:
    memory_gib = psutil.virtual_memory().total / 2**30
    console.print(f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, load {os.getloadavg()[0]:.1f} at the start")
    async with bench_database() as database:
        if set(names) - {GROWTH, READER}:
            filled = await fill(database, SEED)
            console.print(
                f"{SEED.offers:,} offers, {SEED.packages:,} packages, {SEED.models:,} models, {SEED.chunks:,} pieces of"
                f" cards: rows {filled.rows_s:.0f} s, vectors {filled.chunks_s:.0f} s, index {filled.index_s:.0f} s"
            )
        for name in names:
            if name == GROWTH:
                await growth.run(database, console, large=large)
            elif name == READER:
                await reading.run(database, console)
            else:
                await AT_SEED_SIZE[name](database, console)


def _arguments() -> argparse.Namespace:
    every = [READER, *AT_SEED_SIZE, GROWTH, *SERVED]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks; each prints ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(every)}; default: all")
    parser.add_argument(
        "--large", action="store_true", help="growth to 1,000,000 pieces: half an hour and 8 GB of disk"
    )
    parser.add_argument(
        "--measured", type=Path, metavar="FOLDER", help=f"{THROUGHPUT}: where the results of MLPerf are"
    )
    arguments = parser.parse_args()
    if arguments.names == [THROUGHPUT]:
        if arguments.measured is None:
            parser.error(f"{THROUGHPUT} needs --measured FOLDER")
        return arguments
    if len(arguments.names) == 1 and arguments.names[0] in SERVED:
        return arguments
    every = [name for name in every if name not in SERVED]
    if unknown := set(arguments.names) - set(every):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(every)}, {THROUGHPUT}")
    arguments.names = arguments.names or every
    return arguments


if __name__ == "__main__":
    chosen = _arguments()
    if chosen.names == [THROUGHPUT]:
        throughput.run(chosen.measured, Console(width=160))
    elif chosen.names[0] in SERVED:
        SERVED[chosen.names[0]](Console(width=120))
    else:
        asyncio.run(_main(chosen.names, large=chosen.large, console=Console(width=120)))
