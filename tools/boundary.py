"""Where a tool's failure becomes a result: the one place that catches everything, for all of them."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable
from typing import TypeVar

from domain.errors import ArchitectError
from domain.queries import CardResult, ClusterResult, ModelResult, OfferResult, PackageResult

R = TypeVar("R", OfferResult, PackageResult, ModelResult, ClusterResult, CardResult)

log = logging.getLogger("stack8s.tools")


async def bounded(work: Awaitable[R], result: type[R], timeout_s: float) -> R:
    """The work's result with the time it took; a failure or a time-out as a result that says so, safely.

    Cancellation and the graph's own signals pass through.
    """
    started = time.perf_counter()
    limit = asyncio.timeout(timeout_s)
    try:
        async with limit:
            done = await work
    except ArchitectError as error:
        done = result(status="failed", error=f"{error.message} {error.remedy}".strip())
    except Exception as error:
        if _is_the_graphs_own(error):
            raise
        if limit.expired():
            done = result(status="timeout", error=f"no answer within {timeout_s:g} s")
        else:
            log.info("a tool failed", exc_info=True)  # the result tells the caller; a terminal needs no trace
            done = result(status="failed", error=f"the lookup failed ({type(error).__name__})")
    return done.model_copy(update={"took_ms": (time.perf_counter() - started) * 1000})


def _is_the_graphs_own(error: Exception) -> bool:
    """Whether it is a signal of LangGraph's, such as an interrupt. Where nothing has imported that, there is none: a
    search at a terminal does without it."""
    errors = sys.modules.get("langgraph.errors")
    return errors is not None and isinstance(error, errors.GraphBubbleUp)
