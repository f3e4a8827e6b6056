"""The four tools. They run side by side, write a key each, and a failure is a result."""

import asyncio
from itertools import chain

from langgraph.runtime import Runtime

from domain.base import Frozen
from domain.queries import ClusterQuery, ClusterResult, ComputeQuery, ModelResult, OfferResult, PackageResult, ToolName
from domain.turn import ToolCall
from graph.context import ArchitectContext, context_of
from graph.state import ArchitectState
from tools.boundary import bounded


async def compute(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    query = state["queries"].compute
    assert query is not None
    result = await offers_asked(state, await context_of(runtime))
    return {"offers": result, "tool_calls": _call("compute", query, result)}


async def offers_asked(state: ArchitectState, context: ArchitectContext) -> OfferResult:
    """What the turn's question finds; also for a turn that goes on from a checkpoint, which holds no offers."""
    query = state["queries"].compute
    assert query is not None
    return await offers_found(query, context)


async def offers_found(query: ComputeQuery, context: ArchitectContext) -> OfferResult:
    """Within the time a tool has; a failure is a result."""
    return await bounded(context.tools.compute(query, context.database), OfferResult, context.settings.tool_timeout_s)


async def packages(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    context = await context_of(runtime)
    query = state["queries"].packages
    assert query is not None
    result = await bounded(
        context.tools.packages(query, context.database), PackageResult, context.settings.tool_timeout_s
    )
    return {"packages": result, "tool_calls": _call("packages", query, result)}


async def models(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    context = await context_of(runtime)
    queries = state["queries"].models
    results = await asyncio.gather(
        *(
            bounded(context.tools.models(query, context.database), ModelResult, context.settings.tool_timeout_s)
            for query in queries
        )
    )
    calls = chain.from_iterable(_call("models", query, result) for query, result in zip(queries, results, strict=True))
    return {"models": _joined(results), "tool_calls": tuple(calls)}


async def cluster(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    context = await context_of(runtime)
    query = ClusterQuery()
    result = await bounded(
        context.tools.cluster(query, context.database), ClusterResult, context.settings.tool_timeout_s
    )
    return {"cluster": result, "tool_calls": _call("cluster", query, result)}


def _joined(results: list[ModelResult]) -> ModelResult:
    """Answers to several model queries as one: in their order, each model once; one failure fails the whole."""
    failed = next((result for result in results if result.status in ("failed", "timeout")), None)
    if failed is not None:
        return failed
    scored = {
        item.key: (item, score)
        for result in reversed(results)
        for item, score in zip(reversed(result.items), reversed(result.scores), strict=True)
    }
    ordered = [scored[key] for key in dict.fromkeys(item.key for result in results for item in result.items)]
    return ModelResult(
        status="ok" if ordered else "empty",
        items=tuple(item for item, _ in ordered),
        scores=tuple(score for _, score in ordered),
        took_ms=max((result.took_ms for result in results), default=0.0),
    )


def _call(
    tool: ToolName, query: Frozen, result: OfferResult | PackageResult | ModelResult | ClusterResult
) -> tuple[ToolCall, ...]:
    return (
        ToolCall(
            tool=tool, query=query.model_dump_json(exclude_defaults=True),
            arguments=query.model_dump(mode="json", exclude_defaults=True),
            status=result.status, rows=len(result.items), took_ms=result.took_ms,
        ),
    )  # fmt: skip
