"""Whole-slide images: no network reads one whole. It is cut into tiles, a pretrained encoder reads each tile once, and
what learns from slide labels is a small network over the features, multiple-instance learning (CLAM, ABMIL)."""

import re
from itertools import pairwise

from domain.workload import Media, Traffic, Training, Volume, WorkloadSpec
from sizing.reference_workloads import workload_named

WHOLE_SLIDE = "whole_slide"
PIXELWISE = ("segmentation",)
"""Uses that learn from masks, for which the network itself is trained on tiles."""
LEARNS = ("training", "fine_tuning")
_WORD = re.compile(r"[a-z0-9]+")


def as_tiles(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec as a pass of the encoder over the tiles of all slides, where slides are what is learnt from or read."""
    if spec.task_type not in (*LEARNS, "batch_inference") or spec.use_case in PIXELWISE or not are_slides(spec):
        return spec
    row, counted = workload_named("whole-slides"), spec.dataset.items or _amount(spec)
    slides = counted or row.default_items
    tiles = slides * row.samples_per_item
    notes = [] if counted else [f"How many slides there are was not said: {slides:,} are assumed."]
    notes += [
        f"A slide is cut into about {row.samples_per_item:,.0f} tiles of 256 px with tissue on them (assumed, as at "
        f"20x; at 40x four times as many), {tiles:,.0f} in all: the encoder reads each once, and these are the hours "
        "of the plan."
    ]
    if spec.task_type in LEARNS:
        notes.append(
            "Labels of whole slides teach a small network over the tiles' features (multiple-instance learning: CLAM, "
            "ABMIL), minutes on the same GPU; the encoder itself is not trained."
        )
    dataset = spec.dataset.model_copy(update={"items": None, "modality": WHOLE_SLIDE})
    return spec.model_copy(
        update={
            "task_type": "batch_inference", "domain": "vision", "use_case": "feature_extraction", "traffic": Traffic(),
            "training": Training(), "media": Media(), "dataset": dataset,
            "volume": Volume(amount=tiles, unit="images", per="total"),
            "assumptions": (*(a for a in spec.assumptions if a != spec.assumed.get("task_type")), *notes),
        }
    )  # fmt: skip


def are_slides(spec: WorkloadSpec) -> bool:
    """Whether the words of the request name slides under a microscope."""
    if spec.domain not in (None, "vision", "multimodal", "embeddings"):
        return False
    said = [found.quote for path, found in spec.evidence.items() if not path.startswith(("models", "location", "gpu"))]
    said += [words.quote for words in spec.unplaced] + [spec.dataset.modality or ""]
    found = [_WORD.findall(quote.lower()) for quote in said]
    named = workload_named("whole-slides").words
    return any(named & set(words) or _whole_slide(words) for words in found)


def _whole_slide(words: list[str]) -> bool:
    return any(pair[0] == "whole" and pair[1].startswith("slide") for pair in pairwise(words))


def _amount(spec: WorkloadSpec) -> float | None:
    """Slides that were counted as an amount of work, once."""
    counted = spec.volume.unit in ("images", "items", "documents") and spec.volume.per in (None, "total")
    return spec.volume.amount if counted else None
