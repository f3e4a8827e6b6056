"""Which model and which pile a workload has where its own words do not say: those of another workload."""

from collections.abc import Iterable, Sequence
from typing import get_args

from domain.workload import RequestedModel, TrainingMethod, Workload
from graph.understanding.labels.workload_part import Part
from sizing.amount_of_work import TRAINING_TASKS

METHODS = get_args(TrainingMethod)
RANKS = ("reranking",)
"""Uses of embedding models that make no vectors."""


def with_model_of(number: int, part: Part, made: Sequence[Workload]) -> Workload:
    """ "LoRA of the 8B", "LoRA training", "a nightly run with it": the model is the one that another workload of that
    kind names, the nearest before it or else behind it."""
    workload = made[number]
    alike = [one for one in (*reversed(made[:number]), *made[number + 1 :]) if one.domain == workload.domain]
    named = [[model for model in _as_named(one) if not is_size(model)] or list(one.models) for one in alike]
    if not workload.models and (part.trains or part.refers or not part.kind):
        return workload.model_copy(update={"models": tuple(next((held[:1] for held in named if held), ()))})
    full = [model for held in named for model in held if not is_size(model)]
    models = tuple(
        next((other for other in full if other.params_b == model.params_b), model) if is_size(model) else model
        for model in workload.models
    )
    return workload.model_copy(update={"models": models})


def _as_named(workload: Workload) -> Sequence[RequestedModel]:
    """Its models, the one that its words name first before the others."""
    words = workload.quote.lower()
    return sorted(workload.models, key=lambda model: words.find(model.name.lower()) % (len(words) + 1))


def with_pile_of(workload: Workload, made: Sequence[Workload]) -> Workload:
    """What is searched is what was embedded, by the same model: vectors of two cannot be compared."""
    if workload.domain != "embeddings" or workload.use_case in RANKS or workload.task_type in TRAINING_TASKS:
        return workload
    like = [one for one in made if one.domain == "embeddings" and one.use_case not in RANKS]
    named = dict.fromkeys(one.models for one in like if one.models)
    update: dict[str, object] = {"models": next(iter(named))} if not workload.models and len(named) == 1 else {}
    if workload.task_type == "inference" and workload.dataset.items is None:
        piles = (one.dataset for one in like if one.task_type == "batch_inference")
        pile = next((dataset for dataset in piles if dataset.items is not None), None)
        update |= {} if pile is None else {"dataset": pile, "use_case": "search"}
    return workload.model_copy(update=update)


def taught_with(workload: Workload, made: Sequence[Workload], part: Part) -> Workload:
    """What one model writes for another to learn from is what that is trained on, where nothing else is said."""
    said = workload.training
    if not part.trains or said.tokens or said.examples or workload.dataset.items or not made:
        return workload
    written = made[-1]
    if written.task_type != "batch_inference" or written.domain != workload.domain:
        return workload
    tokens = written.volume.amount if written.volume.unit in ("tokens", "output_tokens") else None
    return workload.model_copy(
        update={"training": said.model_copy(update={"tokens": tokens}), "dataset": written.dataset}
    )


def is_size(model: RequestedModel) -> bool:
    """A size in place of a name: "the 8B"."""
    return model.name.upper().rstrip("B").replace(".", "").isdigit()


def sizes_of(part: Part) -> tuple[RequestedModel, ...]:
    """The models of which the part says only a size, which alone could be any number."""
    named = (RequestedModel(name=name) for name in sorted(part.models))
    return tuple(model.model_copy(update={"params_b": float(model.name[:-1])}) for model in named if is_size(model))


def one_meant(part: Part, models: Iterable[RequestedModel]) -> tuple[RequestedModel, ...]:
    """Of a teacher and a student the one that is spoken of; all of them where nothing says which."""
    sized = [model for model in models if model.params_b is not None]
    if part.means not in ("smaller", "larger") or not sized:
        return tuple(models)
    return ((min if part.means == "smaller" else max)(sized, key=lambda model: model.params_b or 0.0),)


def use_of(trained: Workload) -> str | None:
    """What the trained model is for; the way it is trained is no use of it."""
    return None if trained.use_case in METHODS else trained.use_case
