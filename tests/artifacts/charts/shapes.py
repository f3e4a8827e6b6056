"""JSON schemas in a short form: what kind of value stands where, and nothing that only people read.

A shape is a word for a kind of value (`string`, `integer|string`, `any`), or a mapping of which each key is optional:

    is      kinds of value, joined with |
    has     fields and their shapes; an exclamation mark behind a name: it has to be there
    open    whether other fields are taken too
    each    shape of a list's entries
    values  shape of the values of a mapping with names of any kind
    named   the same, for names of a pattern
    among   the values that there are
    bounds  limits, under the names that JSON Schema has for them
    all, any, one, not    shapes that hold all, at least one, exactly one, not
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Shape: TypeAlias = Json

_BOUNDS = (
    "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems",
    "maxItems", "minProperties", "maxProperties", "multipleOf", "uniqueItems",
)  # fmt: skip
_TOGETHER = {"all": "allOf", "any": "anyOf", "one": "oneOf"}
_DEEPEST = 40
"""Of a schema that refers to itself: what lies below may be anything."""


def shape_of(schema: Json, *, open_ended: bool, whole: Json = None, depth: int = 0) -> Shape:
    """`open_ended`: whether fields that are not listed are taken where the schema does not say. `whole`: the schema
    that references look into. A demanded field that has a default need not be there."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return "any" if schema is not False else {"not": "any"}

    def inner(part: Json) -> Shape:
        return shape_of(part, open_ended=open_ended, whole=root, depth=depth + 1)

    root = schema if whole is None else whole
    if isinstance(reference := schema.get("$ref"), str):
        return inner({**_referred(root, reference), **{key: held for key, held in schema.items() if key != "$ref"}})
    made: dict[str, Json] = {}
    if kinds := _kinds(schema):
        made["is"] = kinds
    _fields(schema, made, inner, open_ended=open_ended)
    if isinstance(items := schema.get("items"), Mapping):
        made["each"] = inner(items)
    if "enum" in schema:
        made["among"] = schema["enum"]
    elif "const" in schema:
        made["among"] = [schema["const"]]
    if bounds := {key: schema[key] for key in _BOUNDS if key in schema}:
        made["bounds"] = bounds
    for key, name in _TOGETHER.items():
        parts = schema.get(name)
        if isinstance(parts, Sequence) and not isinstance(parts, str) and not schema.get("x-kubernetes-int-or-string"):
            # A part speaks of fields that the schema around it lists.
            made[key] = [shape_of(part, open_ended=True, whole=root, depth=depth + 1) for part in parts]
    if "not" in schema:
        made["not"] = shape_of(schema["not"], open_ended=True, whole=root, depth=depth + 1)
    if set(made) <= {"is"}:
        return made.get("is", "any")
    return made


def schema_of(shape: Shape) -> Json:
    """The JSON schema that a shape stands for."""
    if isinstance(shape, str):
        return {} if shape == "any" else {"type": shape.split("|")}
    assert isinstance(shape, Mapping)
    made: dict[str, Json] = {}
    if isinstance(kinds := shape.get("is"), str):
        made["type"] = kinds.split("|")
    if isinstance(fields := shape.get("has"), Mapping):
        made["properties"] = {name.removesuffix("!"): schema_of(held) for name, held in fields.items()}
        if required := [name[:-1] for name in fields if name.endswith("!")]:
            made["required"] = required
        if not shape.get("open") and "values" not in shape:
            made["additionalProperties"] = False
    if "values" in shape:
        made["additionalProperties"] = schema_of(shape["values"])
    if isinstance(named := shape.get("named"), Mapping):
        made["patternProperties"] = {pattern: schema_of(held) for pattern, held in named.items()}
    if "each" in shape:
        made["items"] = schema_of(shape["each"])
    if "among" in shape:
        made["enum"] = shape["among"]
    if isinstance(bounds := shape.get("bounds"), Mapping):
        made |= bounds
    for key, name in _TOGETHER.items():
        if isinstance(parts := shape.get(key), Sequence):
            made[name] = [schema_of(part) for part in parts]
    if "not" in shape:
        made["not"] = schema_of(shape["not"])
    return made


def _kinds(schema: Mapping[str, Json]) -> str:
    if schema.get("x-kubernetes-int-or-string"):
        return "integer|string"
    said = schema.get("type")
    kinds = [said] if isinstance(said, str) else list(said) if isinstance(said, Sequence) else []
    if kinds and schema.get("nullable"):
        kinds.append("null")
    return "|".join(str(kind) for kind in kinds)


def _fields(
    schema: Mapping[str, Json], made: dict[str, Json], inner: Callable[[Json], Shape], *, open_ended: bool
) -> None:
    fields, others = schema.get("properties"), schema.get("additionalProperties")
    demanded = schema.get("required") or ()
    assert isinstance(demanded, Sequence)
    listed = fields if isinstance(fields, Mapping) else {}
    has = {}
    for name, held in listed.items():
        given = isinstance(held, Mapping) and "default" in held
        has[f"{name}!" if name in demanded and not given else name] = inner(held)
    has |= {f"{name}!": "any" for name in demanded if name not in listed}
    if isinstance(others, Mapping):
        made["values"] = inner(others)
    if isinstance(named := schema.get("patternProperties"), Mapping):
        made["named"] = {pattern: inner(held) for pattern, held in named.items()}
    closed = others is False or (others is None and not open_ended)
    anything = others is True or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if has or (others is False):
        made["has"] = has
        if anything or not closed:
            made["open"] = True


def _referred(whole: Json, reference: str) -> Mapping[str, Json]:
    """What `#/definitions/x` names; nothing for a reference to another file."""
    found = whole
    for name in reference.removeprefix("#/").split("/") if reference.startswith("#/") else ("",):
        found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
