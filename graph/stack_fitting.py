"""From parts to charts: which chart fills each, what could fill it instead, and which of them the plan uses."""

from collections.abc import Iterable, Sequence

from artifacts.stack_steps import used_and_later
from artifacts.wiring import Scene
from domain.packages import Package
from domain.plan import LaterComponent, StackComponent
from graph.stack import Role, select_package
from graph.stack_rules import stack_rules

MOST_ALTERNATIVES = 2


def components(roles: Iterable[Role], packages: Sequence[Package]) -> tuple[StackComponent, ...]:
    """A chart for each part that has one, with those it needs beside it; each chart once."""
    found: dict[str, StackComponent] = {}
    for role in roles:
        package = select_package(role, packages)
        if package is None:
            continue
        for name in stack_rules().companions.get(package.name, ()):
            beside = next((other for other in packages if other.name == name), None)
            if beside is not None:
                reason = f"{package.name} needs it"
                made = StackComponent(role=role.role, package=beside, reason=reason, wanted=role.wanted_by_user)
                found.setdefault(beside.key, made)
        found.setdefault(
            package.key,
            StackComponent(
                role=role.role, package=package, reason=role.reason, wanted=role.wanted_by_user,
                alternatives=_alternatives(role, package, packages),
            ),
        )  # fmt: skip
    chosen = [part.package for part in found.values()]
    return tuple(part for part in found.values() if not any(brings(other, part.package) for other in chosen))


def brings(chart: Package, other: Package) -> bool:
    """Whether a chart brings along what another one of its category would install: Prometheus's stack has Grafana."""
    return chart.key != other.key and chart.category == other.category and other.name in chart.keywords


def fitted(
    candidates: tuple[StackComponent, ...], scenes: Sequence[Scene]
) -> tuple[tuple[StackComponent, ...], tuple[LaterComponent, ...]]:
    """The charts that the workloads use, and those for later. Nothing that is placed uses nothing: all are candidates
    then."""
    if not scenes:
        return candidates, ()
    return used_and_later(candidates, scenes, stack_rules().last_resort_repositories)


def _alternatives(role: Role, chosen: Package, packages: Sequence[Package]) -> tuple[str, ...]:
    last = set(stack_rules().last_resort_repositories)
    known = {package.name: package for package in packages if package.repository not in last}
    of_role = [known[name].name for name in role.names if name in known]
    # Of drivers, the catalogue names those of other makers.
    others = chosen.alternatives if chosen.category != "gpu_support" else ()
    of_chart = [key.partition("/")[2] for key in others if key.partition("/")[0] not in last]
    names = dict.fromkeys(name for name in (*of_role, *of_chart) if name and name != chosen.name)
    return tuple(names)[:MOST_ALTERNATIVES]
