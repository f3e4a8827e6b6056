"""The parts a workload needs beside its GPUs, and the chart that fills each. The rules are in `stack_roles.yaml`."""

import re
from collections.abc import Iterable, Sequence

from pydantic import Field

from artifacts.notation import sentence
from domain.base import Frozen
from domain.offers import Vendor
from domain.packages import Package
from domain.workload import WorkloadSpec
from graph.stack_rules import Component, Importance, StackRules, needs_gpu, stack_rules
from sizing.vector_store import store_at_hand
from sizing.workload_names import models_named

LEADING_WORDS = {"a", "an", "the", "some", "any", "our", "my", "no", "without", "use", "using"}
TRAILING_WORDS = {"chart", "charts", "image", "images", "package", "packages"}
SPELLED = {"llm": "language model", "qa": "question answering", "mri": "MRI", "ct": "CT", "ocr": "OCR"}


class Role(Frozen):
    """A part of the stack, and why this workload needs it."""

    role: str
    category: str
    names: tuple[str, ...] = Field(description="charts that may fill it, the preferred first")
    reason: str
    wanted_by_user: bool = False
    excluded: tuple[str, ...] = Field(default=(), description="charts and repositories the user ruled out, as slugs")


def needed_roles(spec: WorkloadSpec, vendor: Vendor | None = None) -> tuple[Role, ...]:
    """The parts the workload needs, the most important first: what the user asked for and what the rules add.

    `vendor` makes the accelerators of the machine that was chosen; null: whoever makes those that the user named.
    """
    rules = stack_rules()
    there = _present_roles(spec, rules)
    found = {role: entry for role, entry in _by_rule(spec, rules, vendor).items() if role not in there}
    present, kept = {_phrase(word) for word in spec.components.present}, store_at_hand(spec)
    for wish in dict.fromkeys(spec.components.wanted):
        if _phrase(wish) not in present and not (kept and kept.is_meant_by(wish)):
            _add_wanted(wish, found, rules)
    excluded = _excluded(spec, rules)
    allowed = ((rank, importance, _without(role, excluded)) for rank, importance, role in found.values())
    ordered = sorted((entry for entry in allowed if entry[2].names), key=lambda entry: entry[0])
    return _at_most(rules.most_roles, [(importance, role) for _, importance, role in ordered])


def roles_at(roles: Iterable[Role], cluster: str | None, *, own: bool) -> tuple[Role, ...]:
    """Without what the `cluster` that is there fills itself, and on `own` machines without what adds and drops some.

    What the user asked for by name stays.
    """
    rules = stack_rules()
    there = rules.provided.get(cluster or "", ())
    needless = {*there, *(rules.for_rented_machines if own else ())}
    return tuple(role for role in roles if role.wanted_by_user or role.role not in needless)


def possible_roles(spec: WorkloadSpec) -> tuple[Role, ...]:
    """The parts it may need before the machine is chosen: those of every vendor that may be chosen."""
    vendors: tuple[Vendor | None, ...] = (None, "nvidia", "amd") if needs_gpu(spec) else (None,)
    return tuple(dict.fromkeys(role for vendor in vendors for role in needed_roles(spec, vendor)))


def select_package(role: Role, packages: Sequence[Package]) -> Package | None:
    """The chart for the role by the order of its names, of one name the project's own first; None if none fits."""
    allowed = [package for package in packages if not _is_excluded(package, role.excluded)]
    for name in role.names:
        if named := [package for package in allowed if name in (package.name, package.key)]:
            return min(named, key=_preference)
    if not role.wanted_by_user:
        return None
    asked = [set(_tokens(name)) for name in role.names]
    near = [package for package in allowed if any(words <= _described(package) for words in asked)]
    return min(near, key=_preference, default=None)


def _by_rule(spec: WorkloadSpec, rules: StackRules, vendor: Vendor | None) -> dict[str, tuple[int, Importance, Role]]:
    """Role -> its rank, importance and itself; of several rules for one role the first that holds."""
    found: dict[str, tuple[int, Importance, Role]] = {}
    words = _words(spec)
    for rule in rules.rules:
        kind = rules.kind(rule.role)
        if kind and rule.role not in found and rule.when.holds(spec, vendor):
            reason = sentence(rule.reason.format_map(words))
            role = Role(role=rule.role, category=kind.category, names=rule.names or kind.names, reason=reason)
            found[rule.role] = (rules.rank(rule.role), rule.importance, role)
    return found


def _present_roles(spec: WorkloadSpec, rules: StackRules) -> frozenset[str]:
    """Parts that something fills which runs at the user's already: no chart is installed for them."""
    words = spec.components.present
    filled = frozenset((_component(word, rules) or _unheard_of(word, rules)).role for word in words)
    return filled | {"vector database"} if store_at_hand(spec) is not None else filled


def _add_wanted(wish: str, found: dict[str, tuple[int, Importance, Role]], rules: StackRules) -> None:
    """Puts what the user asked for in the place of the rule's own part, or beside what they already asked for."""
    component = _component(wish, rules) or _unheard_of(wish, rules)
    kind = rules.kind(component.role)
    standing = found[component.role][2] if component.role in found else None
    names = component.names or (standing.names if standing else kind.names if kind else ())
    beside = standing is not None and standing.wanted_by_user and standing.names != names
    why = (f"you asked for {wish.strip()}", component.reason, standing.reason if standing and not beside else "")
    role = Role(
        role=f"{component.role} ({_phrase(wish)})" if beside else component.role,
        category=kind.category if kind else "requested",
        names=names,
        reason=". ".join(sentence(part) for part in why if part),
        wanted_by_user=True,
    )
    found[role.role] = (rules.rank(component.role), "essential", role)


