"""What must hold of everything that a plan gives to Helm and to Kubernetes, by the facts of `chart_facts.yaml`."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from artifacts.workloads import NAMESPACE
from domain.base import Frozen
from tests.artifacts.printed import Install, Node, Object, Printed, at, images, leaves

NEWEST = re.compile(r"(:latest|:main|:dev)$|^[^:@]+$")
"""An image without a version of its own."""
CORE = frozenset(
    {
        "v1",
        "apps/v1",
        "batch/v1",
        "networking.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
        "storage.k8s.io/v1",
    }
)
_ADDRESS = re.compile(r"https?://([a-z0-9-]+)\.([a-z0-9-]+)(?::\d+)?(?![a-z0-9.-])")


class UsedBy(Frozen):
    kinds: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    itself: bool = False


class ChartFacts(Frozen):
    read_at: str
    keys: tuple[str, ...]
    requires: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    used_by: UsedBy
    needs: tuple[str, ...] = ()


@lru_cache
def chart_facts() -> dict[str, ChartFacts]:
    rows = yaml.safe_load(Path(__file__).with_name("chart_facts.yaml").read_text(encoding="utf-8"))
    return {name: ChartFacts.model_validate(row) for name, row in rows.items()}


def problems_of_installs(plan: Printed, asked_for: Sequence[str] = ()) -> Iterator[str]:
    """Aliases, missing versions, unknown or missing values, charts without use. `asked_for`: charts of the user's own
    wish, of which nothing has to be known."""
    text, names = "\n".join(plan.commands), {found.name for found in plan.installs}
    for found in plan.installs:
        if found.by_alias:
            yield f"{found.chart} counts on a repository that was added under that name"
        if found.version is None and not found.chart.endswith(".tgz"):
            yield f"{found.name} has no version"
        if not (found.repo or found.chart.startswith("oci://") or found.chart.endswith(".tgz")):
            yield f"{found.name} has no address"
        yield from (f"{found.name} takes the newest {image}" for image in images(found.values) if NEWEST.search(image))
        facts = chart_facts().get(found.name)
        if facts is None:
            if found.name not in asked_for:
                yield f"nothing is known of the chart {found.name}"
            continue
        yield from _values(found, facts)
        if found.name not in asked_for and not _is_used(found, facts.used_by, plan, text):
            yield f"{found.name} is installed and nothing uses it"
        yield from (f"{found.name} needs {other}" for other in facts.needs if other not in names)


def problems_of_objects(plan: Printed, *, openshift: bool = False) -> Iterator[str]:
    """Custom kinds that no chart of the plan brings, newest images, and addresses of services that nobody makes."""
    there_anyway = (*_PROVIDERS, *(_OPENSHIFT if openshift else ()))
    brought = {kind for found in plan.installs if (facts := chart_facts().get(found.name)) for kind in facts.kinds}
    for made in plan.objects:
        kind = f"{made['apiVersion']} {made['kind']}"
        if made["apiVersion"] not in CORE and not kind.startswith(there_anyway) and kind not in brought:
            yield f"no chart of the plan brings {kind}"
        if at(made, "metadata.namespace") != NAMESPACE:
            yield from (f"{kind} takes the newest {image}" for image in images(made) if NEWEST.search(image))
    values: list[Node] = [found.values for found in plan.installs]
    there = _services(plan)
    for service, namespace in sorted(set(_addresses([*values, *plan.objects]))):
        if f"{service}.{namespace}" not in there:
            yield f"http://{service}.{namespace} is called and nobody answers there"


_PROVIDERS = ("compute.coreweave.com/",)
_OPENSHIFT = ("operators.coreos.com/", "mirror.openshift.io/", "monitoring.coreos.com/v1 ServiceMonitor")
"""Kinds that OpenShift brings itself."""


def is_core(made: Object) -> bool:
    return made["apiVersion"] in CORE


def _values(found: Install, facts: ChartFacts) -> Iterator[str]:
    for path, value in leaves(found.values):
        plain = path.split("[]")[0]
        if path and not any(plain == key or plain.startswith(f"{key}.") for key in facts.keys):
            yield f"{found.name} has no value {path} ({value})"
    for path in facts.requires:
        if at(found.values, path) in (None, "", False, [], {}):
            yield f"{found.name} needs a value for {path}"


def _is_used(found: Install, use: UsedBy, plan: Printed, text: str) -> bool:
    return (
        use.itself
        or any(plan.of_kind(kind) for kind in use.kinds)
        or any(at(found.values, path) not in (None, "", False, []) for path in use.values)
        or any(word in text for word in use.words)
    )


def _services(plan: Printed) -> set[str]:
    made = {f"{at(item, 'metadata.name')}.{at(item, 'metadata.namespace')}" for item in plan.of_kind("Service")}
    for found in plan.installs:
        facts = chart_facts().get(found.name)
        made |= {f"{service}.{found.namespace}" for service in (facts.services if facts else ())}
    return made


def _addresses(nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        for _, value in leaves(node):
            if isinstance(value, str):
                yield from _ADDRESS.findall(value)
