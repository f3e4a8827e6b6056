"""Data whose size alone was said is kept, not read: what a training reads is bounded, and the plan says so."""

import pytest

from domain.workload import WorkloadSpec
from sizing.raw_size import MOST_CLIPS, MOST_SAMPLES, items_of_size, readable_gb, unread_note
from sizing.reference_workloads import reference_for


def training(domain: str, modality: str | None, size_gb: float, **said: object) -> WorkloadSpec:
    data = {"size_gb": size_gb, "modality": modality}
    return WorkloadSpec.model_validate({"task_type": "training", "domain": domain, "dataset": data, **said})


@pytest.mark.parametrize(
    ("domain", "modality", "petabytes", "samples"),
    [("reinforcement_learning", "video", 40, MOST_SAMPLES), ("video", "video", 40, MOST_CLIPS),
     ("vision", "satellite_images", 0.3, MOST_SAMPLES)],
)  # fmt: skip
def test_no_archive_is_read_beyond_the_largest_published_training(
    domain: str, modality: str, petabytes: float, samples: float
) -> None:
    spec = training(domain, modality, petabytes * 1e6)
    row = reference_for(spec)
    assert items_of_size(spec, row, petabytes * 1e6) * row.samples_per_item * row.epochs == pytest.approx(samples)
    assert "Say how many samples" in (unread_note(spec, row, 4.0, is_language=False) or "")


def test_what_is_read_whole_is_counted_by_its_size() -> None:
    spec = training("vision", "images", 138)
    row = reference_for(spec)
    assert items_of_size(spec, row, 138) == pytest.approx(138e3 / row.item_mb)
    assert unread_note(spec, row, 4.0, is_language=False) is None


@pytest.mark.parametrize(
    ("modality", "size_gb", "read_gb"),
    [("video", 2e6, None), ("images", 50, None), ("text", 80, 80), (None, 80, 80), ("text", 4e7, 160_000)],
)
def test_bytes_of_pictures_and_sound_are_no_text(
    modality: str | None, size_gb: float, read_gb: float | None
) -> None:  # fmt: skip
    spec = training("multimodal", modality, size_gb)
    assert readable_gb(spec, 4.0) == read_gb
    told = unread_note(spec, reference_for(spec), 4.0, is_language=True)
    assert (told is None) == (read_gb == size_gb)


def test_who_says_how_much_is_read_is_not_asked() -> None:
    spec = training("multimodal", "video", 2e6, training={"tokens": 1e11})
    assert unread_note(spec, reference_for(spec), 4.0, is_language=True) is None
