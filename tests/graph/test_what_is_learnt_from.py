"""What people must have told of the data is said before anything is rented, where that is much work."""

import pytest

from domain.workload import Dataset, WorkloadSpec
from graph.cautions import cautions
from tests.artifacts.sample_plan import option, proof

SCANS = WorkloadSpec(
    task_type="training", domain="vision", use_case="segmentation", dataset=Dataset(modality="ct", size_gb=800)
)
SERIES = WorkloadSpec(task_type="training", domain="time_series")


@pytest.mark.parametrize(("spec", "told"), [(SCANS, 1), (SERIES, 0)])
def test_masks_that_nobody_has_drawn_are_asked_for_in_time(spec: WorkloadSpec, told: int) -> None:
    trains = option(model=None, job_hours=2.0, proof=proof(mode="train"))
    found = [one for one in cautions(spec, ("train it",), (), trains) if "learns from" in one]
    assert len(found) == told
    assert all("mask that an expert has drawn" in one for one in found)
