"""The plan that stands, as a checklist."""

from artifacts.checklist import checklist_markdown
from graph.state import ArchitectState, Reply


async def tasks(state: ArchitectState) -> ArchitectState:
    """The deployment steps of the standing plan, to tick off."""
    return {"reply": Reply(response_type="answer", response=checklist_markdown(state["plan"]))}
