"""The steps of a plan walked in their order: what each command names, and whether an earlier one has made it."""

import re
from collections.abc import Iterator

from domain.plan import DeploymentPlan

_NAMESPACE = re.compile(r"(?:--namespace|-n)[ =]([a-z][a-z0-9-]*)")
_MAKES_NAMESPACE = re.compile(
    r"(?:kubectl|oc) create namespace ([a-z0-9-]+)|oc new-project ([a-z0-9-]+)|--namespace ([a-z0-9-]+) "
    r"--create-namespace|kind: Namespace\nmetadata:\n  name: ([a-z0-9-]+)"
)
_OBJECT_IN = re.compile(r"^  namespace: ([a-z][a-z0-9-]*)$", re.MULTILINE)
_THERE = frozenset(
    {"default", "kube-system", "kube-public", "openshift-monitoring", "openshift-marketplace", "argocd", "flux-system"}
)
"""Of the cluster itself, and of what its owner says is in it."""
_TALKS = re.compile(r"(?:^|[|&;(\s])(?:kubectl|oc|helm)\s+(?:--namespace \S+ )?(?:apply|create|get|rollout|upgrade)\b")
_CLUSTER = re.compile(
    r"cluster create|clusters create|create cluster|kubernetes create|aks create|k3s\.io|rke2|kubectl config|whoami"
    r"|get-credentials|kube create"
)
"""What makes a cluster or enters one that is there."""
_READS = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\}?(?![A-Z0-9_:])")
_SETS = re.compile(
    r"(?:^|[;&|]\s*|export |: \"\$\{|then |do )([A-Z][A-Z0-9_]*)(?:=|:=|:\?)|\$\{([A-Z][A-Z0-9_]*):?[?=]", re.M
)
_SECRET_READ = re.compile(r"(?:kubectl|oc) --namespace \S+ get secret (\S+) --output")
_SECRET_MADE = re.compile(
    r"create secret (?:generic|docker-registry|tls) (\S+)|kind: ExternalSecret\nmetadata:\n  name: (\S+)"
)
_ASKS = re.compile(r":\?[^}]*\}")
"""What a variable that the user fills is said to hold."""
_BY_SHELL = frozenset({"HOME", "PATH", "USER", "PWD", "EOF"})


def missing_before(plan: DeploymentPlan) -> Iterator[str]:
    """A sentence for each thing that a command uses before any command has made it."""
    namespaces, secrets, variables, cluster = set(_THERE), set[str](), set(_BY_SHELL), False
    for step in plan.steps:
        where = f"step {step.order} ({step.title})"
        cluster = cluster or "Point kubectl at it" in step.detail or "~/.kube/config" in step.detail
        for command in step.commands:
            shell, _, fed = command.partition("<<'END'" if "<<'END'" in command else "<<'EOF'")
            # What it is fed to stands behind the mark, on the same line.
            reader, _, fed = fed.partition("\n")
            shell += reader
            cluster = cluster or bool(_CLUSTER.search(shell))
            if _TALKS.search(_ASKS.sub("", shell)) and "--dry-run" not in shell.split("|")[0] and not cluster:
                yield f"{where} asks a cluster that no step has made: {shell[:90]}"
            made = {name for found in _MAKES_NAMESPACE.findall(command) for name in found if name}
            namespaces |= made
            named = set(_NAMESPACE.findall(shell)) | (set(_OBJECT_IN.findall(fed)) if "apply" in shell else set())
            for name in sorted(named - namespaces):
                yield f"{where} names the namespace {name} before it is made"
            secrets |= {name for found in _SECRET_MADE.findall(command) for name in found if name}
            for name in sorted(set(_SECRET_READ.findall(shell)) - secrets):
                yield f"{where} reads the secret {name} before it is made"
            variables |= {name for found in _SETS.findall(shell) for name in found if name}
            for name in sorted(set(_READS.findall(_outside_single_quotes(shell))) - variables):
                yield f"{where} uses ${name}, which nothing has set: {shell[:90]}"


def _outside_single_quotes(text: str) -> str:
    """What the shell expands."""
    return re.sub(r"'[^']*'", "''", _ASKS.sub(":?}", text))
