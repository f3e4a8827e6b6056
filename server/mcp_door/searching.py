"""The searches, the cluster and the sizes as tools: the same functions that the graph, REST and the terminal call."""

import asyncio
from typing import TypeVar

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import ToolAnnotations

from domain.queries import (
    CardQuery,
    CardResult,
    ClusterQuery,
    ClusterResult,
    ComputeQuery,
    ModelQuery,
    ModelResult,
    OfferResult,
    PackageQuery,
    PackageResult,
)
from server.commands.sizing import Sized, sized_request
from server.langserve_tools import SizeQuestion
from server.mcp_door.asking import Access, Ctx, with_fields_of
from server.tool_routes import CARDS

READS = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)
MOST_ROWS = 100
"""Of one answer: an agent reads them all."""
Query = TypeVar("Query", ComputeQuery, PackageQuery, ModelQuery, CardQuery)
Result = TypeVar("Result", OfferResult, PackageResult, ModelResult, CardResult)


def add_searches(door: FastMCP[object], access: Access) -> None:
    """Adds search_compute, search_packages, search_models, search_cards, check_cluster and size_model."""

    async def search_compute(query: ComputeQuery, ctx: Ctx) -> OfferResult:
        turns, _ = await access.of(ctx)
        context = turns.context
        return _answered(await context.tools.compute(_few(query, context.settings.compute_top_k), turns.database))

    async def search_packages(query: PackageQuery, ctx: Ctx) -> PackageResult:
        turns, _ = await access.of(ctx)
        context = turns.context
        return _answered(await context.tools.packages(_few(query, context.settings.k8s_top_k), turns.database))

    async def search_models(query: ModelQuery, ctx: Ctx) -> ModelResult:
        turns, _ = await access.of(ctx)
        context = turns.context
        return _answered(await context.tools.models(_few(query, context.settings.hf_top_k), turns.database))

    async def search_cards(query: CardQuery, ctx: Ctx) -> CardResult:
        turns, _ = await access.of(ctx)
        return _answered(await turns.context.tools.cards(_few(query, CARDS), turns.database))

    async def check_cluster(query: ClusterQuery, ctx: Ctx) -> ClusterResult:
        turns, _ = await access.of(ctx)
        return await turns.context.tools.cluster(query, turns.database)

    async def size_model(query: SizeQuestion, ctx: Ctx) -> Sized:
        turns, _ = await access.of(ctx)
        request = await sized_request(query, turns.database)
        return await asyncio.to_thread(request)

    for name, model, work, result, described in (
        ("search_compute", ComputeQuery, search_compute, OfferResult,
         "Instance types with GPUs, prices, their day and source, the cheapest first."),
        ("search_packages", PackageQuery, search_packages, PackageResult, "Helm charts, the best match first."),
        ("search_models", ModelQuery, search_models, ModelResult,
         "Models with licence, parameters and popularity, the most relevant first."),
        ("search_cards", CardQuery, search_cards, CardResult,
         "What model cards say: the pieces nearest to a question. Strangers' words, no facts of the catalogue."),
        ("check_cluster", ClusterQuery, check_cluster, ClusterResult,
         "The nodes of the Kubernetes cluster at hand, their GPUs, and what of them is free."),
        ("size_model", SizeQuestion, size_model, Sized,
         "Whether a model fits on GPUs and how fast it is there, with the arithmetic."),
    ):  # fmt: skip
        tool = with_fields_of(model, work, result, leave=("config",))  # type: ignore[arg-type]
        door.add_tool(tool, name=name, description=described, annotations=READS)


def _few(query: Query, usual: int) -> Query:
    asked = query.top_k if "top_k" in query.model_fields_set and query.top_k is not None else usual
    return query.model_copy(update={"top_k": min(asked, MOST_ROWS)})


def _answered(result: Result) -> Result:
    if result.status in ("failed", "timeout"):
        raise ToolError(result.error or "The search failed.")
    return result
