"""The README of the folder: what to have, what is in it, the steps with their files, what was not tried."""

import re
from collections.abc import Mapping, Sequence

from artifacts.bundle.charts import HELMFILE
from artifacts.bundle.commands import Carried
from artifacts.first_screen import first_screen
from artifacts.notation import bullets, code, fenced, money, plain, table
from artifacts.together import together_costs
from domain.plan import DeploymentPlan

_BESIDE = (
    "with `--selector name=RELEASE sync` in the place of the step's `helm` command of that release: what stands "
    "between the commands is made of what the charts before it bring"
)
_TOLD = (
    ("plan.md", "the whole plan with its proof and sources"),
    ("plan.html", "the same as one page to print, with the picture"),
    ("plan.json", "the plan as data; `plan.schema.json` describes it"),
    ("diagram.svg", "the picture; `diagram.mmd` is the same as Mermaid"),
    ("cloud/node-pool.sh", "cluster and machines with the provider's command line"),
    ("cloud/skypilot.yaml", "the workload on machines without a cluster, with SkyPilot"),
    ("helm/helmfile.yaml", f"all charts in their order with helmfile; {_BESIDE}"),
    ("checks/smoke_test.py", "one request, and whether its answer is as expected"),
    ("checks/live_test.py", "as many live streams as are expected, over a websocket"),
    ("checks/load_test.py", "the expected load, and whether the speed is as estimated"),
)
_TOOLS = {
    "kubectl": "kubectl", "helm": "Helm 3.14 or later", "eksctl": "eksctl, with AWS credentials", "aws": "the AWS CLI",
    "gcloud": "the Google Cloud CLI, with a project", "az": "the Azure CLI, logged in", "doctl": "doctl, with a token",
    "nebius": "the Nebius CLI, with a profile", "crusoe": "the Crusoe CLI", "vultr-cli": "vultr-cli",
    "scw": "the Scaleway CLI", "linode-cli": "linode-cli", "oci": "the OCI CLI", "oc": "oc", "docker": "Docker",
    "vastai": "the Vast.ai CLI", "jq": "jq", "openssl": "openssl", "curl": "curl", "hf": "the Hugging Face CLI",
    "ovhcloud": "the OVHcloud CLI", "ssh": "an SSH client and a key", "rsync": "rsync", "git": "Git",
    "crontab": "cron, on a computer that is on when it is due", "sky": "SkyPilot, set up for the account",
    "rclone": "rclone, where data are put into an object store from here",
    "python3": "Python 3.9 or later", "sbatch": "an account on the Slurm cluster",
}  # fmt: skip


_ASKS = re.compile(r"\$\{([A-Z][A-Z0-9_]*):\?([^}]*)\}")
_KNOWN = re.compile(r"^export ([A-Z][A-Z0-9_]*)=(?![\"$])", re.MULTILINE)
"""What the user has named, as the steps write it."""
_INSIDE = re.compile(r"(?<= -- )\w+|(?<=exec )rclone")
"""What runs in a pod or a container."""
_BETWEEN_COMMANDS = re.compile(r"\$\(|[|;()'\"]")
_CLUSTER_STEP = re.compile(r"(^|: )(Create the cluster|Add the machines)$")


