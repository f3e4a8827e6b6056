"""Answers that show what is run: manifests, chart values, commands, where to ask the service and what to watch."""

import re
from collections.abc import Sequence

from artifacts.engines import engine_of
from artifacts.helm import source
from artifacts.notation import bullets, code, count, fenced, plain
from artifacts.program_manifest import abridged
from domain.packages import Package
from domain.plan import DeploymentPlan, StackComponent, Step
from graph.explanations.evidence import Standing
from graph.explanations.parts import KINDS_OF_MODEL, asked_components

_YAML = re.compile(r"<<'EOF'[^\n]*\n(.*?)\nEOF", re.S)
_WRITTEN = re.compile(r"cat > \S*?([\w-]+)\.(\w+)['\"]? <<'(?:EOF|END)'[^\n]*\n(.*?)\n(?:EOF|END)$", re.S | re.M)
MOST_LINES, MOST_OF_ONE = 55, 150
"""Of all documents together, and of the one that makes the pods."""
_ARGUMENTS = re.compile(r"^ *(?:command|args):\n((?: *- [^\n]*\n)+)", re.M)
COMMANDS = frozenset({"command", "commands", "script", "type", "paste", "exact", "exactly", "line"})
"""Words of a question that wants what is typed, and not only the names of the steps."""
RUNS_IT = ("Serve the model", "Run the job", "Start it")
PASSED = frozenset({"args", "arguments", "flags", "options", "parameters"})
"""What is passed to a program, whichever chart could install it."""
NOT_MADE = frozenset({
    "terraform", "opentofu", "pulumi", "cloudformation", "bicep", "ansible", "cdk", "crossplane", "kustomize", "argocd",
})  # fmt: skip
"""Tools whose files the plan does not hold."""
SCALERS = ("ScaledObject", "HorizontalPodAutoscaler")
ENCODERS = {"embedder": KINDS_OF_MODEL["embeddings"], "reranker": KINDS_OF_MODEL["text-ranking"]}
"""Words of the parts that steps serve beside the model."""
PODS = ("Deployment", "StatefulSet", "LeaderWorkerSet", "Job", "CronJob", "Pod")


def yaml(standing: Standing) -> str:
    """The manifest or the chart values of what the question names, else of the workload itself."""
    steps = standing.plan.steps
    if not steps:
        return "The plan holds no manifests: nothing fits yet, so there is nothing to run."
    made = next((step for step in steps if any(step.title.startswith(t) for t in _machines_asked(standing))), None)
    if other := [word for word in standing.words if word in NOT_MADE]:
        return _not_made(other[0], steps, made)
    if made is not None:
        return step_shown(made)
    if (special := _scaler(standing) or _file_named(standing)) is not None:
        return special
    named = {word for component in standing.plan.stack for word in component.package.name.lower().split("-")}
    of_it = standing.workload is not None and not named & {*standing.words}
    part = step_of_a_part(standing)
    for component in () if of_it or part else (*asked_components(standing), *_store_asked(standing)):
        return _values(component, steps)
    beside = "" if of_it or part or PASSED & {*standing.words} else _no_chart(standing)
    if beside and not serves_by(standing):
        return beside
    step = part or running_step(standing.plan, standing.workload)
    written = [text for command in step.commands for text in _YAML.findall(command)] if step else []
    if step is None or not written:
        where = f" It is step {step.order}, “{plain(step.title)}”:" if step and step.commands else ""
        return f"The plan holds no manifest: its workload is started by a command.{where}{_commands_of(step)}"
    # The settings of a program stand before the job that runs it.
    runs = next((text for text in written if any(f"kind: {kind}\n" in text for kind in PODS)), written[0])
    document = _document(runs)
    left = "" if document == written[0] else f" The other documents of it are in step {step.order} of the plan."
    kind = "The manifest" if "kind:" in document else "The Helm values"
    lead = f"{beside}\n\n" if beside else ""
    return f"{lead}{kind} of step {step.order}, “{plain(step.title)}”:\n\n{fenced([_cut(document)], 'yaml')}\n\n" + (
        f"{plain(step.detail)}{left}"
    )


def step_of_a_part(standing: Standing) -> Step | None:
    """The step that makes the embedder, the reranker or the vector store, where the question names it."""
    said = {*standing.words}
    names = {**ENCODERS, "vector store": {"store", "database", "db"} if "vector" in said else set()}
    asked = (role for role, words in names.items() if words & said)
    return next((step for role in asked for step in standing.plan.steps if step.title.endswith(f"the {role}")), None)


def _store_asked(standing: Standing) -> list[StackComponent]:
    store = standing.plan.component("vector database")
    asked = "vector" in standing.words and {"store", "db", "stores"} & {*standing.words}
    return [store] if store and asked else []


