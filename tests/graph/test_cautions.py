"""What is to be confirmed: of programmes, by who owns the machines."""

import pytest

from domain.offers import OWN_HARDWARE
from domain.workload import WorkloadSpec
from graph.cautions import cautions
from tests.artifacts.sample_plan import offer, option


def told(*compliance: str, own: bool) -> str:
    spec = WorkloadSpec(task_type="inference", domain="vision", industry="healthcare", compliance=compliance)
    placed = option(offer=offer(OWN_HARDWARE if own else "aws"))
    return " ".join(cautions(spec, (), (), placed))


@pytest.mark.parametrize("programme", ["hipaa", "gdpr", "soc2"])
def test_a_sellers_programme_is_spoken_of_where_a_seller_is_paid(programme: str) -> None:
    assert "it is you who has to meet" in told(programme, own=True)
    assert "it is you who has to meet" not in told(programme, own=False)


def test_who_hosts_health_data_for_others_is_certified_himself() -> None:
    assert "you have to be certified yourself" in told("hds", own=True)
    assert "you have to be certified yourself" not in told("hds", own=False)
