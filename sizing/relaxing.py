"""One constraint of a spec, read as text and set from text: how a relaxation is stated and applied."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from domain.base import Frozen
from domain.placement import Relaxation
from domain.workload import RequestedModel, WorkloadSpec

NONE = "none"


Given = Literal["wish", "hardware", "load", "model", "ban", "law"]
"""What somebody gives up, the least first: a wish for price, time or format; what it runs on and with whom; how much it
carries; the model itself; what was forbidden by name; licence and residency, which are nobody's to give up."""
IN_ORDER: tuple[Given, ...] = get_args(Given)


class Constraint(NamedTuple):
    """`parse` turns a proposal back into the field's value; `words` names the constraint in a sentence."""

    path: str
    parse: Callable[[str], object]
    words: str
    given: Given = "wish"


def _number(text: str) -> float | None:
    return None if text == NONE else float(text)


def _whole(text: str) -> int | None:
    return None if text == NONE else int(text)


def _words(text: str) -> tuple[str, ...]:
    return () if text == NONE else tuple(text.split(", "))


def _word(text: str) -> str | None:
    return None if text == NONE else text


CONSTRAINTS: tuple[Constraint, ...] = (
    Constraint("budget.amount", _number, "the budget"),
    Constraint("hours_per_month", _number, "the hours a month"),
    Constraint("pricing", _word, "the kind of pricing"),
    Constraint("precision", _word, "the precision"),
    Constraint("models.quantization", _word, "the model's quantisation"),
    Constraint("location.providers", _words, "the providers", "hardware"),
    Constraint("location.excluded_providers", _words, "the excluded providers", "ban"),
    Constraint("location.regions", _words, "the regions", "hardware"),
    Constraint("location.jurisdictions", _words, "the jurisdictions", "law"),
    Constraint("gpu.models", _words, "the GPU models", "hardware"),
    Constraint("gpu.excluded", _words, "the excluded GPUs", "ban"),
    Constraint("gpu.vendors", _words, "the makers of GPUs", "hardware"),
    Constraint("gpu.excluded_vendors", _words, "the excluded makers of GPUs", "ban"),
    Constraint("gpu.interconnect", _word, "the link between the GPUs", "hardware"),
    Constraint("gpu.min_count", _whole, "the number of GPUs", "hardware"),
    Constraint("gpu.max_count", _whole, "the most GPUs", "hardware"),
    Constraint("gpu.min_vram_gb", _number, "the memory of each GPU", "hardware"),
    Constraint("gpu.max_vram_gb", _number, "the most memory of each GPU", "hardware"),
    Constraint("gpu.min_total_vram_gb", _number, "the GPU memory in all", "hardware"),
    Constraint("gpu.min_nodes", _whole, "the number of machines", "hardware"),
    Constraint("gpu.max_nodes", _whole, "the most machines", "hardware"),
    Constraint("cpu.min_vcpu", _whole, "the vCPU", "hardware"),
    Constraint("cpu.min_ram_gb", _number, "the RAM", "hardware"),
    Constraint("context_tokens", _whole, "the context", "load"),
    Constraint("traffic.concurrent_users", _whole, "the concurrent users", "load"),
    Constraint("traffic.users", _whole, "the users", "load"),
    Constraint("traffic.peak_concurrent_users", _whole, "the concurrent users at the peak", "load"),
    Constraint("traffic.requests_per_second", _number, "the requests a second", "load"),
    Constraint("traffic.peak_requests_per_second", _number, "the requests a second at the peak", "load"),
    Constraint("training.tokens", _number, "the tokens to train on", "load"),
    Constraint("training.epochs", _number, "the epochs", "load"),
    Constraint("volume.amount", _number, "the amount of work", "load"),
    Constraint("traffic.ttft_ms", _number, "the time to the first token"),
    Constraint("traffic.latency_ms", _number, "the time to the whole answer"),
    Constraint("traffic.tokens_per_second_per_user", _number, "the tokens a second for each user"),
    Constraint("traffic.tokens_per_second", _number, "the tokens a second in all", "load"),
    Constraint("availability.min_replicas", _whole, "the number of replicas", "hardware"),
    Constraint("deadline_hours", _number, "the deadline"),
    Constraint("license.commercial", _word, "commercial use", "law"),
    Constraint("license.allowed", _words, "the licences", "law"),
    Constraint("license.excluded", _words, "the licences that are ruled out", "law"),
    Constraint("models", _words, "the model", "model"),
)
_BY_PATH = {constraint.path: constraint for constraint in CONSTRAINTS}
JOINT = " + "
"""Between the fields, and the values, of a relaxation that moves two constraints at once."""