def _machines_asked(standing: Standing) -> tuple[str, ...]:
    """The beginning of the title of the step that makes the machines or the cluster that a question wants the file
    of."""
    said = {*standing.words}
    if said & {"nodegroup", "nodegroups", "nodepool"} or (said & {"node", "nodes"} and said & {"group", "pool"}):
        return ("Add the machines",)
    return (
        ("Create the cluster",) if said & {"eksctl", "gcloud", "aks"} or (said & NOT_MADE and "cluster" in said) else ()
    )


def _file_named(standing: Standing) -> str | None:
    """The file that a step writes and the question names: "show me the accelerate config"."""
    for step in standing.plan.steps:
        for name, ending, text in (found for command in step.commands for found in _WRITTEN.findall(command)):
            if name.lower() in standing.words or f"{name}.{ending}".lower() in standing.question.lower():
                kind = "yaml" if ending in ("yaml", "yml") else ending
                shown = fenced([_cut(text)], kind)
                return f"{code(f'{name}.{ending}')}, as step {step.order}, “{plain(step.title)}”, writes it:\n\n{shown}"
    return None


def _scaler(standing: Standing) -> str | None:
    """The manifest of what adds and takes away copies, where the question wants that; null where it does not."""
    if not any(word.startswith(("autoscal", "hpa", "scaledobject", "keda")) for word in standing.words):
        return None
    for step in standing.plan.steps:
        for text in (found for command in step.commands for found in _YAML.findall(command)):
            for document in re.split(r"^---\n", text, flags=re.M):
                if re.search(rf"^kind: (?:{'|'.join(SCALERS)})$", document, re.M):
                    return f"Step {step.order}, “{plain(step.title)}”:\n\n{fenced([document.rstrip()], 'yaml')}"
    return "The plan has nothing that adds or takes away copies: say “add autoscaling” to have it planned."


def _no_chart(standing: Standing) -> str:
    """Of a chart that the question names and that is not installed."""
    for chart in standing.charts:
        if serves_by(standing):
            return f"The plan serves with a manifest of its own, not with the chart {code(chart.key)}."
        return f"{code(chart.key)} is not part of this plan, so the plan holds no values for it. {_all_values(chart)}"
    return ""


def serves_by(standing: Standing) -> bool:
    """Whether the chart that the question names is one of the engine by which the plan serves."""
    if not standing.plan.recommendations:
        return False
    engine = engine_of(standing.first, standing.spec).value.lower()
    return any(engine in chart.key.lower() for chart in standing.charts)


def _not_made(tool: str, steps: Sequence[Step], asked: Step | None) -> str:
    """What is made in place of the files of another tool, and the step that makes what is asked for."""
    commands = "\n".join(command for step in steps for command in step.commands)
    made = ["Helm values", "Kubernetes manifests"] if "kubectl" in commands or "helm " in commands else ["scripts"]
    shown = f"\n\nStep {asked.order}, “{plain(asked.title)}”, makes it:{_commands_of(asked)}" if asked else ""
    return (
        f"No {plain(tool.capitalize())} is made. What is: {count(len(steps), 'step')} of commands, with "
        f"{' and '.join(made)} in them; `stack8s plan ... --out DIR` writes all of it into a folder.{shown}"
    )


def start(standing: Standing) -> str:
    """The steps by name, and the command that starts the workload."""
    plan = standing.plan
    step = running_step(plan, standing.workload)
    if not plan.steps or step is None:
        return "The plan holds no steps: nothing fits yet, so there is nothing to run."
    if "first" in standing.words:
        head, *rest = plan.steps
        after = ", ".join(f"{other.order}. {plain(other.title)}" for other in rest)
        asks = step_shown(head)
        return f"{asks}\n\nThen {after}. Say “show step {rest[0].order}” for the next." if rest else asks
    if not COMMANDS & {*standing.words}:
        titles = "\n".join(f"{other.order}. {plain(other.title)}" for other in plan.steps)
        first = plan.next_step and f"{plain(plan.next_step)}\n\n"
        return (
            f"{count(len(plan.steps), 'step')}:\n\n{titles}\n\n{first}Say “show step {step.order}” for the commands of "
            "one, or “give me the checklist”."
        )
    titles = ", ".join(f"{other.order}. {plain(other.title)}" for other in plan.steps if other.order < step.order)
    started = [_line_that_starts(command) for command in step.commands]
    shown = fenced([_cut(command) for command in step.commands])
    told = f"What starts is {code(next(filter(None, started)))}. " if any(started) else ""
    return (
        f"{told}Step {step.order}, “{plain(step.title)}”, starts it, after the steps before it ({titles}):\n\n{shown}"
    )


def _line_that_starts(command: str) -> str:
    """The program with its arguments, as the manifest passes them; empty where it passes none."""
    lists = [found[1] for found in _ARGUMENTS.finditer(command) if " --" in found[1]]
    words = (line.strip().removeprefix("- ") for text in lists[-1:] for line in text.splitlines())
    return " ".join(word for word in words if word not in ("sh", "-c"))


