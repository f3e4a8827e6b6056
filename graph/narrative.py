"""The spec in a sentence: what was asked, as understood. Every word of it comes from the spec."""

from artifacts.notation import words
from domain.workload import OwnedHardware, WorkloadSpec
from sizing.demand import requests_asked_per_s
from sizing.seller_owners import owners_asked
from sizing.together import specs_of
from sizing.workload_names import all_done, models_named

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
WAYS_OF_TRAINING = {"full_fine_tuning": "with all weights", "lora": "with LoRA", "qlora": "with QLoRA"}
"""Use cases that say how, not what for."""
METHOD_WORDS = {
    "full": "all weights trained", "lora": "LoRA", "qlora": "QLoRA", "pretraining": "pretraining",
    "distillation": "distillation",
}  # fmt: skip
"""Training methods that are no abbreviation in capitals."""
HOSTING_WORDS = {"on_premises": "on premises", "air_gapped": "behind an air gap"}
VENDOR_WORDS = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel", "google": "Google", "aws": "AWS"}
LINK_WORDS = {"nvlink": "NVLink", "pcie": "PCIe"}
MAGNITUDES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


def title(spec: WorkloadSpec) -> str:
    """A headline: the task, and the model or the kind of model; of several workloads what each does."""
    if len(spec.workloads) > 1:
        named = all_done(specs_of(spec))
        return f"{len(named)} workloads: {', '.join(named[:-1])} and {named[-1]}"
    return _headline(spec)


def _headline(spec: WorkloadSpec) -> str:
    method = WAYS_OF_TRAINING.get(spec.use_case or "")
    use_case = f" for {USE_CASE_WORDS.get(spec.use_case, _spaced(spec.use_case))}" if spec.use_case else ""
    use_case = f" {method}" if method else use_case
    return f"{TASK_WORDS[spec.task_type or 'inference']} {_subject(spec)}{use_case}"


def understanding(spec: WorkloadSpec) -> str:
    """One paragraph that says every constraint the plan goes by."""
    of_all = [*_hardware(spec), *_place_and_money(spec), *_terms(spec)]
    if len(spec.workloads) > 1:
        each = [f"{_headline(one)}{_listed([*_workload(one), *_hours(one)])}" for one in specs_of(spec)]
        return " ".join((*each, f"All of them: {'; '.join(of_all)}." if of_all else "")).rstrip()
    facts = [*_workload(spec), *of_all]
    sentence = _headline(spec)
    return f"{sentence}: {'; '.join(facts)}." if facts else f"{sentence}."


def _listed(facts: list[str]) -> str:
    return f": {'; '.join(facts)}." if facts else "."


def _subject(spec: WorkloadSpec) -> str:
    if spec.models:
        return models_named(spec, quantized=True)
    return DOMAIN_WORDS[spec.domain or "llm"]


def _workload(spec: WorkloadSpec) -> list[str]:
    traffic, dataset, volume, training = spec.traffic, spec.dataset, spec.volume, spec.training
    amount = None
    if volume.amount is not None:
        period = {"total": " in total", None: ""}.get(volume.per, f" per {volume.per}")
        amount = f"{_many(volume.amount)} {_spaced(volume.unit) or 'items'}{period}"
    return [
        *_said("industry {}", spec.industry),
        *_said("{} of data", _size(dataset.size_gb)),
        *_said("{:,} items", dataset.items),
        *_said("modality {}", dataset.modality),
        *_said("{}", amount),
        *_said("training on {} tokens", _many(training.tokens)),
        *_said("{} training examples", _many(training.examples)),
        *_said("{:g} epochs", training.epochs),
        *_said("{}", METHOD_WORDS.get(training.method, training.method.upper()) if training.method else None),
        *_said("{:,} users", traffic.users),
        *_said("{:,} concurrent users", traffic.concurrent_users),
        *_said("{:,} concurrent users at the peak", traffic.peak_concurrent_users),
        *_said("{:.6g} requests per second", traffic.requests_per_second and requests_asked_per_s(spec)),
        *_said("{:g} requests per second at the peak", traffic.peak_requests_per_second),
        *_said("{:,} runs of the model for each", traffic.calls_each),
        *_said("{:,} pictures in each", traffic.images_each),
        *_said("{:,} input tokens", traffic.input_tokens),
        *_said("{:,} output tokens", traffic.output_tokens),
        *_said("{:.0%} of the input in the prefix cache", traffic.cached_input),
        *_said("first token within {:g} ms", traffic.ttft_ms),
        *_said("whole answers within {:g} ms", traffic.latency_ms),
        *_said("at least {:g} tokens per second for each user", traffic.tokens_per_second_per_user),
        *_said("at least {:,.10g} tokens per second in all", traffic.tokens_per_second),
        *_said("at least {} replicas", spec.availability.min_replicas),
        *_said("{:,} tokens of context", spec.context_tokens),
        *_said("precision {}", spec.precision),
        *_said("finished within {:g} hours", spec.deadline_hours),
    ]


