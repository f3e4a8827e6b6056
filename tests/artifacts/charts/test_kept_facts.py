"""The kept facts of charts say what the schemas say that they were made from."""

import os
from pathlib import Path

import jsonschema_rs
import pytest

from tests.artifacts.charts.derive import CHARTS, KINDS, chart_lines, kind_lines, unpacked
from tests.artifacts.charts.known import unknown_values
from tests.artifacts.charts.shapes import Json, schema_of, shape_of
from tests.artifacts.printed import Install, Node

FOLDER = Path(os.environ.get("CHART_FACTS", Path(__file__).parents[4] / "shared" / "charts"))


@pytest.mark.skipif(not (FOLDER / "MANIFEST.csv").exists(), reason="what the facts were made from is not here")
def test_they_are_those_of_the_folder() -> None:
    assert unpacked(CHARTS.read_bytes()) == chart_lines(FOLDER)
    assert unpacked(KINDS.read_bytes()) == kind_lines(FOLDER)


def taken(schema: Json, value: object, *, open_ended: bool = False) -> bool:
    made = schema_of(shape_of(schema, open_ended=open_ended))
    assert isinstance(made, dict)
    return jsonschema_rs.Draft202012Validator(made).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "enum": ["a", "b"]}, "a", "c"),
        ({"type": "string", "nullable": True}, None, 1),
        ({"type": "integer", "minimum": 1}, 1, 0),
        ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, "1Gi", 1.5),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, {"a": ""}, {}),
        ({"type": "object", "properties": {"a": {}}}, {"a": 1}, {"b": 1}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"any": "x"}, {"any": 1}),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, ["x"], []),
        ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "boolean"}}}, True, "true"),
        ({"type": "object", "properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
         {"a": 1}, {"a": 1, "b": 1}),
    ],
)  # fmt: skip
def test_a_shape_takes_and_refuses_what_its_schema_does(schema: Json, good: object, bad: object) -> None:
    assert taken(schema, good)
    assert not taken(schema, bad)


def test_other_fields_are_taken_where_the_schema_says_so() -> None:
    listed: dict[str, Json] = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert taken({**listed, "x-kubernetes-preserve-unknown-fields": True}, {"b": 1})
    assert taken(listed, {"b": 1}, open_ended=True)
    assert not taken({**listed, "additionalProperties": False}, {"b": 1}, open_ended=True)


def test_what_the_api_server_fills_in_need_not_be_there() -> None:
    field: Json = {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}, "required": ["a"]}
    assert taken(field, {})


def test_a_value_that_a_chart_has_not_is_found() -> None:
    def unknown(values: dict[str, Node]) -> list[str]:
        return list(unknown_values(Install("x", "qdrant", None, "1.19.0", "x", values)))

    assert unknown({"replicaCount": 3, "persistence": {"size": "10Gi"}}) == []
    assert unknown({"replicas": 3}) == ["qdrant 1.19.0: replicas"]
    assert unknown({"persistence": {"sice": "10Gi"}}) == ["qdrant 1.19.0: persistence.sice"]
