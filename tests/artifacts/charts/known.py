"""The kept facts of charts and of custom kinds, as `derive` made them; the README beside it says where from."""

import json
import lzma
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from tests.artifacts.charts.shapes import Json, schema_of
from tests.artifacts.printed import Install, Object, at, leaves

HERE = Path(__file__).parent
_WORD = re.compile(r"[^\s()]+|[()]")
_OF_KUBERNETES = re.compile(
    r"(tolerations|volumes|volumeMounts|env|envVars|extraEnv|initContainers|containers|affinity|terms|expressions"
    r"|values|metricRelabelings|relabelings|imagePullSecrets|rules|hosts|tls)$",
    re.IGNORECASE,
)
"""Lists that templates hand on as they stand: what their entries hold is Kubernetes' own."""


class Chart(Frozen):
    """What `charts.jsonl.xz` holds of one chart."""

    name: str
    version: str
    source: str = Field(description="repository, folder in it and commit")
    licence: str
    renders: bool = Field(description="whether its defaults make objects")
    dependencies: tuple[str, ...]
    makes: Mapping[str, tuple[str, ...]] = Field(description="kind -> names under the release name x")
    images: tuple[str, ...] = Field(description="of the objects that its defaults make")
    values: str | None = Field(default=None, description="the tree of their names; null where they were not read")
    in_lists: str = ""
    demands: tuple[str, ...] = ()
    shape: Mapping[str, object] | None = None

    def made(self, kind: str, release: str) -> set[str]:
        """Names of the objects of a kind, under a release."""
        found = self.makes.get(kind, ())
        return {release if name == "x" else re.sub(r"^x-", f"{release}-", name) for name in found} | {
            re.sub(rf"^x-{re.escape(self.name)}", release, name) for name in found if release == self.name
        }


class Kind(Frozen):
    """What `kinds.jsonl.xz` holds of one custom kind."""

    kind: str
    scope: str
    source: str = Field(description="repository, chart and its version")
    shape: object

    @property
    def chart(self) -> str:
        return self.source.split()[1]


@lru_cache
def charts() -> tuple[Chart, ...]:
    return tuple(Chart.model_validate(line) for line in _lines("charts.jsonl.xz"))


@lru_cache
def kinds() -> Mapping[str, Kind]:
    """By `group/version Kind`."""
    return {str(line["kind"]): Kind.model_validate(line) for line in _lines("kinds.jsonl.xz")}


def chart_of(found: Install) -> Chart | None:
    """The chart at the version that is installed, or at the one that was read."""
    named = [chart for chart in charts() if chart.name == found.name]
    return next(iter((*(chart for chart in named if chart.version == found.version), *named)), None)


def unknown_values(found: Install) -> Iterator[str]:
    """Values that neither the chart nor one of its dependencies has; none where the chart was not read."""
    chart = chart_of(found)
    if chart is None or chart.values is None:
        return
    known, in_lists = _tree(chart.values), set(chart.in_lists.split())
    for path, value in leaves(found.values):
        plain, _, inside = path.partition("[]")
        if not path or plain.split(".")[0] in (*chart.dependencies, "global"):
            continue
        if not _has(known, plain.split("."), emptied=value in (None, [], {}) or bool(inside)):
            yield f"{chart.name} {chart.version}: {path}"
        elif inside.startswith(".") and not _OF_KUBERNETES.search(plain):
            name = inside.removeprefix(".").split(".")[0].split("[]")[0]
            if name not in in_lists:
                yield f"{chart.name} {chart.version}: {path}"


def unset_demands(found: Install) -> Iterator[str]:
    """What a chart that does not render with its defaults is not given."""
    chart = chart_of(found)
    if chart is not None and not chart.renders:
        unset = (path for path in chart.demands if at(found.values, path) in (None, ""))
        yield from (f"{chart.name} {chart.version}: {path}" for path in unset)


@lru_cache
def schema_of_kind(kind: str) -> Json:
    """Of all of an object but its head; null where the kind is not known."""
    found = kinds().get(kind)
    return None if found is None else schema_of(found.shape)  # type: ignore[arg-type]


def body_of(made: Object) -> dict[str, Json]:
    """Of an object, what its kind's schema speaks of."""
    return {key: value for key, value in made.items() if key not in ("apiVersion", "kind", "metadata")}


def _lines(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lzma.decompress((HERE / name).read_bytes()).decode().splitlines()]


Tree = dict[str, "tuple[bool, Tree]"]


@lru_cache
def _tree(text: str) -> Tree:
    """Name -> whether all below it is taken, and the names that are known there."""
    stack: list[Tree] = [{}]
    last = ""
    for word in _WORD.findall(text):
        if word == "(":
            stack.append(stack[-1][last][1])
        elif word == ")":
            stack.pop()
        else:
            last = word.removesuffix("*")
            stack[-1][last] = (word.endswith("*"), {})
    return stack[0]


def _has(known: Tree, names: Sequence[str], *, emptied: bool) -> bool:
    for name in names:
        if name not in known:
            return False
        whole, known = known[name]
        if whole or not known:
            return True
    return emptied
