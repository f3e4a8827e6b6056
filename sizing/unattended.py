"""Work that comes in by the day or the month and for which nobody waits: a job that comes back, and no service that is
paid for all month."""

from domain.workload import Availability, Traffic, VolumeUnit, WorkloadSpec
from sizing.amount_of_work import HOURS_IN
from sizing.demand import SAME_RATE
from sizing.following_jobs import READS_RESULTS

UNWATCHED = (READS_RESULTS - {"moderation"}) | {
    "ocr", "transcription", "diarization", "image_captioning", "captioning", "data_extraction", "entity_extraction",
    "document_parsing", "document_processing", "content_generation", "image_generation", "video_generation",
    "super_resolution", "background_removal", "anonymization", "dubbing",
}  # fmt: skip
"""Uses whose results are looked at later."""
PILES: tuple[VolumeUnit, ...] = ("images", "documents", "pages", "items", "audio_hours", "videos")
"""Units of what is there before the work begins; requests come from somebody."""
NIGHT_HOURS = 24.0
"""A time for the work of a month that is shorter is the part of each day in which it runs."""


def as_job(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec as a batch that comes back, where it is one; with the assumption."""
    if not is_unattended(spec):
        return spec
    volume, nightly = spec.volume, spec.volume.per == "month" and (spec.deadline_hours or NIGHT_HOURS) < NIGHT_HOURS
    words = spec.evidence.get("volume.amount")
    counted = f"“{words.quote}”" if words else f"{volume.amount:,.10g} {volume.unit} of a {volume.per}"
    note = (
        f"Nobody was said to wait for them, so {counted.replace('_', ' ')} are a job that comes back; where people "
        "wait for each, say for how long, and it is a service that is always on."
    )
    if nightly:
        note += f" The work of a month runs in as many nights of {spec.deadline_hours:g} h as it takes."
    return spec.model_copy(
        update={
            "task_type": "batch_inference", "traffic": spec.traffic.model_copy(update={"requests_per_second": None}),
            "deadline_hours": None if nightly else spec.deadline_hours,
            "assumptions": (*(said for said in spec.assumptions if said != spec.assumed.get("task_type")), note),
        }
    )  # fmt: skip


def is_unattended(spec: WorkloadSpec) -> bool:
    volume, done = spec.volume, spec.use_case in UNWATCHED or spec.domain == "embeddings"
    if spec.task_type != "inference" or volume.amount is None or volume.per not in ("day", "month") or not done:
        return False
    if spec.media.live or spec.availability != Availability() or not _is_all_its_load(spec):
        return False
    counted = volume.unit in PILES
    return _acts_on_them(spec) or (counted and (_is_supposed(spec) or "task_type" not in spec.evidence))


def _is_all_its_load(spec: WorkloadSpec) -> bool:
    """Whether nothing else was said of the traffic: a rate that is the even flow of the volume is the volume's own."""
    rate, volume = spec.traffic.requests_per_second, spec.volume
    hours = HOURS_IN["month" if volume.per == "month" else "day"]
    flow = (volume.amount or 0.0) / hours / 3600
    same = rate is None or abs(rate - flow) <= SAME_RATE * flow
    lengths = dict.fromkeys(("input_tokens", "output_tokens", "cached_input", "calls_each", "images_each"))
    return same and spec.traffic.model_copy(update={"requests_per_second": None, **lengths}) == Traffic()


def _acts_on_them(spec: WorkloadSpec) -> bool:
    """Whether the verb that says the work has the counted things as its object: "embed 200k tickets every day"."""
    amount = spec.evidence.get("volume.amount")
    number = next((word for word in amount.quote.split() if any(map(str.isdigit, word))), None) if amount else None
    verbs = (spec.evidence.get(path) for path in ("task_type", "use_case", "domain"))
    return number is not None and any(number in verb.quote.split() for verb in verbs if verb is not None)


def _is_supposed(spec: WorkloadSpec) -> bool:
    """Whether that it is a service is an assumption, while what it does was said."""
    return "task_type" in spec.assumed and "use_case" not in spec.assumed
