"""The workers of a Dask cluster: one that runs already, or one made on this machine for the occasion."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from catalog.embedder import load_embedder
from catalog.embedding import Card, Embedded, Workers, embed_batch
from domain.errors import ArchitectError, InvalidInput

if TYPE_CHECKING:
    from distributed import Client, Future

BATCHES_A_THREAD = 2
"""One at work and one waiting: a worker is never idle, and no more than that is in memory."""


@asynccontextmanager
async def dask_workers(
    embedder_name: str, chunker_version: str, *, scheduler: str | None = None, count: int = 1, timeout_s: float = 10.0
) -> AsyncIterator[Workers]:
    """The workers of the scheduler at that address, or else `count` processes here.

    A remote worker has this package installed and, for an embedder that needs one, a key in its own environment:
    neither is sent. Raises InvalidInput where Dask is not installed, ArchitectError where there is no such scheduler.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as missing:
        raise InvalidInput(
            "Dask is not installed.", "Install it with: pip install 'stack8s-architect[distributed]'"
        ) from missing
    async with AsyncExitStack() as stack:
        place: str | LocalCluster | None = scheduler
        if place is None:
            place = await stack.enter_async_context(
                LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=count, threads_per_worker=1, dashboard_address=None, asynchronous=True
                )
            )
        try:
            client = await stack.enter_async_context(Client(place, asynchronous=True, timeout=timeout_s))  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise ArchitectError(
                f"There is no Dask scheduler at {scheduler}.",
                "Start one with: dask scheduler; and workers: dask worker",
            ) from error
        await client.wait_for_workers(1)
        yield _DaskWorkers(client, embedder_name, chunker_version)


class _DaskWorkers:
    """Batches go out a few ahead of those that are back, and come back in their order."""

    def __init__(self, client: "Client", embedder_name: str, chunker_version: str) -> None:
        self.name = embedder_name
        self.chunker = chunker_version
        self._client = client

    async def embedded(self, batches: AsyncIterator[list[Card]]) -> AsyncIterator[Embedded]:
        running: deque[Future[Embedded]] = deque()
        async for cards in batches:
            running.append(self._client.submit(_embed_batch, cards, self.name, self.chunker, pure=False))
            if len(running) >= BATCHES_A_THREAD * max(1, self._client.scheduler_info()["total_threads"]):
                yield await running.popleft()
        while running:
            yield await running.popleft()


def _embed_batch(cards: Sequence[Card], embedder_name: str, chunker_version: str) -> Embedded:
    """Runs on a worker, which loads its embedder once."""
    return embed_batch(cards, load_embedder(embedder_name), chunker_version)
