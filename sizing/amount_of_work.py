"""How much work there is: a volume in the user's unit, as the requests and items that sizing counts."""

from domain.base import HOURS_PER_MONTH
from domain.workload import Domain, VolumePeriod, VolumeUnit, WorkloadSpec
from sizing.units_of_work import COUNTS_RUNS, pieces_counted

TRAINING_TASKS = ("training", "fine_tuning")
JOB_TASKS = (*TRAINING_TASKS, "batch_inference")
"""Tasks that end."""
TOKENS_PER_ANSWER = 256
TEXT_TOKENS = 512
"""Of a text that is read in one pass, where nobody said: the longest that the first encoders take."""
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
READ_AT_ONCE: tuple[Domain, ...] = ("llm", "multimodal", "video", "speech")
"""Domains whose models take all pictures or frames of a request in one run."""
HOURS_IN: dict[VolumePeriod, float] = {"day": 24.0, "month": HOURS_PER_MONTH}


EDITING = ("image_editing", "inpainting", "super_resolution", "style_transfer", "virtual_try_on", "background_removal")
LONGEST_HOP_S, SHORTEST_HOP_S = 1.0, 0.25
"""Between two looks at a live stream: whisper_streaming's default, and the least that leaves a word to hear."""
VOICED: tuple[str, ...] = ("text_to_speech", "speech_synthesis", "dubbing", "voice_cloning")
SPOKEN: tuple[str, ...] = (*VOICED, "music_generation")
"""Uses of speech models that hear nothing."""
SPOKEN_STEP_S = 1.0
"""Of live synthesis, as much as a model makes before it hands it over to be played."""
SOON_MS = 2_000.0
"""Who must have an answer so soon, for people who are there at once, has no finished recording."""


def text_tokens(spec: WorkloadSpec) -> int:
    """Of a text that is read in one pass: as said, else what an encoder's reference reads."""
    return spec.traffic.input_tokens or spec.context_tokens or TEXT_TOKENS


def runs_each(spec: WorkloadSpec) -> int:
    """Runs of the model for one request or item: as said, for each picture of it where one is seen at a time."""
    if spec.volume.unit in COUNTS_RUNS:
        return 1
    traffic, at_once = spec.traffic, (spec.domain or "llm") in READ_AT_ONCE
    pictures = 1 if at_once or spec.volume.unit == "images" else traffic.images_each or 1
    return (traffic.calls_each or pieces_counted(spec)) * pictures


def is_heard_live(spec: WorkloadSpec) -> bool:
    """Whether speech is written down while it is spoken, and not when it is over."""
    if spec.domain != "speech" or spec.task_type not in (None, "inference", "rag") or spec.use_case in SPOKEN:
        return False
    traffic = spec.traffic
    soonest = min((t for t in (traffic.ttft_ms, traffic.latency_ms) if t), default=None)
    at_once = traffic.concurrent_users or traffic.peak_concurrent_users
    return bool(spec.media.live) or bool(at_once and soonest is not None and soonest <= SOON_MS)


def is_spoken_live(spec: WorkloadSpec) -> bool:
    """Whether speech is made while it is played, for people who hear it as it comes."""
    if spec.domain != "speech" or spec.task_type not in (None, "inference", "rag") or spec.use_case not in VOICED:
        return False
    traffic = spec.traffic
    return bool(spec.media.live or traffic.ttft_ms or traffic.concurrent_users or traffic.peak_concurrent_users)


def stream_step_s(spec: WorkloadSpec) -> float | None:
    """Seconds of a live stream of speech that are worked through at a time; null where there is none."""
    if is_heard_live(spec):
        return hop_s(spec)
    return SPOKEN_STEP_S if is_spoken_live(spec) else None


def hop_s(spec: WorkloadSpec) -> float:
    """Seconds between two looks at a live stream: what a word may take to show, a second where nobody said."""
    traffic = spec.traffic
    soonest = min((t for t in (traffic.ttft_ms, traffic.latency_ms) if t), default=1_000 * LONGEST_HOP_S)
    return min(LONGEST_HOP_S, max(SHORTEST_HOP_S, soonest / 1_000))


def volume_items(spec: WorkloadSpec, request_tokens: int, output_tokens: int = TOKENS_PER_ANSWER) -> float | None:
    """The volume as items; null where there is none, or where its unit does not tell for this kind of model.

    A request reads and writes `request_tokens`, of which it writes `output_tokens`. Of a simulation every replica runs
    as long as was said.
    """
    volume, domain = spec.volume, spec.domain or "llm"
    if volume.amount is None or volume.unit is None or domain not in ONLY_IN.get(volume.unit, (domain,)):
        return None
    if volume.unit == "tokens":
        return volume.amount / (text_tokens(spec) if domain == "embeddings" else request_tokens)
    if volume.unit == "output_tokens":
        return volume.amount / output_tokens
    if volume.unit == "simulated_ns":
        return volume.amount * (spec.availability.min_replicas or 1)
    return volume.amount * SPEECH_ITEMS_PER_HOUR if volume.unit == "audio_hours" else volume.amount


def items_of_job(
    spec: WorkloadSpec, request_tokens: int = TEXT_TOKENS, output_tokens: int = TOKENS_PER_ANSWER
) -> float | None:
    """What a job works through once: training examples, the items of the dataset, or a volume that comes once."""
    if spec.task_type in TRAINING_TASKS and spec.training.examples:
        return spec.training.examples
    once = volume_items(spec, request_tokens, output_tokens) if spec.volume.per in (None, "total") else None
    if spec.dataset.items is not None and (once is None or spec.volume.unit not in FINER):
        once = spec.dataset.items
    return once if once is None or spec.task_type in TRAINING_TASKS else once * runs_each(spec)


def makes_its_items(spec: WorkloadSpec) -> bool:
    """Whether the pictures or clips that are counted are what comes out: they are read where some are edited, or a
    model learns from them."""
    made = spec.domain in ("image_generation", "video") and spec.task_type not in TRAINING_TASKS
    return made and spec.use_case not in EDITING


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
