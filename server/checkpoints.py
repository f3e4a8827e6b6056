"""Checkpoints in PostgreSQL, read once a turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, CheckpointTuple, copy_checkpoint
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

_read: ContextVar[dict[str, CheckpointTuple | None] | None] = ContextVar("checkpoints read in a turn", default=None)


@contextmanager
def read_once(new_thread: str | None = None) -> Iterator[None]:
    """Within it the newest checkpoint of a thread is read from the database once, though it is asked for twice: by who
    looks where the conversation stands, and by the graph as it goes on from there. `new_thread` has none yet."""
    token = _read.set({} if new_thread is None else {new_thread: None})
    try:
        yield
    finally:
        _read.reset(token)


class TurnSaver(AsyncPostgresSaver):
    """LangGraph's own, but for `read_once`, and for the values of a checkpoint, which are stored by one statement: a
    statement for each were half of those that a turn sends."""

    UPSERT_CHECKPOINT_BLOBS_SQL = """
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        SELECT %s, %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %b::bytea[])
        ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
    """

    def _dump_blobs(  # type: ignore[override]  # what it gives goes to the statement above alone
        self, thread_id: str, checkpoint_ns: str, values: dict[str, object], versions: ChannelVersions
    ) -> list[tuple[str, str, list[str], list[str], list[str], list[bytes | None]]]:
        rows = super()._dump_blobs(thread_id, checkpoint_ns, values, versions)
        if not rows:
            return []
        _, _, channels, numbers, types, blobs = map(list, zip(*rows, strict=True))
        return [(thread_id, checkpoint_ns, channels, numbers, types, blobs)]

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The newest checkpoint of a thread, or the one that is named."""
        held, asked = _read.get(), config["configurable"]
        if held is None or asked.get("checkpoint_id") or asked.get("checkpoint_ns"):
            return await super().aget_tuple(config)
        thread = str(asked["thread_id"])
        if thread not in held:
            held[thread] = await super().aget_tuple(config)
        found = held[thread]
        # A graph that runs writes into the checkpoint it began from.
        return found and found._replace(checkpoint=copy_checkpoint(found.checkpoint))
