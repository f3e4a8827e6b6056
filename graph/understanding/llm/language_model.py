"""One question to an OpenAI-compatible language model, answered in a strict JSON schema or not at all.

The model's client is imported when a `LanguageModel` is made, because the import takes about two seconds which
nobody without a key should wait.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from pydantic import SecretStr

from domain.base import Frozen
from domain.errors import EngineUnavailable
from graph.understanding.llm.answer import LONGEST_TEXT
from graph.understanding.llm.bounded_http import bound
from settings import Settings

Answer = TypeVar("Answer", bound=Frozen)

MOST_TOKENS = 8_000
"""Of an answer, thoughts included."""
FIRST_REST_S, LONGEST_REST_S = 5.0, 300.0
_LOG = logging.getLogger(__name__)
_REMEDY = "Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_CHAT_MODEL, or set STACK8S_ENGINE=builtin."
_NO_TEMPERATURE = ("o1", "o3", "o4", "gpt-5")
"""Reasoning models refuse a temperature other than their own."""
_STATUSES = {
    401: "did not accept the API key",
    403: "did not accept the API key",
    404: "is not known to its server under the configured name",
    429: "is over its rate limit",
}


class Unreachable(EngineUnavailable):
    """No answer came; asking again right away would only take as long again."""


class LanguageModel:
    """One provider's model. Retries what may pass (429, 5xx, time-outs) within the time-out; after a failure it is
    left alone, twice as long each time, and whoever asks is told so at once."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        from langchain_openai import ChatOpenAI
        from openai import DefaultAsyncHttpxClient

        model = settings.openai_chat_model
        # A server of one's own needs no key, but the client insists on one.
        key = settings.openai_api_key or SecretStr("none")
        self._chat = ChatOpenAI(
            model=model,
            api_key=key,
            base_url=settings.openai_base_url,
            timeout=settings.openai_timeout_s,
            http_async_client=DefaultAsyncHttpxClient(event_hooks={"response": [bound]}),
            max_retries=settings.openai_max_retries,
            max_completion_tokens=MOST_TOKENS,
            temperature=None if model.startswith(_NO_TEMPERATURE) else 0,
            disable_streaming=True,
            tags=["nostream", "langsmith:nostream"],
        )
        self._timeout_s, self._clock = settings.openai_timeout_s, clock
        self._failures, self._rests_until, self._said = 0, 0.0, ""

    async def ask(self, shape: type[Answer], instructions: str, material: object, *, share: float = 1.0) -> Answer:
        """The answer in this shape, within this share of the time-out. Raises EngineUnavailable for every failure; its
        message is safe to show."""
        if self._clock() < self._rests_until:
            raise Unreachable(self._said, _REMEDY)
        try:
            answer = await self._answer(shape, instructions, json.dumps(material, ensure_ascii=False), share)
        except EngineUnavailable as failure:
            _LOG.warning("The language model %s", failure.message)
            self._note(failure.message if isinstance(failure, Unreachable) else "")
            raise
        self._note("")
        return answer

    def _note(self, failure: str) -> None:
        """How the last call went; empty where an answer came."""
        rest = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(self._failures, 10)) if failure else 0.0
        self._said, self._rests_until = failure, self._clock() + rest
        self._failures = self._failures + 1 if failure else 0

    async def _answer(self, shape: type[Answer], instructions: str, material: str, share: float) -> Answer:
        import openai
        from langchain_core.exceptions import LangChainException

        schema = {"name": shape.__name__, "schema": shape.model_json_schema(), "strict": True}
        form = {"type": "json_schema", "json_schema": schema}
        try:
            async with asyncio.timeout(self._timeout_s * share):
                # No chain around it: LangChain's parser would read a text of any length, in a thread that nobody stops.
                reply = await self._chat.ainvoke([("system", instructions), ("human", material)], response_format=form)
            if reply.additional_kwargs.get("refusal"):
                raise EngineUnavailable("declined to answer", _REMEDY)
            return shape.model_validate_json(reply.text if len(reply.text) <= LONGEST_TEXT else "")
        except openai.APIStatusError as error:
            raise _refused_by_server(error.status_code) from None
        except (TimeoutError, openai.APITimeoutError):
            raise Unreachable("did not answer in time", _REMEDY) from None
        except openai.APIConnectionError:
            raise Unreachable("could not be reached", _REMEDY) from None
        except (openai.OpenAIError, LangChainException, ValueError, TypeError, LookupError, AttributeError):
            # A server that answers 200 with something else than a chat completion trips the client in many ways.
            raise EngineUnavailable("gave an answer that could not be read", _REMEDY) from None


def _refused_by_server(status: int) -> EngineUnavailable:
    """A request that is refused for what it holds says nothing about the next one."""
    if status in _STATUSES or status >= 500:
        return Unreachable(_STATUSES.get(status, "is having trouble"), _REMEDY)
    return EngineUnavailable("did not accept the request", _REMEDY)
