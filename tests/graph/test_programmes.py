"""Who holds a programme is answered from the catalogue where that was asked."""

from domain.workload import WorkloadSpec
from graph.programmes import attested_told
from tests.artifacts.sample_plan import option

HELD = {"aws": ("hipaa", "soc2"), "azure": ("hipaa",), "vast": ()}
HIPAA = WorkloadSpec(task_type="inference", compliance=("hipaa",))


def test_the_plans_seller_comes_first() -> None:
    told = attested_told(HIPAA, option(), HELD, "Which cloud signs a BAA?")
    assert told.startswith("aws, from which this plan rents, attests HIPAA by the catalogue")
    assert "; so do azure; the BAA" in told


def test_a_seller_that_holds_none_is_not_named_first() -> None:
    assert attested_told(HIPAA, option(), {"azure": ("hipaa",)}, "who is certified?").startswith(
        "HIPAA is attested by azure."
    )


def test_nothing_is_told_that_was_not_asked() -> None:
    assert attested_told(HIPAA, option(), HELD, "Llama 70B under HIPAA") == ""
    assert attested_told(WorkloadSpec(task_type="inference"), option(), HELD, "who signs a BAA?") == ""
