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