def apply_relaxation(spec: WorkloadSpec, relaxation: Relaxation) -> WorkloadSpec:
    """The spec with the proposal in place."""
    paths, values = relaxation.field.split(JOINT), relaxation.proposed.split(JOINT)
    for path, value in zip(paths, values, strict=True):
        spec = with_value(spec, path, value)
    return spec


def with_value(spec: WorkloadSpec, path: str, text: str) -> WorkloadSpec:
    """The spec with one field set from its text; how many were asked for counted the GPUs that were named."""
    value = _BY_PATH[path].parse(text)
    if path == "gpu.models":
        return spec.model_copy(
            update={"gpu": spec.gpu.model_copy(update={"models": value, "min_count": None, "min_nodes": None})}
        )
    if path == "models":
        return spec.model_copy(update={"models": tuple(RequestedModel(name=str(n)) for n in _words(text))})
    if path == "models.quantization":
        changed = tuple(m.model_copy(update={"quantization": value}) if m.quantization else m for m in spec.models)
        return spec.model_copy(update={"models": changed})
    head, _, tail = path.partition(".")
    if not tail:
        return spec.model_copy(update={head: value})
    part: Frozen = getattr(spec, head)
    return spec.model_copy(update={head: part.model_copy(update={tail: value})})


def stated_value(spec: WorkloadSpec, path: str) -> str | None:
    """The field's value as text; null when the user set no such constraint."""
    if path == "models":
        return ", ".join(m.name for m in spec.models) or None
    if path == "models.quantization":
        return next((m.quantization for m in spec.models if m.quantization), None)
    head, _, tail = path.partition(".")
    value = getattr(spec, head)
    return as_text(getattr(value, tail) if tail else value)


def as_text(value: object) -> str | None:
    """Numbers plain, lists joined, nothing as null."""
    if value is None or value == () or value is False:
        return None
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    if isinstance(value, bool):
        return "true"
    return repr(value) if isinstance(value, float) else str(value)


def is_whole(path: str) -> bool:
    """Whether the constraint counts things."""
    return _BY_PATH[path].parse is _whole


def words_for(path: str) -> str:
    """What the constraint is called in a sentence."""
    return _BY_PATH[path].words


FAR = 4.0
"""Times by which a figure may move and still be that wish; more is another request."""


def sacrifice(relaxation: Relaxation) -> tuple[int, bool]:
    """How much it gives up, by kind; whether it moves a figure so far that only a ban or a law weighs more."""
    paths = relaxation.field.split(JOINT)
    values = zip(relaxation.current.split(JOINT), relaxation.proposed.split(JOINT), strict=True)
    far = any(_times(current, proposed) > FAR for current, proposed in values)
    weightiest = max(IN_ORDER.index(_BY_PATH[path].given) for path in paths)
    return (max(weightiest, IN_ORDER.index("model")) if far else weightiest), far


def is_nobodys_to_give(relaxation: Relaxation) -> bool:
    """Whether it gives up a licence or the place where data must stay: nothing to carry out as it stands."""
    return any(_BY_PATH[path].given == "law" for path in relaxation.field.split(JOINT))


def _times(current: str, proposed: str) -> float:
    """By how many times a figure moves; 1 where it is none, or is dropped for one that asks little."""
    try:
        before, after = float(current), float(proposed)
    except ValueError:
        return 1.0
    return max(before, after) / min(before, after) if min(before, after) > 0 else math.inf
