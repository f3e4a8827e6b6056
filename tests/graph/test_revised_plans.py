"""A revised plan says what changed and why; a request for less is met, or told what would meet it."""

from collections.abc import Callable
from typing import Protocol

import pytest

from artifacts.notation import money
from domain.base import Frozen
from domain.plan import DeploymentPlan
from domain.workload import Evidence, GpuRequirement, OwnedHardware, Training, WorkloadSpec
from graph.changes import OF_ONE_TURN, field_words, plan_changes
from graph.context import ArchitectContext
from graph.state import ArchitectState
from tests.artifacts.sample_plan import plan as sample

ASK = "Deploy Llama 3.3 70B for a chatbot with 200 users, under $6000 a month"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


ConversationIn = Callable[[ArchitectContext], Talk]


async def after(talk: Talk, *messages: str) -> DeploymentPlan:
    for message in messages[:-1]:
        await talk.say(message)
    return (await talk.say(messages[-1]))["plan"]


async def test_a_first_plan_has_no_changes(conversation: Talk) -> None:
    assert (await after(conversation, ASK)).changes == ()


async def test_a_revision_quotes_the_words_that_moved_it(conversation: Talk) -> None:
    before = await after(conversation, ASK)
    plan = await after(conversation, "plan for 500 users")
    assert plan.changes[0] == "Users: 500 instead of 200 (“500 users”)."
    old, new = (p.recommendations[0].option for p in (before, plan))
    assert any(new.offer.instance_type in change and old.offer.instance_type in change for change in plan.changes)
    assert any(
        f"{money(new.price_per_month_usd)} instead of {money(old.price_per_month_usd)}" in c for c in plan.changes
    )


async def test_another_provider_is_planned_and_said(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "use GCP")
    assert {item.option.offer.provider for item in plan.recommendations} == {"gcp"}
    assert plan.changes[0] == "Provider: gcp (“GCP”), which was open before."


async def test_only_spot_means_only_spot(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "show me only spot")
    assert {item.option.offer.pricing for item in plan.recommendations} == {"spot"}
    assert any(change.startswith("No longer recommended:") for change in plan.changes)


async def test_what_comes_into_the_stack_is_named(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "add Qdrant")
    assert "Components added: qdrant." in plan.changes
    plan = await after(conversation, "drop Qdrant, we do not need it")
    assert "Components removed: qdrant." in plan.changes


async def test_a_revision_without_consequences_says_so(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "raise the budget to $9000 a month")
    assert plan.changes[-1].startswith("The recommendations stay as they are:")


async def test_constraints_that_nothing_meets_and_their_withdrawal_are_told(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "the budget is $5 a month")
    assert not plan.recommendations
    assert any(change.startswith("Nothing fits") for change in plan.changes)
    plan = await after(conversation, "make the budget $6000 a month")
    assert any(change.startswith("Now something fits:") for change in plan.changes)


async def test_cheaper_gives_a_cheaper_plan_where_there_is_one(conversation: Talk) -> None:
    before = await after(conversation, ASK)
    plan = await after(conversation, "make it cheaper")
    assert plan.recommendations[0].option.price_per_hour_usd < before.recommendations[0].option.price_per_hour_usd
    assert not any("Nothing cheaper" in change for change in plan.changes)


async def test_cheaper_than_the_cheapest_is_answered_with_what_would_lower_the_bill(conversation: Talk) -> None:
    await after(conversation, ASK, "make it cheaper")
    state = await conversation.say("make it cheaper")
    first = state["placement"].options[0]
    changes = state["plan"].changes
    assert changes[0].startswith("Nothing cheaper at on-demand prices meets every constraint:")
    assert money(first.price_per_month_usd) in changes[0]
    assert any("spot prices" in change for change in changes)
    assert any(money(first.price_per_hour_usd * 176) in change for change in changes)
    assert all(money(first.price_per_month_usd) not in change for change in changes[1:])


async def test_a_constraint_that_keeps_cheaper_offers_out_is_named(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "only on AWS", "make it cheaper", "make it cheaper")
    assert any("without the providers asked for (aws)" in change for change in plan.changes)


async def test_the_law_is_not_for_sale(conversation: Talk) -> None:
    """What would lower the bill never leaves the jurisdiction or the compliance programme."""
    talked = ASK + ", GDPR compliant, in the EU"
    await after(conversation, talked, "make it cheaper")
    state = await conversation.say("make it cheaper")
    assert state["working_spec"].location.jurisdictions == ("EU",)
    assert not any("jurisdiction" in change or "at vast" in change for change in state["plan"].changes)


@pytest.mark.parametrize("second", ["make it cheaper", "use GCP", "make it 300 users", "show me only spot"])
async def test_the_same_conversation_tells_the_same_changes(
    context: ArchitectContext, conversation_in: ConversationIn, second: str
) -> None:
    one, other = [await after(conversation_in(context), ASK, second) for _ in range(2)]
    assert one == other


