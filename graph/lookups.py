"""The catalogue asked on the way to an answer: like the four tools, but a failure is raised, not put in a plan."""

from typing import TypeVar

from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.offers import Offer
from domain.packages import Package
from domain.queries import ComputeQuery, ModelQuery, ModelResult, OfferResult, PackageQuery, PackageResult
from graph.context import ArchitectContext
from tools.boundary import bounded

Result = TypeVar("Result", OfferResult, ModelResult, PackageResult)


async def offers_for(context: ArchitectContext, query: ComputeQuery) -> tuple[Offer, ...]:
    """Raises DatabaseUnavailable when the tool fails or takes too long: nothing found must mean there is nothing."""
    answer = context.tools.compute(query, context.database)
    return _items(await bounded(answer, OfferResult, context.settings.tool_timeout_s)).items


async def models_for(context: ArchitectContext, query: ModelQuery) -> tuple[ModelCard, ...]:
    """Raises DatabaseUnavailable."""
    answer = context.tools.models(query, context.database)
    return _items(await bounded(answer, ModelResult, context.settings.tool_timeout_s)).items


async def packages_for(context: ArchitectContext, query: PackageQuery) -> tuple[Package, ...]:
    """Raises DatabaseUnavailable."""
    answer = context.tools.packages(query, context.database)
    return _items(await bounded(answer, PackageResult, context.settings.tool_timeout_s)).items


def _items(result: Result) -> Result:
    if result.status in ("failed", "timeout"):
        raise DatabaseUnavailable(
            "The catalogue could not be asked just now, so there is no answer to that yet; the plan stands as it is.",
            "Ask again in a moment.",
        )
    return result
