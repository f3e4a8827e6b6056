"""A cloud that the catalogue does not hold is no other region of the same maker."""

import csv
from pathlib import Path

import pytest

from domain.workload import WorkloadSpec
from graph.clouds_apart import apart_told, clouds_apart, clouds_apart_asked
from graph.programmes import attested_told, level_told
from tests.artifacts.sample_plan import option
from tests.understanding.talking import starter_reader

OFFERS = Path(__file__).parents[2] / "catalog" / "starter" / "compute" / "offers.csv"


@pytest.mark.parametrize(
    "said",
    ["HIPAA, so Azure Government only", "it must run in usgovvirginia", "on the AWS European Sovereign Cloud, please"],
)
def test_what_is_asked_for_and_not_held_comes_first(said: str) -> None:
    told = apart_told(clouds_apart_asked((starter_reader().line(said),)), option())
    assert told.startswith("Not met, no plan for ")
    assert "outside of it" in told


@pytest.mark.parametrize(
    "said",
    [
        "Llama 8B on Azure",
        "we left Azure Government last year",
        "no Azure Government here",
        "commercial Azure instead of Azure Government",
        "we are moving away from Azure Government",
    ],
)
def test_what_is_not_asked_for_is_not_told(said: str) -> None:
    assert clouds_apart_asked((starter_reader().line(said),)) == ()


def test_the_catalogue_holds_none_of_them() -> None:
    with OFFERS.open(encoding="utf-8") as file:
        regions = {row["region"] for row in csv.DictReader(file)}
    assert regions.isdisjoint(name for cloud in clouds_apart() for name in cloud.names)


def test_a_level_is_not_shown_by_the_programme() -> None:
    spec, said = WorkloadSpec(task_type="inference", compliance=("fedramp",)), "which cloud attests FedRAMP High?"
    assert level_told(spec, option(), said).startswith("FedRAMP High is not shown by this plan")
    assert attested_told(spec, option(), {"aws": ("fedramp",)}, said) == ""
    assert level_told(spec, option(), "which cloud attests FedRAMP?") == ""
