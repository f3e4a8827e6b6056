"""`/architect`: the turn as a LangServe runnable. LangServe is in maintenance upstream and stays in this module.

`invoke` and `batch` answer with replies. `stream` tells the turn as it goes and ends with the reply;
`stream_events` gives the same as LangChain events.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Literal, TypeVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

import langserve
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from langchain_core.callbacks import AsyncCallbackManagerForChainRun
from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig
from pydantic import BaseModel, Field, ValidationError

from domain.errors import ArchitectError, ConversationNotFound, InvalidInput
from domain.queries import MOST_NAMES, Name
from domain.turn import MAX_ID_CHARACTERS, TurnReply, TurnRequest
from server.doors import owner_of
from server.events import Progress, ReplyReady, TurnStarted
from server.opening import Opening
from server.problems import responses
from server.turns import Turns

REFUSED = responses(400, 401, 403, 404, 409, 413, 422, 429, 503, 504)
ENDPOINTS: tuple[
    Literal["invoke", "stream", "stream_log", "stream_events", "input_schema", "output_schema", "config_schema"], ...
] = ("invoke", "stream", "stream_log", "stream_events", "input_schema", "output_schema", "config_schema")
"""LangServe's own `batch` fails whole where one of its messages does: ours is in `server/langserve_batch.py`."""

OWNER = "__owner"
"""Set by the server for every call, whatever the caller's `configurable` says; LangChain keeps it out of traces."""


def add_routes(app: FastAPI, opening: Opening, path: str = "/architect") -> None:
    """Serves the turn under `path`."""
    _describe_bodies(app, path)
    langserve.add_routes(
        app,
        TurnRunnable(opening),
        path=path,
        config_keys=("configurable",),
        per_req_config_modifier=_Doorstep(opening).config_of,  # type: ignore[arg-type]  # its dict is this config
        enabled_endpoints=ENDPOINTS,
        dependencies=[Depends(_refuse_unreadable)],
    )


class TurnRunnable(Runnable[TurnRequest, TurnReply | Progress]):
    """One turn as a runnable. LangChain's `configurable.thread_id` may name the conversation too."""

    name = "turn"

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What LangServe lets through of a caller's `configurable`."""
        described = "the conversation, where the input names none"
        return [ConfigurableFieldSpec(id="thread_id", annotation=str, default="", description=described)]

    @property
    def InputType(self) -> type[TurnRequest]:  # noqa: N802 (LangChain's name)
        return TurnRequest

    @property
    def OutputType(self) -> type[TurnReply]:  # noqa: N802 (what every stream ends with)
        return TurnReply

    def invoke(self, input: TurnRequest, config: RunnableConfig | None = None, **kwargs: object) -> TurnReply:
        raise NotImplementedError("Turns are taken on the event loop: use ainvoke.")

    async def ainvoke(self, input: TurnRequest, config: RunnableConfig | None = None, **kwargs: object) -> TurnReply:
        """The reply; LangServe hands the input over as a plain mapping."""
        return cast(TurnReply, await self._acall_with_config(self._take, TurnRequest.model_validate(input), config))

    async def astream(
        self, input: TurnRequest, config: RunnableConfig | None = None, **kwargs: object | None
    ) -> AsyncIterator[TurnReply | Progress]:
        """What happens, then the reply. A turn that fails on the way ends with a reply of type `error`."""

        async def given() -> AsyncIterator[TurnRequest]:
            yield TurnRequest.model_validate(input)

        async for chunk in self._atransform_stream_with_config(given(), self._tell, config):
            yield chunk

    async def _take(
        self, request: TurnRequest, run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> TurnReply | Progress:
        turns = await self._opening.turns()
        key, owner = _configured(config, "idempotency_key"), _configured(config, OWNER)
        return await turns.run(await _named(turns, request, config), owner=owner, idempotency_key=key)

    async def _tell(
        self, requests: AsyncIterator[TurnRequest], run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> AsyncIterator[TurnReply | Progress]:
        async for request in requests:
            turns = await self._opening.turns()
            asked = await _named(turns, request, config)
            conversation_id = asked.conversation_id or ""
            try:
                key = _configured(config, "idempotency_key")
                async for event in turns.stream(asked, owner=_configured(config, OWNER), idempotency_key=key):
                    if isinstance(event, TurnStarted):
                        conversation_id = event.conversation_id
                    yield event.reply if isinstance(event, ReplyReady) else event
            except ArchitectError as error:
                yield TurnReply(
                    conversation_id=conversation_id,
                    response_type="error",
                    response=f"{error.message} {error.remedy}".strip(),
                    engine=turns.context.reader.name,
                    catalog=turns.context.catalog,
                )


class _Doorstep:
    """What must be known of a request before LangServe answers it."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    async def config_of(self, config: RunnableConfig, request: Request) -> RunnableConfig:
        """Passes user and key on. A stream's status goes out before its turn begins, so a refusal must come here."""
        owner = owner_of(request)
        config = {**config, "configurable": {**config.get("configurable", {}), OWNER: owner}}
        key = request.headers.get("idempotency-key")
        if request.url.path.endswith(("/stream", "/stream_log", "/stream_events")):
            turns = await self._opening.turns()
            asked = await _named(turns, _request_in(await request.json()), config)
            await turns.check(asked, owner=owner, idempotency_key=key)
        return {**config, "configurable": {**config.get("configurable", {}), "idempotency_key": key}}


async def _refuse_unreadable(request: Request) -> None:
    """LangServe answers 500 to a body that is no text, or nested too deep, and to an invalid input in a batch."""
    if request.method != "POST":
        return
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise RequestValidationError(["The body is not JSON."]) from error
    if not isinstance(body, dict):
        raise RequestValidationError(["The body must be a JSON object."])
    _valid(BODIES[request.url.path.rpartition("/")[2]], body)


Body = TypeVar("Body", bound=BaseModel)
Selected = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMES)] | None


