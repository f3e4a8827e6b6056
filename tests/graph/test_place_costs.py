"""A place in which the catalogue may not know all that is rented is told with what it costs."""

from typing import Protocol

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def test_a_region_with_large_machines_alone_is_told(conversation: Talk) -> None:
    plan = (await conversation.say("Llama 3.1 8B for 10 users on AWS Singapore"))["plan"]
    assert plan.recommendations[0].option.gpus == 8
    assert "which may not know all that aws rents there" in plan.cautions[0]


async def test_a_region_that_has_what_is_needed_is_not(conversation: Talk) -> None:
    plan = (await conversation.say("Llama 3.1 8B for 10 users on AWS in us-east-1"))["plan"]
    assert not any("may not know all" in caution for caution in plan.cautions)
