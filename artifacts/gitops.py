"""Plans for people whose cluster is told by a repository: files to commit in place of `kubectl apply` and `helm`.

Argo CD gets an Application for the folder and one for each chart; Flux gets a Kustomization, HelmRepositories and
HelmReleases. Secrets are not committed: the commands that make them stay.
"""

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

import yaml

from artifacts.bundle.charts import Release, releases_of
from artifacts.finishing import MERGE, TAKE
from artifacts.giving_back import TITLE as GIVES_BACK
from artifacts.helm import kubernetes_name
from artifacts.present import blank
from artifacts.proving import TITLE as PROVE
from artifacts.rented import step
from artifacts.wiring import metadata
from artifacts.workloads import Value, as_yaml
from domain.plan import Step

Tool: TypeAlias = Literal["argo-cd", "flux2"]

_FED = re.compile(r"\A(?P<before>.*?)<<'EOF'(?P<after>[^\n]*)\n(?P<body>.*)\nEOF\Z", re.DOTALL)
_APPLIES = re.compile(r"\|?\s*kubectl apply -f -\s*$|^kubectl apply -f -\s*")
_NAMESPACE = re.compile(r"^kubectl create namespace (\S+) --dry-run=client -o yaml \| kubectl apply -f -$")
_READS = re.compile(
    r"^(export \w+=\$\(kubectl|curl --|"
    r"kubectl (--namespace \S+ )?(rollout status|get|logs|wait|port-forward|create job)\b)"
)
_RUNS = frozenset({"StatefulSet", "Deployment", "LeaderWorkerSet", "Job", "CronJob"})
COMMIT = "Commit it"
_AFTER = frozenset({PROVE, MERGE, TAKE, GIVES_BACK})
"""Steps that are run by hand once everything is applied."""
ARGO_NAMESPACE, FLUX_NAMESPACE = "argocd", "flux-system"


def committed(steps: Iterable[Step], tool: Tool) -> tuple[Step, ...]:
    """The steps with files in place of what they applied; first all files, then the commit, then what looks at it."""
    writes: list[Step] = []
    looks: list[Step] = []
    taken: set[str] = set()
    for one in steps:
        if one.title in _AFTER:
            looks.append(one)
            continue
        made = [_as_file(command, tool, taken) for command in one.commands]
        reads = tuple(command for command in made if _READS.match(command) and "create secret" not in command)
        others = tuple(command for command in made if command not in reads)
        if not others and reads:
            looks.append(one.model_copy(update={"commands": reads}))
            continue
        writes.append(one.model_copy(update={"commands": others}))
        if reads:
            detail = "Once it is applied, which `kubectl get pods --namespace workload` shows."
            looks.append(
                one.model_copy(update={"title": f"See that it runs: {one.title}", "detail": detail, "commands": reads})
            )
    if not taken:
        return (*writes, *looks)
    first = next(place for place, one in enumerate(writes) if any("$FOLDER/" in command for command in one.commands))
    made_first = writes[first].model_copy(update={"commands": ('mkdir -p "$FOLDER"', *writes[first].commands)})
    return (*writes[:first], made_first, *writes[first + 1 :], _commit(tool), *looks)


def _as_file(command: str, tool: Tool, taken: set[str]) -> str:
    """`cat` of a file of the repository, where the command applied an object or installed a chart."""
    if named := _NAMESPACE.match(command):
        made: Value = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata(named[1], None)}
        written = _written(as_yaml(made), _free(f"namespace-{named[1]}", taken))
        # Secrets are made before the commit, by hand: their namespace is there for them.
        return f"{command} && \\\n  {written}"
    found = _FED.match(command)
    if found is None:
        return _chart(command, "", tool, taken) or command
    before, after, body = found["before"], found["after"], found["body"]
    if _APPLIES.search(f"{before.strip()}{after}") or "kubectl apply -f -" in before + after:
        blanks = before.strip() if before.startswith("sed ") else ""
        return _written(body, _free(_named(body), taken), blanks)
    if "helm upgrade --install" in before + after:
        blanks = before.strip() if before.startswith("sed ") else ""
        return _chart(command, body, tool, taken, blanks) or command
    return command


