"""The charts of a plan for Helm: a values file for each, and a helmfile of all, read out of the steps' commands."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml
from pydantic import Field

from artifacts.helm import kubernetes_name
from domain.base import Frozen
from domain.plan import Step

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"


HELMFILE = "helm/helmfile"
"""How the paths of all helmfiles begin."""
_AS_IT_IS = "# The chart's own values.\n{}\n"


class Release(Frozen):
    """One `helm upgrade --install`."""

    name: str
    chart: str
    version: str
    namespace: str
    repository: str | None = Field(default=None, description="address; null for oci:// references")
    alias: str | None = Field(default=None, description="short name of the repository, where the command uses one")
    values_file: str | None = None
    settings: tuple[tuple[str, str], ...] = Field(default=(), description="--set words without shell variables")
    by_shell: tuple[str, ...] = Field(default=(), description="--set words that the shell fills in")


def releases_of(commands: Sequence[str]) -> list[Release]:
    """Every chart that the commands install, in their order."""
    repositories = _repositories(commands)
    return [found for command in commands if (found := _release(command, repositories)) is not None]


def helm_files(steps: Sequence[Step], files: Mapping[str, str]) -> dict[str, str]:
    """A values file for each chart that has none, and a helmfile for each cluster. `files`: what the steps brought."""
    made: dict[str, str] = {}
    for cluster in dict.fromkeys(step.cluster for step in steps):
        ending = f"-{cluster}" if cluster else ""
        releases = []
        for release in releases_of([command for step in steps if step.cluster == cluster for command in step.commands]):
            path = release.values_file or f"helm/{release.name}{ending}.yaml"
            values = nested(release.settings)
            if release.values_file is None and path not in files:
                held = yaml.safe_dump(values, sort_keys=False, width=120) if values else _AS_IT_IS
                made[path] = held
            releases.append(release.model_copy(update={"values_file": path}))
        if releases:
            told = f"# Of the cluster of {cluster}: KUBECONFIG names the file of its access.\n" if cluster else ""
            made[f"{HELMFILE}{ending}.yaml"] = told + _helmfile(releases)
    return made


def nested(settings: Sequence[tuple[str, str]]) -> dict[str, Value]:
    """`--set` words as values, typed as Helm types them."""
    values: dict[str, Value] = {}
    for path, text in settings:
        held = values
        *parents, last = re.split(r"(?<!\\)\.", path)
        for parent in parents:
            inner = held.setdefault(parent.replace("\\.", "."), {})
            assert isinstance(inner, dict)
            held = inner
        held[last.replace("\\.", ".")] = {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)
    return values


def _repositories(commands: Sequence[str]) -> dict[str, str]:
    found = {}
    for command in commands:
        for line in command.splitlines():
            words = _words(line) if line.startswith("helm repo add ") else []
            if len(words) >= 5:
                found[words[3]] = words[4]
    return found


def _release(command: str, repositories: Mapping[str, str]) -> Release | None:
    start = command.find("helm upgrade --install ")
    if start < 0:
        return None
    words = _words(command[start:].split("<<", 1)[0].replace("\\\n", " "))
    if len(words) < 5:
        return None
    flags, settings, by_shell = {}, [], []
    place = 5
    while place < len(words):
        word, following = words[place], words[place + 1] if place + 1 < len(words) else ""
        if word in ("--set", "--set-string"):
            name, _, value = following.partition("=")
            (by_shell.append(following) if "$" in following else settings.append((name, value)))
            place += 2
        elif word in ("--version", "--namespace", "--repo", "--values"):
            flags[word] = following
            place += 2
        else:
            place += 1
    chart, alias, repository = words[4], None, flags.get("--repo")
    if not chart.startswith("oci://") and repository is None and "/" in chart:
        alias, _, _ = chart.partition("/")
        repository = repositories.get(alias)
    values = flags.get("--values")
    return Release(
        name=words[3], chart=chart, version=flags.get("--version", ""), namespace=flags.get("--namespace", "default"),
        repository=repository, alias=alias, values_file=values if values and values != "-" else None,
        settings=tuple(settings), by_shell=tuple(by_shell),
    )  # fmt: skip


def _helmfile(releases: Sequence[Release]) -> str:
    repositories: dict[str, str] = {}
    listed: list[Value] = []
    for release in releases:
        chart = release.chart
        if release.repository is not None:
            alias = release.alias or kubernetes_name(re.sub(r"^https?://", "", release.repository))
            repositories[alias] = release.repository
            chart = chart if "/" in chart else f"{alias}/{chart}"
        if chart.endswith(".tgz"):
            chart = f"../{chart}"  # helmfile looks from its own folder
        entry: dict[str, Value] = {
            "name": release.name, "namespace": release.namespace, "createNamespace": True, "chart": chart,
            "version": release.version, "wait": True, "timeout": 900,
            "values": [(release.values_file or "").removeprefix("helm/")],
        }  # fmt: skip
        if release.by_shell:
            entry["set"] = [
                {"name": name, "value": f'{{{{ requiredEnv "{variable}" }}}}'}
                for name, variable in map(_from_environment, release.by_shell)
            ]
        if listed:
            # As the commands do: CRDs of one chart are what the next one's objects are made of.
            entry["needs"] = [f"{releases[len(listed) - 1].namespace}/{releases[len(listed) - 1].name}"]
        listed.append(entry)
    made: Value = {
        "repositories": [{"name": name, "url": url} for name, url in sorted(repositories.items())],
        "releases": listed,
    }
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)


def _from_environment(setting: str) -> tuple[str, str]:
    name, _, value = setting.partition("=")
    variable = re.search(r"\$\{?([A-Z_]+)", value)
    return name, variable[1] if variable else kubernetes_name(name).upper().replace("-", "_")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return []
