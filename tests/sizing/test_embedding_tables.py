"""Embedding tables larger than a GPU are spread over as many as hold them."""

import pytest

from artifacts.data_size import volume_parts
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement
from domain.workload import WorkloadSpec
from sizing.placement import place

TABLES_GB = 2000.0


@pytest.fixture(scope="module", params=["inference", "training"])
def placed(
    request: pytest.FixtureRequest, starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> Placement:
    spec = WorkloadSpec.model_validate(
        {"task_type": request.param, "domain": "recommendation", "gpu_needed": True, "embedding_tables_gb": TABLES_GB,
         "dataset": {"items": 1_000_000_000}}
    )  # fmt: skip
    return place(spec, starter_models, starter_offers)


def test_every_option_holds_the_tables(placed: Placement) -> None:
    assert placed.options
    for option in placed.options:
        assert option.offer.gpu is not None
        assert option.proof is not None
        assert option.proof.fits
        line = next(line for line in option.proof.lines if line.label == "Embedding tables")
        gpus = option.gpus // option.replicas
        assert line.value * gpus * 1.0737 >= TABLES_GB * 0.99
        assert option.offer.gpu.memory_gb * gpus > TABLES_GB


def test_the_sum_of_the_proof_holds_its_lines(placed: Placement) -> None:
    proof = placed.options[0].proof
    assert proof is not None
    parts = sum(line.value for line in proof.lines[1:-1] if line.unit == "GiB")
    assert proof.total_gib == pytest.approx(parts) == proof.lines[-1].value


def test_a_checkpoint_holds_the_tables_too(placed: Placement) -> None:
    spec = WorkloadSpec.model_validate(
        {"task_type": "training", "domain": "recommendation", "embedding_tables_gb": TABLES_GB,
         "dataset": {"items": 1_000_000_000}}
    )  # fmt: skip
    parts = {part.name: part.gb for part in volume_parts(placed.options[0], spec)}
    assert parts["tables in checkpoints"] >= 2 * TABLES_GB
