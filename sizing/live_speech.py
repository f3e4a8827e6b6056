"""Speech that is written down while it is spoken, or made while it is heard: so many streams, step by step.

A model made for streams meets each second once (`live_gflops` of `known_work.yaml`). Whisper was made for 30 s of
finished audio: around it a window is read again at every hop, and words count once two readings in a row agree
(LocalAgreement, Machacek et al., arXiv 2307.14743), so that a word shows after a hop and stands after two.
"""

from dataclasses import replace

from domain.models import ModelCard
from domain.workload import WorkloadSpec
from sizing.amount_of_work import SPEECH_ITEMS_PER_HOUR, SPOKEN_STEP_S, hop_s
from sizing.known_work import KnownWork
from sizing.reference_workloads import ReferenceWorkload

WINDOW_SHARE = 0.5
"""Of 30 s: whisper_streaming cuts its buffer at 15 s, whose words are written anew at every hop."""
AGREEING = 2
"""Readings in a row."""
LAYERS, ENCODER_GMACS = 32, 1_150.0
"""Of Whisper large-v3's decoder, and of its encoder over 30 s, as in the reference workload."""
STREAM_GIB = 0.02
"""What is kept of one stream: states of the layers, audio, beams. An allowance."""


def listening(
    spec: WorkloadSpec, row: ReferenceWorkload, known: KnownWork | None, card: ModelCard | None
) -> ReferenceWorkload:
    """The work of one hop of one stream."""
    hop = hop_s(spec)
    params_b = card.params_b if card is not None and card.params_b else row.params_b
    name = card.name if card is not None else row.name.split(",")[0]
    if known is not None and known.live_gflops:
        return replace(
            row, name=f"{name}, {hop:g} s of a live stream", params_b=params_b, kind="measured", read_gb=0.0,
            host_ms=0.0, token_gb=0.0, gmacs_per_item=known.live_gflops * hop / 2, passes=1, source=known.source,
            stream_gib=known.live_gib or STREAM_GIB, item=f"{hop:g} s of a live stream",
            note=f"{name} is made for streams: each second of speech is worked through once, in steps of {hop:g} s.",
        )  # fmt: skip
    layers = card.architecture.layers if card is not None and card.architecture.layers else None
    encoder = ENCODER_GMACS if layers is not None else row.gmacs_per_item * params_b / row.params_b
    read = row.read_gb * WINDOW_SHARE * (layers / LAYERS if layers is not None else params_b / row.params_b)
    return replace(
        row, name=f"{name}, a window of 30 s read again every {hop:g} s", params_b=params_b, gmacs_per_item=encoder,
        read_gb=read, host_ms=row.host_ms * WINDOW_SHARE, stream_gib=STREAM_GIB, token_gb=row.token_gb * WINDOW_SHARE,
        item=f"window of a live stream, every {hop:g} s",
        note=f"{name} was made for 30 s of finished audio: of a live stream its window is read again every {hop:g} s, "
             f"and a word shows after about {hop:g} s and stands after {AGREEING * hop:g} (arXiv 2307.14743). A model "
             "made for streams works through each second once.",
    )  # fmt: skip


def speaking(row: ReferenceWorkload, known: KnownWork | None, card: ModelCard | None) -> ReferenceWorkload:
    """The work of one second of one stream that is made as it is played, beside others on the same GPU.

    A smaller model than the reference's is no quicker, unless it was measured: what stands between its steps is the
    same.
    """
    params_b = card.params_b if card is not None and card.params_b else row.params_b
    name = card.name if card is not None else row.name.split(",")[0]
    if known is not None and known.live_ms:
        return replace(
            row, name=f"{name}, {SPOKEN_STEP_S:g} s of speech", params_b=params_b, gmacs_per_item=params_b, passes=1,
            read_gb=4 * params_b, host_ms=known.live_ms * SPOKEN_STEP_S, source=known.source,
            item=f"{SPOKEN_STEP_S:g} s of speech", stream_gib=known.live_gib or STREAM_GIB,
        )  # fmt: skip
    part = SPOKEN_STEP_S / (3600 / SPEECH_ITEMS_PER_HOUR)
    more = max(1.0, params_b / row.params_b)
    return replace(
        row, name=f"{name}, {SPOKEN_STEP_S:g} s of speech", params_b=params_b,
        gmacs_per_item=row.gmacs_per_item * part * more, read_gb=row.read_gb * part * more,
        host_ms=row.host_ms * part, stream_gib=STREAM_GIB, item=f"{SPOKEN_STEP_S:g} s of speech",
    )  # fmt: skip
