"""How much work there is: a volume in the user's unit, as the requests and items that sizing counts."""

from domain.base import HOURS_PER_MONTH
from domain.workload import Domain, VolumePeriod, VolumeUnit, WorkloadSpec

TRAINING_TASKS = ("training", "fine_tuning")
JOB_TASKS = (*TRAINING_TASKS, "batch_inference")
"""Tasks that end."""
TOKENS_PER_ANSWER = 256
TOKENS_PER_TEXT = 512
"""Of the reference workload for embeddings."""
SPEECH_ITEMS_PER_HOUR = 120
"""Chunks of 30 s, as the reference workload for speech counts them."""
ONLY_IN: dict[VolumeUnit, tuple[Domain, ...]] = {
    "output_tokens": ("llm", "multimodal"),
    "gpu_hours": (),
    "tokens": ("llm", "multimodal", "embeddings"),
    "audio_hours": ("speech",),
    "videos": ("video",),
    "simulated_ns": ("scientific",),
}
"""Units that say how much work there is in these kinds of models only; every other unit is one item in any."""
FINER: tuple[VolumeUnit, ...] = ("audio_hours", "pages", "simulated_ns")
"""Units that say how much work the items of a dataset are: 300 recordings of 45 minutes, 500 documents of 20 pages."""
HOURS_IN: dict[VolumePeriod, float] = {"day": 24.0, "month": HOURS_PER_MONTH}


def volume_items(spec: WorkloadSpec, request_tokens: int, output_tokens: int = TOKENS_PER_ANSWER) -> float | None:
    """The volume as items; null where there is none, or where its unit does not tell for this kind of model.

    A request reads and writes `request_tokens`, of which it writes `output_tokens`. Of a simulation every replica runs
    as long as was said.
    """
    volume, domain = spec.volume, spec.domain or "llm"
    if volume.amount is None or volume.unit is None or domain not in ONLY_IN.get(volume.unit, (domain,)):
        return None
    if volume.unit == "tokens":
        return volume.amount / (TOKENS_PER_TEXT if domain == "embeddings" else request_tokens)
    if volume.unit == "output_tokens":
        return volume.amount / output_tokens
    if volume.unit == "simulated_ns":
        return volume.amount * (spec.availability.min_replicas or 1)
    return volume.amount * SPEECH_ITEMS_PER_HOUR if volume.unit == "audio_hours" else volume.amount


def items_of_job(
    spec: WorkloadSpec, request_tokens: int = TOKENS_PER_TEXT, output_tokens: int = TOKENS_PER_ANSWER
) -> float | None:
    """What a job works through once: training examples, the items of the dataset, or a volume that comes once."""
    if spec.task_type in TRAINING_TASKS and spec.training.examples:
        return spec.training.examples
    once = volume_items(spec, request_tokens, output_tokens) if spec.volume.per in (None, "total") else None
    if spec.dataset.items is not None and (once is None or spec.volume.unit not in FINER):
        return spec.dataset.items
    return once


def runs_side_by_side(spec: WorkloadSpec) -> int | None:
    """A simulation goes step by step: its replicas run side by side, one of them does not. Null for other work."""
    return (spec.availability.min_replicas or 1) if spec.volume.unit == "simulated_ns" else None


def stated_gpu_hours(spec: WorkloadSpec) -> float | None:
    """The job's work in hours of one GPU, where somebody has reckoned it."""
    volume = spec.volume
    return volume.amount if volume.unit == "gpu_hours" and volume.per in (None, "total") else None


def volume_per_s(spec: WorkloadSpec, request_tokens: int) -> float | None:
    """Requests a second of a volume that comes in again and again, an even flow over the hours that the machines run.

    A month's work is done in the hours of the month; an hour's in an hour.
    """
    items, per = volume_items(spec, request_tokens), spec.volume.per
    if items is None or per in (None, "total") or spec.task_type in TRAINING_TASKS:
        return None
    hours = 1.0 if per == "hour" else HOURS_IN[per] * (spec.hours_per_month or HOURS_PER_MONTH) / HOURS_PER_MONTH
    return items / hours / 3600


def tokens_of(spec: WorkloadSpec) -> float | None:
    """Tokens of the training data; null where nobody counted them in tokens."""
    volume, reads_tokens = spec.volume, (spec.domain or "llm") in ONLY_IN["tokens"]
    once = volume.per in (None, "total") and volume.unit == "tokens" and spec.task_type in TRAINING_TASKS
    return spec.training.tokens or (volume.amount if once and reads_tokens else None)
