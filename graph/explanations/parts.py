"""Answers about the parts of the plan: models and their licences, Kubernetes components."""

import re
from functools import lru_cache, partial

from artifacts.engines import engine_of
from artifacts.notation import bullets, code, count, figure, link, plain
from domain.names import squash
from domain.packages import Package
from domain.plan import StackComponent
from graph.explanations.evidence import Standing
from graph.explanations.licence import licence_of, terms_told
from graph.understanding.labels.sections import word_class, words
from sizing.amount_of_work import TRAINING_TASKS

KINDS_OF_MODEL = {
    "embeddings": frozenset({"embedding", "embeddings", "embedder"}),
    "text-ranking": frozenset({"reranker", "rerank", "reranking"}),
}
PROTECTS = ("certificates", "gateway", "secrets", "user interface", "backup")
KEYS = frozenset({"key", "keys", "activation", "activate", "server", "servers", "activated"})
NO_KEYS = (
    "No step of the plan enters a licence key or starts a licence server: what it installs is downloaded and runs. "
    "Licences are still to be kept to."
)
OUTPUTS = frozenset({"sell", "selling", "resell", "outputs"})
UNDER = "is published under"
"""In the cautions that tell the terms of a licence, which stand here already."""
ITS_OUTPUTS = (
    "That is about running the model; whether what it makes may be sold is another clause of the licence's text, which "
    "the catalogue does not hold: read there what it says of outputs, on"
)
IS_THERE = frozenset({"there", "include", "includes", "included", "built", "come", "comes"})
OF_PARTS = frozenset(
    {"front", "component", "components", "chart", "charts", "helm", "stack", "tool", "tools", "software"}
)
SHORTEST = 4
OTHER_WAYS = frozenset({"docker", "compose", "podman", "systemd", "swarm", "nomad"})
NO_OTHER = "The plan holds no Docker Compose file nor any other way to start it: its steps are for Kubernetes. "
COMMON_HEADS = frozenset(
    {"gpu", "inference", "user", "job", "data", "image", "object", "training", "batch", "llm", "workflow"}
)
"""First words of a role that alone do not name it."""


def licences(standing: Standing) -> str:
    """Licence, access and terms of the models that run; without a placement those that the plan names."""
    placed = standing.first.model if standing.plan.recommendations else None
    parts = standing.plan.retrieval.parts if standing.plan.retrieval else ()
    beside = {part.model for part in parts if part.model} - {placed.key if placed else None}
    rest = [one.model for one in standing.plan.models if placed is None or one.model.key in beside]
    keys = NO_KEYS if KEYS & set(standing.words) else ""
    if placed is None and not rest:
        return "The plan names no model, so there is no licence to read."
    if OUTPUTS & {*standing.words}:
        asked = placed or next(card for card in rest)
        page = link("its page", f"https://huggingface.co/{asked.key}")
        return f"{licence_of(asked)}. {ITS_OUTPUTS} {page}."
    trained = standing.spec.task_type in TRAINING_TASKS
    told = partial(terms_told, users=standing.spec.traffic.users, derived=trained)
    own = placed is not None and any(squash(one.name) in squash(placed.key) for one in standing.named.models)
    if not own and (named := [card for card in standing.cards if placed is None or card.key != placed.key]):
        of_them = bullets(f"{licence_of(card)}. {told(card)}" for card in named)
        return "\n\n".join(part for part in (keys, f"Of what you name:\n\n{of_them}") if part)
    name = (placed.license or "").lower().partition("-")[0] if placed else ""
    lines = [
        keys,
        f"The first recommendation runs {licence_of(placed)}. {told(placed)}" if placed else "",
        *(plain(said) for said in standing.plan.cautions if name and name in said.lower() and UNDER not in said),
        ("Beside it run:" if placed else "The plan's models:") + f"\n\n{bullets(map(licence_of, rest))}"
        if rest
        else "",
    ]
    return "\n\n".join(line for line in lines if line)


def models(standing: Standing) -> str:
    """The models of the plan and the reason for each; of the kind that the question names, where it names one."""
    kind = next((kind for kind, words in KINDS_OF_MODEL.items() if words & set(standing.words)), None)
    choices = [c for c in standing.plan.models if kind is None or kind in (c.model.domain, c.model.pipeline_tag)]
    if kind is not None and not choices:
        return _no_model(kind, standing)
    lines = []
    for choice in choices:
        size = f", {figure(choice.model.params_b, 3)} B parameters" if choice.model.params_b is not None else ""
        licence = plain(choice.model.license or "unknown")
        lines.append(f"{code(choice.model.key)}{size}: {plain(choice.reason)}; licence {licence}")
    listed = bullets(lines)
    if kind is None and standing.plan.recommendations and standing.first.model is None:
        return "\n\n".join([_reference(standing), f"The catalogue has near it:\n\n{listed}" if listed else ""]).rstrip()
    return listed or "The plan names no model; its memory is reckoned for a reference workload."


def _reference(standing: Standing) -> str:
    """What is sized in place of a model of the catalogue, as the plan assumes it."""
    first = standing.first
    told = ("model was named", "not in the catalogue")
    said = next((line for line in standing.plan.assumptions if any(words in line for words in told)), "")
    named = f"The plan is sized for {plain(first.runs)}, which is no model of the catalogue."
    return f"{named} {plain(said)} Say which model it is to have the plan made for that one.".replace("  ", " ")


