"""Whether Kubernetes is needed is answered by the rule that the plan itself follows."""

import pytest

from tests.graph.conftest import Conversation


@pytest.mark.parametrize(
    ("request_", "says", "rule"),
    [
        ("I have a PC with 2x RTX 3090, want a coding model for myself. do I need kubernetes at all?", "No: ", True),
        ("Fine-tune Mistral 7B with LoRA on 5,000 examples once. Do we need k8s for that?", "No: ", True),
        ("Serve Llama 3.3 70B to 300 employees with 99.9% uptime. Do we need kubernetes?", "Yes: ", False),
    ],
)
async def test_the_answer_goes_with_the_steps(conversation: Conversation, request_: str, says: str, rule: bool) -> None:
    plan = await conversation.planned([request_])
    assert plan is not None
    assert f"Kubernetes? {says}" in plan.verdict
    text = "\n".join(command for step in plan.steps for command in step.commands)
    assert ("kubectl" not in text and "helm" not in text) is rule
    assert any(said.startswith("No cluster, by the rule") for said in plan.assumptions) is rule


@pytest.mark.parametrize(("budget", "alone"), [("$800", True), ("$5,000", False)])
async def test_the_bill_and_the_cluster_are_chosen_together(
    conversation: Conversation, budget: str, alone: bool
) -> None:
    """A control plane and a pool of CPUs are left out where only they go beyond the budget, and not where they fit."""
    said = f"Serve Llama 3.1 8B in fp8 on 1 x L4 to 200 users of ours on AWS in us-east-1, at most {budget} a month"
    plan = await conversation.planned([said])
    assert plan is not None
    assert plan.cost is not None
    assert plan.recommendations[0].option.goes_alone == alone
    assert plan.cost.monthly_usd <= (800 if alone else 5000)
    assert any("control plane" in line.item for line in plan.cost.lines) != alone


async def test_who_asked_for_kubernetes_keeps_it_and_hears_of_the_bill(conversation: Conversation) -> None:
    said = "Kubernetes deployment of Llama 3.1 8B for 200 users on AWS in us-east-1, at most $750 a month"
    plan = await conversation.planned([said])
    assert plan is not None
    assert not plan.recommendations[0].option.goes_alone
    assert "above the budget" in plan.verdict
