"""Edits of a thread's state: each key is looked at before a node works with it, and what was edited is read anew."""

import hashlib
import json
from functools import lru_cache
from typing import cast, get_type_hints

from langgraph.errors import InvalidUpdateError
from langgraph.types import Send
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from domain.reading import Reading
from graph.state import ArchitectState
from graph.studio.messages import edited_words
from graph.studio.state import Route, StudioState
from graph.understanding.merge.draft import changed_fields

_ANYTHING: TypeAdapter[object] = TypeAdapter(object)
AGAIN = "again"
"""Key of what an edge sends: the node takes its turn once more."""


def checked(state: StudioState) -> StudioState:
    """With every key as the graph keeps it, JSON that a client wrote included. Raises InvalidUpdateError, which names
    the key and what is wrong with it."""
    sound: dict[str, object] = dict(state)
    for key, kind in _kinds().items():
        if key in sound:
            try:
                sound[key] = _sound(kind, sound[key])
            except ValidationError as wrong:
                first = wrong.errors()[0]
                where = ".".join(map(str, (key, *first["loc"])))
                raise InvalidUpdateError(f"The state's {where} cannot be: {first['msg']}.") from None
    return cast(StudioState, sound)


def _sound(kind: TypeAdapter[object], value: object) -> object:
    """As it is, or made of JSON. Raises ValidationError."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        written: JsonValue = json.loads(_ANYTHING.dump_json(value))
    try:
        return kind.validate_json(json.dumps(written))
    except ValidationError as wrong:
        for problem in wrong.errors():
            if problem["type"] == "date_type" and isinstance(problem["input"], list):
                _dated(written, problem["loc"])
        return kind.validate_json(json.dumps(written))


def _dated(written: JsonValue, loc: tuple[int | str, ...]) -> None:
    """The dev server shows a day of the state as [2026, 11, 22], and so it comes back."""
    held = written
    for part in loc[:-1]:
        if isinstance(held, dict):
            held = held.get(str(part), held)
        elif isinstance(held, list):
            held = held[int(part)]
    if isinstance(held, dict) and isinstance(day := held.get(str(loc[-1])), list):
        held[str(loc[-1])] = "-".join(f"{number:>02}" for number in day)


@lru_cache
def _kinds() -> dict[str, TypeAdapter[object]]:
    hints = get_type_hints(ArchitectState)
    return {**{key: TypeAdapter(kind) for key, kind in hints.items()}, "route": TypeAdapter(Route)}


def route_of(goes_to: tuple[str, ...], state: StudioState) -> Route:
    """As a node leaves it."""
    return Route(
        goes_to=goes_to,
        message=state.get("message", ""),
        spec=_digest(state.get("spec")),
        working_spec=_digest(state.get("working_spec")),
    )


def from_triage(state: StudioState) -> list[str | Send]:
    """As triage said; once more through it where the message was edited since."""
    state = checked(state)
    if edited_words(state) is not None:
        return [Send("triage", {**state, AGAIN: True})]
    return list(state["route"].goes_to)


def from_extract(state: StudioState) -> list[str | Send]:
    """As extract said; once more through it where a spec was edited since: it asks and looks up by the edited one."""
    state = checked(state)
    route, before = state["route"], state.get("reading")
    if route.goes_to != ("clarify",) and edited_words(state) is not None:
        return [Send("extract", _anew(state, None))]
    edited = state.get("spec")
    if _digest(edited) == route.spec:
        edited = state.get("working_spec")
        if _digest(edited) == route.working_spec:
            return list(route.goes_to)
    assert edited is not None
    changes = changed_fields(before.spec, edited) if before else ()
    reading = Reading(spec=edited, changes=changes, engine=state.get("engine", "builtin"))
    return [Send("extract", _anew(state, reading))]


def _anew(state: StudioState, reading: Reading | None) -> dict[str, object]:
    """Nothing was looked up by what was edited, and no question waits."""
    return {**{key: held for key, held in state.items() if key != "queries"}, "reading": reading, "asked": ()}


def from_undo(state: StudioState) -> list[str | Send]:
    """As undo said."""
    return list(checked(state)["route"].goes_to)


def from_clarify(state: StudioState) -> str:
    """On with an answer, which may have been written into the state; where nothing was answered it asks again."""
    state = checked(state)
    return "extract" if edited_words(state) is not None or state["route"].goes_to == ("extract",) else "clarify"


def _digest(spec: BaseModel | None) -> str:
    return "" if spec is None else hashlib.sha256(spec.model_dump_json().encode()).hexdigest()
