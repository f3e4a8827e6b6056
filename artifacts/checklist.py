"""The steps of a plan as a Markdown checklist."""

from textwrap import indent

from artifacts.notation import fenced, plain
from artifacts.program_manifest import abridged
from domain.plan import DeploymentPlan, Step


def checklist_markdown(plan: DeploymentPlan) -> str:
    """One box a step, its commands below it; ready for an issue tracker."""
    return "\n\n".join([f"# Checklist: {plain(plan.title)}", *(_box(step) for step in plan.steps)]) + "\n"


def _box(step: Step) -> str:
    box = f"- [ ] **{step.order}. {plain(step.title)}**: {plain(step.detail)}"
    # A blank line inside a heredoc must stay blank, but the list item needs its indentation everywhere else.
    return f"{box}\n\n{indent(fenced(tuple(map(abridged, step.commands))), '  ')}" if step.commands else box
