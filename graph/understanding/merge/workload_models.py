"""Which model and which pile a workload has where its own words do not say: those of another workload."""

from collections.abc import Sequence
from typing import get_args

from domain.workload import RequestedModel, TrainingMethod, Workload
from graph.understanding.labels.workload_part import Part

METHODS = get_args(TrainingMethod)


def with_model_of(number: int, part: Part, made: Sequence[Workload]) -> Workload:
    """ "LoRA of the 8B", "LoRA training", "a nightly run with it": the model is the one that another workload of that
    kind names, the nearest before it or else behind it."""
    workload = made[number]
    alike = [one for one in (*reversed(made[:number]), *made[number + 1 :]) if one.domain == workload.domain]
    named = [[model for model in one.models if not is_size(model)] or list(one.models) for one in alike]
    if not workload.models and (part.trains or part.refers or not part.kind):
        return workload.model_copy(update={"models": tuple(next((held[:1] for held in named if held), ()))})
    full = [model for held in named for model in held if not is_size(model)]
    models = tuple(
        next((other for other in full if other.params_b == model.params_b), model) if is_size(model) else model
        for model in workload.models
    )
    return workload.model_copy(update={"models": models})


def with_pile_of(workload: Workload, made: Sequence[Workload]) -> Workload:
    """What is searched is what was embedded: "embed 140 million abstracts once, then 60 searches a second"."""
    if workload.domain != "embeddings" or workload.task_type != "inference" or workload.dataset.items is not None:
        return workload
    piles = (one.dataset for one in made if one.domain == "embeddings" and one.task_type == "batch_inference")
    pile = next((dataset for dataset in piles if dataset.items is not None), None)
    return workload if pile is None else workload.model_copy(update={"dataset": pile, "use_case": "search"})


def is_size(model: RequestedModel) -> bool:
    """A size in place of a name: "the 8B"."""
    return model.name.upper().rstrip("B").replace(".", "").isdigit()


def sizes_of(part: Part) -> tuple[RequestedModel, ...]:
    """The models of which the part says only a size, which alone could be any number."""
    named = (RequestedModel(name=name) for name in sorted(part.models))
    return tuple(model.model_copy(update={"params_b": float(model.name[:-1])}) for model in named if is_size(model))


def one_meant(part: Part, models: tuple[RequestedModel, ...]) -> tuple[RequestedModel, ...]:
    """Of a teacher and a student the one that is spoken of."""
    if part.means not in ("smaller", "larger") or any(model.params_b is None for model in models):
        return models
    return ((min if part.means == "smaller" else max)(models, key=lambda model: model.params_b or 0.0),)


def use_of(trained: Workload) -> str | None:
    """What the trained model is for; the way it is trained is no use of it."""
    return None if trained.use_case in METHODS else trained.use_case