def _component(phrase: str, rules: StackRules) -> Component | None:
    words = _phrase(phrase)
    forms = {words, words.removesuffix("s")}
    return next((component for component in rules.components if not forms.isdisjoint(component.phrases)), None)


def _unheard_of(wish: str, rules: StackRules) -> Component:
    """A component that no rule knows: looked for in the catalogue by its own name."""
    phrase, slug = _phrase(wish), _slug(wish)
    kind = rules.kind_of_chart(slug)
    return Component(role=kind.role if kind else phrase, phrases=(), names=tuple(dict.fromkeys((slug, phrase))))


def _excluded(spec: WorkloadSpec, rules: StackRules) -> tuple[str, ...]:
    """Slugs of the charts and repositories ruled out: a product by its charts, a kind of part by all of its charts."""
    slugs: set[str] = set()
    for phrase in spec.components.excluded:
        component = _component(phrase, rules)
        slugs |= {_slug(phrase), *(component.names or rules.charts_of(component.role) if component else ())}
    return tuple(sorted(slugs - {""}))


def _without(role: Role, excluded: tuple[str, ...]) -> Role:
    names = tuple(name for name in role.names if not _is_ruled_out(name, excluded))
    return role.model_copy(update={"names": names, "excluded": excluded})


def _is_ruled_out(name: str, excluded: Iterable[str]) -> bool:
    """Whether a chart's name holds all words of something excluded: `redis` rules out `redis-cluster` too."""
    words = set(_tokens(name))
    return any(set(_tokens(slug)) <= words for slug in excluded)


def _is_excluded(package: Package, excluded: tuple[str, ...]) -> bool:
    return _is_ruled_out(package.name, excluded) or _slug(package.repository) in excluded


def _preference(package: Package) -> tuple[bool, bool, bool, int, str]:
    last_resort = package.repository in stack_rules().last_resort_repositories
    return (package.deprecated, not package.official, last_resort, -(package.stars or 0), package.key)


def _described(package: Package) -> set[str]:
    return set(_tokens(" ".join((package.name, package.display_name, *package.keywords))))


def _at_most(most: int, ordered: Sequence[tuple[Importance, Role]]) -> tuple[Role, ...]:
    """Drops the last optional parts, then the last useful ones; never an essential one or one the user wants."""
    kept = list(ordered)
    for importance in ("optional", "useful"):
        for entry in reversed([entry for entry in kept if entry[0] == importance]):
            if len(kept) <= most:
                break
            kept.remove(entry)
    return tuple(role for _, role in kept)


def _words(spec: WorkloadSpec) -> dict[str, str]:
    """What the reasons may say of this workload."""
    domain, task = _spelled(spec.domain), _spelled(spec.task_type)
    workload = _spelled(spec.use_case) or f"{domain} {task}".strip() or "the workload"
    count, named = spec.gpu.min_count or 1, " or ".join(spec.gpu.models)
    return {
        "workload": workload,
        "domain": domain or "model",
        "model": models_named(spec) or f"the {domain} model".replace("  ", " ").replace("model model", "model"),
        "dataset": _dataset(spec),
        "traffic": _traffic(spec),
        "compliance": ", ".join(name.upper() for name in spec.compliance),
        "industry": _spelled(spec.industry),
        "gpus": " ".join(f"{count if count > 1 else 'a'} {named} GPU{'s' if count > 1 else ''}".split()),
    }


def _traffic(spec: WorkloadSpec) -> str:
    traffic = spec.traffic
    if traffic.requests_per_second:
        return f"{traffic.requests_per_second:g} requests per second"
    if traffic.concurrent_users:
        return f"{traffic.concurrent_users:,} concurrent users"
    return f"{traffic.users:,} users" if traffic.users else "changing traffic"


def _dataset(spec: WorkloadSpec) -> str:
    size, items, kind = spec.dataset.size_gb, spec.dataset.items, _spelled(spec.dataset.modality)
    contents = kind if kind.endswith("s") else f"{kind} data".strip()
    if size:
        amount = f"{size / 1000:g} TB" if size >= 1000 else f"{size:g} GB"
        return f"the {amount} of {contents}" if kind else f"the {amount}"
    if items:
        return f"the {items:,} {contents if kind.endswith('s') else f'items of {contents}' if kind else 'items'}"
    return f"the {contents}"


def _spelled(term: str | None) -> str:
    return " ".join(SPELLED.get(word, word) for word in (term or "").replace("_", " ").split())


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _slug(text: str) -> str:
    return "-".join(_phrase(text).split())


def _phrase(text: str) -> str:
    """Lower case, one space between words, no article before and no `charts` behind."""
    words = re.sub(r"[^a-z0-9&'.+]+", " ", text.lower()).split()
    while len(words) > 1 and words[0] in LEADING_WORDS:
        words = words[1:]
    while len(words) > 1 and words[-1] in TRAILING_WORDS:
        words = words[:-1]
    return " ".join(words)
