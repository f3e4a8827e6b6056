"""A GPU of a maker of whom nobody spoke is told apart: what it runs is not what most code was written for."""

import pytest

from domain.workload import WorkloadSpec
from graph.cautions import cautions
from tests.artifacts.sample_plan import option


@pytest.mark.parametrize(("vendor", "said", "told"), [
    ("amd", {}, True), ("nvidia", {}, False), ("amd", {"models": ["H100-SXM"]}, False),
    ("amd", {"vendors": ["amd"]}, False),
])  # fmt: skip
def test_rocm_is_told_where_nobody_asked_for_it(vendor: str, said: dict[str, list[str]], told: bool) -> None:
    chosen = option()
    assert chosen.offer.gpu is not None
    gpu = chosen.offer.gpu.model_copy(update={"vendor": vendor})
    chosen = chosen.model_copy(update={"offer": chosen.offer.model_copy(update={"gpu": gpu})})
    spec = WorkloadSpec.model_validate({"task_type": "inference", "gpu": said})
    assert any("ROCm" in caution for caution in cautions(spec, ("serve it",), (), chosen)) == told
