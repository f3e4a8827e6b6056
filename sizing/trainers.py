"""Trainers with a recipe of their own: how long a run of theirs is, where nobody said otherwise.

The rows are those of `trainers.yaml`, whose head says what each figure means.
"""

import re
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from domain.workload import WorkloadSpec
from sizing.reference_workloads import ReferenceWorkload

_SIZE = re.compile(r"[nsmlx]$")
"""The letter of a size behind a name."""


class Trainer(Frozen):
    """A row of the table."""

    names: tuple[str, ...]
    name: str
    epochs: int
    samples_per_epoch: int | None = None
    source: str


@lru_cache
def trainers() -> tuple[Trainer, ...]:
    """The table, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), dict[str, tuple[Trainer, ...]])["trainers"]


def trainer_of(spec: WorkloadSpec) -> Trainer | None:
    """The one that is named for a model, as such programs are; null where none is."""
    named = {squash(model.name) for model in spec.models} | {squash(model.name.split("/")[-1]) for model in spec.models}
    named |= {_SIZE.sub("", name) for name in named}
    return next((row for row in trainers() if named.intersection(row.names)), None)


def epochs_of(spec: WorkloadSpec, reference: ReferenceWorkload, items: float) -> float:
    """How many times over the samples of all items are trained on: as said or as the trainer's recipe has it, an epoch
    being what the trainer calls so, else as the reference workload."""
    trainer = trainer_of(spec)
    if trainer is None:
        return spec.training.epochs or reference.epochs
    epochs = spec.training.epochs or trainer.epochs
    if trainer.samples_per_epoch is None:
        return epochs
    return epochs * trainer.samples_per_epoch / (items * reference.samples_per_item)


def recipe_note(spec: WorkloadSpec) -> str | None:
    """What a run is made of by the trainer's recipe; null where none is known."""
    trainer = trainer_of(spec)
    if trainer is None or (spec.training.epochs and trainer.samples_per_epoch is None):
        return None
    epochs = spec.training.epochs or trainer.epochs
    said = "as said" if spec.training.epochs else "its default"
    if trainer.samples_per_epoch is None:
        return f"{trainer.name} trains for {epochs:,.6g} epochs ({said}; {trainer.source})."
    return (
        f"A run of {trainer.name} is {epochs:,.6g} epochs ({said}) of {trainer.samples_per_epoch:,} samples, "
        f"{epochs * trainer.samples_per_epoch:,.0f} however many items there are ({trainer.source})."
    )
