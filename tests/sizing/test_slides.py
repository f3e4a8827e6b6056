"""Whole slides are read tile by tile by an encoder; slides of a talk are none."""

from typing import Any

import pytest

from domain.workload import Evidence, WorkloadSpec
from sizing.slides import are_slides, as_tiles

TILES = 7600


def slides(quote: str = "600 whole slide images", **said: Any) -> WorkloadSpec:
    usual = {
        "task_type": "training", "domain": "vision", "use_case": "classification", "dataset": {"items": 600},
        "evidence": {"dataset.items": Evidence(quote=quote, turn=0)},
    }  # fmt: skip
    return WorkloadSpec.model_validate({**usual, **said})


def test_a_classifier_of_slides_is_one_pass_of_the_encoder_and_a_small_network() -> None:
    made = as_tiles(slides())
    assert (made.task_type, made.use_case) == ("batch_inference", "feature_extraction")
    assert made.volume.amount == 600 * TILES
    assert (made.volume.unit, made.volume.per) == ("images", "total")
    assert made.dataset.items is None
    assert "7,600 tiles of 256 px" in made.assumptions[0]
    assert "multiple-instance learning" in made.assumptions[1]


@pytest.mark.parametrize(
    "quote", ["5,000 histopathology slides", "400 WSIs at 40x", "1.2 TB of svs", "Whole-slide scans"]
)
def test_slides_under_a_microscope_are_known_by_their_words(quote: str) -> None:
    assert are_slides(slides(quote))


@pytest.mark.parametrize("quote", ["600 slides of talks", "600 x-rays", "the whole set of images"])
def test_other_pictures_stay_pictures(quote: str) -> None:
    assert as_tiles(slides(quote)) == slides(quote)


@pytest.mark.parametrize("said", [{"use_case": "segmentation"}, {"task_type": "inference"}, {"domain": "llm"}])
def test_masks_services_and_texts_are_no_pass_over_tiles(said: dict[str, Any]) -> None:
    assert as_tiles(slides(**said)) == slides(**said)


def test_a_number_that_was_not_said_is_assumed_aloud() -> None:
    made = as_tiles(slides(dataset={}))
    assert made.volume.amount == 1000 * TILES
    assert made.assumptions[0].startswith("How many slides there are was not said")
