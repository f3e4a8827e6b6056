"""The nodes of the graph as the dev server runs them: with the chat, the assistant's settings, progress and routes."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

from langgraph.config import get_stream_writer
from langgraph.errors import InvalidUpdateError
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite

from domain.errors import ArchitectError
from domain.turn import ToolCall
from graph.context import ArchitectContext
from graph.newest_turn import read_newest
from graph.node_words import NODE_WORDS
from graph.studio.context import context_for, renew
from graph.studio.edits import AGAIN, checked, route_of
from graph.studio.messages import edited_words, newest_words, said, told
from graph.studio.state import AssistantSettings, StudioState

Update = dict[str, object]
Node = Callable[..., Awaitable[object]]


class StudioNode(Protocol):
    async def __call__(self, state: StudioState, runtime: Runtime[AssistantSettings]) -> Update: ...


@dataclass
class Heard:
    """What the user said that the node is to work with: the turns before it, and what is written of it."""

    before: tuple[str, ...]
    update: Update = field(default_factory=dict)
    rewritten: bool = False
    """The turns are not what they were: they are written whole."""

    def words(self, words: str, message_id: str, turn: int) -> None:
        """Notes them; those that came without a chat message become one."""
        message = said(words, turn)
        self.update |= {"message": words, "heard": message_id or message.id}
        if not message_id:
            self.update["messages"] = [message]


def for_studio(name: str, node: Node) -> StudioNode:
    """The node between what was said and what it tells."""
    takes_runtime = len(inspect.signature(node).parameters) > 1

    async def run(state: StudioState, runtime: Runtime[AssistantSettings]) -> Update:
        assistant, tell = runtime.context or AssistantSettings(), get_stream_writer()
        again, state = AGAIN in state, checked(state)
        if name == "triage":
            await renew(assistant)
        context = await context_for(assistant)
        tell({"node": name, "event": "began", "does": NODE_WORDS[name]})
        if (answer := _answer(name, state, again=again)) is not None:
            return answer
        heard = _heard(name, state, again=again)
        if name == "triage" and not state.get("turns") and assistant.holds_always.strip():
            await _hold_always(heard, assistant.holds_always, context)
        at_work = {**state, **heard.update, "turns": heard.before}
        given = cast(Runtime[ArchitectContext], runtime).override(context=context)
        goes_to, update = _parts(await (node(at_work, given) if takes_runtime else node(at_work)))
        new_turns = cast("tuple[str, ...]", update.get("turns", ()))
        if name == "clarify" and new_turns:
            heard.words(new_turns[0], "", len(heard.before) + 1)
        tell({"node": name, "event": "ended", "does": NODE_WORDS[name], "found": _found(update)})
        written = {**heard.update, **update}
        after = cast(StudioState, {**state, **written})
        if heard.rewritten:
            written["turns"] = Overwrite((*heard.before, *new_turns))
        turn = len(heard.before) + len(new_turns)
        spoken = [*cast("list[object]", heard.update.get("messages", [])), *told(update, after, turn, goes_to)]
        written.pop("offers", None)  # thousands of rows, which every event would repeat: `place` looks them up
        if goes_to:
            written["route"] = route_of(goes_to, after)
        return {**written, **({"messages": spoken} if spoken else {})}

    async def refusing(state: StudioState, runtime: Runtime[AssistantSettings]) -> Update:
        try:
            return await run(state, runtime)
        except ArchitectError as refused:  # the dev server shows the words of its own kinds of errors only
            raise InvalidUpdateError(f"{refused.message} {refused.remedy}".strip()) from refused

    return refusing


def _answer(name: str, state: StudioState, *, again: bool) -> Update | None:
    """What a message does to a question that waits: it answers it, sent as the next one or written into the state."""
    waiting = "route" in state and state["route"].goes_to == ("clarify",)
    if name == "triage" and waiting and not again:
        words = newest_words(state)
    elif name == "clarify" and (edited := edited_words(state)) is not None:
        words = edited
    else:
        return None
    heard = Heard(state["turns"])
    heard.words(*words, len(state["turns"]) + 1)
    update: Update = {**heard.update, "turns": words[:1], "reading": None}
    return {**update, "route": route_of(("extract",), cast(StudioState, {**state, **update}))}


def _heard(name: str, state: StudioState, *, again: bool) -> Heard:
    turns = state.get("turns", ())
    if name == "triage":
        heard = Heard(turns[:-1] if again else turns, rewritten=again)
        heard.words(*newest_words(state), len(heard.before) + 1)
        return heard
    if name != "extract" or (edited := edited_words(state)) is None:
        return Heard(turns)
    kept = turns if state.get("asked") else turns[:-1]
    heard = Heard((*kept, edited[0]), rewritten=True)
    heard.words(*edited, len(heard.before))
    heard.update["reading"] = None
    return heard


async def _hold_always(heard: Heard, words: str, context: ArchitectContext) -> None:
    """What the assistant's settings say stands as if it had been said first."""
    reading = await read_newest(context, {}, (words,))
    heard.before, heard.rewritten = (words,), True
    heard.update["spec"] = reading.spec


def _parts(result: object) -> tuple[tuple[str, ...], Update]:
    """Where the node goes on to, where it chooses that itself, and what it writes."""
    if not isinstance(result, Command):
        return (), dict(cast("Mapping[str, object]", result))
    goes_to = (result.goto,) if isinstance(result.goto, str) else tuple(cast("Sequence[str]", result.goto))
    return goes_to, dict(cast("Mapping[str, object]", result.update or {}))


def _found(update: Update) -> dict[str, int]:
    """How many rows each tool gave."""
    calls = cast("tuple[ToolCall, ...]", update.get("tool_calls") or ())
    return {call.tool: call.rows for call in calls}
