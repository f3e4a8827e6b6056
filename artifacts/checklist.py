"""The steps of a plan as a Markdown checklist."""

from domain.plan import DeploymentPlan


def checklist_markdown(plan: DeploymentPlan) -> str:
    """One box a step, its commands below it; ready for an issue tracker."""
    lines = [f"# Checklist: {plan.title}", ""]
    for step in plan.steps:
        lines.append(f"- [ ] **{step.order}. {step.title}**: {step.detail}")
        if step.commands:
            lines += [
                "",
                "  ```bash",
                *(f"  {line}" for command in step.commands for line in command.splitlines()),
                "  ```",
                "",
            ]
    return "\n".join(lines).rstrip() + "\n"