class Configurable(BaseModel):
    thread_id: str = Field(
        default="", max_length=MAX_ID_CHARACTERS, description="the conversation, where the input names none"
    )


class CallConfig(BaseModel):
    """What is taken of LangChain's config; the rest of it is ignored."""

    configurable: Configurable = Configurable()


class TurnCall(BaseModel):
    """A turn, as LangServe's clients ask for it."""

    input: TurnRequest
    config: CallConfig = CallConfig()


class EventsCall(TurnCall):
    """A turn told as LangChain's events, all of them or some."""

    include_names: Selected = None
    include_types: Selected = None
    include_tags: Selected = None
    exclude_names: Selected = None
    exclude_types: Selected = None
    exclude_tags: Selected = None


class LogCall(EventsCall):
    """A turn told as changes of LangChain's log of it."""

    diff: bool = True


BODIES: dict[str, type[BaseModel]] = {
    "invoke": TurnCall,
    "stream": TurnCall,
    "stream_events": EventsCall,
    "stream_log": LogCall,
}
"""What each endpoint takes: LangServe's own models bound nothing."""


def _describe_bodies(app: FastAPI, path: str) -> None:
    """Puts these bodies into the OpenAPI document, with the statuses a refusal has."""
    describe = app.openapi

    def openapi() -> dict[str, object]:
        document = describe()
        schemas = document["components"]["schemas"]
        for endpoint, kind in BODIES.items():
            schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            assert schemas.get(kind.__name__, schema) == schema, "two bodies of one name"
            schemas[kind.__name__] = schema
            operation = document["paths"][f"{path}/{endpoint}"]["post"]
            body = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}
            operation["requestBody"] = {"required": True, "content": {"application/json": body}}
            operation["responses"].update({str(code): told for code, told in REFUSED.items()})
            if endpoint.startswith("stream"):
                operation["responses"]["200"]["content"] = {"text/event-stream": {}}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def _request_in(body: object) -> TurnRequest:
    return _valid(TurnCall, body).input


def _valid(kind: type[Body], body: object) -> Body:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def _named(turns: Turns, request: TurnRequest, config: RunnableConfig) -> TurnRequest:
    """The request with the conversation that `thread_id` names, where it names none itself."""
    thread_id = _configured(config, "thread_id")
    if thread_id is None or request.conversation_id == thread_id:
        return request
    if request.conversation_id is not None:
        raise InvalidInput("conversation_id and thread_id name two conversations.", "Leave thread_id out.")
    if "\0" in thread_id:
        raise InvalidInput("The thread_id holds a NUL character.", "Send it as plain text.")
    owner = _configured(config, OWNER)
    return request.model_copy(update={"conversation_id": str(await conversation_of(turns, thread_id, owner))})


async def conversation_of(turns: Turns, thread_id: str, owner: str | None) -> UUID:
    """The user's conversation of that id or name, which is begun where there is none.

    A name is the user's own: two users' threads of one name are two conversations, and an id of somebody else's is to
    this user a name like any other.
    """
    own_name = uuid5(NAMESPACE_URL, f"{owner or ''}\n{thread_id}")
    try:
        named = UUID(thread_id)
    except ValueError:
        named = own_name
    with suppress(ConversationNotFound):
        await turns.conversations.known(named, owner=owner)
        return named
    conversation_id = named if owner is None else own_name
    await turns.conversations.begin(conversation_id, owner=owner)
    return conversation_id


def _configured(config: RunnableConfig, key: str) -> str | None:
    return cast("str | None", config.get("configurable", {}).get(key)) or None