def stack(standing: Standing) -> str:
    """The components the question names, or all of them; what it names and the catalogue does not know is said so."""
    named = asked_components(standing)
    there = {component.package.key for component in named}
    others = [_not_in_plan(chart, standing) for chart in standing.charts if chart.key not in there]
    told = [*(_in_plan(component) for component in named), *others, *_engines(standing)]
    if told:
        return "\n\n".join(told)
    if not standing.plan.stack:
        return "The plan has no Kubernetes components."
    lines = (
        f"{code(c.package.name)} {plain(c.package.version)} ({plain(c.role)}): {plain(c.reason)}"
        for c in standing.plan.stack
    )
    missing = _not_there(standing)
    head = f"No component of the plan is there for {missing}. " if missing else ""
    return f"{head}The plan installs, each for its reason:\n\n" + bullets(lines)


def _not_there(standing: Standing) -> str:
    """What a question of whether there is such a part names, where no part of the plan has that word."""
    if not IS_THERE & {*standing.words}:
        return ""
    held = _words(" ".join(f"{part.package.name} {part.role} {part.reason} {part.package.description}"
                           for part in standing.plan.stack))  # fmt: skip
    plain_words = words("follow_ups", "plain") | IS_THERE | OF_PARTS
    asked = [word for word in standing.words if len(word) >= SHORTEST and word.isalpha() and word not in plain_words]
    return ", ".join(f"“{plain(word)}”" for word in asked if word[:-1] not in held) if asked else ""


def kubernetes(standing: Standing) -> str:
    """What Kubernetes is for in this plan, and what it would be without."""
    if not standing.plan.stack:
        return "The plan installs nothing on Kubernetes."
    option = standing.one().option
    roles = ", ".join(f"{code(part.package.name)} ({plain(part.role)})" for part in standing.plan.stack)
    runs = f"{count(option.replicas, 'replica')} on {count(option.nodes, 'machine')}"
    without = (
        "With one machine and one copy a container engine alone could run it; what is lost is what these parts do."
        if option.nodes == 1
        else "Without it, starting and replacing them on each machine is left to you."
    )
    other = NO_OTHER if OTHER_WAYS & set(standing.words) else ""
    return f"{other}Kubernetes keeps {runs} running and carries the parts around the workload: {roles}. {without}"


def security(standing: Standing) -> str:
    """The parts of the plan that keep others out, and that there are no more."""
    parts = [part for part in standing.plan.stack if part.role in PROTECTS]
    lines = bullets(f"{code(part.package.name)} ({plain(part.role)}): {plain(part.reason)}" for part in parts)
    rest = "The plan holds no more than that: logins, firewalls and who may reach the cluster are yours to set."
    return f"{lines}\n\n{rest}" if lines else rest


def names_a_component(standing: Standing) -> bool:
    """Whether the question is about a chart: one of the plan's, or one the catalogue knows."""
    return bool(standing.charts or asked_components(standing))


def asked_components(standing: Standing) -> list[StackComponent]:
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
    head = component.role.split()[0]
    return {name for name in (*names, "" if head in COMMON_HEADS else head) if name}


def _engines(standing: Standing) -> list[str]:
    """Engines and libraries that the question names and no chart goes by; why the plan's own."""
    known = {word for chart in standing.charts for word in _words(f"{chart.name} {chart.display_name}").split()}
    unknown = [word for word in _words(standing.question).split() if word in software() and word not in known]
    asks_engine = bool({"engine", "runtime", "framework", "server"} & set(standing.words))
    if not standing.plan.recommendations or not (unknown or asks_engine):
        return []
    engine = engine_of(standing.first, standing.spec).value
    own = "a server of its own" if engine.startswith("own") else engine
    proof = standing.first.proof
    version = f" ({plain(proof.engine)})" if proof and proof.engine else ""
    said = [
        f"The plan's steps run the workload with {plain(own)}{version}, for which its memory and speed are worked out."
    ]
    others = [word for word in unknown if word not in own.lower()]
    if others:
        names = ", ".join(dict.fromkeys(others))
        said.append(
            f"The catalogue has no chart and no figures for {plain(names)}: the plan cannot be worked out for it."
        )
    return [" ".join(said)]


def _no_model(kind: str, standing: Standing) -> str:
    named = "embedding" if kind == "embeddings" else "reranking"
    parts = [part for part in standing.plan.stack if named[:5] in part.role]
    serving = "".join(
        f" {code(part.package.name)} is there to serve one ({plain(part.role)}): {plain(part.reason)}."
        for part in parts
    )
    return f"The plan names no {named} model, so which one is for you to choose.{serving}"


@lru_cache
def software() -> frozenset[str]:
    """Engines and libraries by their names, charts or not."""
    return word_class("follow_ups", "software")


def _words(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def _in_plan(component: StackComponent) -> str:
    package = component.package
    facts = [
        f"{code(package.key)} {plain(package.version)} is the plan's {plain(component.role)}:",
        f"{plain(component.reason)}.",
        plain(package.description),
    ]
    if package.cpu_request and package.memory_request_gib:
        room = f"{figure(package.cpu_request)} cores and {figure(package.memory_request_gib)} GiB of RAM"
        facts.append(f"A sane install of it asks for {room}, before the data it holds.")
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
    later = next((part.reason for part in standing.plan.worth_adding if part.package.key == chart.key), "")
    place += f" It is worth adding later: {plain(later)}." if later else ""
    about = f" {plain(chart.description)}" if chart.description else ""
    kind = plain(chart.category.replace("_", " "))
    return (
        f"{code(chart.key)} {plain(chart.version)} ({kind}) is not part of this plan."
        f"{place}{about} Say “add {plain(chart.display_name or chart.name)}” to have it. {_published(chart)}"
    )


def _published(package: Package) -> str:
    return f"(Catalogue: {link(package.source.name, package.source.url)}, {package.source.as_of.isoformat()}.)"