def interface(standing: Standing) -> str | None:
    """How the service is asked."""
    step = step_titled(standing.plan, "Ask it something")
    if step is None:
        return None
    front = [
        f"{plain(part.package.name)} ({plain(part.role)}): {plain(part.reason)}"
        for part in standing.plan.stack
        if part.role in ("inference server", "gateway", "user interface")
    ]
    commands = fenced([_cut(command) for command in step.commands])
    return f"{bullets(front)}\n\nTo ask it from your own machine (step {step.order}):\n\n{commands}"


def monitoring(standing: Standing) -> str | None:
    """What to watch, and with what."""
    step = step_titled(standing.plan, "Watch it")
    parts = [
        f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}"
        for part in standing.plan.stack
        if part.package.category == "observability" or part.role in ("metrics", "experiment tracking", "llm tracing")
    ]
    if step is None and not parts:
        return None
    said = plain(step.detail) if step else "The plan has no step for it."
    shown = fenced(step.commands) if step and step.commands else ""
    return "\n\n".join(part for part in (said, bullets(parts), shown) if part)


def step_titled(plan: DeploymentPlan, words: str) -> Step | None:
    """The first step with these words in its title."""
    return next((step for step in plan.steps if words in step.title), None)


def running_step(plan: DeploymentPlan, workload: str | None = None) -> Step | None:
    """The step that runs the workload itself; of several workloads that of the one of this name, else of the first."""
    runs = [step for step in plan.steps if step.title.partition(":")[0] in RUNS_IT]
    of_it = (step for step in runs if workload is not None and step.title.endswith(f": {workload}"))
    named = next(of_it, None) or next(iter(runs), None)
    return named or next((step for step in plan.steps if any(_YAML.search(c) for c in step.commands)), None)


def _values(component: StackComponent, steps: Sequence[Step]) -> str:
    """The plan's own values for a chart, or that it is installed with the chart's defaults."""
    package = component.package
    told = f"{code(package.name)} {plain(package.version)}, the plan's {plain(component.role)}"
    for step in steps:
        for command in step.commands:
            if command.startswith("helm upgrade") and f" {package.name} " in command:
                values = _YAML.search(command)
                shown = fenced([values[1]], "yaml") if values else fenced([command])
                if not values and (made := _objects_of(component, steps)):
                    return f"{told}, is installed by step {step.order} and set up by {made}"
                own = "runs with these values" if values or "--set" in command else "is installed with its defaults"
                return f"{told}, {own} (step {step.order}):\n\n{shown}\n\n{_all_values(package)}"
    return f"{told}: the plan holds no values for it. {_all_values(package)}"


def _objects_of(component: StackComponent, steps: Sequence[Step]) -> str:
    """The manifests whose kind is of the component's role: a gateway's Gateway, GatewayClass and routes to it."""
    role = component.role.split()[0].lower()
    found = [
        (step, document.strip())
        for step in steps
        for command in step.commands
        for text in _YAML.findall(command)
        for document in re.split(r"^---\n", text, flags=re.M)
        if (kind := re.search(r"^kind: (\w+)$", document, re.M)) and kind[1].lower().startswith(role)
    ]
    if not found:
        return ""
    step = found[0][0]
    documents = [document for of, document in found if of is step]
    shown = _cut("\n---\n".join(documents))
    return f"these objects (step {step.order}, “{plain(step.title)}”):\n\n{fenced([shown], 'yaml')}"


def _all_values(package: Package) -> str:
    if package.repository_url is None:
        return "The catalogue has no repository address for the chart."
    return f"Every value of the chart: {code(f'helm show values {source(package)}')}"


def _document(written: str) -> str:
    """The whole of it where it is short, else the document that makes the pods."""
    if len(written.splitlines()) <= MOST_LINES:
        return written
    documents = re.split(r"^---\n", written, flags=re.M)
    pods = [text for text in documents if re.search(rf"^kind: (?:{'|'.join(PODS)})$", text, re.M)]
    return (pods or documents)[0].rstrip()


def _cut(text: str) -> str:
    lines = abridged(text).splitlines()
    if len(lines) <= MOST_OF_ONE:
        return text
    return "\n".join([*lines[:MOST_OF_ONE], f"# ... {len(lines) - MOST_OF_ONE} lines more in the plan"])


def step_shown(step: Step) -> str:
    """What it is for, and its commands."""
    return f"Step {step.order}, “{plain(step.title)}”: {plain(step.detail)}{_commands_of(step)}"


def _commands_of(step: Step | None) -> str:
    return f"\n\n{fenced([_cut(command) for command in step.commands])}" if step and step.commands else ""
