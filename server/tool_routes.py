"""`/api/v1/tools`: the retrievals by themselves, as the graph calls them."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Body, HTTPException, Response

from domain.queries import (
    CardQuery,
    CardResult,
    ComputeQuery,
    ModelQuery,
    ModelResult,
    OfferResult,
    PackageQuery,
    PackageResult,
)
from server.doors import OpenTurns, as_json
from server.first_api import ComputeSearch, ModelSearch, PackageSearch
from server.problems import responses
from tools.models import task_of

Query = TypeVar("Query", ComputeQuery, PackageQuery, ModelQuery, CardQuery)
Result = TypeVar("Result", OfferResult, PackageResult, ModelResult, CardResult)
MOST_ROWS = 1_000
"""Of one answer."""

router = APIRouter(prefix="/api/v1/tools", tags=["tools"])

COMPUTE = {
    "24 GB under $3000": {"value": {"min_gpu_count": 2, "min_vram_gb": 24, "max_price_monthly": 3000}},
    "in the first API's names": {"value": {"gpu_needed": True, "min_vram_gb": 24, "provider": "aws", "top_k": 5}},
}
PACKAGES = {"by words": {"value": {"text": "vector database", "top_k": 5}}}
CARDS = 5
"""Pieces of cards, where a query says no number."""
CARD_PIECES = {"by words": {"value": {"text": "which languages does it speak", "models": ["openai/whisper-large-v3"]}}}
MODELS = {"by words": {"value": {"text": "detect objects in images", "commercial": True}}}


@router.post("/compute/search", response_model=OfferResult, responses=responses(422, 503, 504))
async def compute_search(turns: OpenTurns, query: Annotated[ComputeSearch, Body(openapi_examples=COMPUTE)]) -> Response:
    """Instance types with prices, the cheapest first."""
    context = turns.context
    wanted = limited(query.wanted, context.settings.compute_top_k)
    return as_json(answered(await context.tools.compute(wanted, turns.database)))


@router.post("/k8s/search", response_model=PackageResult, responses=responses(422, 503, 504))
async def package_search(
    turns: OpenTurns, query: Annotated[PackageSearch, Body(openapi_examples=PACKAGES)]
) -> Response:
    """Helm charts, the best match first."""
    context = turns.context
    wanted = limited(query.wanted, context.settings.k8s_top_k)
    return as_json(answered(await context.tools.packages(wanted, turns.database)))


@router.post("/hf/search", response_model=ModelResult, responses=responses(422, 503, 504))
async def model_search(turns: OpenTurns, query: Annotated[ModelSearch, Body(openapi_examples=MODELS)]) -> Response:
    """Models, the most relevant and popular first."""
    context = turns.context
    wanted = limited(query.wanted, context.settings.hf_top_k)
    task_of(wanted.task)  # a wrong one is the caller's fault, not the tool's
    return as_json(answered(await context.tools.models(wanted, turns.database)))


@router.post("/cards/search", response_model=CardResult, responses=responses(422, 503, 504))
async def card_search(turns: OpenTurns, query: Annotated[CardQuery, Body(openapi_examples=CARD_PIECES)]) -> Response:
    """Pieces of model cards, the nearest to the words first."""
    return as_json(answered(await turns.context.tools.cards(limited(query, CARDS), turns.database)))


def limited(query: Query, top_k: int) -> Query:
    """The query with this server's top_k where it says none, and with no more than an answer carries."""
    wanted = query.top_k if "top_k" in query.model_fields_set else top_k
    return query.model_copy(update={"top_k": min(wanted or MOST_ROWS, MOST_ROWS)})


def answered(result: Result) -> Result:
    """A tool that failed is a named gap in a plan, but by itself it is a failed request."""
    if result.status in ("failed", "timeout"):
        raise HTTPException(504 if result.status == "timeout" else 503, result.error)
    return result
