"""What the place that was said costs is told where it matters: a region's lack first, sellers without a place last."""

from typing import Protocol

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def test_a_region_without_small_machines_is_said_first(conversation: Talk) -> None:
    plan = (await conversation.say("Llama 3.1 8B for 10 users on AWS in ap-southeast-1"))["plan"]
    assert plan.cautions[0].startswith("aws lists ")


async def test_sellers_that_name_no_place_are_the_last_to_be_told(conversation: Talk) -> None:
    plan = (await conversation.say("image search over 12M product photos with SigLIP, 30 queries a second, EU"))["plan"]
    assert plan.cautions[-1].startswith("EU leaves out sellers that name no place")
