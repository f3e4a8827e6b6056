"""The conversation as clients of chats show it: what was said, what was asked back, what was replied."""

from collections.abc import Iterator, Mapping, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.errors import InvalidUpdateError
from pydantic import ValidationError

from domain.reading import Clarification
from domain.turn import TurnRequest
from graph.asking import questions_in_words
from graph.state import Reply
from graph.studio.state import StudioState

FORMS = 'Send {"message": "..."} or {"messages": [{"role": "user", "content": "..."}]}.'


def newest_words(state: StudioState) -> tuple[str, str]:
    """What the user says now, and the id of the message that holds it, where one does. Raises InvalidUpdateError."""
    if (last := _unheard(state)) is not None:
        return _readable(_text_of(last)), last.id or ""
    return _readable(state.get("message", "")), ""


def edited_words(state: StudioState) -> tuple[str, str] | None:
    """The same where somebody wrote it into the state since the last node read it; else null."""
    if _unheard(state) is None and state.get("message", "") == state["route"].message:
        return None
    return newest_words(state)


def _unheard(state: StudioState) -> HumanMessage | None:
    last = state["messages"][-1] if state.get("messages") else None
    return last if isinstance(last, HumanMessage) and last.id != state.get("heard") else None


def said(words: str, turn: int) -> HumanMessage:
    """A turn that came as plain words; turns count from 1."""
    return HumanMessage(words, id=f"{turn}-said")


def told(update: Mapping[str, object], state: StudioState, turn: int, goes_to: Sequence[str]) -> Iterator[AIMessage]:
    """What a node tells the user."""
    asked, reply = update.get("asked"), update.get("reply")
    if "clarify" in goes_to and isinstance(asked, tuple) and asked and isinstance(asked[-1], Clarification):
        fields = [question.model_dump(mode="json") for question in asked[-1].questions]
        yield AIMessage(
            questions_in_words(asked[-1]), id=f"{turn}-asked", additional_kwargs={"questions": fields}, name="architect"
        )
    if isinstance(reply, Reply):
        beside = state.get("tasks_told", "")
        words = f"{beside}\n{reply.response}" if beside else reply.response
        kind = {"response_type": reply.response_type}
        yield AIMessage(words, id=f"{turn}-replied", response_metadata=kind, name="architect")


def _text_of(message: AnyMessage) -> str:
    """Raises InvalidUpdateError where it holds something else."""
    parts = [message.content] if isinstance(message.content, str) else message.content
    kinds = {part["type"] for part in parts if isinstance(part, dict) and part.get("type") != "text"}
    if kinds:
        raise InvalidUpdateError(f"Only text is read here, no {' and no '.join(sorted(map(str, kinds)))}. {FORMS}")
    return "\n".join(part if isinstance(part, str) else str(part.get("text", "")) for part in parts)


def _readable(words: object) -> str:
    """Raises InvalidUpdateError where it is no text, empty, or too long."""
    if not words:
        raise InvalidUpdateError(f"There is no message. {FORMS}")
    try:
        text = TurnRequest.model_validate({"message": words}).message
    except ValidationError as wrong:
        raise InvalidUpdateError(f"The message cannot be read: {wrong.errors()[0]['msg']}. {FORMS}") from None
    if "\0" in text:
        raise InvalidUpdateError("The message holds a NUL character. Send it as plain text.")
    return text
