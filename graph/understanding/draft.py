"""The spec taken apart into its leaves, while a turn is merged into it."""

from dataclasses import dataclass, field

from domain.workload import Evidence, RequestedModel, WorkloadSpec

ASSUMED = {
    "task_type": "Task",
    "domain": "Domain",
    "gpu_needed": "GPU",
    "budget.period": "Budget period",
    "use_case": "Use case",
    "industry": "Industry",
}
"""How the sentence about an assumed field begins: that is how it is found again when the user settles the field."""

Scalar = str | float | int | bool | None


@dataclass
class Draft:
    """The spec taken apart into its leaves while a turn is merged."""

    scalars: dict[str, Scalar] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    models: tuple[RequestedModel, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()

    def assumed(self, name: str) -> bool:
        return (
            any(text.startswith(f"{ASSUMED[name]} assumed") for text in self.assumptions) if name in ASSUMED else False
        )

    def settle(self, name: str) -> None:
        """The field is no longer a guess."""
        if name in ASSUMED:
            prefix = f"{ASSUMED[name]} assumed"
            self.assumptions = tuple(text for text in self.assumptions if not text.startswith(prefix))

    def suppose(self, name: str, text: str) -> None:
        self.settle(name)
        self.assumptions = (*self.assumptions, f"{ASSUMED[name]} assumed: {text}")

    def empty(self, name: str) -> None:
        """Withdraws a field, or everything under a group of fields."""
        for path in [path for path in self.scalars if path == name or path.startswith(name + ".")]:
            self.scalars[path] = None
            self.evidence.pop(path, None)
        for path in [path for path in self.lists if path == name or path.startswith(name + ".")]:
            self.lists[path] = ()
            self.evidence.pop(path, None)
        if name == "models":
            self.models = ()
            self.evidence.pop("models", None)


def taken_apart(spec: WorkloadSpec) -> Draft:
    """The spec's leaves by dotted path."""
    draft = Draft(models=spec.models, evidence=dict(spec.evidence), assumptions=spec.assumptions)
    for name in type(spec).model_fields:
        if name in ("models", "evidence", "assumptions", "confidence"):
            continue
        value = getattr(spec, name)
        if hasattr(type(value), "model_fields"):
            for leaf in type(value).model_fields:
                _put(draft, f"{name}.{leaf}", getattr(value, leaf))
        else:
            _put(draft, name, value)
    return draft


def _put(draft: Draft, path: str, value: Scalar | tuple[str, ...]) -> None:
    if isinstance(value, tuple):
        draft.lists[path] = value
    else:
        draft.scalars[path] = value


def put_together(draft: Draft) -> WorkloadSpec:
    """A validated spec from the leaves; evidence only for fields that are set."""
    fields: dict[str, object] = {}
    for path, value in (*draft.scalars.items(), *draft.lists.items()):
        group, _, leaf = path.partition(".")
        if leaf:
            held = fields.setdefault(group, {})
            assert isinstance(held, dict)
            held[leaf] = value
        else:
            fields[path] = value
    filled = {path for path, value in (*draft.scalars.items(), *draft.lists.items()) if value not in (None, ())}
    if draft.models:
        filled.add("models")
    evidence = {path: draft.evidence[path] for path in sorted(draft.evidence) if path in filled}
    return WorkloadSpec.model_validate(
        {**fields, "models": draft.models, "evidence": evidence, "assumptions": draft.assumptions}
    )


def without_evidence(spec: WorkloadSpec) -> WorkloadSpec:
    """The requirement alone, for comparing two readings."""
    return spec.model_copy(update={"evidence": {}, "assumptions": (), "confidence": "low"})


def changed_fields(before: WorkloadSpec, after: WorkloadSpec) -> tuple[str, ...]:
    """Dotted paths whose value differs, in the spec's order."""
    old, new = taken_apart(before), taken_apart(after)
    changed = [path for path in new.scalars if old.scalars.get(path) != new.scalars[path]]
    changed += [path for path in new.lists if old.lists.get(path) != new.lists[path]]
    if old.models != new.models:
        changed.append("models")
    order = [*new.scalars, *new.lists, "models"]
    return tuple(sorted(set(changed), key=order.index))
