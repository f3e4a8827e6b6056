"""The newest turn, read: by triage, or by `extract` where it answers questions or goes on after an undo.

Every look at a message's words is taken in a thread: it may hold 10,000 characters of anything.
"""

import asyncio

from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec
from graph.choice import chosen_rank, with_choice
from graph.context import ArchitectContext
from graph.state import ArchitectState, history_of
from graph.understanding.merge.conversation import read_turn
from graph.understanding.merge.draft import changed_fields
from graph.understanding.merge.undo import TakenBack, taken_back


async def read_newest(
    context: ArchitectContext, state: ArchitectState, turns: tuple[str, ...], asked: Clarification | None = None
) -> Reading:
    """What the last of these turns wants: a recommendation taken by its rank, else what the reader makes of it."""
    spec, plan = state.get("spec", WorkloadSpec()), state.get("plan")
    if plan is not None and asked is None and (rank := await asyncio.to_thread(chosen_rank, turns[-1], plan)):
        chosen = with_choice(spec, plan, rank, turns[-1], len(turns) - 1)
        return Reading(spec=chosen, changes=changed_fields(spec, chosen), engine=context.reader.name)
    return await read_turn(context.reader, turns, spec, asked=asked, plan_stands=plan is not None)


async def newest_taken_back(state: ArchitectState) -> TakenBack | None:
    """What the message takes back of the plan that stands; null where it takes nothing back, or there is no plan."""
    if "plan" not in state:
        return None
    return await asyncio.to_thread(taken_back, state["message"], state["spec"], history_of(state))
