"""Answers of a language model, in the shape its schema asks for."""

import copy
from collections.abc import Mapping

from domain.base import Frozen
from graph.understanding.llm.answer import ReadAnswer, TurnAnswer
from tests.stub_openai import Json, Scripted, answers

KINDS: Mapping[str, Json] = {"intent": "plan", "just_decide": False}


def _nothing() -> dict[str, Json]:
    """An answer that says nothing: null, or empty where the schema has no null."""
    schema = ReadAnswer.model_json_schema()

    def empty(name: str, held: Mapping[str, object]) -> Json:
        if name in KINDS:
            return KINDS[name]
        if "$ref" in held:
            shape = schema["$defs"][str(held["$ref"]).rpartition("/")[2]]
            return {name: empty(name, part) for name, part in shape["properties"].items()}
        return [] if held.get("type") == "array" else None

    return {name: empty(name, held) for name, held in schema["properties"].items()}


NOTHING: Mapping[str, Json] = _nothing()


def answer(fields: Mapping[str, Json], evidence: Mapping[str, str | list[str]], **rest: Json) -> dict[str, Json]:
    """A reading: dotted fields, and a quote or several for each."""
    value = copy.deepcopy(dict(NOTHING))
    for path, said in fields.items():
        group, _, leaf = path.rpartition(".")
        (value[group] if group else value)[leaf] = said  # type: ignore[index,call-overload]
    quotes: list[Json] = [
        {"field": path, "quote": quote}
        for path, held in evidence.items()
        for quote in (held if isinstance(held, list) else [held])
    ]
    return {**value, "evidence": quotes, **rest}


def reading(fields: Mapping[str, Json], evidence: Mapping[str, str | list[str]], **rest: Json) -> Scripted:
    """The same as a scripted reply."""
    return answers(answer(fields, evidence, **rest))


def parsed(fields: Mapping[str, Json], evidence: Mapping[str, str | list[str]], **rest: Json) -> TurnAnswer:
    """The same as the reader takes it."""
    return ReadAnswer.model_validate(answer(fields, evidence, **rest))


def model(name: str, params_b: float | None = None, quantization: str | None = None) -> Json:
    return {"name": name, "params_b": params_b, "quantization": quantization, "choice": None}


assert isinstance(ReadAnswer.model_validate(NOTHING), Frozen)
