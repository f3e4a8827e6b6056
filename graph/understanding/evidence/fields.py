"""The fields of a spec by their dotted paths: what they say, and a spec with some of them replaced."""

from collections.abc import Iterator, Mapping

from domain.base import Frozen
from domain.workload import WorkloadSpec


def leaves(model: Frozen, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every field that is not itself a group, depth first; a list is one leaf."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Frozen):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def said(model: Frozen) -> dict[str, object]:
    """The leaves that say something."""
    return {path: value for path, value in leaves(model) if value is not None and value not in ([], (), {})}


def replaced(spec: WorkloadSpec, values: Mapping[str, object]) -> WorkloadSpec:
    """The spec with the fields of these paths replaced; None empties one."""
    held: dict[str, object] = {**EMPTY, **said(spec), **values}
    nested: dict[str, object] = {}
    for path, value in held.items():
        group, _, leaf = path.rpartition(".")
        if not group:
            nested[leaf] = EMPTY[path] if value is None else value
            continue
        inside = nested.setdefault(group, {})
        assert isinstance(inside, dict)
        inside[leaf] = EMPTY[path] if value is None else value
    return WorkloadSpec.model_validate(nested)


EMPTY: Mapping[str, object] = dict(leaves(WorkloadSpec()))
"""Every field as it is when nothing was said about it."""
