"""Embedding tables larger than a GPU are spread over as many as hold them."""

import pytest

from artifacts.data_size import volume_parts
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement
from domain.workload import Traffic, WorkloadSpec
from sizing.embedding_tables import tables_gb, tables_note
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


def test_a_recommender_has_a_row_for_each_of_the_people_it_learns() -> None:
    """30 million users x 128 values x 4 B; what was said of the tables counts before that."""
    spec = WorkloadSpec(task_type="training", domain="recommendation", traffic=Traffic(users=30_000_000))
    assert tables_gb(spec) == pytest.approx(15.36)
    assert "15.36 GB" in (tables_note(spec) or "")
    said = spec.model_copy(update={"embedding_tables_gb": 100.0})
    assert (tables_gb(said), tables_note(said)) == (100.0, None)


@pytest.mark.parametrize("changed", [{"task_type": "inference"}, {"domain": "llm"}, {"traffic": Traffic()}])
def test_nothing_else_has_tables_of_people(changed: dict[str, object]) -> None:
    spec = WorkloadSpec(task_type="training", domain="recommendation", traffic=Traffic(users=30_000_000))
    assert tables_gb(spec.model_copy(update=changed)) is None


def test_a_recommender_that_serves_has_a_row_for_each_of_its_people_and_things() -> None:
    """2 billion and 500 million rows of 128 values in fp32; a trained one reads interactions, which have none."""
    told: dict[str, object] = {
        "domain": "recommendation", "traffic": {"users": 2_000_000_000}, "dataset": {"items": 500_000_000},
    }  # fmt: skip
    serves = WorkloadSpec.model_validate({**told, "task_type": "inference"})
    trains = WorkloadSpec.model_validate({**told, "task_type": "training"})
    assert tables_gb(serves) == 2.5e9 * 512 / 1e9
    assert tables_gb(trains) == 2e9 * 512 / 1e9
    assert "2,000,000,000 users and 500,000,000 items" in (tables_note(serves) or "")
    assert "come on top" in (tables_note(trains) or "")
