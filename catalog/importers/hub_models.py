"""A model as the Hugging Face Hub describes it, and the card we make of it: figures checked against each other."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from catalog.chunks import described
from catalog.quarantine import Doubt
from domain.base import Frozen, Source
from domain.errors import InvalidInput
from domain.models import Architecture, ModelCard
from domain.own_files import own_yaml
from domain.workload import Domain
from sizing.model_config import ConfigFigures, architecture_from_config, native_format_of

TASKS = Path(__file__).with_name("hub_tasks.yaml")
ID = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}")
LONGEST_CARD = 60_000
MOST_PARAMS_B = 20_000.0
DISAGREEMENT = 0.2
"""Beyond it the tensors are packed, or the shapes are of a part of the model only."""

GIB = 1024**3
DTYPES: dict[str, tuple[str, float]] = {
    "F64": ("fp32", 8), "F32": ("fp32", 4), "F16": ("fp16", 2), "BF16": ("bf16", 2),
    "F8_E4M3": ("fp8", 1), "F8_E5M2": ("fp8", 1),
}  # fmt: skip
"""Our name of a tensor's dtype, and its bytes; a dtype of packed weights has no place here."""

STORED_BYTES = {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E8M0": 1, "F4": 0.5}
FENCED = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
FRONT_MATTER = re.compile(r"\A\s*---\s*\n.*?\n---\s*(?:\n|\Z)", re.DOTALL)
SCRIPT = re.compile(
    r"<\s*(?:script|iframe|object|embed)\b|\bjavascript\s*:|<[^>]{0,500}\son[a-z]{3,20}\s*=", re.IGNORECASE
)


class HubModel(NamedTuple):
    """`fields` are those of the Hub's API; the card is Markdown, as the owner wrote it."""

    line: int
    fields: Mapping[str, object]
    card: str


class CardedModel(NamedTuple):
    """The model, and the text that is stored and searched."""

    model: ModelCard
    card: str


class _Task(Frozen):
    domain: Domain
    use_cases: tuple[str, ...]


class _Tasks(Frozen):
    tasks: dict[str, _Task]
    architectures: dict[str, str]
    tags: dict[str, str]
    tagged_use_cases: dict[str, str]
    commercial: tuple[str, ...]
    non_commercial: tuple[str, ...]


def model_of(hub: HubModel, source: Source) -> CardedModel:
    """The model with what its figures agree on. Raises Doubt."""
    key = model_id(hub.fields)
    if not ID.fullmatch(key) or ".." in key:
        raise Doubt("no-such-name", f"{key[:60] or 'an empty text'} is no id of a model")
    if hub.fields.get("disabled") is True or hub.fields.get("private") is True:
        raise Doubt("not-public", "it is private or disabled")
    card = FRONT_MATTER.sub("", hub.card.replace("\0", ""), count=1)[:LONGEST_CARD].strip()
    if SCRIPT.search(FENCED.sub("", card)):
        raise Doubt("script-in-card", "its card has a script or a frame in it")
    tags = _texts(hub.fields.get("tags"))
    config = _part(hub.fields, "config")
    task = _task(hub.fields, tags, config)
    known = _tasks().tasks.get(task)
    if known is None:
        raise Doubt("no-task", f"{task or 'no task'} is none that a plan is made for")
    figures = _figures(config)
    params_b, active_params_b = _params(hub.fields, figures, config)
    license_ = _license(hub.fields, tags)
    name = key.rpartition("/")[2]
    model = ModelCard(
        key=key,
        name=name,
        family=_family(name, config),
        domain=known.domain,
        pipeline_tag=task,
        use_cases=tuple(
            dict.fromkeys((*known.use_cases, *(use for tag, use in _tasks().tagged_use_cases.items() if tag in tags)))
        ),
        params_b=params_b,
        active_params_b=active_params_b,
        native_dtype=native_format_of(config) or _main_dtype(hub.fields),
        weights_gib=_weights_gib(hub.fields),
        architecture=figures.architecture if figures else Architecture(),
        license=license_,
        commercial_use=_commercial(license_),
        gated=hub.fields.get("gated") not in (None, False, "", "false"),
        downloads=_count(hub.fields.get("downloads")),
        likes=_count(hub.fields.get("likes")),
        released=_day(hub.fields.get("createdAt") or hub.fields.get("created_at")),
        summary=_summary(task, params_b, license_),
        source=source,
    )
    return CardedModel(model, described(model, card))


def model_id(fields: Mapping[str, object]) -> str:
    """Its id, under either of the names the Hub has for it."""
    return str(fields.get("id") or fields.get("modelId") or "").strip()


def _task(fields: Mapping[str, object], tags: list[str], config: Mapping[str, object]) -> str:
    said = fields.get("pipeline_tag")
    if isinstance(said, str) and said.strip().lower() in _tasks().tasks:
        return said.strip().lower()
    for name in _texts(config.get("architectures")):
        for ending, task in _tasks().architectures.items():
            if name.endswith(ending):
                return task
    named = [tag for tag in tags if tag in _tasks().tasks]
    inferred = named[0] if named else next((task for tag, task in _tasks().tags.items() if tag in tags), "")
    return inferred or str(said or "").strip()[:60]


def _figures(config: Mapping[str, object]) -> ConfigFigures | None:
    try:
        return architecture_from_config(config)
    except (InvalidInput, ArithmeticError, ValueError, TypeError):
        return None  # a config.json of another kind of model, or one with nonsense in it


def _params(
    fields: Mapping[str, object], figures: ConfigFigures | None, config: Mapping[str, object]
) -> tuple[float | None, float | None]:
    """Billions: the tensors' count, unless they are packed; of experts, the share that the shapes say is used."""
    counted = _counted_params(fields)
    estimated = figures.params_b if figures else None
    if counted is not None and counted > MOST_PARAMS_B:
        raise Doubt("implausible-size", f"{counted:,.0f} billion parameters are more than any model has")
    packed = _is_packed(fields) or native_format_of(config) in ("int4", "awq", "gptq", "nf4", "mxfp4", "nvfp4")
    if packed and estimated and (counted is None or abs(counted / estimated - 1) > DISAGREEMENT):
        total: float | None = estimated
    else:
        total = None if packed and counted is not None and not estimated else counted
    if total is None:
        return None, None
    experts = figures is not None and figures.architecture.experts and figures.params_b > 0
    active = total * figures.active_params_b / figures.params_b if figures and experts else None
    return round(total, 4) or None, round(active, 4) if active else None


def _tensors(fields: Mapping[str, object]) -> dict[str, int]:
    parameters = _part(_part(fields, "safetensors"), "parameters")
    return {
        dtype: count
        for dtype, count in parameters.items()
        if isinstance(count, int) and not isinstance(count, bool) and count > 0
    }


def _counted_params(fields: Mapping[str, object]) -> float | None:
    total = _part(fields, "safetensors").get("total")
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        total = sum(_tensors(fields).values())
    return total / 1e9 if total else None


def _is_packed(fields: Mapping[str, object]) -> bool:
    """Whether several weights share an integer: then the tensors' elements are fewer than the parameters."""
    tensors = _tensors(fields)
    packed = sum(count for dtype, count in tensors.items() if dtype in ("I32", "U8", "I8", "F4"))
    return bool(tensors) and packed > 0.3 * sum(tensors.values())


def _main_dtype(fields: Mapping[str, object]) -> str | None:
    tensors = _tensors(fields)
    if not tensors:
        return None
    most = max(sorted(tensors), key=lambda dtype: tensors[dtype])
    return DTYPES[most][0] if most in DTYPES else None


def _weights_gib(fields: Mapping[str, object]) -> float | None:
    tensors = _tensors(fields)
    sizes = {dtype: DTYPES[dtype][1] if dtype in DTYPES else STORED_BYTES.get(dtype) for dtype in tensors}
    if not tensors or None in sizes.values():
        return None
    return round(sum(count * (sizes[dtype] or 0) for dtype, count in tensors.items()) / GIB, 3)


def _license(fields: Mapping[str, object], tags: list[str]) -> str | None:
    data = _part(fields, "cardData") or _part(fields, "card_data")
    said = data.get("license") or next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), "")
    first = _texts(said)[0] if isinstance(said, list) and _texts(said) else said
    name = data.get("license_name")
    chosen = name if first == "other" and isinstance(name, str) and name.strip() else first
    text = chosen.strip().lower() if isinstance(chosen, str) else ""
    return text if re.fullmatch(r"[a-z0-9][a-z0-9.+_ -]{0,60}", text) else None


def _commercial(license_: str | None) -> bool | None:
    known = _tasks()
    if license_ in known.commercial:
        return True
    return False if license_ in known.non_commercial else None


def _family(name: str, config: Mapping[str, object]) -> str:
    kind = config.get("model_type")
    if isinstance(kind, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", kind):
        return kind.lower().replace("_", "-")
    return re.split(r"[-_.]", name)[0].lower() or name.lower()


def _summary(task: str, params_b: float | None, license_: str | None) -> str:
    """In our words, from the facts: a stranger's sentence does not stand in a plan."""
    size = f", {params_b:.3g} billion parameters" if params_b else ""
    terms = f", licence {license_}" if license_ else ""
    return f"{task.replace('-', ' ').capitalize()}{size}{terms}."


def _part(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = value.get(name)
    return part if isinstance(part, Mapping) else {}


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None


def _day(value: object) -> str | None:
    found = re.match(r"\d{4}-\d\d-\d\d", str(value or ""))
    return found[0] if found else None


@lru_cache
def _tasks() -> _Tasks:
    return own_yaml(TASKS, _Tasks)
