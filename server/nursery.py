"""`python -m server.nursery FD`: has everything read that a turn needs, and forks workers that have it too.

A fork costs milliseconds and shares the memory, where a new process would import and read for three seconds. The
process has one thread and no connection when it forks. It ends when the server does, which closes its end of FD, and
leaves the signals of a terminal or a service manager to the server, so that turns under way can end.
"""

import asyncio
import os
import pickle
import signal
import socket
import sys
import threading
import warnings
from contextlib import suppress

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads would be lost in a fork
if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):  # the last: nobody waits for a worker's end
        signal.signal(ignored, signal.SIG_IGN)

from langsmith import tracing_context

from catalog.embedder import load_embedder
from database import Database
from domain.errors import DatabaseUnavailable
from domain.vocabulary import Vocabulary
from domain.workload import WorkloadSpec
from graph.architect import build_graph
from graph.context import ArchitectContext, open_context, read_rules, spare_the_collector
from graph.understanding.reading import BuiltinReader
from server.frames import FORK, READY, Setup
from server.worker import work

AGAIN_S = 0.2
NICER = 5
"""Workers leave the processor to the server, which must answer `/live` meanwhile."""
WARM_UP = "Deploy Llama 3.3 70B for inference for 200 users"
LONGEST_SETUP = 1 << 20


def main() -> None:
    """Reads, says so, and forks a worker for every connection that is sent."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _read_own_files()
    if not (asked := control.recv(LONGEST_SETUP)):
        return
    setup: Setup = pickle.loads(asked)
    context = asyncio.run(_prepared(setup, control))
    spare_the_collector()
    os.nice(NICER)
    if (threads := threading.active_count()) != 1:
        warnings.warn(f"{threads} threads where forks are made", stacklevel=1)
    with suppress(BrokenPipeError):  # the server is gone, as is read next
        control.send(READY)
    while True:
        message, handles, _, _ = socket.recv_fds(control, len(FORK), 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(socket.socket(fileno=handles[0]), context)
            finally:
                os._exit(1)
        os.close(handles[0])


def _read_own_files() -> None:
    """What no catalogue has a part in: phrases, rules, the world's places. The server opens its database meanwhile."""
    read_rules()
    BuiltinReader(Vocabulary(), load_embedder()).board([WARM_UP], WorkloadSpec(), None)


async def _prepared(setup: Setup, control: socket.socket) -> ArchitectContext:
    """The context, warmed by one plan, with its database closed. Waits for a database that is down."""
    while True:
        try:
            database = await Database.connected(setup.conninfo, setup.settings)
            break
        except DatabaseUnavailable:
            if _is_hung_up(control):
                sys.exit()
            await asyncio.sleep(AGAIN_S)
    try:
        context = await open_context(database, setup.settings)
        context.grammar.warm()
        if context.reader is context.grammar:
            with tracing_context(enabled=False):  # it would start threads
                await build_graph().compile().ainvoke({"message": WARM_UP}, context=context)
    finally:
        await database.close()
    return context


def _is_hung_up(control: socket.socket) -> bool:
    """Whether the server is gone."""
    try:
        return not control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False


if __name__ == "__main__":
    main()
