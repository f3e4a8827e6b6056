"""The figures of work that is counted a piece are those that their sources tell."""

import re

import pytest

from domain.workload import WorkloadSpec
from sizing.reference_workloads import ReferenceWorkload, reference_for, reference_workloads

PARAMETERS = re.compile(r"([\d.]+) ?([MB]) parameters")
MULTIPLICATIONS = re.compile(r"parameters, (?:about )?([\d.]+) GMACs")
BILLIONS = {"M": 1e-3, "B": 1.0}
TOLD = [row for row in reference_workloads() if PARAMETERS.search(row.source)]


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.key)
def test_a_row_holds_the_figures_of_its_source(row: ReferenceWorkload) -> None:
    told = [float(figure) * BILLIONS[unit] for figure, unit in PARAMETERS.findall(row.source)]
    assert any(row.params_b == pytest.approx(figure, rel=0.07) for figure in told)
    for figure in MULTIPLICATIONS.findall(row.source):
        assert row.gmacs_per_item == pytest.approx(float(figure))


def test_a_network_that_was_trained_before_takes_fewer_epochs() -> None:
    """PyTorch's own lesson of transfer learning takes 25, torchvision's recipe from nothing 90."""
    asked = {"domain": "vision", "use_case": "classification"}
    before = reference_for(WorkloadSpec.model_validate({**asked, "task_type": "fine_tuning"}))
    nothing = reference_for(WorkloadSpec.model_validate({**asked, "task_type": "training"}))
    assert (before.epochs, nothing.epochs) == (25, 90)
