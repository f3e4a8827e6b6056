"""Hardware at hand comes before what is rented; where nothing may be rented, nothing is."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def test_what_is_owned_is_used_first_and_costs_no_rent(conversation: Talk) -> None:
    plan = (await conversation.say("We own 2x RTX A6000 with 256 GB RAM. Can they serve Llama 3.3 70B?"))["plan"]
    first = plan.recommendations[0].option
    assert (first.label, first.gpus, first.price_per_month_usd) == ("own hardware", 2, 0.0)
    assert first.offer.gpu is not None
    assert first.offer.gpu.name == "RTX-A6000"
    assert plan.verdict.startswith("Yes, in ")
    assert plan.answer.startswith("Rent nothing, your 2 x RTX-A6000")
    assert [item.option.label for item in plan.recommendations][1] == "recommended"


async def test_what_does_not_suffice_says_so_and_rents(conversation: Talk) -> None:
    plan = (await conversation.say("We own one RTX 4090. Can it serve Llama 3.1 405B?"))["plan"]
    assert plan.verdict.startswith("No: ")
    assert plan.recommendations[0].option.label == "recommended"


@pytest.mark.parametrize(
    ("ask", "label"),
    [
        ("On premises, we have 4x L40S in one server: a chat assistant with Qwen3 32B", "own hardware"),
        ("On premises only, nothing in the cloud: serve Qwen3 32B to 40 users", "to provide"),
    ],
)
async def test_on_premises_nothing_is_rented(conversation: Talk, ask: str, label: str) -> None:
    plan = (await conversation.say(ask))["plan"]
    assert [item.option.label for item in plan.recommendations] == [label]
    assert not any("Rent" in step.title or "Create the cluster" in step.title for step in plan.steps)


async def test_an_air_gapped_site_has_everything_carried_in(conversation: Talk) -> None:
    plan = (await conversation.say("Air-gapped site with 4x L40S in one server: serve Qwen3 32B"))["plan"]
    commands = "\n".join(plan.steps[0].commands)
    assert plan.steps[0].title == "Fetch what has to be brought in"
    assert all(part in commands for part in ("helm pull", "docker save", "hf download Qwen/Qwen3-32B"))


async def test_an_existing_cluster_gets_a_pool_and_no_second_cluster(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Mistral 7B for 100 users on our existing EKS cluster in us-east-2"))["plan"]
    titles = [step.title for step in plan.steps]
    assert "Create the cluster" not in titles
    assert titles[:3] == ["Ask for quota", "Use your cluster", "Add the machines"]


async def test_a_comparison_recommends_one_of_those_that_are_compared(conversation: Talk) -> None:
    plan = (await conversation.say("A100 or H100 for serving Llama 70B to 50 users?"))["plan"]
    assert "A100: " in plan.verdict
    assert "H100: " in plan.verdict
    gpu = plan.recommendations[0].option.offer.gpu
    assert gpu is not None
    assert gpu.family in ("A100", "H100")
