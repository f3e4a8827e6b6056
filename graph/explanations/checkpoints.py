"""Answers about the checkpoints of a training: how often they are written, how large they are, how many are kept."""

import re

from artifacts.data_size import CHECKPOINTS_KEPT, checkpoint_part
from artifacts.notation import bullets, code, figure, plain
from domain.plan import DeploymentPlan
from graph.explanations.evidence import Standing
from graph.explanations.manifests import running_step
from sizing.amount_of_work import TRAINING_TASKS, items_of_job

_EVERY = re.compile(r"""(?:--save-every[= ]|["']--save-every["'][^)]*?default=)(\d+)""")
_BATCH = re.compile(r"--(micro-batch|gradient-accumulation|epochs)[= ](\d+)")
MINUTES_PER_HOUR = 60
SHORT_MINUTES = 2


def checkpoints(standing: Standing) -> str | None:
    """Null where nothing is trained. Where the question names a time between two of them, the setting for it."""
    if not standing.plan.recommendations or standing.spec.task_type not in TRAINING_TASKS:
        return None
    option = standing.one().option
    each = checkpoint_part(option).gb / (CHECKPOINTS_KEPT + 1)
    every, steps = _every(standing.plan), _steps(standing)
    minutes = option.job_hours * MINUTES_PER_HOUR / steps if steps and option.job_hours else None
    lines = [
        f"each takes about {figure(each, 1)} GB on the volume; the last {CHECKPOINTS_KEPT} are kept while the next is "
        f"written, {figure(each * (CHECKPOINTS_KEPT + 1), 1)} GB in all"
    ]
    if every is not None:
        time = ""
        if minutes is not None and steps:
            all_of_them = f"of about {figure(steps, 0)} in {figure(option.job_hours or 0.0, 1)} h"
            time = f", every {_told(every * minutes)} as estimated ({all_of_them})"
            time += "" if every < steps else ": fewer than that, so there is none before the end"
        lines.insert(0, f"one each {every:,} steps{time}")
    wanted = _wanted_minutes(standing)
    if wanted is not None:
        lines.insert(0, _set_to(wanted, minutes, standing))
    lines.append("started again, it goes on from the last whole one; what came since is done again")
    if standing.spec.dataset.size_gb and option.offer.pricing == "spot":
        lines.append("the machines are spot: the volume has to outlive them, which one apart from the machine does")
    return bullets(lines)


def _set_to(wanted: float, minutes: float | None, standing: Standing) -> str:
    """The flag of the program for a checkpoint each so many minutes; machines, time and price do not depend on it."""
    step = running_step(standing.plan)
    where = f" to the command of step {step.order}, “{plain(step.title)}”" if step else " to the program's command"
    if minutes is None:
        return f"every {_told(wanted)}: a setting of the program, {code('--save-every STEPS')}{where}"
    steps = max(1, round(wanted / minutes))
    flag = code(f"--save-every={steps}")
    return (
        f"**every {_told(wanted)}: add {flag}{where}** ({_told(wanted)} / {figure(minutes * 60, 2)} s a step, as "
        "estimated); machines and price stay as they are"
    )


def _wanted_minutes(standing: Standing) -> float | None:
    """The time from one checkpoint to the next that the question names."""
    found = re.search(
        r"(\d+(?:\.\d+)?|an?|half an|each|every) ?(h|hours?|hrs?|min|mins|minutes?)\b", standing.question.lower()
    )
    if found is None:
        return None
    number = {"half an": 0.5}.get(found[1], 1.0) if not found[1][0].isdigit() else float(found[1])
    return number * (MINUTES_PER_HOUR if found[2].startswith("h") else 1.0)


def _every(plan: DeploymentPlan) -> int | None:
    """Steps from one checkpoint to the next: as the command sets it, else the program's default."""
    found = [int(steps) for step in plan.steps for text in step.commands for steps in _EVERY.findall(text)]
    return found[-1] if found else None


def _steps(standing: Standing) -> float | None:
    """How many steps the whole job has by its own flags; null where the data are not counted."""
    step, items = running_step(standing.plan), items_of_job(standing.spec)
    passed = dict(_BATCH.findall("\n".join(step.commands))) if step else {}
    if not items or "micro-batch" not in passed:
        return None
    batch = int(passed["micro-batch"]) * int(passed.get("gradient-accumulation", 1)) * standing.one().option.gpus
    return items * int(passed.get("epochs", 1)) / batch


def _told(minutes: float) -> str:
    if minutes < SHORT_MINUTES:
        return f"{figure(minutes * 60, 0)} s"
    return f"{figure(minutes, 0)} minutes" if minutes < 2 * MINUTES_PER_HOUR else f"{figure(minutes / 60, 1)} h"
