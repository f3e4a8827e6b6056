"""The spec in a sentence: what was asked, as understood. Every word of it comes from the spec."""

from typing import get_args

from artifacts.notation import words
from domain.workload import Availability, OwnedHardware, TrainingObjective, WorkloadSpec
from graph.queries import language_named
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
OBJECTIVE_WORDS = {name: f"taught by {METHOD_WORDS.get(name, name.upper())}" for name in get_args(TrainingObjective)}
RESULT_WORDS = {
    "adapter": "the adapter as the result", "merged": "merged weights as the result", "gguf": "GGUF as the result",
}  # fmt: skip
UNIT_WORDS = {"million_tokens": "a million tokens", "gpu_hour": "a GPU hour", "audio_hour": "an hour of audio"}
"""What a price is of, where it is not "a" and the word itself."""
DATA_WORDS = {"medical": "patients", "personal": "persons", "financial": "money", "company": "the company's own"}
STAKES_WORDS = {"hobby": "a hobby or an experiment", "production": "in production"}
RUN_BY = {"containers": "containers without a cluster", "kubernetes": "on Kubernetes"}
HOSTING_WORDS = {
    "cloud": "rented", "on_premises": "on premises", "air_gapped": "behind an air gap",
    "existing_cluster": "in the cluster that is there",
}  # fmt: skip
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
        *_said("{:,} columns", dataset.columns),
        *_said("modality {}", dataset.modality),
        *_said("language{}", _tongues(spec.languages)),
        *_said("able to do {}", ", ".join(words(feature) for feature in spec.features)),
        *_item(spec),
        *_said("{}", amount),
        *_said("training on {} tokens", _many(training.tokens)),
        *_said("{} training examples", _many(training.examples)),
        *_said("{:g} epochs", training.epochs),
        *_said("{}", METHOD_WORDS.get(training.method, training.method.upper()) if training.method else None),
        *_said("{}", OBJECTIVE_WORDS.get(training.objective or "")),
        *_said("{:,} runs of the training", training.runs),
        *_said("{}", RESULT_WORDS.get(training.result or "")),
        *_said("{:g} GB of embedding tables", spec.embedding_tables_gb),
        *_said(f"{{:,}} users{f' a {traffic.users_per}' if traffic.users_per else ''}", traffic.users),
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
        *_said("at the {:g}th percentile", traffic.latency_percentile),
        *_said("at least {:g} tokens per second for each user", traffic.tokens_per_second_per_user),
        *_said("at least {:,.10g} tokens per second in all", traffic.tokens_per_second),
        *_uptime(spec.availability),
        *_said("{:,} tokens of context", spec.context_tokens),
        *_said("precision {}", spec.precision),
        *_said("again every {}", spec.every),
        *_said("finished within {:g} hours", spec.deadline_hours),
        *_said("finished by {}", spec.deadline_date),
    ]


def _item(spec: WorkloadSpec) -> list[str]:
    """What one picture, clip, recording, cloud or vector is like."""
    media, resolution = spec.media, spec.training.resolution
    size = " x ".join(f"{side:,}" for side in (media.width, media.height) if side)
    return [
        *_said("{} pixels", resolution or size),
        *_said("{:g} s each", media.seconds),
        *_said("{:,} denoising steps", media.steps),
        *_said("{:,} points each", media.points),
        *_said("vectors of {:,} numbers", media.dimensions),
        *_told("answered while it comes in", "answered when it has come in", media.live),
    ]


def _uptime(asked: Availability) -> list[str]:
    return [
        *_said("{:.6g} % uptime", asked.uptime_percent),
        *_said("over {} zones", asked.zones),
        *_said("at least {} replicas", asked.min_replicas),
        *_told("scaled to zero when nobody asks", "never scaled to zero", asked.scale_to_zero),
        *_said("awake within {:g} s", asked.cold_start_seconds),
    ]


def _tongues(codes: tuple[str, ...]) -> str | None:
    """Names of languages, after the word for them."""
    named = [language_named(code) for code in codes]
    return f"{'s' if len(named) > 1 else ''} {' and '.join(named)}" if named else None


