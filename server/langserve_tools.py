"""`/architect/tools/...`, `/architect/retrievers/cards` and `/architect/size`: the tools as LangServe runnables."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field, JsonValue, RootModel, create_model

from domain.queries import (
    LONGEST_TEXT,
    NO_NUL,
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
from server.commands.sizing import Sized, SizeOptions, sized_request
from server.langserve_routes import REFUSED
from server.opening import Opening
from server.tool_routes import CARDS, answered, limited
from tools.models import task_of

Query = TypeVar("Query", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


class RunId(BaseModel):
    run_id: UUID


class SizeQuestion(SizeOptions):
    """One model on one kind of GPU; a file of the server's is no model here."""

    config: None = None


class CardQuestion(RootModel[str]):
    """What is asked of a retriever."""

    root: str = Field(min_length=1, max_length=LONGEST_TEXT, pattern=NO_NUL)


class FoundDocument(BaseModel):
    """A LangChain document, as LangServe's clients read one."""

    id: str | None
    page_content: str = Field(description="a piece of a model card, in its maker's words")
    metadata: dict[str, JsonValue] = Field(description="the model and its facts, and how near the piece is")
    type: Literal["Document"] = "Document"


class Documents(RootModel[list[FoundDocument]]):
    """The nearest first."""


def add_tools(app: FastAPI, opening: Opening, path: str = "/architect") -> None:
    """Serves each with `invoke` and its schemas: the functions that the graph, REST and MCP call."""

    async def compute(query: ComputeQuery) -> OfferResult:
        turns = await opening.turns()
        asked = limited(query, turns.context.settings.compute_top_k)
        return answered(await turns.context.tools.compute(asked, turns.database))

    async def packages(query: PackageQuery) -> PackageResult:
        turns = await opening.turns()
        asked = limited(query, turns.context.settings.k8s_top_k)
        return answered(await turns.context.tools.packages(asked, turns.database))

    async def models(query: ModelQuery) -> ModelResult:
        turns = await opening.turns()
        task_of(query.task)
        asked = limited(query, turns.context.settings.hf_top_k)
        return answered(await turns.context.tools.models(asked, turns.database))

    async def cards(query: CardQuery) -> CardResult:
        turns = await opening.turns()
        return answered(await turns.context.tools.cards(limited(query, CARDS), turns.database))

    async def retrieved(question: CardQuestion) -> Documents:
        from tools.card_retriever import CardRetriever

        turns = await opening.turns()
        found = await CardRetriever(database=turns.database).ainvoke(question.root)
        return Documents([FoundDocument.model_validate(document.model_dump()) for document in found])

    async def cluster(query: ClusterQuery) -> ClusterResult:
        turns = await opening.turns()
        return await turns.context.tools.cluster(query, turns.database)

    async def size(query: SizeQuestion) -> Sized:
        turns = await opening.turns()
        return await asyncio.to_thread(await sized_request(query, turns.database))

    _add(app, f"{path}/tools/compute", compute, ComputeQuery, OfferResult)
    _add(app, f"{path}/tools/packages", packages, PackageQuery, PackageResult)
    _add(app, f"{path}/tools/models", models, ModelQuery, ModelResult)
    _add(app, f"{path}/tools/cards", cards, CardQuery, CardResult)
    _add(app, f"{path}/retrievers/cards", retrieved, CardQuestion, Documents)
    _add(app, f"{path}/tools/cluster", cluster, ClusterQuery, ClusterResult)
    _add(app, f"{path}/size", size, SizeQuestion, Sized)


def _add(
    app: FastAPI, path: str, work: Callable[[Query], Awaitable[Result]], asked: type[Query], result: type[Result]
) -> None:
    """In the shape that LangServe's clients send and read; its own models would bound nothing."""
    name = path.removeprefix("/architect/").replace("/", " ").title().replace(" ", "")
    call = create_model(f"{name}Call", input=(asked, ...))
    reply = create_model(f"{name}Reply", output=(result, ...), metadata=(RunId, ...))

    async def invoke(body: Any) -> Any:
        return reply(output=await work(body.input), metadata=RunId(run_id=uuid4()))

    async def input_schema() -> dict[str, Any]:
        return asked.model_json_schema()

    async def output_schema() -> dict[str, Any]:
        return result.model_json_schema()

    invoke.__annotations__ = {"body": call, "return": reply}
    router = APIRouter(prefix=path, tags=["architect"])
    router.add_api_route("/invoke", invoke, methods=["POST"], response_model=reply, responses=REFUSED)
    router.add_api_route("/input_schema", input_schema)
    router.add_api_route("/output_schema", output_schema)
    app.include_router(router)
