"""What must hold of everything that a plan gives to Helm and to Kubernetes, by the facts of `chart_facts.yaml`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field

from artifacts.workloads import NAMESPACE
from domain.base import Frozen
from tests.artifacts.charts.known import chart_of, kinds, unknown_values, unset_demands
from tests.artifacts.printed import Install, Node, Object, Printed, at, images, leaves

NEWEST = re.compile(r"(:latest|:main|:dev|:nightly)$|^[^:@]+$")
"""An image without a version of its own."""
GONE = re.compile(r"^(docker\.io/)?bitnami/|^k8s\.gcr\.io/|^gcr\.io/kubebuilder/")
"""Images that have moved or are served no more: Bitnami's since 2025-08 (https://github.com/bitnami/charts/issues/35164),
Kubernetes' old registry and kubebuilder's since 2025 (https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/,
https://github.com/kubernetes-sigs/kubebuilder/discussions/3907)."""
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
    keys: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    used_by: UsedBy
    needs: tuple[str, ...] = ()
    loose: dict[str, str] = Field(default_factory=dict)


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
        yield from _default_images(found, facts)
        if found.name not in asked_for and not _is_used(found, facts.used_by, plan, text):
            yield f"{found.name} is installed and nothing uses it"
        yield from (f"{found.name} needs {other}" for other in facts.needs if other not in names)


def problems_of_objects(plan: Printed, *, openshift: bool = False, there: Iterable[str] = ()) -> Iterator[str]:
    """Custom kinds that no chart of the plan brings, newest images, and addresses of services that nobody makes.
    `there`: what runs at the user's already, as `present.yaml` calls it."""
    there_anyway = (*_PROVIDERS, *(_OPENSHIFT if openshift else ()))
    installed = {*(found.name for found in plan.installs), *(_BROUGHT_BY.get(name, name) for name in there)}
    brought = {name for name, kind in kinds().items() if kind.chart in installed}
    for made in plan.objects:
        kind = f"{made['apiVersion']} {made['kind']}"
        if made["apiVersion"] not in CORE and not kind.startswith(there_anyway) and kind not in brought:
            yield f"no chart of the plan brings {kind}"
        if at(made, "metadata.namespace") != NAMESPACE:
            yield from (f"{kind} takes the newest {image}" for image in images(made) if NEWEST.search(image))
        yield from (f"{kind} takes {image}, which is gone" for image in images(made) if GONE.search(image))
    values: list[Node] = [found.values for found in plan.installs]
    there = _services(plan)
    for service, namespace in sorted(set(_addresses([*values, *plan.objects]))):
        if f"{service}.{namespace}" not in there:
            yield f"http://{service}.{namespace} is called and nobody answers there"


_BROUGHT_BY = {"prometheus": "kube-prometheus-stack", "gateway": "gateway-helm"}
_PROVIDERS = ("compute.coreweave.com/",)
_OPENSHIFT = ("operators.coreos.com/", "mirror.openshift.io/", "monitoring.coreos.com/v1 ServiceMonitor")
"""Kinds that OpenShift brings itself."""


def is_core(made: Object) -> bool:
    return made["apiVersion"] in CORE


def _values(found: Install, facts: ChartFacts) -> Iterator[str]:
    yield from (f"no such value: {told}" for told in unknown_values(found))
    yield from (f"not set: {told}" for told in unset_demands(found))
    for path, value in leaves(found.values):
        plain = path.split("[]")[0]
        if facts.keys and path and not any(plain == key or plain.startswith(f"{key}.") for key in facts.keys):
            yield f"{found.name} has no value {path} ({value})"
    for path in facts.requires:
        if at(found.values, path) in (None, "", False, [], {}):
            yield f"{found.name} needs a value for {path}"


def _default_images(found: Install, facts: ChartFacts) -> Iterator[str]:
    """Images of the chart's own choice that are gone or have no version, and that the values do not replace."""
    chart = chart_of(found)
    for image in chart.images if chart else ():
        if GONE.search(image):
            yield f"{found.name} pulls {image}, which is gone"
        elif NEWEST.search(image):
            instead = facts.loose.get(image) or facts.loose.get("*")
            if instead is None or not _is_replaced(found, instead):
                yield f"{found.name} pulls the newest {image}"


def _is_replaced(found: Install, instead: str) -> bool:
    """`instead`: the path of a value that takes the image's place, that and what is false where it is not pulled
    ("a or not b"), or a sentence on why nobody has to."""
    path, _, switch = instead.partition(" or not ")
    if " " in path:
        return True
    return at(found.values, path) is not None or (bool(switch) and at(found.values, switch) is False)


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
        facts, chart = chart_facts().get(found.name), chart_of(found)
        services = {*(facts.services if facts else ()), *(chart.made("Service", found.release) if chart else ())}
        made |= {f"{service}.{found.namespace}" for service in services}
    return made


def _addresses(nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        for _, value in leaves(node):
            if isinstance(value, str):
                yield from _ADDRESS.findall(value)