def _hardware(spec: WorkloadSpec) -> list[str]:
    gpu, cpu = spec.gpu, spec.cpu
    return [
        *(["on CPU"] if spec.gpu_needed is False else []),
        *_said("at hand {}", " and ".join(_held(held) for held in spec.owned)),
        *(["to be bought, not rented"] if spec.purchase else []),
        *_said("{}", HOSTING_WORDS.get(spec.hosting or "")),
        *_said("cluster {}", spec.cluster),
        *_said("GPU {}", ", ".join(gpu.models)),
        *_said("not {}", ", ".join(gpu.excluded)),
        *_said("{} only", " or ".join(VENDOR_WORDS[vendor] for vendor in gpu.vendors)),
        *_said("not by {}", " or ".join(VENDOR_WORDS[vendor] for vendor in gpu.excluded_vendors)),
        *_between("{} GPUs", gpu.min_count, gpu.max_count),
        *_between("{:g} GB per GPU", gpu.min_vram_gb, gpu.max_vram_gb),
        *_said("at least {:g} GB of GPU memory in all", gpu.min_total_vram_gb),
        *_between("{} machines", gpu.min_nodes, gpu.max_nodes),
        *_said("joined by {}", LINK_WORDS.get(gpu.interconnect or "")),
        *_said("at least {} vCPUs", cpu.min_vcpu),
        *_said("at least {:g} GB of RAM", cpu.min_ram_gb),
    ]


def _held(held: OwnedHardware) -> str:
    """4 x A30 in each of 3 machines."""
    card = held.gpu or (f"GPU with {held.vram_gb:g} GB" if held.vram_gb else "GPU")
    spread = f" in each of {held.nodes} machines" if (held.nodes or 1) > 1 else ""
    return f"{held.count or 1} x {card}{spread}" + (f" beside {held.ram_gb:g} GB of RAM" if held.ram_gb else "")


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
        *_said("not in {}", ", ".join(where.excluded_jurisdictions)),
        *_said("{}", owners_asked(where)),
        *_said("in {}", ", ".join((*where.regions, *where.jurisdictions))),
        *_said("{} preferred", " or ".join(where.preferred)),
        *_said("{} pricing", words(spec.pricing) if spec.pricing else None),
        *(_hours(spec) if len(spec.workloads) < 2 else ()),
    ]


def _hours(spec: WorkloadSpec) -> list[str]:
    return _said("{:g} hours a month", spec.hours_per_month)


def _terms(spec: WorkloadSpec) -> list[str]:
    priorities = [f"{level} priority on {name}" for name, level in spec.priorities if level]
    return [
        *_said("under {}", ", ".join(name.upper() for name in spec.compliance)),
        *(["with a licence for commercial use"] if spec.license.commercial else []),
        *_said("models of makers in {} alone", " or ".join(spec.model_origin.allowed)),
        *_said("no models of makers in {}", " or ".join(spec.model_origin.excluded)),
        *_said("licences {}", ", ".join(spec.license.allowed)),
        *_said("no licence {}", ", ".join(spec.license.excluded)),
        *_said("with {}", ", ".join(spec.components.wanted)),
        *_said("without {}", ", ".join(spec.components.excluded)),
        *priorities,
    ]


def _said(template: str, value: str | float | None) -> list[str]:
    return [] if value is None or value == "" else [template.format(value)]


def _between(template: str, least: float | None, most: float | None) -> list[str]:
    """A lower and an upper bound; both at one value are that value."""
    if least is not None and least == most:
        return _said(f"exactly {template}", least)
    return [*_said(f"at least {template}", least), *_said(f"at most {template}", most)]


def _many(number: float | None) -> str | None:
    """A large number as people say it: 500B, 1.5M; a smaller one in full."""
    if number is None:
        return None
    size, letter = next(((size, letter) for size, letter in MAGNITUDES if number >= size), (1.0, ""))
    return f"{number / size:,.10g}{letter}"


def _spaced(term: str | None) -> str | None:
    return term.replace("_", " ") if term else None


def _size(size_gb: float | None) -> str | None:
    if size_gb is None:
        return None
    return f"{size_gb / 1000:g} TB" if size_gb >= 1000 else f"{size_gb:g} GB"
