"""How much of data whose size alone was said a training reads.

What is kept is not what is learnt from: nobody trains on every byte of an archive of video, and bytes of pictures and
sound are no text. Where an amount makes no sense as what is read, the largest published training of its kind bounds it,
and the plan asks for the number of samples, steps or tokens.
"""

from domain.workload import WorkloadSpec
from sizing.amount_of_work import items_of_job, tokens_of
from sizing.reference_workloads import ReferenceWorkload

MOST_SAMPLES, OF_SAMPLES = 2e9, "DINOv2, arXiv 2304.07193: 625,000 steps of 3,072 pictures"
MOST_CLIPS, OF_CLIPS = 1e8, "Cosmos, arXiv 2501.03575: 100 million clips of 20 million hours of video"
MOST_TOKENS, OF_TOKENS = 40e12, "Llama 4, model card: 40 trillion tokens"
_NO_TEXT = ("video", "image", "photo", "picture", "audio", "speech", "lidar", "scan", "footage")


def most_samples(reference: ReferenceWorkload) -> tuple[float, str]:
    """Of all epochs together, and who trained on as many."""
    return (MOST_CLIPS, OF_CLIPS) if reference.domain == "video" else (MOST_SAMPLES, OF_SAMPLES)


def items_of_size(spec: WorkloadSpec, reference: ReferenceWorkload, size_gb: float) -> float:
    """Items of the usual size that fill so much, as far as anybody trains on as many as often."""
    most, _ = most_samples(reference)
    each = reference.samples_per_item * (spec.training.epochs or reference.epochs)
    return min(size_gb * 1e3 / reference.item_mb, most / each)


def is_text(spec: WorkloadSpec) -> bool:
    """Whether the bytes that were said can be tokens of a language model."""
    modality = (spec.dataset.modality or "").lower()
    return not any(word in modality for word in _NO_TEXT)


def readable_gb(spec: WorkloadSpec, bytes_per_token: float) -> float | None:
    """Of the size that was said, what a language model may be trained on; null where it is no text or was not said."""
    size_gb = spec.dataset.size_gb
    return None if size_gb is None or not is_text(spec) else min(size_gb, MOST_TOKENS * bytes_per_token / 1e9)


def unread_note(
    spec: WorkloadSpec, reference: ReferenceWorkload, bytes_per_token: float, *, is_language: bool
) -> str | None:
    """That not all of the size is read, and what to say instead; null where it is, or was not what counts."""
    size_gb = spec.dataset.size_gb
    if size_gb is None or tokens_of(spec) is not None or items_of_job(spec) is not None:
        return None
    if not is_language:
        most, source = most_samples(reference)
        if items_of_size(spec, reference, size_gb) >= size_gb * 1e3 / reference.item_mb:
            return None
        bound, say = f"bounded to {most:,.0f} samples, as many as the largest published ({source})", "samples or steps"
    elif not is_text(spec):
        bound, say = "not counted as text: sized by what is usual", "tokens, samples or steps"
    elif readable_gb(spec, bytes_per_token) != size_gb:
        bound, say = f"bounded to {MOST_TOKENS:,.0f} tokens, as the largest published ({OF_TOKENS})", "tokens"
    else:
        return None
    return f"{size_gb / 1e3:,.10g} TB are kept, not read: {bound}. Say how many {say} it is to be."
