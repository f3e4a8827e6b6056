"""Answers about the parts of the plan: models and their licences, Kubernetes components."""

import re

from artifacts.notation import bullets, code, figure, link, plain
from domain.models import ModelCard
from domain.packages import Package
from domain.plan import StackComponent
from graph.explanations.evidence import Standing


def licences(standing: Standing) -> str:
    """Licence and access of the model that runs, then of the plan's others."""
    placed = standing.first.model if standing.plan.recommendations else None
    rest = [choice.model for choice in standing.plan.models if placed is None or choice.model.key != placed.key]
    if placed is None and not rest:
        return "The plan names no model, so there is no licence to read."
    parts = [f"The first recommendation runs {_licence(placed)}."] if placed else []
    if rest:
        parts.append(
            ("The plan's other models:" if placed else "The plan's models:") + "\n\n" + bullets(map(_licence, rest))
        )
    return "\n\n".join(parts)


def models(standing: Standing) -> str:
    """The models of the plan and the reason for each."""
    lines = []
    for choice in standing.plan.models:
        size = f", {figure(choice.model.params_b, 3)} B parameters" if choice.model.params_b is not None else ""
        licence = plain(choice.model.license or "unknown")
        lines.append(f"{code(choice.model.key)}{size}: {plain(choice.reason)}; licence {licence}")
    return bullets(lines) or "The plan names no model; its memory is reckoned for a reference workload."


def stack(standing: Standing) -> str:
    """The components the question names, or all of them."""
    named = _named(standing)
    if named:
        return "\n\n".join(_in_plan(component) for component in named)
    if standing.charts:
        return "\n\n".join(_not_in_plan(chart, standing) for chart in standing.charts)
    if not standing.plan.stack:
        return "The plan has no Kubernetes components."
    lines = (
        f"{code(c.package.name)} {plain(c.package.version)} ({plain(c.role)}): {plain(c.reason)}"
        for c in standing.plan.stack
    )
    return "The plan installs, each for its reason:\n\n" + bullets(lines)


def names_a_component(standing: Standing) -> bool:
    """Whether the question is about a chart: one of the plan's, or one the catalogue knows."""
    return bool(standing.charts or _named(standing))


def _named(standing: Standing) -> list[StackComponent]:
    """The plan's components that the question names: by chart, by product, or by role."""
    looked_up = {chart.key for chart in standing.charts}
    by_chart = [component for component in standing.plan.stack if component.package.key in looked_up]
    if by_chart or looked_up:
        return by_chart
    question = _words(standing.question)
    return [
        component for component in standing.plan.stack if any(f" {name} " in question for name in _names(component))
    ]


def _names(component: StackComponent) -> set[str]:
    package = component.package
    names = {_words(text).strip() for text in (package.name, package.display_name, component.role)}
    return {name for name in names if name}


def _words(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def _in_plan(component: StackComponent) -> str:
    package = component.package
    facts = [
        f"{code(package.key)} {plain(package.version)} is the plan's {plain(component.role)}:",
        f"{plain(component.reason)}.",
        plain(package.description),
    ]
    if package.alternatives:
        facts.append(f"Alternatives to it: {plain(', '.join(package.alternatives))}.")
    facts.append(_published(package))
    return " ".join(fact for fact in facts if fact)


def _not_in_plan(chart: Package, standing: Standing) -> str:
    instead = [c for c in standing.plan.stack if c.package.category == chart.category and c.package.key != chart.key]
    place = "".join(
        f" As its {plain(component.role)} the plan has {code(component.package.name)}: {plain(component.reason)}."
        for component in instead
    )
    about = f" {plain(chart.description)}" if chart.description else ""
    kind = plain(chart.category.replace("_", " "))
    return (
        f"{code(chart.key)} {plain(chart.version)} ({kind}) is not part of this plan."
        f"{place}{about} Say “add {plain(chart.display_name or chart.name)}” to have it. {_published(chart)}"
    )


def _published(package: Package) -> str:
    return f"(Catalogue: {link(package.source.name, package.source.url)}, {package.source.as_of.isoformat()}.)"


def _licence(model: ModelCard) -> str:
    commercial = {
        True: "commercial use allowed",
        False: "no commercial use",
        None: "whether commercial use is allowed is not known",
    }[model.commercial_use]
    access = "gated: its terms must be accepted on the Hub first" if model.gated else "open to download"
    return f"{code(model.key)}: {plain(model.license or 'licence unknown')}; {commercial}; {access}"
