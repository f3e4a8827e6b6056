"""Answers about what is done around the plan: trying it first, looking after it, taking a change or all of it back."""

import re
from collections.abc import Iterator

from artifacts.notation import bullets, code, count, figure, money, plain, rate
from domain.plan import DeploymentPlan
from graph.explanations.evidence import Standing
from graph.explanations.manifests import PODS, running_step, step_titled
from graph.explanations.unknowns import sentences
from sizing.amount_of_work import TRAINING_TASKS, items_of_job

_INSTALLS = re.compile(r"helm upgrade --install (\S+)[^|]*?--namespace (\S+)", re.S)
_NAMED = re.compile(r"^kind: (\w+)\nmetadata:\n  name: (\S+)\n  namespace: (\S+)", re.M)
BACK = frozenset({"rollback", "roll", "revert", "undo", "back", "downgrade"})
HELD_BACK = 0.1
"""Share of a training set that is kept for the comparison; the usual tenth."""
MOST_NAMED = 8


def tidy(standing: Standing) -> str | None:
    """How a change is taken back, or how everything is removed; nothing of it is a step of the plan."""
    plan = standing.plan
    if not plan.steps:
        return None
    charts, objects = [*_charts(plan)], [*_objects(plan)]
    if BACK & set(standing.words):
        lines = [f"the workload: {code(f'kubectl --namespace {where} rollout undo {kind}/{name}')}"
                 for kind, name, where in objects if kind in ("deployment", "statefulset")]  # fmt: skip
        lines += [f"a chart: {code(f'helm --namespace {where} rollback {name}')}" for name, where in charts[:1]]
        lines += ["of a job nothing is rolled back: what it wrote stays on the volume"] * (not lines[:1])
        others = ", ".join(code(name) for name, _ in charts[1:])
        return (
            f"Both keep their versions, so a change is taken back with one command:\n\n{bullets(lines)}\n\n"
            + (f"The same for {others}. " if others else "")
            + "Data that was written meanwhile is not taken back."
        )
    lines = [f"the workload: {code(f'kubectl delete namespace {where}')} (with its volumes and what is on them)"
             for where in dict.fromkeys(where for _, _, where in objects)]  # fmt: skip
    if charts:
        names = "; ".join(code(f"helm --namespace {where} uninstall {name}") for name, where in charts[:MOST_NAMED])
        lines.append(f"the charts: {names}")
    if plan.recommendations and not standing.first.is_own:
        first = standing.first
        lines.append(
            f"the machines: give {count(first.nodes, 'machine')} back at {plain(first.offer.provider)}; until then "
            f"{rate(first.price_per_hour_usd)} an hour is paid"
        )
    lines.append("copies elsewhere (buckets, backups, logs sent away): not made by the plan, so not removed by it")
    return (
        "No step of the plan deletes anything by itself: data stays on the volume until you remove it. To remove:\n\n"
        + bullets(lines)
        + "\n\nCopy the results from the volume first."
    )


def trial(standing: Standing) -> str | None:
    """What a first try takes and costs, and that no step measures how good the results are."""
    if not standing.plan.recommendations:
        return None
    option, spec = standing.one().option, standing.spec
    hourly = option.price_per_hour_usd
    lines = []
    if spec.task_type in TRAINING_TASKS:
        items = items_of_job(spec)
        kept = f" ({figure(items * HELD_BACK, 0)} of {figure(items, 0)})" if items and items >= 1 / HELD_BACK else ""
        lines.append(
            f"Keep a tenth of the data{kept} out of the training, let the model answer it before and after, and "
            "compare the two by cases that you check yourself; the loss on that tenth tells when to stop."
        )
    else:
        lines.append("Put a hundred cases of your own whose right answer you know, and count what is right.")
    if option.job_hours and option.job_cost_usd is not None and option.job_hours > 1:
        tenth = option.job_hours * HELD_BACK
        how = f"{figure(HELD_BACK)} × {figure(option.job_hours, 1)} h × {rate(hourly)}"
        lines.append(
            f"A run over a tenth of the work takes about {figure(tenth, 1)} h and costs about {money(tenth * hourly)} "
            f"on number 1 ({how})."
        )
    elif hourly:
        lines.append(f"A working day of 8 h on number 1 costs 8 × {rate(hourly)} = {money(8 * hourly)}.")
    if (step := step_titled(standing.plan, "Ask it something")) is not None:
        lines.append(f"Step {step.order}, “{plain(step.title)}”, is the first request to it.")
    return f"No step of the plan tests how good the results are; a trial does:\n\n{bullets(lines)}"


def upkeep(standing: Standing) -> str:
    """That staff and contracts are not known, and what there is to be done and kept up to date."""
    plan = standing.plan
    lines = []
    if plan.steps:
        lines.append(f"{count(len(plan.steps), 'step')} to carry out once, from “{plain(plan.steps[0].title)}” to "
                     f"“{plain(plan.steps[-1].title)}”, with commands")  # fmt: skip
    if plan.stack:
        charts = ", ".join(f"{code(part.package.name)} {plain(part.package.version)}" for part in plan.stack)
        lines.append(f"{count(len(plan.stack), 'chart')} to keep up to date: {charts}")
    if plan.recommendations:
        proof = standing.first.proof
        engine = f", {plain(proof.engine)}" if proof and proof.engine else ""
        lines.append(f"{count(standing.first.nodes, 'machine')} with the GPU driver{engine}")
    knows = "shell and Kubernetes (kubectl, Helm)" if plan.stack else "a shell"
    lines.append(f"what the commands ask for: {knows}; no step trains people or hands over to anybody")
    return f"{sentences()['support']}\n\n{bullets(lines)}"


def _charts(plan: DeploymentPlan) -> Iterator[tuple[str, str]]:
    seen = dict.fromkeys(
        (found[1], found[2]) for step in plan.steps for text in step.commands for found in _INSTALLS.finditer(text)
    )
    yield from seen


def _objects(plan: DeploymentPlan) -> Iterator[tuple[str, str, str]]:
    """What makes the pods of the workload: kind, name, namespace."""
    step = running_step(plan)
    for text in step.commands if step else ():
        for kind, name, where in _NAMED.findall(text):
            if kind in PODS:
                yield kind.lower(), name, where
