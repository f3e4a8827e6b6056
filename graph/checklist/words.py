"""The checklist as it is told."""

from collections.abc import Sequence
from datetime import date

from artifacts.checklist import boxed
from artifacts.notation import plain
from domain.plan import DeploymentPlan, Step
from domain.tasks import Shown, Task

MOST_NAMED = 3
HEADINGS = {"all": "Your checklist", "open": "Left to do", "done": "Done"}
AGAIN = " (done for an earlier version of the plan, which said it differently: check it)"


def listed_markdown(tasks: Sequence[Task], shown: Shown, plan: DeploymentPlan | None) -> str:
    """The list with a box a task, under the numbers that orders name; all of it with the commands of its steps."""
    if not tasks:
        return "Your list is empty. Say “add ... to my list”, or ask for a plan: its steps become your tasks."
    done = sum(task.done for task in tasks)
    heading = f"**{HEADINGS[shown]}** ({done} of {len(tasks)} done)"
    steps = {step.order: step for step in plan.steps} if plan is not None and shown == "all" else {}
    wanted = {"all": (True, False), "open": (False,), "done": (True,)}[shown]
    chosen = [(number, task) for number, task in enumerate(tasks, 1) if task.done in wanted]
    if not chosen:
        return f"{heading}\n\n{'Everything is done.' if shown == 'open' else 'Nothing is done yet.'}"
    between = "\n\n" if steps else "\n"
    return f"{heading}\n\n{between.join(_box(number, task, steps) for number, task in chosen)}"


def _box(number: int, task: Task, steps: dict[int, Step]) -> str:
    step = steps.get(task.step) if task.step is not None else None
    due = f" · due {on_day(task.due)}" if task.due else ""
    note = AGAIN if task.changed_since_done and task.step is not None else ""
    note = " (of an earlier version of the plan)" if task.conversation_id is not None and task.step is None else note
    detail = step.detail if step is not None else ""
    return boxed(number, task.title, detail, f"{due}{note}", step.commands if step is not None else (), done=task.done)


def named(chosen: Sequence[Task], tasks: Sequence[Task]) -> str:
    """Tasks by number and title."""
    numbers = {task.id: number for number, task in enumerate(tasks, 1)}
    told = [f"{numbers[task.id]}. “{plain(task.title)}”" for task in chosen[:MOST_NAMED]]
    more = f" and {len(chosen) - MOST_NAMED} more" if len(chosen) > MOST_NAMED else ""
    return ", ".join(told) + more


def on_day(day: date) -> str:
    """A day in words that cannot be misread."""
    return f"{day:%a} {day.day} {day:%b %Y}"