def _chart(command: str, values: str, tool: Tool, taken: set[str], blanks: str = "") -> str | None:
    found = releases_of([command])
    release = found[0] if found else None
    if release is None or release.by_shell or (release.repository is None and not release.chart.startswith("oci://")):
        return None
    objects = _application(release, values) if tool == "argo-cd" else _helm_release(release, values)
    return _written(as_yaml(*objects), _free(f"chart-{release.name}", taken), blanks)


def _application(release: Release, values: str) -> tuple[Value, ...]:
    address, chart = _address(release)
    source: dict[str, Value] = {"repoURL": address, "chart": chart, "targetRevision": release.version}
    if values:
        source["helm"] = {"releaseName": release.name, "valuesObject": yaml.load(values, Loader=yaml.CSafeLoader)}
    return (
        {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": metadata(release.name, ARGO_NAMESPACE),
            "spec": {
                "project": "default", "source": source,
                "destination": {"server": "https://kubernetes.default.svc", "namespace": release.namespace},
                "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]},
            },
        },
    )  # fmt: skip


def _helm_release(release: Release, values: str) -> tuple[Value, ...]:
    address, chart = _address(release)
    oci = release.chart.startswith("oci://")
    repository: dict[str, Value] = {"interval": "24h", "url": f"oci://{address}" if oci else address}
    if oci:
        repository["type"] = "oci"
    spec: dict[str, Value] = {
        "interval": "1h", "targetNamespace": release.namespace, "releaseName": release.name,
        "install": {"createNamespace": True},
        "chart": {
            "spec": {
                "chart": chart, "version": release.version,
                "sourceRef": {"kind": "HelmRepository", "name": release.name},
            }
        },
    }  # fmt: skip
    if values:
        spec["values"] = yaml.load(values, Loader=yaml.CSafeLoader)
    about = metadata(release.name, FLUX_NAMESPACE)
    return (
        {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": about, "spec": repository},
        {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": about, "spec": spec},
    )


def _address(release: Release) -> tuple[str, str]:
    """The repository, and the chart in it."""
    if release.chart.startswith("oci://"):
        host, _, chart = release.chart.removeprefix("oci://").rpartition("/")
        return host, chart
    return release.repository or "", release.chart


def _commit(tool: Tool) -> Step:
    if tool == "argo-cd":
        told: Value = {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": metadata("stack8s", ARGO_NAMESPACE),
            "spec": {
                "project": "default",
                "source": {"repoURL": blank("REPOSITORY"), "path": blank("FOLDER"), "targetRevision": "HEAD"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "workload"},
                "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]},
            },
        }  # fmt: skip
        by = "Argo CD"
    else:
        told = {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": metadata("stack8s", FLUX_NAMESPACE),
            "spec": {
                "interval": "10m", "path": f"./{blank('FOLDER')}", "prune": False,
                "sourceRef": {"kind": "GitRepository", "name": blank("REPOSITORY")},
            },
        }  # fmt: skip
        by = "Flux"
    return step(
        COMMIT,
        f"The files of the steps before lie in $FOLDER of your clone. {by} is told of that folder once, by the last "
        "object: put it where your other ones are, or leave it out where a parent finds the folder by itself. Nothing "
        "is pruned.",
        'git add "$FOLDER" && git commit --message "Add the workload" && git push',
        f"kubectl apply -f - <<'EOF'\n{as_yaml(told)}\nEOF",
    )


def _named(body: str) -> str:
    """Kind and name of the object that runs something, else of the first."""
    found = [thing for thing in yaml.load_all(body, Loader=yaml.CSafeLoader) if thing]
    first = next((thing for thing in found if thing.get("kind") in _RUNS), found[0] if found else {})
    return kubernetes_name(f"{first.get('kind', 'object')}-{first.get('metadata', {}).get('name', '')}")


def _free(name: str, taken: set[str]) -> str:
    path, number = name, 2
    while path in taken:
        path, number = f"{name}-{number}", number + 1
    taken.add(path)
    return f"{path}.yaml"


def _written(body: str, path: str, blanks: str = "") -> str:
    return f"{blanks or 'cat'} > \"$FOLDER/{path}\" <<'EOF'\n{body}\nEOF"
