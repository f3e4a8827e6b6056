"""Taking revisions back: the earlier spec is planned anew, and the reply says what was taken back."""

from typing import Protocol, cast

import pytest

from domain.plan import DeploymentPlan
from domain.workload import Traffic, WorkloadSpec
from graph.context import ArchitectContext
from graph.state import ArchitectState, history_of
from graph.understanding.merge.conversation import read_turns
from graph.understanding.merge.draft import without_evidence
from graph.understanding.merge.history import REMEMBERED_SPECS, History

ASK = "Deploy Llama 3.3 70B for a chatbot with 200 users, under $6000 a month"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def after(talk: Talk, *messages: str) -> DeploymentPlan:
    for message in messages[:-1]:
        await talk.say(message)
    return (await talk.say(messages[-1]))["plan"]


@pytest.mark.parametrize(
    "undo",
    ["undo that", "undo the last change", "go back to the previous plan", "hmm, I liked the other one better",
     "nah, revert", "can we go back to what we had?", "leave it as it was", "no, take that back please"],
)  # fmt: skip
async def test_the_plan_before_the_last_change_stands_again(conversation: Talk, undo: str) -> None:
    first = await after(conversation, ASK)
    await conversation.say("only on AWS")
    state = await conversation.say(undo)
    assert state["reply"].response_type == "deployment_plan"
    assert state["plan"].spec == first.spec
    assert state["plan"].recommendations == first.recommendations


async def test_the_reply_says_what_was_taken_back_and_what_that_changed(conversation: Talk) -> None:
    before, moved = await after(conversation, ASK), await after(conversation, "make it 500 users")
    plan = await after(conversation, "undo that")
    assert plan.changes[0] == "Taken back, as you asked: the last change (“500 users”)."
    assert plan.changes[1] == "Users: 200 instead of 500 (“200 users”)."
    old, new = (item.recommendations[0].option.offer.instance_type for item in (moved, before))
    assert any(old in change and new in change for change in plan.changes)


async def test_undo_twice_goes_back_two(conversation: Talk) -> None:
    await after(conversation, ASK, "only on AWS", "make it 500 users", "use spot instances")
    spec = (await after(conversation, "undo", "undo")).spec
    assert (spec.traffic.users, spec.pricing, spec.location.providers) == (200, None, ("aws",))


async def test_two_changes_are_taken_back_at_once(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "only on AWS", "make it 500 users", "undo the last two changes")
    assert (plan.spec.traffic.users, plan.spec.location.providers) == (200, ())


async def test_questions_in_between_are_no_changes(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "only on AWS", "why this one?", "thanks", "undo that")
    assert plan.spec.location.providers == ()


async def test_back_to_the_first_version(conversation: Talk) -> None:
    changes = [f"make it {users} users" for users in range(210, 210 + 10 * (REMEMBERED_SPECS + 3), 10)]
    plan = await after(conversation, ASK, *changes, "back to the first version please")
    assert plan.spec.traffic.users == 200
    assert (await conversation.say("undo that"))["reply"].response.startswith("There is nothing to take back yet")


async def test_nothing_to_take_back_is_said_in_a_friendly_sentence(conversation: Talk) -> None:
    plan = await after(conversation, ASK)
    state = await conversation.say("undo that")
    assert state["reply"].response_type == "answer"
    assert "nothing to take back" in state["reply"].response
    assert state["plan"] == plan


async def test_what_was_taken_back_can_be_put_back(conversation: Talk) -> None:
    await after(conversation, ASK, "only on AWS", "make it 500 users", "undo that")
    plan = await after(conversation, "redo")
    assert plan.spec.traffic.users == 500
    assert plan.changes[0] == "What was taken back stands again."
    assert (await after(conversation, "undo that")).spec.traffic.users == 200


async def test_one_part_alone_is_taken_back(conversation: Talk) -> None:
    spec = (await after(conversation, ASK, "use spot instances", "make it 500 users", "undo the spot thing")).spec
    assert (spec.pricing, spec.traffic.users) == (None, 500)
    spec = (await after(conversation, "back to the original number of users")).spec
    assert spec.traffic.users == 200


async def test_what_else_the_message_says_counts_too(conversation: Talk) -> None:
    spec = (await after(conversation, ASK, "only on AWS", "undo that and use GCP instead")).spec
    assert spec.location.providers == ("gcp",)
    spec = (await after(conversation, "go back to the previous plan, but with 90 users")).spec
    assert (spec.location.providers, spec.traffic.users) == ((), 90)


async def test_a_value_to_go_back_to_is_a_revision_like_any_other(conversation: Talk) -> None:
    plan = await after(conversation, ASK, "only on AWS", "make it 500 users", "back to 200 users")
    assert (plan.spec.traffic.users, plan.spec.location.providers) == (200, ("aws",))


async def test_a_supposition_is_left_by_the_figure_that_stays(conversation: Talk) -> None:
    await after(conversation, ASK, "what if we had 1000 users?")
    plan = await after(conversation, "ok good to know. we stay at 200, but add: Azure only")
    assert (plan.spec.traffic.users, plan.spec.location.providers) == (200, ("azure",))


@pytest.mark.parametrize("turns", [
    (ASK, "only on AWS", "undo that"),
    (ASK, "only on AWS", "make it 500 users", "why this one?", "undo twice", "on Azure", "undo"),
    (ASK, "only on AWS", "undo that, but make it 90 users", "redo"),
])  # fmt: skip
async def test_a_conversation_read_at_once_ends_with_the_same_spec(
    conversation: Talk, context: ArchitectContext, turns: tuple[str, ...]
) -> None:
    state: ArchitectState = {}
    for message in turns:
        state = await conversation.say(message)
    assert without_evidence((await read_turns(context.reader, turns)).spec) == without_evidence(state["spec"])


def test_the_history_in_a_checkpoint_of_an_earlier_version_is_not_lost() -> None:
    """Strict msgpack gives a plain mapping for a class that moved."""
    held = History(before=(WorkloadSpec(traffic=Traffic(users=5)),), revisions=1)
    assert history_of(cast(ArchitectState, {"history": held.model_dump(mode="json")})) == held
    assert history_of(ArchitectState()) == History()