def test_every_field_that_can_change_has_words() -> None:
    spec, paths = WorkloadSpec(), set[str]()
    no_constraints = {"confidence", "evidence", "assumptions", "assumed", *OF_ONE_TURN}
    for name in set(WorkloadSpec.model_fields) - no_constraints:
        part = getattr(spec, name)
        paths |= {f"{name}.{leaf}" for leaf in type(part).model_fields} if isinstance(part, Frozen) else {name}
    assert set(field_words()) == paths


def test_bounds_and_hardware_at_hand_are_told_in_words() -> None:
    said = {"gpu.max_count": Evidence(quote="no more than 4", turn=1)}
    owned = (OwnedHardware(gpu="A100-80GB", count=8, nodes=2), OwnedHardware(note="an old workstation"))
    new = WorkloadSpec(gpu=GpuRequirement(max_count=4), owned=owned, training=Training(tokens=5e11), evidence=said)
    before, after = sample(spec=WorkloadSpec(training=Training(tokens=2e9))), sample(spec=new)
    assert plan_changes(before, after, ("gpu.max_count", "owned", "training.tokens", "unplaced"))[:3] == (
        "GPUs: at most 4 (“no more than 4”), which was open before.",
        "Hardware at hand: 2 machines of 8 x A100-80GB, an old workstation, which was open before.",
        "Tokens of the training data: 500,000,000,000 instead of 2,000,000,000.",
    )


async def test_a_programme_without_evidence_is_a_caution_and_not_an_empty_plan(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Llama 3.1 8B for inference under LGPD and HIPAA"))["plan"]
    assert any("LGPD" in caution for caution in plan.cautions)
    assert plan.recommendations
    assert {item.option.offer.provider for item in plan.recommendations} <= {
        "aws",
        "azure",
        "gcp",
        "oci",
        "ibm",
        "nebius",
    }


async def test_of_several_workloads_another_model_is_told_with_its_speed(conversation: Talk) -> None:
    first = "Two workloads: (1) Llama 3.1 8B chat for 200 users (2) nightly transcription of 500 hours with Whisper"
    plan = await after(conversation, first, "use Qwen3 8B for the chat instead of Llama")
    assert any("it runs Qwen/Qwen3-8B" in line and "instead of meta-llama/" in line for line in plan.changes)
    assert not any(line.startswith("The recommendations stay as they are") for line in plan.changes)


SEARCHED = "RAG over 2 million support articles with Mistral Small 24B, 25 concurrent users, GCP europe-west1"


async def test_another_vector_store_takes_the_place_of_the_first_everywhere(conversation: Talk) -> None:
    plan = await after(conversation, SEARCHED, "Use Milvus instead of the vector database you chose.")
    charts = {part.package.name for part in plan.stack}
    assert "milvus" in charts
    assert "qdrant" not in charts
    commands = "\n".join(command for step in plan.steps for command in step.commands).lower()
    assert "qdrant" not in commands
    assert "answers.workload" not in commands  # the program that only knows the other store is not applied
    assert any("“milvus”" in line and "yours to bring" in line for line in plan.not_taken_into_account)


@pytest.mark.parametrize("wish", ["add a vector database", "please add Qdrant", "add the GPU operator"])
async def test_what_the_plan_has_already_is_said_to_be_there(wish: str, conversation: Talk) -> None:
    before = await after(conversation, SEARCHED)
    plan = await after(conversation, wish)
    assert plan.changes[0].endswith("nothing is added.")
    assert [part.package.key for part in plan.stack] == [part.package.key for part in before.stack]


async def test_what_a_chart_brings_along_gets_no_chart_of_its_own(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "please add Prometheus and Grafana if they aren't in")
    assert "kube-prometheus-stack" in {part.package.name for part in plan.stack}
    assert "grafana" not in {part.package.name for part in plan.stack}


@pytest.mark.parametrize("wish", ["Double it to 400 users", "I was wrong: 400 users, not 200", "Triple that to 600"])
async def test_the_words_of_a_change_are_not_said_to_be_unused(wish: str, conversation: Talk) -> None:
    plan = await after(conversation, ASK, wish)
    assert not [line for line in plan.not_taken_into_account if line.startswith("Also said")]


@pytest.mark.parametrize("change", ["use GCP", "use AWS instead", "take it to Azure"])
async def test_a_part_that_nobody_spoke_of_comes_or_goes_with_its_cause(change: str, conversation: Talk) -> None:
    plan = await after(conversation, ASK, change)
    told = [line for line in plan.changes if line.startswith("Components")]
    assert [line for line in told if "because" not in line] == []
