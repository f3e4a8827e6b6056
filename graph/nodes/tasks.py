"""The checklist: shown, or changed as the message says."""

from langgraph.runtime import Runtime

from artifacts.notation import bullets, plain
from domain.plan import DeploymentPlan
from graph.checklist.carry_out import ALL
from graph.checklist.turn import Asked, asked_of_the_list, done_to_the_list, kept
from graph.checklist.words import listed_markdown
from graph.context import ArchitectContext, context_of, whose_of
from graph.state import ArchitectState, Reply
from tools.plan_tasks import as_tasks


async def tasks(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """A message that orders nothing asks to see the list; a plan that fits nothing has what must give way first."""
    context = await context_of(runtime)
    plan, asked = state.get("plan"), await asked_of_the_list(state)
    if not asked.of_the_list:
        if plan is not None and not plan.steps:
            return {"reply": Reply(response_type="answer", response=_nothing_to_do(plan))}
        reading = state.get("reading")
        asked = Asked(reading.tasks if reading is not None and reading.tasks else ALL)
        if plan is not None and asked.orders == ALL and whose_of(context).conversation_id is None:
            response = f"{listed_markdown(as_tasks(plan.steps), 'all', plan)}\n"  # a run that nothing is kept of
            return {"reply": Reply(response_type="answer", response=response)}
    told = await done_to_the_list(context, state, asked)
    return {"reply": Reply(response_type="answer", response=told.response), **kept(told)}


def _nothing_to_do(plan: DeploymentPlan) -> str:
    relaxing = bullets(plain(relaxation.explanation) for relaxation in plan.relaxations)
    nothing = "There is nothing to deploy yet: no offer fits the constraints as they stand."
    return f"{nothing}\n\n{relaxing}".rstrip() + "\n"
