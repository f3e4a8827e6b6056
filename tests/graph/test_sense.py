"""Figures that cannot be meant are asked about before anything is planned, and once."""

from typing import Protocol

from graph.state import ArchitectState

ASK = "Serve Llama 3.3 70B on 2000 GPUs"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


def fields(state: ArchitectState) -> list[str]:
    return [question.field for question in state["asked"][-1].questions] if state["asked"] else []


async def test_it_is_asked_about_before_the_plan(conversation: Talk) -> None:
    state = await conversation.say(ASK)
    assert "plan" not in state
    assert fields(state) == ["gpu.min_count"]


async def test_what_is_said_again_is_meant_and_never_asked_about_again(conversation: Talk) -> None:
    await conversation.say(ASK)
    state = await conversation.say("Yes, that many GPUs")
    assert state["plan"].spec.gpu.min_count == 2000
    state = await conversation.say("only on AWS")
    assert fields(state) == []


async def test_another_that_comes_with_a_revision_is_asked_about(conversation: Talk) -> None:
    await conversation.say("Serve Llama 3.3 70B")
    assert fields(await conversation.say("on 3000 GPUs")) == ["gpu.min_count"]


async def test_just_decide_is_an_answer(conversation: Talk) -> None:
    await conversation.say(ASK)
    assert "plan" in await conversation.say("just decide")


async def test_more_at_once_than_there_were_users_is_a_change_when_it_is_said_later(conversation: Talk) -> None:
    await conversation.say("Serve Llama 3.3 70B to 20 users")
    state = await conversation.say("make it 400 people at the same time")
    assert fields(state) == []
    assert state["plan"].spec.traffic.concurrent_users == 400
