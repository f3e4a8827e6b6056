"""Trainers with a recipe of their own: a run is as long as theirs is, whatever the reference workload has."""

import pytest

from domain.workload import RequestedModel, WorkloadSpec
from sizing.reference_workloads import reference_for
from sizing.trainers import recipe_note
from sizing.variants import training_epochs, training_samples


def training(name: str, **said: object) -> WorkloadSpec:
    return WorkloadSpec.model_validate(
        {"task_type": "training", "domain": "vision", "models": (RequestedModel(name=name),), **said}
    )


@pytest.mark.parametrize(("name", "scans"), [("nnU-Net", 60), ("nnunet v2", 900), ("nnUNet", 10_000)])
def test_a_run_of_nnunet_is_its_own_number_of_patches(name: str, scans: int) -> None:
    """1,000 epochs of 250 steps of 2 patches."""
    spec = training(name, use_case="segmentation ct", dataset={"items": scans})
    assert training_samples(spec, reference_for(spec)) == pytest.approx(500_000)
    assert "1,000 epochs (its default)" in (recipe_note(spec) or "")


def test_its_epochs_are_those_that_it_calls_so() -> None:
    spec = training("nnU-Net", dataset={"items": 900, "modality": "ct"}, training={"epochs": 250})
    assert training_samples(spec, reference_for(spec)) == pytest.approx(125_000)


@pytest.mark.parametrize(("said", "epochs"), [(None, 100), (30, 30)])
def test_one_that_reads_every_item_once_an_epoch_has_its_epochs(said: int | None, epochs: int) -> None:
    spec = training("YOLO11s", use_case="detection", dataset={"items": 12_000}, training={"epochs": said})
    assert training_epochs(spec, reference_for(spec)) == epochs


def test_who_names_no_trainer_trains_as_the_reference_does() -> None:
    spec = training("U-Net", dataset={"items": 900, "modality": "ct"})
    reference = reference_for(spec)
    assert training_samples(spec, reference) == 900 * reference.samples_per_item * reference.epochs
    assert recipe_note(spec) is None