def readme(plan: DeploymentPlan, steps: Sequence[Carried], files: Mapping[str, str], untested: Sequence[str]) -> str:
    """Markdown. `files`: every other file of the folder."""
    sections = [
        first_screen(plan).rstrip("\n"),
        "## What you need\n\n" + bullets(plain(tool) for tool in tools(steps)),
        _asked(steps),
        "## What is here\n\n" + _files(files, steps),
        "## Steps\n\nRun them from this folder, in this order, in one shell: later ones use variables of earlier ones.",
        *(_step(carried) for carried in steps),
        _cost(plan),
        "## Not tested\n\n" + bullets(plain(told) for told in untested),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _asked(steps: Sequence[Carried]) -> str:
    """Every variable that a command asks for, with the step that asks first."""
    found: dict[str, tuple[str, int]] = {}
    known = set(_KNOWN.findall("\n".join(command for carried in steps for command in carried.step.commands)))
    for carried in steps:
        for name, why in _ASKS.findall("\n".join(carried.step.commands)):
            if name not in known:
                found.setdefault(name, (why, carried.step.order))
    if not found:
        return ""
    rows = [(code(name), plain(why), str(order)) for name, (why, order) in found.items()]
    told = (
        "A command that lacks one says so and does nothing: `export NAME=value` before it. Keys, tokens and passwords "
        "are best read from your own store of secrets, not typed."
    )
    return f"## What you are asked for\n\n{told}\n\n" + table(("Variable", "What it is", "Step"), rows)


def tools(steps: Sequence[Carried]) -> list[str]:
    """The programs that the commands call, by the words that they begin with."""
    text = "\n".join(command for carried in steps for command in carried.step.commands)
    text = _INSIDE.sub("", text)
    words = set(_BETWEEN_COMMANDS.sub(" ", text).split())
    found = [told for name, told in _TOOLS.items() if name in words]
    return found or ["the seller's console"]


def _files(files: Mapping[str, str], steps: Sequence[Carried]) -> str:
    rows = [(code(path), told) for path, told in _TOLD if path in files]
    rows += [
        (code(path), f"all charts of one of the clusters with helmfile; {_BESIDE}")
        for path in files
        if path.startswith(f"{HELMFILE}-")
    ]
    groups = (
        ("cloud/terraform/", f"cluster and machines as a Terraform module, instead of {_made_by_terraform(steps)}"),
        ("kubernetes/", "objects that the steps apply"),
        ("gitops/", "files to commit, with blanks that the steps fill"),
        ("helm/", "values of the charts"),
        ("program/", "what the job runs"),
        ("compose/", "what the steps write on the machine for docker compose"),
    )  # fmt: skip
    for folder, told in groups:
        number = sum(path.startswith(folder) and not path.startswith(HELMFILE) for path in files)
        if number:
            rows.append((code(folder), f"{told} ({number} {'file' if number == 1 else 'files'})"))
    return table(("File", "What it is"), rows)


def _made_by_terraform(steps: Sequence[Carried]) -> str:
    """The steps that the module does; storage and quota stay with theirs."""
    orders = [str(one.step.order) for one in steps if _CLUSTER_STEP.search(one.step.title)]
    instead = f"step{'s' * (len(orders) > 1)} {' and '.join(orders)}" if orders else "that script"
    return f"{instead}; run what its outputs say next, and terraform destroy where the last step deletes the cluster"


def _step(carried: Carried) -> str:
    step = carried.step
    parts = [f"### {step.order}. {plain(step.title)}", plain(step.detail)]
    if step.commands:
        parts.append(fenced(step.commands))
    return "\n\n".join(part for part in parts if part)


def _cost(plan: DeploymentPlan) -> str:
    if plan.cost is None:
        return ""
    rows = [(plain(line.item), plain(line.formula), money(line.monthly_usd)) for line in plan.cost.lines]
    rows.append(("**Total**", "", f"**{money(plan.cost.monthly_usd)}**"))
    missing = (
        f"\n\nNot in the total: {', '.join(plain(item) for item in plan.cost.unpriced)}." if plan.cost.unpriced else ""
    )
    if plan.cost.job_usd:
        missing = f"\n\nThe whole job: {money(plan.cost.job_usd)}.{missing}"
    bill = table(("Item", "How", "Per month"), rows, right=frozenset({2})) + missing
    if plan.together is None:
        return f"## What it costs\n\n{bill}"
    first = f"**Line by line, {plain(plan.together.workloads[0].name)}:**"
    return f"## What it costs\n\n{together_costs(plan.together)}\n\nMachines alone.\n\n{first}\n\n{bill}"
