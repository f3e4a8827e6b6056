"""A plan that trains on scans carries what reads those that a scanner wrote."""

import pytest

from artifacts.data_size import volume_parts, volume_told
from artifacts.pins import pins
from artifacts.programs import job_files, program_of
from domain.placement import JobProgram
from domain.workload import Dataset, Evidence, WorkloadSpec
from tests.artifacts.sample_plan import option

SCANS = WorkloadSpec(task_type="training", domain="vision", dataset=Dataset(size_gb=800.0, modality="ct"))
TRAINS = option(model=None, program=JobProgram(name="segment_volumes"))


def test_the_program_comes_with_what_makes_scans_of_dicom() -> None:
    carried = job_files(TRAINS)
    assert "dicom_series.py" in carried
    assert "from dicom_series import" in carried["segment_volumes.py"]
    assert f"simpleitk=={pins().packages['simpleitk'].version}" in carried["requirements.txt"].splitlines()
    told = program_of(TRAINS)
    assert told is not None
    assert "DICOM series" in told.data


@pytest.mark.parametrize(("quote", "made"), [("800 GB of DICOM", 800.0), ("800 GB of NIfTI files", None)])
def test_the_volume_has_room_for_the_scans_that_are_made(quote: str, made: float | None) -> None:
    spec = SCANS.model_copy(update={"evidence": {"dataset.size_gb": Evidence(quote=quote, turn=0)}})
    parts = {part.name: part.gb for part in volume_parts(TRAINS, spec)}
    assert parts.get("scans as NIfTI") == made


@pytest.mark.parametrize(
    ("program", "is_told"), [("finetune_images", True), ("segment_volumes", False), ("train_trees", False)]
)
def test_a_program_that_reads_pictures_says_what_makes_them(program: str, is_told: bool) -> None:
    spec = SCANS.model_copy(update={"evidence": {"dataset.size_gb": Evidence(quote="800 GB of DICOM", turn=0)}})
    placed = TRAINS.model_copy(update={"program": JobProgram(name=program)})
    told = volume_told(placed, spec)
    assert (f"simpleitk=={pins().packages['simpleitk'].version}" in told) is is_told
    assert "DICOM files are made" not in volume_told(placed, SCANS)
