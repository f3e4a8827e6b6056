"""What people call a workload: the model it runs, and what it does."""

from collections.abc import Sequence
from typing import get_args

from domain.names import squash
from domain.placement import PlacementOption
from domain.workload import TrainingMethod, WorkloadSpec

DOES = {
    "llm": "text generation", "embeddings": "embeddings", "vision": "vision", "image_generation": "image generation",
    "video": "video generation", "speech": "speech", "multimodal": "images and text",
    "recommendation": "recommendations", "time_series": "forecasts", "tabular": "predictions from tables",
    "reinforcement_learning": "reinforcement learning", "scientific": "scientific computing",
}  # fmt: skip
"""A kind of model in the word for what it does."""
USES = {"chatbot": "chat", "document_qa": "answers from documents", "ocr": "OCR", "search": "search"}
METHOD_NAMES = {"lora": "LoRA", "qlora": "QLoRA", "full": "full", "distillation": "distillation by"}
TRAINS = ("training", "fine_tuning")


def does(spec: WorkloadSpec) -> str:
    """What it does in a word or two: "chat", "LoRA fine-tuning"."""
    method = spec.training.method or next((name for name in get_args(TrainingMethod) if name == spec.use_case), None)
    if spec.task_type in TRAINS:
        if method == "pretraining":
            return "pretraining"
        kind = "fine-tuning" if spec.task_type == "fine_tuning" else "training"
        if method is None and not spec.models and spec.use_case:
            return f"{spec.use_case.replace('_', ' ')} {kind}"
        return f"{METHOD_NAMES.get(method, method.upper())} {kind}" if method else kind
    if spec.use_case and method is None:
        return USES.get(spec.use_case, spec.use_case.replace("_", " "))
    return DOES[spec.domain or "llm"]


def names_of(specs: Sequence[WorkloadSpec], options: Sequence[PlacementOption | None]) -> list[str]:
    """ "Whisper large-v3, transcription" for each; of equal ones the place, where it differs, else a number."""
    plain = [_name(spec, option, told) for spec, option, told in zip(specs, options, all_done(specs), strict=True)]
    places = [", ".join((*spec.location.regions, *spec.location.jurisdictions)) for spec in specs]
    apart = len(set(places)) > 1
    names: list[str] = []
    for told, place in zip(plain, places, strict=True):
        base = f"{told} in {place}" if apart and place and plain.count(told) > 1 else told
        name, number = base, 2
        while name in names:
            name, number = f"{base} {number}", number + 1
        names.append(name)
    return names


def all_done(specs: Sequence[WorkloadSpec]) -> list[str]:
    """What each does; of two that do the same, whether it goes through a pile in batches, once or as more comes in."""
    plain = [does(spec) for spec in specs]
    jobs = [told for spec, told in zip(specs, plain, strict=True) if spec.task_type == "batch_inference"]
    return [
        f"{told} {_when(spec) if jobs.count(told) > 1 else 'in batches'}"
        if plain.count(told) > 1 and spec.task_type == "batch_inference"
        else told
        for spec, told in zip(specs, plain, strict=True)
    ]


def _when(spec: WorkloadSpec) -> str:
    return "once" if spec.volume.per in (None, "total") and spec.every is None else "as it comes in"


def _name(spec: WorkloadSpec, option: PlacementOption | None, told: str) -> str:
    """Its model as it was named, of several the one that was placed; else the name of that one."""
    card = option.model if option is not None else None
    placed = card.name if card is not None else ""
    said = [model.name for model in spec.models if not _is_size(model.name)]
    named = next((name for name in said if card is not None and squash(name) in squash(card.key)), "")
    named = named or next(iter(said), "")
    size = next((f"{model.name} model" for model in spec.models), "")
    model = named or placed or size
    return f"{model}, {told}" if model else told


def _is_size(name: str) -> bool:
    return name.upper().rstrip("B").replace(".", "").isdigit()


def models_named(spec: WorkloadSpec, *, quantized: bool = False) -> str:
    """ "A and B"; of models to choose from "A or B"."""
    told = [(m, f"{m.name} ({m.quantization})" if quantized and m.quantization else m.name) for m in spec.models]
    to_choose = " or ".join(name for model, name in sorted(told, key=lambda one: one[0].choice or 0) if model.choice)
    return " and ".join(filter(None, (to_choose, *(name for model, name in told if not model.choice))))
