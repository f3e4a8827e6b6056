"""What is no decoder takes the passes, the memory traffic and the host time that its kind takes."""

import pytest

from domain.offers import Gpu
from domain.placement import Throughput
from domain.workload import WorkloadSpec
from sizing.demand import demand_of
from sizing.deployment import Deployment
from sizing.item_work import ItemServing
from sizing.reference_workloads import reference_for, window_passes


def rate(gpu: Gpu, **asked: object) -> float:
    spec = WorkloadSpec.model_validate({"task_type": "inference", **asked})
    row = reference_for(spec)
    found = ItemServing(row, row.name, row.params_b, "bf16", demand_of(spec)).rate_on(gpu)
    assert found is not None
    return found


def test_a_larger_scan_is_more_windows(starter_gpus: dict[str, Gpu]) -> None:
    """A head of 240 x 240 x 155 voxels is 18 MB in 16 bits; a chest of 512 x 512 x 232 is 122 MB."""
    head, chest = (
        rate(starter_gpus["A100-80GB"], domain="vision", dataset={"modality": "mri", "items": 1000, "size_gb": size_gb})
        for size_gb in (18, 122)
    )
    assert 5 < head / chest < 15
    assert 1 < 1 / chest < 60


def test_no_scan_is_less_than_one_window() -> None:
    assert window_passes(0.5) == 8


@pytest.mark.parametrize(("gpu", "seconds"), [("H100-SXM", 480), ("A100-80GB", 1500)])
def test_a_clip_takes_minutes(gpu: str, seconds: float, starter_gpus: dict[str, Gpu]) -> None:
    """Attention over all frames is half of the work of a clip of 5 s at 480p by a model of 14B."""
    assert 1 / rate(starter_gpus[gpu], domain="video") == pytest.approx(seconds, rel=0.35)


def test_the_proof_says_what_the_rate_is_made_of(starter_gpus: dict[str, Gpu]) -> None:
    spec = WorkloadSpec.model_validate({"task_type": "inference", "domain": "speech"})
    row = reference_for(spec)
    serving = ItemServing(row, row.name, row.params_b, "fp16", demand_of(spec))
    told: Throughput = serving.throughput(starter_gpus["H100-SXM"], 1, Deployment(1, speed=1.0))[0]
    assert "GB read" in told.lines[0].formula
    assert "ms of the host" in told.lines[0].formula
