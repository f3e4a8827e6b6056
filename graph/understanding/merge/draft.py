"""The spec taken apart into its leaves, while a turn is merged into it."""

from dataclasses import dataclass, field
from functools import lru_cache

from domain.workload import AskedQuestion, Evidence, OwnedHardware, RequestedModel, Unplaced, Workload, WorkloadSpec

WHOLE = ("models", "owned", "workloads")
"""Fields that are lists of records."""
SHAPE = ("min_count", "max_count", "min_vram_gb", "max_vram_gb", "min_total_vram_gb")
"""How many cards there are to be, and how large."""
ABOUT_THE_TURN = ("question", "unplaced", "evidence", "assumptions", "assumed", "confidence")
"""Fields that are no requirement: nobody revises them."""
TITLES = {
    "task_type": "Task", "domain": "Domain", "gpu_needed": "GPU", "budget.period": "Budget period",
    "budget.currency": "Budget currency", "use_case": "Use case", "industry": "Industry",
    "traffic.input_tokens": "Length of a request", "deadline_hours": "Time for it",
}  # fmt: skip
"""What the sentence about an assumed field calls it."""

Scalar = str | float | int | bool | None


@dataclass
class Draft:
    """The leaves by dotted path. A guess is a field of `guesses`, with the sentence that says so to the user;
    `notes` are the other sentences of the spec's assumptions."""

    scalars: dict[str, Scalar] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    models: tuple[RequestedModel, ...] = ()
    owned: tuple[OwnedHardware, ...] = ()
    workloads: tuple[Workload, ...] = ()
    question: AskedQuestion | None = None
    unplaced: tuple[Unplaced, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    guesses: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def assumed(self, name: str) -> bool:
        """The field is set, and nobody said so."""
        return name in self.guesses

    def settle(self, name: str) -> None:
        """The field is no longer a guess, nor does a note about one of its values hold."""
        for path in [path for path in self.guesses if _under(path, name)]:
            del self.guesses[path]

    def suppose(self, name: str, text: str) -> None:
        """The field is a guess from now on; `text` says what is assumed, and why."""
        self.guesses[name] = f"{TITLES.get(name, name)} assumed: {text}"

    def owns_up(self, name: str, value: str, sentence: str) -> None:
        """Says of a value what the field cannot hold of it, until the field is settled."""
        self.guesses[f"{name}.{value}"] = sentence

    def empty(self, name: str) -> None:
        """Withdraws a field, or everything under a group of fields."""
        for path in [path for path in self.scalars if _under(path, name)]:
            self.scalars[path] = None
            self.evidence.pop(path, None)
        for path in [path for path in self.lists if _under(path, name)]:
            self.lists[path] = ()
            self.evidence.pop(path, None)
        if name in WHOLE:
            setattr(self, name, ())
            self.evidence.pop(name, None)
        self.settle(name)

    def held(self) -> dict[str, object]:
        """Every field of the requirement by its path, in the spec's order."""
        return {**self.scalars, **self.lists, **{name: getattr(self, name) for name in WHOLE}}


def _under(path: str, name: str) -> bool:
    return path == name or path.startswith(name + ".")


def taken_apart(spec: WorkloadSpec) -> Draft:
    """The spec's leaves by dotted path."""
    draft = Draft(
        models=spec.models, owned=spec.owned, workloads=spec.workloads, question=spec.question, unplaced=spec.unplaced,
        evidence=dict(spec.evidence), guesses=dict(spec.assumed),
        notes=tuple(text for text in spec.assumptions if text not in spec.assumed.values()),
    )  # fmt: skip
    for name in type(spec).model_fields:
        if name in WHOLE or name in ABOUT_THE_TURN:
            continue
        value = getattr(spec, name)
        for leaf, path in _leaves(name, tuple(getattr(type(value), "model_fields", ()))):
            _put(draft, path, getattr(value, leaf) if leaf else value)
    return draft


@lru_cache
def _leaves(name: str, leaves: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The fields of a group with their paths; of a field that is no group its own path."""
    return tuple((leaf, f"{name}.{leaf}") for leaf in leaves) or (("", name),)


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
    filled = {path for path, value in draft.held().items() if value not in (None, ())}
    return WorkloadSpec.model_validate({
        **fields,
        **{name: getattr(draft, name) for name in (*WHOLE, "question", "unplaced")},
        "evidence": {path: draft.evidence[path] for path in sorted(draft.evidence) if path in filled},
        "assumptions": (*draft.notes, *draft.guesses.values()),
        "assumed": draft.guesses,
    })  # fmt: skip


def without_evidence(spec: WorkloadSpec) -> WorkloadSpec:
    """The requirement alone, for comparing two readings."""
    return spec.model_copy(update={name: WorkloadSpec.model_fields[name].get_default(call_default_factory=True)
                                   for name in ABOUT_THE_TURN})  # fmt: skip


def changed_fields(before: WorkloadSpec, after: WorkloadSpec) -> tuple[str, ...]:
    """Dotted paths of the requirement whose value differs, in the spec's order."""
    old, new = taken_apart(before).held(), taken_apart(after).held()
    return tuple(path for path in new if old.get(path) != new[path])
