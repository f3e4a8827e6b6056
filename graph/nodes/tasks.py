"""The plan that stands, as a checklist."""

from artifacts.checklist import checklist_markdown
from artifacts.notation import bullets, plain
from graph.state import ArchitectState, Reply


async def tasks(state: ArchitectState) -> ArchitectState:
    """The deployment steps of the standing plan, to tick off; without any, what has to give way first."""
    plan = state["plan"]
    if plan.steps:
        return {"reply": Reply(response_type="answer", response=checklist_markdown(plan))}
    relaxing = bullets(plain(relaxation.explanation) for relaxation in plan.relaxations)
    nothing = "There is nothing to deploy yet: no offer fits the constraints as they stand."
    return {"reply": Reply(response_type="answer", response=f"{nothing}\n\n{relaxing}".rstrip() + "\n")}
