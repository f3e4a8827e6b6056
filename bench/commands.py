"""The processor time of commands at a terminal, beside importing LangGraph alone and beside another checkout."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.served import serving

HERE = Path(__file__).resolve().parent.parent
ASKED = "I need to deploy Llama 70B for inference"
COMMANDS: dict[str, tuple[tuple[str, ...], float]] = {
    "stack8s --help": (("--help",), 0.3),
    "stack8s size": (("size", "Llama-3.1-8B-Instruct", "--gpu", "H100"), 0.7),
    "stack8s understand": (("understand", ASKED), 1.5),
    "stack8s plan": (("plan", ASKED), 2.0),
}
"""Each with its target in seconds of CPU."""
RUN = "import sys; sys.argv[0] = 'stack8s'; import cli; cli.main()"
IMPORTED = "import langgraph.graph"
ROUNDS = 3
BESIDE = "STACK8S_BENCH_BESIDE"
SERVED = "stack8s plan, beside `stack8s serve`"
TARGET_S = COMMANDS["stack8s plan"][1]


def run(console: Console) -> None:
    """Prints the table. STACK8S_BENCH_BESIDE=DIR: the same commands of another checkout, in turns."""
    folders = [HERE, *([Path(os.environ[BESIDE]).resolve()] if BESIDE in os.environ else [])]
    spent: dict[tuple[str, Path], float] = {}
    with TemporaryDirectory(prefix="stack8s-bench-") as kept:
        homes = {folder: str(Path(kept) / str(number)) for number, folder in enumerate(folders)}
        for folder in folders:  # starts the database, fills the catalogue, writes the bytecode
            _cpu_s([RUN, "plan", ASKED], folder, homes[folder])
        for _ in track(range(ROUNDS), "Running the commands ...", console=console, transient=True):
            for folder in folders:
                for name, code in ((IMPORTED, [IMPORTED]), *((n, [RUN, *c]) for n, (c, _) in COMMANDS.items())):
                    taken = _cpu_s(code, folder, homes[folder])
                    spent[name, folder] = min(taken, spent.get((name, folder), taken))
    table = Table(title=f"CPU of the second and later runs, the least of {ROUNDS}")
    for heading in (
        "",
        "s",
        "over importing LangGraph",
        "target, over target",
        *(["over the other"] * (len(folders) - 1)),
    ):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row(IMPORTED, f"{spent[IMPORTED, HERE]:.2f}", "", "")
    for name, (_, target_s) in COMMANDS.items():
        taken = spent[name, HERE]
        ratio = f"x{taken / spent[IMPORTED, HERE]:.2f}"
        beside = [f"x{taken / spent[name, folder]:.2f}" for folder in folders[1:]]
        table.add_row(name, f"{taken:.2f}", ratio, f"{target_s:g} s: x{taken / target_s:.2f}", *beside)
    taken = _served_s()
    ratio = f"x{taken / spent[IMPORTED, HERE]:.2f}"
    table.add_row(SERVED, f"{taken:.2f}", ratio, f"{TARGET_S:g} s: x{taken / TARGET_S:.2f}")
    console.print(table)


def _served_s() -> float:
    """CPU of a plan that a running server makes: the command's, and what the server and its workers spend meanwhile."""
    code, found = [RUN, *COMMANDS["stack8s plan"][0]], []
    with serving() as served:
        home = str(served.data_dir)
        _cpu_s(code, HERE, home)
        for _ in range(ROUNDS):
            before = _server_s(served.pid)
            found.append(_cpu_s(code, HERE, home) + _server_s(served.pid) - before)
    return min(found)


def _server_s(pid: int) -> float:
    server = psutil.Process(pid)
    times = (process.cpu_times() for process in (server, *server.children(recursive=True)))
    return float(sum(spent.user + spent.system for spent in times))


def _cpu_s(code: list[str], folder: Path, home: str) -> float:
    """Seconds of CPU, own and system's, of a Python process in that folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "STACK8S_DATA_DIR": home, "STACK8S_ENGINE": "builtin"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", *code], cwd=folder, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
