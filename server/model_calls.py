"""Which language models a turn asked, how long each took and what came of it, for metrics and traces."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from server.events import ModelAsked
from server.usage import believable


class ModelCalls(BaseCallbackHandler):
    """LangChain's callback of one turn. A call that a time-out cut off ends with nothing: `close` tells of it."""

    run_inline = True  # else LangChain starts a thread for it

    def __init__(self, tell: Callable[[ModelAsked], None]) -> None:
        self._tell = tell
        self._asked: dict[UUID, tuple[str, float]] = {}

    @property
    def ignore_chain(self) -> bool:
        """A turn has some forty runs of nodes, and none of them is a model's."""
        return True

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        model = (kwargs.get("invocation_params") or {}).get("model", "unknown")
        self._asked[run_id] = (str(model), time.monotonic())

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        message = generation.message if isinstance(generation, ChatGeneration) else None
        used = message.usage_metadata if isinstance(message, AIMessage) else None
        self._told(run_id, "answered", *((used["input_tokens"], used["output_tokens"]) if used else ()))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._told(run_id, "failed")

    def close(self) -> None:
        """Tells of the calls that never ended."""
        for run_id in tuple(self._asked):
            self._told(run_id, "cut_off")

    def _told(self, run_id: UUID, outcome: str, input_tokens: int = 0, output_tokens: int = 0) -> None:
        asked = self._asked.pop(run_id, None)
        if asked is not None:
            model, began = asked
            self._tell(
                ModelAsked.model_validate(
                    {
                        "model": model, "outcome": outcome, "took_s": time.monotonic() - began,
                        "input_tokens": believable(input_tokens), "output_tokens": believable(output_tokens),
                    }
                )
            )  # fmt: skip
