"""Opens each plan once and asks every question of it, each from where the plan was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from domain.plan import DeploymentPlan
from evals.follow_ups.questions import Asked, FollowUps
from graph.architect import build_graph
from graph.context import ArchitectContext
from graph.state import ArchitectState, Reply

DECIDE = "just decide"
"""The answer to whatever is asked before there is a plan and the messages are used up."""


@dataclass(frozen=True)
class Played:
    """A question, the plan it was asked of, and what came back; `after` is the plan that stands then."""

    asked: Asked
    plan: DeploymentPlan
    reply: Reply | None
    after: DeploymentPlan | None
    question: str = ""
    """What was asked back, where there is no reply."""


class _Conversations:
    """Conversations over one graph, kept in memory; a branch starts where a configuration points to."""

    def __init__(self, context: ArchitectContext) -> None:
        self.graph = build_graph().compile(checkpointer=InMemorySaver())
        self._context = context

    async def said(self, config: RunnableConfig, message: object) -> ArchitectState:
        """The state after one message, or after an answer that was waited for."""
        state = await self.graph.ainvoke(message, config, context=self._context)  # type: ignore[call-overload]
        return cast(ArchitectState, state)

    async def opened(self, name: str, messages: Sequence[str]) -> RunnableConfig:
        """Where the conversation of these messages stands; what is asked beyond them is left to the planner."""
        config: RunnableConfig = {"configurable": {"thread_id": name}}
        await self.said(config, {"message": messages[0]})
        for message in (*messages[1:], DECIDE, DECIDE):
            waiting = (await self.graph.aget_state(config)).interrupts
            if waiting:
                await self.said(config, Command(resume=message))
            elif message is not DECIDE:
                await self.said(config, {"message": message})
        return (await self.graph.aget_state(config)).config


async def opened_plans(context: ArchitectContext, asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The last reply of each conversation, as Markdown."""
    conversations, found = _Conversations(context), {}
    for name, messages in asked.items():
        config = await conversations.opened(name, messages)
        reply: Reply = (await conversations.graph.aget_state(config)).values["reply"]
        found[name] = reply.response
    return found


async def planned(context: ArchitectContext, asked: Mapping[str, Sequence[str]]) -> dict[str, DeploymentPlan]:
    """The plan that each conversation ends with; those that end without one are left out."""
    conversations, found = _Conversations(context), {}
    for name, messages in asked.items():
        config = await conversations.opened(name, messages)
        plan = (await conversations.graph.aget_state(config)).values.get("plan")
        if plan is not None:
            found[name] = plan
    return found


async def play(context: ArchitectContext, follow_ups: FollowUps) -> list[Played]:
    """Every question in the order of the file. Raises what the graph raises."""
    conversations = _Conversations(context)
    graph, said, opened = conversations.graph, conversations.said, conversations.opened
    stands = {name: await opened(name, messages) for name, messages in follow_ups.plans.items()}
    plans = {name: (await graph.aget_state(config)).values["plan"] for name, config in stands.items()}
    played = []
    for asked in follow_ups.questions:
        state = await said(stands[asked.of], {"message": asked.ask})
        if (interrupts := state.get("__interrupt__")) is not None:
            played.append(Played(asked, plans[asked.of], None, None, str(interrupts)))
            continue
        played.append(Played(asked, plans[asked.of], state["reply"], state["plan"]))
    return played
