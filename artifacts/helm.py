"""The Helm commands that install a stack, with every version pinned to the catalogue's."""

import re
import shlex
from collections.abc import Sequence

from domain.packages import Package
from domain.plan import StackComponent

FOUNDATIONS = (
    "kube-prometheus-stack", "gateway-helm", "cert-manager", "gpu-operator", "nvidia-gpu-operator",
    "nvidia-device-plugin", "gpu-operator-charts", "dcgm-exporter", "lws", "kserve-crd", "kueue",
)  # fmt: skip
"""Charts that others need to be there first, in this order: Prometheus brings the kind of object by which the others
are watched, and cert-manager looks for the Gateway API when it starts."""

LONGEST_NAME = 48
"""Characters. A controller makes labels of the name of its object, with its own ending: a StatefulSet's
controller-revision-hash adds 11 to it (kubernetes/kubernetes#64023), a LeaderWorkerSet's groups their number before
that, and a label holds 63."""
GPU_OPERATORS = frozenset({"gpu-operator", "nvidia-gpu-operator"})


def has_gpu_operator(stack: tuple[StackComponent, ...]) -> bool:
    return any(component.package.name in GPU_OPERATORS for component in stack)


def in_order(stack: tuple[StackComponent, ...]) -> tuple[StackComponent, ...]:
    """The foundations first; the others in the order of the plan. A chart listed twice is installed once."""
    unique = tuple({component.package.key: component for component in stack}.values())
    return tuple(sorted(unique, key=lambda component: _rank(component.package.name)))


def install_command(
    package: Package, values: str = "", words: Sequence[str] = (), *, folder: str | None = None, into: str | None = None
) -> str | None:
    """`helm upgrade --install` of one chart in a namespace of its own; None where the catalogue has no address.

    `values`: YAML. `words`: `--set` flags, which the shell expands. `folder`: where the pulled charts are, for a site
    that fetches nothing. `into`: another namespace.
    """
    if not package.repository_url:
        return None
    release = kubernetes_name(package.name)
    what = source(package) if folder is None else shlex.quote(f"{folder}/{package.name}-{package.version}.tgz")
    lines = [
        f"helm upgrade --install {release} {what}",
        f"--namespace {into or release} --create-namespace --wait --timeout 15m",
        *words,
        *(("--values - <<'EOF'",) if values else ()),
    ]
    command = " \\\n  ".join(lines)
    return f"{command}\n{values}\nEOF" if values else command


def source(package: Package) -> str:
    """A chart by its address and version, as `helm install` and `helm pull` take them; no alias has to be known."""
    version = f"--version {shlex.quote(package.version)}"
    base = (package.repository_url or "").rstrip("/")
    if base.startswith("oci://"):
        reference = base if base.endswith("/" + package.name) else f"{base}/{package.name}"
        return f"{shlex.quote(reference)} {version}"
    return f"{shlex.quote(package.name)} --repo {shlex.quote(base)} {version}"


def pull_command(package: Package) -> str | None:
    """`helm pull` of one chart at its version; None where the catalogue has no address."""
    return f"helm pull {source(package)}" if package.repository_url else None


def kubernetes_name(text: str, longest: int = LONGEST_NAME) -> str:
    """A name Kubernetes accepts for anything (an RFC 1035 label), cut after a word."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = f"x{name}" if name[:1].isdigit() else name
    if len(name) > longest:
        whole = name[: longest + 1].rpartition("-")[0]
        name = whole if 2 * len(whole) >= longest else name[:longest]
    return name.rstrip("-") or "workload"


def _rank(name: str) -> int:
    return FOUNDATIONS.index(name) if name in FOUNDATIONS else len(FOUNDATIONS)
