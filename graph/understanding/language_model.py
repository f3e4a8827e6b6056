"""One question to an OpenAI-compatible language model, answered in a strict JSON schema or not at all.

The model's client is imported when a `LanguageModel` is made, because the import takes about two seconds which
nobody without a key should wait.
"""

import asyncio
import json
import logging
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr, ValidationError

from domain.base import Frozen
from domain.errors import EngineUnavailable
from settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

Answer = TypeVar("Answer", bound=Frozen)

_LOG = logging.getLogger(__name__)
_REMEDY = "Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_CHAT_MODEL, or set STACK8S_ENGINE=builtin."
_NO_TEMPERATURE = ("o1", "o3", "o4", "gpt-5")
"""Reasoning models refuse a temperature other than their own."""


class Unreachable(EngineUnavailable):
    """No answer came; asking the same thing again right away would only take as long again."""


class LanguageModel:
    """Retries with exponential back-off what may pass (429, 5xx, time-outs); everything else fails at once."""

    def __init__(self, settings: Settings) -> None:
        from langchain_openai import ChatOpenAI

        model = settings.openai_chat_model
        # A server of one's own needs no key, but the client insists on one.
        key = settings.openai_api_key or SecretStr("none")
        self._chat = ChatOpenAI(
            model=model,
            api_key=key,
            base_url=settings.openai_base_url,
            timeout=settings.openai_timeout_s,
            max_retries=settings.openai_max_retries,
            temperature=None if model.startswith(_NO_TEMPERATURE) else 0,
            disable_streaming=True,
            tags=["nostream", "langsmith:nostream"],
        )
        self._deadline_s = settings.openai_timeout_s * (settings.openai_max_retries + 1)

    async def ask(self, shape: type[Answer], instructions: str, material: object) -> Answer:
        """The answer in the given shape. Raises EngineUnavailable, whose message is safe to show, for every failure."""
        try:
            message = await self._reply(shape, instructions, json.dumps(material, ensure_ascii=False))
            return _answer(shape, message)
        except EngineUnavailable as failure:
            _LOG.warning("The language model %s", failure.message)
            raise

    async def _reply(self, shape: type[Frozen], instructions: str, material: str) -> "AIMessage":
        import openai
        from langchain_core.exceptions import LangChainException
        from langchain_core.messages import AIMessage

        schema = shape.model_json_schema()
        bound = self._chat.with_structured_output(schema, method="json_schema", strict=True, include_raw=True)
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await bound.ainvoke([("system", instructions), ("human", material)])
        except openai.APIStatusError as error:
            raise _refused_by_server(error.status_code) from None
        except (TimeoutError, openai.APITimeoutError):
            raise Unreachable("did not answer in time", _REMEDY) from None
        except openai.APIConnectionError:
            raise Unreachable("could not be reached", _REMEDY) from None
        except (openai.OpenAIError, LangChainException, ValueError, TypeError, LookupError, AttributeError):
            # A server that answers 200 with something else than a chat completion trips the client in many ways.
            raise _unreadable() from None
        raw = reply.get("raw") if isinstance(reply, dict) else None
        if not isinstance(raw, AIMessage):
            raise _unreadable()
        return raw


def _answer(shape: type[Answer], message: "AIMessage") -> Answer:
    if message.additional_kwargs.get("refusal"):
        raise EngineUnavailable("declined to answer", _REMEDY)
    try:
        return shape.model_validate_json(message.text)
    except ValidationError:
        raise _unreadable() from None


def _unreadable() -> EngineUnavailable:
    return EngineUnavailable("gave an answer that could not be read", _REMEDY)


def _refused_by_server(status: int) -> EngineUnavailable:
    said = {
        401: "did not accept the API key",
        403: "did not accept the API key",
        404: "is not known to its server under the configured name",
        429: "is over its rate limit",
    }.get(status, "is having trouble" if status >= 500 else "did not accept the request")
    return Unreachable(said, _REMEDY)
