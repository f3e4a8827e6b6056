"""What a plan's commands give to Helm and to Kubernetes, read back from the text as a shell would run it."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Node: TypeAlias = "str | int | float | bool | Sequence[Node] | Mapping[str, Node] | None"
Object: TypeAlias = Mapping[str, Node]

_HEREDOC = re.compile(
    r"(?P<head>[^\n]*(?:\\\n[^\n]*)*)<<(?P<quote>'?)EOF(?P=quote)(?P<tail>[^\n]*)\n(?P<body>.*?)\nEOF", re.S
)


@dataclass(frozen=True)
class Install:
    """One `helm upgrade --install`: what, from where, with which values."""

    release: str
    chart: str
    repo: str | None
    version: str | None
    namespace: str | None
    values: Mapping[str, Node] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The chart's own name, without repository, folder or archive."""
        last = self.chart.rstrip("/").rsplit("/", 1)[-1]
        return last.removesuffix(f"-{self._carried(last)}.tgz") if last.endswith(".tgz") else last

    @property
    def by_alias(self) -> bool:
        """Whether it counts on a `helm repo add` of the same name."""
        return "/" in self.chart and not self.chart.startswith(("oci://", ".", "/")) and not self.chart.endswith(".tgz")

    @staticmethod
    def _carried(archive: str) -> str:
        found = re.search(r"-(v?\d[^/]*)\.tgz$", archive)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Printed:
    """Everything that a plan installs and applies."""

    installs: tuple[Install, ...]
    objects: tuple[Object, ...]
    commands: tuple[str, ...]

    def of_kind(self, kind: str) -> list[Object]:
        return [found for found in self.objects if found.get("kind") == kind]

    def install(self, name: str) -> Install | None:
        return next((found for found in self.installs if found.name == name), None)


def printed(commands: Iterable[str]) -> Printed:
    """Raises where a heredoc is not YAML or a `helm` line cannot be split."""
    told = tuple(commands)
    return Printed(
        installs=tuple(found for command in told for found in _installs(command)),
        objects=tuple(found for command in told for found in _objects(command)),
        commands=told,
    )


def images(node: Node) -> Iterator[str]:
    """Every value under a key `image`, and every pair of `repository` and `tag`."""
    if isinstance(node, Mapping):
        repository, tag = node.get("repository"), node.get("tag")
        if isinstance(repository, str) and isinstance(tag, str) and tag:
            yield f"{repository}:{tag}"
        for key, value in node.items():
            if isinstance(value, str) and key.lower().endswith("image"):
                yield value
            else:
                yield from images(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for item in node:
            yield from images(item)


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Dotted path and value of each leaf; `[]` stands for an entry of a list."""
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, Sequence) and not isinstance(node, str) and node:
        for item in node:
            yield from leaves(item, f"{path}[]")
    else:
        yield path, node


def at(node: Node, path: str) -> Node:
    """The value under a dotted path, in which a number is a place in a list; None where there is none."""
    for key in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(key)
        elif isinstance(node, Sequence) and not isinstance(node, str) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def entries(node: Node, path: str) -> Sequence[Node]:
    """The list under a dotted path; empty where there is none."""
    found = at(node, path)
    return found if isinstance(found, Sequence) and not isinstance(found, str) else ()


def _objects(command: str) -> Iterator[Object]:
    for heredoc in _HEREDOC.finditer(command):
        line = f"{heredoc['head']} {heredoc['tail']}"
        if re.search(r"\b(kubectl|oc)\b.*\bapply\b", line):
            yield from (document for document in yaml.load_all(heredoc["body"], _Loader) if document)


def _installs(command: str) -> Iterator[Install]:
    values: dict[str, Node] = {}
    line = command
    if heredoc := _HEREDOC.search(command):
        line = f"{heredoc['head']} {heredoc['tail']}"
        if "--values -" in line:
            values = yaml.load(heredoc["body"], _Loader) or {}
    found = re.search(r"helm (?:upgrade --install|install) .*", line, re.S)
    if not found:
        return
    words = shlex.split(found.group(0).replace("\\\n", " "))
    words = words[words.index("--install") + 1 :] if "--install" in words else words[2:]
    flags: dict[str, str] = {}
    named: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("|", "&&", ">"):
            break
        if word in ("--set", "--set-string"):
            _set(values, words.pop(0), text=word == "--set-string")
        elif word in ("--version", "--namespace", "--timeout", "--repo", "--values", "-n", "-f"):
            flags[word] = words.pop(0)
        elif not word.startswith("-"):
            named.append(word)
    yield Install(named[0], named[1], flags.get("--repo"), flags.get("--version"), flags.get("--namespace"), values)


def _set(values: dict[str, Node], assignment: str, *, text: bool) -> None:
    """As Helm does: `a.b[0].c=value` changes what the values file says under it."""
    path, _, said = assignment.partition("=")
    keys = [key.replace("\\.", ".") for key in re.split(r"(?<!\\)\.|(?=\[)", path)]
    value: Node = said if text else yaml.safe_load(said)
    node: Node = values
    for place, key in enumerate(keys):
        last = place == len(keys) - 1
        if key.startswith("["):
            assert isinstance(node, list)
            index = int(key.strip("[]"))
            node.extend({} for _ in range(index + 1 - len(node)))
            if last:
                node[index] = value
            else:
                node = node[index]
            continue
        assert isinstance(node, dict)
        if last:
            node[key] = value
        else:
            node = node.setdefault(key, [] if keys[place + 1].startswith("[") else {})
