"""What a spec implies without anybody saying it: stated as assumptions wherever it is a guess."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen
from domain.workload import Domain, Evidence, WorkloadSpec
from graph.understanding.claims import Claim
from graph.understanding.draft import Draft
from graph.understanding.lexicon import WEAK, lexicon
from graph.understanding.marked import Marked, Span

_ADAPTING = ("fine_tuning", "training")
_TRAFFIC = ("users", "concurrent_users", "requests_per_second", "ttft_ms", "input_tokens", "output_tokens")


class _Kinds(Frozen):
    """The file: which kinds of work come ready-made, and which are learnt from one's own data."""

    done_by_running: frozenset[str]
    one_by_one: frozenset[str]
    learnable: frozenset[Domain]
    learnt: frozenset[str]
    learnt_from_own_data: frozenset[Domain]
    ready_made: frozenset[Domain]
    needs_gpu: frozenset[Domain]
    cpu_does: frozenset[Domain]
    use_case_of: Mapping[str, tuple[str, ...]]
    ready_made_lines: frozenset[str]


@lru_cache
def _kinds() -> _Kinds:
    path = Path(__file__).with_name("implications.yaml")
    return _Kinds.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def implied_task(draft: Draft) -> Claim | None:
    """What is done when nobody says it: serving under a load, going through a pile, or learning from data."""
    domain, use_case = draft.scalars["domain"], draft.scalars["use_case"]
    if domain is None:
        return None
    has_data = draft.scalars["dataset.size_gb"] is not None or draft.scalars["dataset.items"] is not None
    loaded = draft.scalars["hours_per_month"] is not None or any(
        draft.scalars[f"traffic.{leaf}"] is not None for leaf in _TRAFFIC
    )
    if has_data and not loaded and (use_case in _kinds().one_by_one or domain == "embeddings"):
        return _guess(
            "batch_inference", "batch inference, since there is a fixed amount to go through and no live load."
        )
    if (
        draft.scalars["deadline_hours"] is not None
        and not loaded
        and (use_case in _kinds().one_by_one or domain in _kinds().ready_made)
    ):
        return _guess("batch_inference", "batch inference, since there is a deadline and no live load.")
    learns = domain in _kinds().learnable or use_case in _kinds().learnt
    if has_data and learns and use_case not in _kinds().done_by_running:
        return _guess(
            "training", "training, since there is data to learn from and nothing was said about running a model."
        )
    if domain == "reinforcement_learning":
        return _guess("training", "training, since an agent has to learn before it can act.")
    if loaded:
        return _guess("inference", "inference (running the model), since a live load was described.")
    if domain in _kinds().learnt_from_own_data and not _ready_made(draft):
        return _guess(
            "training",
            f"training, since models for {domain.replace('_', ' ')} are learnt from one's own data."
            if isinstance(domain, str)
            else "",
        )
    if draft.models:
        return _guess(
            "inference", "inference (running the model), since a model was named and no training was mentioned."
        )
    if use_case in _kinds().done_by_running or domain in _kinds().ready_made:
        return _guess(
            "inference", "inference (running the model), since ready-made models do this and no training was mentioned."
        )
    if domain == "scientific":
        return _guess("inference", "inference (running the computation), since no training was mentioned.")
    return None


def _ready_made(draft: Draft) -> bool:
    """A model that was named comes trained, as few of its domain do."""
    names = [_plain(model.name) for model in draft.models]
    return any(name.startswith(_plain(line)) for name in names for line in _kinds().ready_made_lines)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


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
                draft.evidence["task_type"] = Evidence(quote=line.raw[guess.span.start : guess.span.end], turn=turn)
            else:
                _borrow(
                    draft, "task_type", "models" if draft.models else "dataset.size_gb", "dataset.items", "use_case"
                )
    if scalars["use_case"] in {rule.value for rule in lexicon().methods} and scalars["task_type"] not in _ADAPTING:
        draft.empty("use_case")  # an adapter that is only served
    _use_of_the_models(draft)
    _gpu_need(draft)


def _use_of_the_models(draft: Draft) -> None:
    """Whisper transcribes: a use case that nobody has to name, from the models that stand."""
    if draft.assumed("use_case"):
        draft.empty("use_case")
        draft.settle("use_case")
    if draft.scalars["use_case"] is not None:
        return
    names = [_plain(model.name) for model in draft.models]
    for use_case, lines in _kinds().use_case_of.items():
        if any(_plain(line) in name for name in names for line in lines):
            draft.scalars["use_case"] = use_case
            draft.suppose("use_case", f"{use_case.replace('_', ' ')}, which is what the model named is for.")
            _borrow(draft, "use_case", "models")
            return


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
    elif domain in _kinds().needs_gpu:
        scalars["gpu_needed"] = True
        _borrow(draft, "gpu_needed", "domain", "models")
    elif domain in _kinds().cpu_does:
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
