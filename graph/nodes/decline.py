"""A message that asks for no plan: small talk, or another subject."""

import asyncio

from graph.small_talk import small_talk_reply
from graph.state import ArchitectState, Reply


async def decline(state: ArchitectState) -> ArchitectState:
    """One friendly sentence, and what can be asked instead."""
    response = await asyncio.to_thread(small_talk_reply, state["turns"][-1], plan_stands="plan" in state)
    return {"reply": Reply(response_type="answer", response=response)}