def _hardware(spec: WorkloadSpec) -> list[str]:
    gpu, cpu = spec.gpu, spec.cpu
    return [
        *(["on CPU"] if spec.gpu_needed is False else []),
        *_said("at hand {}", " and ".join(_held(held) for held in spec.owned)),
        *(["to be bought, not rented"] if spec.purchase else []),
        *_said("{}", HOSTING_WORDS.get(spec.hosting or "")),
        *_said("cluster {}", spec.cluster),
        *_said("{}", RUN_BY.get(spec.orchestration or "")),
        *_said("at most {:g} kW", spec.power.max_kw),
        *_said(f"power at {{:g}} {spec.power.currency or 'USD'} a kWh", spec.power.price_per_kwh),
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
    where, budget, priced = spec.location, spec.budget, spec.unit_price
    spent = None
    if budget.amount is not None:
        period = {"hour": " an hour", "month": " a month", "total": " in total"}.get(budget.period or "month", "")
        spent = f"{budget.amount:,.6g} {budget.currency or 'USD'}{period}"
    return [
        *_said("at most {}", spent),
        *_said(f"at most {{:,.6g}} {priced.currency or 'USD'} for {_of_one(priced.per)}", priced.amount),
        *_said("on {}", ", ".join(where.providers)),
        *_said("not on {}", ", ".join(where.excluded_providers)),
        *_said("not in {}", ", ".join(where.excluded_jurisdictions)),
        *_said("{}", owners_asked(where)),
        *_said("sellers welcome: {}", ", ".join(words(tier) for tier in where.sellers)),
        *_said("no sellers of the kind {}", ", ".join(words(tier) for tier in where.excluded_sellers)),
        *_said("in {}", ", ".join((*where.regions, *where.jurisdictions))),
        *_told("in each of them", "in one of them", where.everywhere),
        *_said("{} preferred", " or ".join(where.preferred)),
        *_said("{} pricing", words(spec.pricing) if spec.pricing else None),
        *_said("{} allowed", ", ".join(words(pricing) for pricing in spec.pricing_allowed)),
        *_said("committed for {} months", spec.commitment_months),
        *(_hours(spec) if len(spec.workloads) < 2 else ()),
    ]


def _hours(spec: WorkloadSpec) -> list[str]:
    return _said("{:g} hours a month", spec.hours_per_month)


def _terms(spec: WorkloadSpec) -> list[str]:
    priorities = [f"{level} priority on {name}" for name, level in spec.priorities if level]
    at, sources = spec.addresses, spec.sources
    return [
        *_said("under {}", ", ".join(name.upper() for name in spec.compliance)),
        *_said("sensitive data: {}", ", ".join(DATA_WORDS[kind] for kind in spec.sensitive)),
        *_said("{}", STAKES_WORDS.get(spec.stakes or "")),
        *(["with a licence for commercial use"] if spec.license.commercial else []),
        *_said("models of makers in {} alone", " or ".join(spec.model_origin.allowed)),
        *_said("no models of makers in {}", " or ".join(spec.model_origin.excluded)),
        *_said("licences {}", ", ".join(spec.license.allowed)),
        *_said("no licence {}", ", ".join(spec.license.excluded)),
        *_said("with {}", ", ".join(spec.components.wanted)),
        *_said("without {}", ", ".join(spec.components.excluded)),
        *_said("{} there already", ", ".join(spec.components.present)),
        *_said("images from {}", sources.registry),
        *_said("nothing from {}", ", ".join(sources.excluded)),
        *_said("reached under {}", at.host),
        *_said("data in {}", at.data),
        *_said("results to {}", at.results),
        *_said("storage account {}", at.account),
        *priorities,
    ]


def _said(template: str, value: str | float | None) -> list[str]:
    return [] if value is None or value == "" else [template.format(value)]


def _told(yes: str, no: str, value: bool | None) -> list[str]:
    return [] if value is None else [yes if value else no]


def _of_one(unit: str | None) -> str:
    return UNIT_WORDS.get(unit or "", f"one {unit}" if unit else "one unit")


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
