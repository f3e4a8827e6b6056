"""The steps of a plan as a Markdown checklist."""

from collections.abc import Sequence
from textwrap import indent

from artifacts.notation import fenced, plain
from artifacts.program_manifest import abridged
from domain.plan import DeploymentPlan


def checklist_markdown(plan: DeploymentPlan) -> str:
    """One box a step, its commands below it; ready for an issue tracker."""
    boxes = (boxed(step.order, step.title, step.detail, "", step.commands) for step in plan.steps)
    return "\n\n".join([f"# Checklist: {plain(plan.title)}", *boxes]) + "\n"


def boxed(number: int, title: str, detail: str, note: str, commands: Sequence[str] = (), *, done: bool = False) -> str:
    """A box with its commands below it; `note` is Markdown and stands after the title."""
    name = f"**{number}. {plain(title)}**" if detail else f"{number}. {plain(title)}"
    box = f"- [{'x' if done else ' '}] {name}{note}" + (f": {plain(detail)}" if detail else "")
    # A blank line inside a heredoc must stay blank, but the list item needs its indentation everywhere else.
    return f"{box}\n\n{indent(fenced(tuple(map(abridged, commands))), '  ')}" if commands else box
