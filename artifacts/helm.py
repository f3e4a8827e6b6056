"""The Helm commands that install a stack, with every version pinned to the catalogue's."""

import re
import shlex

from domain.packages import Package
from domain.plan import StackComponent

FOUNDATIONS = ("cert-manager", "gpu-operator", "nvidia-gpu-operator", "nvidia-device-plugin", "lws")
"""Charts that others need to be there first, in this order."""

GPU_OPERATORS = frozenset({"gpu-operator", "nvidia-gpu-operator"})

_OPERATOR_VALUES = {
    # The GPU images of EKS hold the driver and the container toolkit already.
    "aws": "--set driver.enabled=false --set toolkit.enabled=false",
    # GKE installs the driver under its own path.
    "gcp": "--set driver.enabled=false --set hostPaths.driverInstallDir=/home/kubernetes/bin/nvidia "
    "--set toolkit.installDir=/home/kubernetes/bin/nvidia",
}


def has_gpu_operator(stack: tuple[StackComponent, ...]) -> bool:
    return any(component.package.name in GPU_OPERATORS for component in stack)


def in_order(stack: tuple[StackComponent, ...]) -> tuple[StackComponent, ...]:
    """The foundations first; the others in the order of the plan. A chart listed twice is installed once."""
    unique = tuple({component.package.key: component for component in stack}.values())
    return tuple(sorted(unique, key=lambda component: _rank(component.package.name)))


def repository_commands(stack: tuple[StackComponent, ...]) -> tuple[str, ...]:
    """`helm repo add` once per repository, then one update; nothing for OCI charts."""
    urls = {
        component.package.repository: component.package.repository_url
        for component in stack
        if component.package.repository_url and not _is_oci(component.package)
    }
    adds = tuple(f"helm repo add {shlex.quote(name)} {shlex.quote(url)}" for name, url in sorted(urls.items()) if url)
    return (*adds, "helm repo update") if adds else ()


def install_command(package: Package, provider: str, folder: str | None = None) -> str | None:
    """`helm upgrade --install` of one chart in a namespace of its own; None where the catalogue has no address.

    `folder`: where the pulled charts are, for a site that fetches nothing.
    """
    if not package.repository_url:
        return None
    release = kubernetes_name(package.name)
    start = upgrade(release, package)
    if folder is not None:
        start = f"helm upgrade --install {release} {shlex.quote(f'{folder}/{package.name}-{package.version}.tgz')}"
    command = f"{start} \\\n  --namespace {release} --create-namespace --wait --timeout 15m"
    values = _OPERATOR_VALUES.get(provider.lower(), "") if package.name in GPU_OPERATORS else ""
    if package.name == "cert-manager" and package.repository == "jetstack":
        values = "--set crds.enabled=true"
    return f"{command} \\\n  {values}" if values else command


def upgrade(release: str, package: Package) -> str:
    """The start of the command that installs a chart at its version, or moves it there."""
    chart, version = shlex.quote(_chart_reference(package)), shlex.quote(package.version)
    return f"helm upgrade --install {release} {chart} --version {version}"


def pull_command(package: Package) -> str | None:
    """`helm pull` of one chart at its version; None where the catalogue has no address."""
    if not package.repository_url:
        return None
    return f"helm pull {shlex.quote(_chart_reference(package))} --version {shlex.quote(package.version)}"


def _chart_reference(package: Package) -> str:
    """What `helm install` is given: repository/name, or the OCI reference."""
    if not _is_oci(package):
        return f"{package.repository}/{package.name}"
    base = (package.repository_url or "").rstrip("/")
    return base if base.endswith("/" + package.name) else f"{base}/{package.name}"


def kubernetes_name(text: str) -> str:
    """A name Kubernetes accepts for anything (an RFC 1035 label), of at most the 53 characters of a Helm release."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (f"x{name}" if name[:1].isdigit() else name)[:53].rstrip("-") or "workload"


def _is_oci(package: Package) -> bool:
    return (package.repository_url or "").startswith("oci://")


def _rank(name: str) -> int:
    return FOUNDATIONS.index(name) if name in FOUNDATIONS else len(FOUNDATIONS)
