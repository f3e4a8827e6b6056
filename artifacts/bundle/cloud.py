"""The steps that make the cluster, as one script that is read before it is run."""

import re
from collections.abc import Sequence

from artifacts.bundle.commands import Carried
from artifacts.notation import one_line

_BRINGS_UP = re.compile(
    r"^(At .*: )?(Ask for quota|Create the cluster|Add the machines|Use your cluster|Rent the machines|"
    r"Join the machines into a cluster|Make the storage class|Make the shared file system|"
    r"Share a folder of the first machine|Keep this cluster's access apart|"
    r"Label the machines|Allow the GPU operator its priority|Rent the container)"
)
_ON_MACHINES = re.compile(r"(Join the machines into a cluster|Share a folder of the first machine)")
SCRIPT = "cloud/node-pool.sh"


def brings_up(title: str) -> bool:
    """Whether a step of this title is about machines and cluster, and not about what runs there."""
    return _BRINGS_UP.match(title) is not None


def node_pool_script(steps: Sequence[Carried]) -> dict[str, str]:
    """`cloud/node-pool.sh`; commands that belong on the machines themselves are comments in it, and where there are no
    others there is no script."""
    parts = [
        "#!/usr/bin/env bash",
        "# Makes the cluster and its machines: read it first, it rents what costs money.",
        "# Run it from the folder that holds README.md.",
        "set -euo pipefail",
    ]
    found = False
    for carried in steps:
        step = carried.step
        if not brings_up(step.title):
            continue
        parts.append(f"\n# {step.order}. {one_line(step.title)}")
        parts.append(f"# {one_line(step.detail)}")
        if _ON_MACHINES.search(step.title):
            parts.append("# These run on the machines, as the line above says:")
            parts += [f"#   {line}" for command in step.commands for line in command.splitlines()]
        else:
            parts += step.commands
            found = found or bool(step.commands)
    return {SCRIPT: "\n".join(parts) + "\n"} if found else {}
