"""What a spec implies without anybody saying it: stated as assumptions wherever it is a guess."""

import re

from domain.workload import WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.lexicon import WEAK
from graph.understanding.marked import Marked, Span
from graph.understanding.revision import Draft
from graph.understanding.subject import CPU_DOES, NEEDS_GPU

_LEARNABLE_DOMAINS = ("vision", "time_series", "tabular", "recommendation")
_DONE_BY_RUNNING = (
    "ocr", "transcription", "translation", "summarization", "chatbot", "code_completion", "code_generation", "image_generation",
    "video_generation", "text_to_speech", "voice_assistant", "search", "content_moderation", "image_captioning", "data_extraction",
    "content_generation", "question_answering", "document_qa", "entity_extraction", "sentiment_analysis", "music_generation", "agents",
    "face_recognition",
)  # fmt: skip
"""Use cases that ready-made models do: nobody who names one means training, unless they say so."""
_ONE_BY_ONE = (
    "ocr", "transcription", "translation", "summarization", "content_moderation", "image_captioning", "data_extraction", "sentiment_analysis",
    "content_generation", "entity_extraction", "image_generation", "video_generation", "text_to_speech",
)  # fmt: skip


_TRAFFIC = ("users", "concurrent_users", "requests_per_second", "ttft_ms", "input_tokens", "output_tokens")
_LEARNT_FROM_OWN_DATA = ("time_series", "tabular", "recommendation", "reinforcement_learning")
"""Domains without ready-made models: whoever names nothing else has to train."""
_READY_MADE = ("image_generation", "video", "speech", "embeddings")


def implied_task(draft: Draft) -> Claim | None:
    """What is done when nobody says it: serving under a load, going through a pile, or learning from data."""
    domain, use_case = draft.scalars["domain"], draft.scalars["use_case"]
    if domain is None:
        return None
    has_data = draft.scalars["dataset.size_gb"] is not None or draft.scalars["dataset.items"] is not None
    loaded = draft.scalars["hours_per_month"] is not None or any(draft.scalars[f"traffic.{leaf}"] is not None for leaf in _TRAFFIC)
    if has_data and not loaded and (use_case in _ONE_BY_ONE or domain == "embeddings"):
        return _guess("batch_inference", "batch inference, since there is a fixed amount to go through and no live load.")
    if has_data and domain in _LEARNABLE_DOMAINS and use_case not in _DONE_BY_RUNNING:
        return _guess("training", "training, since there is data to learn from and nothing was said about running a model.")
    if loaded:
        return _guess("inference", "inference (running the model), since a live load was described.")
    if domain in _LEARNT_FROM_OWN_DATA:
        return _guess("training", f"training, since models for {domain.replace('_', ' ')} are learnt from one's own data." if isinstance(domain, str) else "")
    if draft.models:
        return _guess("inference", "inference (running the model), since a model was named and no training was mentioned.")
    if use_case in _DONE_BY_RUNNING or domain in _READY_MADE:
        return _guess("inference", "inference (running the model), since ready-made models do this and no training was mentioned.")
    if domain == "scientific":
        return _guess("inference", "inference (running the computation), since no training was mentioned.")
    return None


def _guess(task: str, why: str) -> Claim:
    return Claim("task_type", task, Span(0, 0), strength=WEAK, assumption=why)


def complete(draft: Draft, weak: Claim | None, line: Marked, turn: int) -> None:
    """Fills task, domain and GPU need from what else is known, in place."""
    scalars = draft.scalars
    if scalars["domain"] is None and scalars["task_type"] == "rag":
        scalars["domain"] = "llm"
        _borrow(draft, "domain", "task_type")
    if (
        scalars["domain"] is None
        and draft.models
        and all(model.params_b and model.params_b >= 1 for model in draft.models)
    ):
        scalars["domain"] = "llm"
        draft.suppose("domain", "a language model, since only a size in billions of parameters was given.")
        _borrow(draft, "domain", "models")
    if scalars["task_type"] is None:
        guess = implied_task(draft) or weak
        if guess is not None:
            scalars["task_type"] = str(guess.value)
            draft.suppose("task_type", guess.assumption or f"{guess.value}, from the words used.".replace("_", " "))
            if guess.span.end:
                from domain.workload import Evidence

                draft.evidence["task_type"] = Evidence(quote=line.raw[guess.span.start : guess.span.end], turn=turn)
            else:
                _borrow(
                    draft, "task_type", "models" if draft.models else "dataset.size_gb", "dataset.items", "use_case"
                )
    _gpu_need(draft)


def _gpu_need(draft: Draft) -> None:
    scalars = draft.scalars
    if draft.assumed("gpu_needed"):
        scalars["gpu_needed"] = None
        draft.settle("gpu_needed")
        draft.evidence.pop("gpu_needed", None)
    if scalars["gpu_needed"] is not None:
        return
    domain = scalars["domain"]
    shaped = draft.lists["gpu.models"] or any(
        scalars[f"gpu.{leaf}"] is not None for leaf in ("min_count", "min_vram_gb", "min_total_vram_gb")
    )
    if shaped:
        scalars["gpu_needed"] = True
        _borrow(draft, "gpu_needed", "gpu.models", "gpu.min_count", "gpu.min_vram_gb", "gpu.min_total_vram_gb")
    elif domain in NEEDS_GPU:
        scalars["gpu_needed"] = True
        _borrow(draft, "gpu_needed", "domain", "models")
    elif domain in CPU_DOES:
        scalars["gpu_needed"] = False
        draft.suppose("gpu_needed", "not needed, since models of tabular data train and run well on CPU.")
        _borrow(draft, "gpu_needed", "domain")
    elif domain is not None and scalars["task_type"] is not None:
        scalars["gpu_needed"] = True
        draft.suppose("gpu_needed", f"needed for {str(domain).replace('_', ' ')} at this scale.")
        _borrow(draft, "gpu_needed", "domain", "task_type")


def _borrow(draft: Draft, name: str, *sources: str) -> None:
    """The words behind another field are also why this one is set."""
    for source in sources:
        if source in draft.evidence:
            draft.evidence[name] = draft.evidence[source]
            return


def confidence_of(spec: WorkloadSpec) -> WorkloadSpec:
    """High: task and domain in the user's words. Medium: one of them assumed. Low: one missing."""
    if spec.task_type is None or spec.domain is None:
        return spec.model_copy(update={"confidence": "low"})
    guessed = any(re.match(r"(?:Task|Domain|GPU) assumed", text) for text in spec.assumptions)
    return spec.model_copy(update={"confidence": "medium" if guessed else "high"})
