"""What a plan says where its steps do not do what was asked of zones."""

import pytest

from artifacts.data_size import dataset_part
from artifacts.surroundings import one_zone_note
from domain.workload import WorkloadSpec
from tests.artifacts.sample_plan import offer, option

TWO_ZONES = WorkloadSpec.model_validate({"task_type": "inference", "domain": "llm", "availability": {"zones": 2}})


@pytest.mark.parametrize(
    ("provider", "is_told"), [("scaleway", True), ("lambda", True), ("aws", False), ("gcp", False)]
)
def test_zones_that_the_steps_do_not_make_are_not_promised(provider: str, is_told: bool) -> None:
    placed = option(offer=offer(provider=provider), nodes=2)
    note = one_zone_note(placed, TWO_ZONES)
    assert (note is not None) == is_told
    assert note is None or "Not in 2 zones" in note
    assert one_zone_note(placed, WorkloadSpec()) is None


def test_rows_of_a_table_are_not_tables_of_their_own() -> None:
    rows = {
        "task_type": "training",
        "domain": "tabular",
        "use_case": "churn_prediction",
        "dataset": {"items": 200_000_000},
    }
    assert 50 <= dataset_part(WorkloadSpec.model_validate(rows)).gb <= 500
