"""Only the hours of work are counted of the machines that the steps can stop by a command."""

import pytest

from artifacts.bundle.skypilot import clouds
from artifacts.giving_back import resized
from artifacts.providers import all_providers, follows_runs
from artifacts.recurring import machine_commands
from domain.workload import WorkloadSpec
from sizing.stopping import idle_hours_paid, stays_on, stops_by_command
from tests.artifacts.sample_plan import offer, option


@pytest.mark.parametrize("provider", sorted(all_providers()))
def test_a_seller_is_stopped_by_command_where_the_steps_have_one(provider: str) -> None:
    placed = option(offer=offer(provider=provider), schedule="0 1 * * *")
    around_hours = bool(resized(placed, 0)) or machine_commands(placed) is not None
    assert stops_by_command(provider, is_job=False) == around_hours
    for_runs = around_hours or follows_runs(placed) or provider in clouds()
    assert stops_by_command(provider, is_job=True) == for_runs


def test_only_what_stands_still_between_is_paid_for_idle() -> None:
    office = WorkloadSpec(task_type="inference", hours_per_month=174)
    nightly = WorkloadSpec(task_type="batch_inference", every="day")
    assert (idle_hours_paid(office), idle_hours_paid(nightly)) == (730.0, 24.0)
    assert stays_on(office, "verda")
    assert not stays_on(office, "aws")
    for always in (WorkloadSpec(task_type="inference"), WorkloadSpec(task_type="batch_inference")):
        assert idle_hours_paid(always) is None
        assert not stays_on(always, "verda")
