"""The spec in a sentence: what was asked, as understood. Every word of it comes from the spec."""

from artifacts.notation import words
from domain.workload import WorkloadSpec

TASK_WORDS = {
    "inference": "Serve",
    "batch_inference": "Run batch inference with",
    "training": "Train",
    "fine_tuning": "Fine-tune",
    "rag": "Run retrieval-augmented generation with",
}
DOMAIN_WORDS = {
    "llm": "a language model",
    "embeddings": "an embedding model",
    "vision": "a vision model",
    "image_generation": "an image generation model",
    "video": "a video model",
    "speech": "a speech model",
    "multimodal": "a multimodal model",
    "recommendation": "a recommendation model",
    "time_series": "a time-series model",
    "tabular": "a tabular model",
    "reinforcement_learning": "a reinforcement-learning agent",
    "scientific": "a scientific model",
}

USE_CASE_WORDS = {
    "chatbot": "a chatbot", "voice_assistant": "a voice assistant", "document_qa": "questions about documents",
    "ocr": "OCR",
}  # fmt: skip
"""Use cases whose snake_case name is not how people say it."""


def title(spec: WorkloadSpec) -> str:
    """A headline: the task, and the model or the kind of model."""
    use_case = f" for {USE_CASE_WORDS.get(spec.use_case, _spaced(spec.use_case))}" if spec.use_case else ""
    return f"{TASK_WORDS[spec.task_type or 'inference']} {_subject(spec)}{use_case}"


def understanding(spec: WorkloadSpec) -> str:
    """One paragraph that says every constraint the plan goes by."""
    facts = [*_workload(spec), *_hardware(spec), *_place_and_money(spec), *_terms(spec)]
    sentence = title(spec)
    return f"{sentence}: {'; '.join(facts)}." if facts else f"{sentence}."


def _subject(spec: WorkloadSpec) -> str:
    if spec.models:
        return " and ".join(
            model.name + (f" ({model.quantization})" if model.quantization else "") for model in spec.models
        )
    return DOMAIN_WORDS[spec.domain or "llm"]


def _workload(spec: WorkloadSpec) -> list[str]:
    traffic, dataset = spec.traffic, spec.dataset
    return [
        *_said("industry {}", spec.industry),
        *_said("{} of data", _size(dataset.size_gb)),
        *_said("{:,} items", dataset.items),
        *_said("modality {}", dataset.modality),
        *_said("{:,} users", traffic.users),
        *_said("{:,} concurrent users", traffic.concurrent_users),
        *_said("{:g} requests per second", traffic.requests_per_second),
        *_said("{:,} input tokens", traffic.input_tokens),
        *_said("{:,} output tokens", traffic.output_tokens),
        *_said("first token within {:g} ms", traffic.ttft_ms),
        *_said("{:,} tokens of context", spec.context_tokens),
        *_said("precision {}", spec.precision),
        *_said("finished within {:g} hours", spec.deadline_hours),
    ]


def _hardware(spec: WorkloadSpec) -> list[str]:
    gpu, cpu = spec.gpu, spec.cpu
    return [
        *(["on CPU"] if spec.gpu_needed is False else []),
        *_said("GPU {}", ", ".join(gpu.models)),
        *_said("not {}", ", ".join(gpu.excluded)),
        *_said("at least {} GPUs", gpu.min_count),
        *_said("at least {:g} GB per GPU", gpu.min_vram_gb),
        *_said("at least {:g} GB of GPU memory in all", gpu.min_total_vram_gb),
        *_said("at least {} vCPUs", cpu.min_vcpu),
        *_said("at least {:g} GB of RAM", cpu.min_ram_gb),
    ]


def _place_and_money(spec: WorkloadSpec) -> list[str]:
    where, budget = spec.location, spec.budget
    spent = None
    if budget.amount is not None:
        period = {"hour": " an hour", "month": " a month", "total": " in total"}.get(budget.period or "month", "")
        spent = f"{budget.amount:,.6g} {budget.currency or 'USD'}{period}"
    return [
        *_said("at most {}", spent),
        *_said("on {}", ", ".join(where.providers)),
        *_said("not on {}", ", ".join(where.excluded_providers)),
        *_said("in {}", ", ".join((*where.regions, *where.jurisdictions))),
        *_said("{} pricing", words(spec.pricing) if spec.pricing else None),
        *_said("{:g} hours a month", spec.hours_per_month),
    ]


def _terms(spec: WorkloadSpec) -> list[str]:
    priorities = [f"{level} priority on {name}" for name, level in spec.priorities if level]
    return [
        *_said("under {}", ", ".join(name.upper() for name in spec.compliance)),
        *(["with a licence for commercial use"] if spec.license.commercial else []),
        *_said("licences {}", ", ".join(spec.license.allowed)),
        *_said("with {}", ", ".join(spec.components.wanted)),
        *_said("without {}", ", ".join(spec.components.excluded)),
        *priorities,
    ]


def _said(template: str, value: str | float | None) -> list[str]:
    return [] if value is None or value == "" else [template.format(value)]


def _spaced(term: str | None) -> str | None:
    return term.replace("_", " ") if term else None


def _size(size_gb: float | None) -> str | None:
    if size_gb is None:
        return None
    return f"{size_gb / 1000:g} TB" if size_gb >= 1000 else f"{size_gb:g} GB"
