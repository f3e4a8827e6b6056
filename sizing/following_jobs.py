"""Work on the results of a job is a job: a summary of every call that is transcribed is no service that people use."""

from collections.abc import Sequence

from domain.workload import Traffic, Volume, VolumeUnit, Workload, WorkloadSpec

READS_RESULTS = frozenset({
    "summarization", "text_classification", "classification", "information_extraction", "extraction",
    "sentiment_analysis", "named_entity_recognition", "translation", "moderation", "data_labeling", "embeddings",
})  # fmt: skip
"""Uses of a language model that go through texts one by one and talk with nobody."""
PER_HOUR = 6
"""Recordings of ten minutes in an hour of speech."""
TOKENS_OF_RECORDING = 2000
"""150 words a minute, 4 tokens for 3 words: what ten minutes of speech come to."""
COUNTED: tuple[VolumeUnit, ...] = ("images", "documents", "pages", "items", "requests", "videos")


def with_following_jobs(specs: Sequence[WorkloadSpec]) -> tuple[WorkloadSpec, ...]:
    """Each; those that nobody is said to use and that work on what a job gives are jobs of that job's amount."""
    source = next((spec for spec in specs if _is_counted_job(spec)), None)
    if source is None:
        return tuple(specs)
    return tuple(_following(spec, source) if _follows(spec) else spec for spec in specs)


def following_notes(specs: Sequence[WorkloadSpec], said: Sequence[Workload]) -> tuple[str, ...]:
    """What was assumed of the jobs that were made so."""
    return tuple(
        f"{(spec.use_case or 'it').replace('_', ' ').capitalize()} is a job of {spec.volume.amount:,.0f} texts, one "
        f"for each {'ten minutes of speech' if spec.traffic.input_tokens else 'item'} of the job before it"
        for spec, workload in zip(specs, said, strict=False)
        if spec.task_type == "batch_inference" != workload.task_type and spec.volume.amount
    )


def _is_counted_job(spec: WorkloadSpec) -> bool:
    once = spec.volume.per in (None, "total")
    return spec.task_type == "batch_inference" and spec.volume.amount is not None and once


def _follows(spec: WorkloadSpec) -> bool:
    silent = spec.traffic == Traffic() and spec.volume.amount is None
    return spec.task_type == "inference" and silent and spec.use_case in READS_RESULTS


def _following(spec: WorkloadSpec, source: WorkloadSpec) -> WorkloadSpec:
    amount, unit = source.volume.amount or 0.0, source.volume.unit
    traffic = Traffic()
    if unit == "audio_hours":
        amount, traffic = amount * PER_HOUR, Traffic(input_tokens=TOKENS_OF_RECORDING)
    elif unit not in COUNTED:
        return spec
    return spec.model_copy(
        update={
            "task_type": "batch_inference", "traffic": traffic,
            "volume": Volume(amount=amount, unit="requests", per="total"),
        }
    )  # fmt: skip
