"""Every way to write a name of the catalogue and of the world: one index from the written form to what it names."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice, takewhile

from catalog.embedder import known_words
from domain.names import squash
from domain.vocabulary import InstanceTerm, ModelTerm, Vocabulary
from domain.workload import Domain
from graph.understanding.mentions.mention import Named
from graph.understanding.mentions.name_rules import NameRules, form_of, name_rules
from graph.understanding.mentions.places import countries, places, towns
from graph.understanding.text.tokens import tokens_of
from sizing.published_networks import published_networks

_SIZED = re.compile(r"([a-z]{1,3}\d[a-z]*)\.\w+|([a-z]\d[a-z]?-[a-z]+)-\d+[a-z]?")
"""A machine of a series, "p5en.48xlarge" or "a2-ultragpu-8g", and the series."""


@dataclass(frozen=True)
class Family:
    """A line of models: what its names go on with, and its members by their written forms, sorted."""

    tails: frozenset[str]
    forms: tuple[tuple[str, ModelTerm], ...]
    speaks: bool
    """Some of its members are plain language models."""

    def domain_of(self, form: str, variants: Collection[str]) -> Domain | None:
        """What most members are for whose names begin so; if none does, of those that are such variants."""
        start = bisect_left(self.forms, form, key=lambda held: held[0])
        named = takewhile(lambda held: held[0].startswith(form), islice(self.forms, start, None))
        held = sorted(term.domain for term in {term.key: term for _, term in named}.values())
        if not held and variants:
            held = sorted(term.domain for name, term in self.forms if all(word in name for word in variants))
        return Counter(held).most_common(1)[0][0] if held else None


@dataclass(frozen=True)
class NameIndex:
    """The written forms of one catalogue's names (by `form_of`)."""

    forms: Mapping[str, tuple[Named, ...]]
    families: Mapping[str, Family]
    gpu_variants: Mapping[str, tuple[Named, ...]]
    instances: Mapping[str, InstanceTerm]
    """Machines that are rented by their names, by the form of the name, and series of them, by what comes before the
    size: `p5en` of `p5en.48xlarge` is one with no number of GPUs."""
    owners: frozenset[str]
    """Whose models the catalogue has: the first half of `org/name`."""
    ordinary: frozenset[str]
    """Forms that are also dictionary words."""
    dictionary: frozenset[str]
    words: frozenset[str]
    """The words of the names: what a misspelt word may have been meant to be."""

    @cached_property
    def _in_order(self) -> Sequence[str]:
        return sorted(self.forms)

    def begins(self, form: str) -> bool:
        """Some form begins so, or is that."""
        at = bisect_left(self._in_order, form)
        return at < len(self._in_order) and self._in_order[at].startswith(form)

    def instance(self, written: str) -> InstanceTerm | None:
        """The machine of this name; Azure's names with and without their first word."""
        return self.instances.get(form_of(written).removeprefix("standard"))

    def of(self, form: str, kind: str) -> tuple[Named, ...]:
        """What the form names of one kind."""
        return tuple(named for named in self.forms.get(form, ()) if named.kind == kind)


@dataclass
class _Builder:
    forms: dict[str, tuple[Named, ...]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    named: dict[Named, Named] = field(default_factory=dict)
    """Each once: thousands of forms name the same."""

    def add(self, written: str, named: Named) -> None:
        form = form_of(written)
        if len(form) < 2 or (form.isdigit() and named.kind != "gpu"):
            return
        held = self.forms.get(form, ())
        if named not in held:
            self.forms[form] = (*held, self.named.setdefault(named, named))
        if named.kind != "place":
            self.words.update(token.text for token in tokens_of(written) if token.text.isalpha())

    def add_new(self, written: str, named: Named) -> None:
        """Unless something else of its kind goes by that name."""
        if not any(held.kind == named.kind for held in self.forms.get(form_of(written), ())):
            self.add(written, named)


def index_of(vocabulary: Vocabulary) -> NameIndex:
    """The index of one catalogue's vocabulary and of the places of the world."""
    index, rules, dictionary = _Builder(dict(_country_forms())), name_rules(), known_words()
    for vendor, words in rules.vendors.items():
        for written in words:
            index.add(written, Named("vendor", vendor))
    for cluster, kind in rules.clusters.items():
        for written in kind.words:
            index.add(written, Named("cluster", cluster, provider=kind.provider))
            if kind.provider:
                index.add(written, Named("provider", kind.provider))
    for term in vocabulary.providers:
        for written in (term.name, *term.aliases, *rules.aliases["provider"].get(term.name, ())):
            if not any(named.kind == "cluster" for named in index.forms.get(form_of(written), ())):
                index.add(written, Named("provider", term.name))
    for provider, services in rules.services.items():
        for written in services:
            index.add(written, Named("provider", provider, family="service"))
    for written, names in rules.provider_groups.items():
        for name in names:
            index.add(written, Named("provider", name, exact=False))
    for region in vocabulary.regions:
        for written in (region.name, *region.aliases):
            if form_of(written) != "global" and not _is(index, written, "place"):
                index.add(written, Named("region", region.name, provider=region.provider, country=region.country))
    for written, named in towns():
        if form_of(written) not in index.forms:
            index.add(written, named)
    variants = _add_gpus(index, vocabulary, rules)
    for chart in vocabulary.charts:
        for written in (chart.name, *chart.aliases, *rules.aliases["chart"].get(chart.name, ())):
            index.add(written, Named("chart", chart.name, family=chart.category))
    for tool, aliases in rules.tools.items():
        known = [named for named in index.forms.get(form_of(tool), ()) if named.kind == "chart"]
        for written in (tool, *aliases):
            index.add_new(written, known[0] if known else Named("chart", tool))
    families = _add_models(index, vocabulary, rules)
    ordinary = {
        form for form, names in index.forms.items()
        if form in rules.ordinary or form in places().ordinary
        or (form in dictionary and form not in rules.always and not {n.kind for n in names} & {"place", "region"})
    }  # fmt: skip
    return NameIndex(
        forms=index.forms,
        families=families,
        gpu_variants=variants,
        instances=_instances(vocabulary.instances),
        owners=frozenset(squash(term.key.split("/")[0]) for term in vocabulary.models if "/" in term.key),
        ordinary=frozenset(ordinary),
        dictionary=dictionary,
        words=frozenset(index.words.union(dictionary.intersection(_country_forms()))),
    )


def _instances(terms: Iterable[InstanceTerm]) -> Mapping[str, InstanceTerm]:
    machines = {
        form_of(term.name.removeprefix("Standard_")): term
        for term in terms
        if not term.name[0].isdigit()  # "8x_H100" is a card, whoever sells it
    }
    sized = ((_SIZED.fullmatch(term.name), term) for term in machines.values())
    series = {form_of(found[1] or found[2]): term.model_copy(update={"gpu_count": 0}) for found, term in sized if found}
    return series | machines


def _is(index: _Builder, written: str, kind: str) -> bool:
    return any(named.kind == kind for named in index.forms.get(form_of(written), ()))


@lru_cache
def _country_forms() -> Mapping[str, tuple[Named, ...]]:
    """First come, first served, but for groups of countries, whose name stands for all of them."""
    forms: dict[str, tuple[Named, ...]] = {}
    groups = {form_of(name): group.codes for group in places().groups for name in group.names}
    for written, named in countries():
        form = form_of(written)
        if form not in forms or named.name in groups.get(form, ()):
            forms[form] = tuple(dict.fromkeys((*forms.get(form, ()), named)))
    return forms


def _add_gpus(index: _Builder, vocabulary: Vocabulary, rules: NameRules) -> Mapping[str, tuple[Named, ...]]:
    """A family's own name means any variant; its single variant's name is the family's."""
    families: dict[str, list[Named]] = defaultdict(list)
    devices = {
        word for form in rules.devices for word in re.findall(r"^(?:\w+\? )?([a-z]{4,})", form)
    }  # on desks and in the field
    unrented = {gpu.family for gpu in vocabulary.gpus if devices.intersection(gpu.name.lower().split("-"))}
    for gpu in vocabulary.gpus:
        rented = gpu.rented and gpu.family not in unrented
        families[gpu.family].append(Named("gpu", gpu.name, family=gpu.family, memory_gb=gpu.memory_gb, rented=rented))
    for family, variants in families.items():
        memory = variants[0].memory_gb if len(variants) == 1 else None
        one, rented = len(variants) == 1, variants[0].rented
        index.add(family, Named("gpu", family, family=family, memory_gb=memory, exact=one, rented=rented))
    for gpu in vocabulary.gpus:
        single = len(families[gpu.family]) == 1
        named = Named(
            "gpu",
            gpu.family if single else gpu.name,
            family=gpu.family,
            memory_gb=gpu.memory_gb,
            rented=families[gpu.family][0].rented,
        )
        for written in (gpu.name, *gpu.aliases, *rules.aliases["gpu"].get(gpu.name, ())):
            index.add_new(written, named)
    for family, variants in families.items():
        sizes = {variant.memory_gb for variant in variants}
        for variant in variants if len(sizes) > 1 else ():
            index.add_new(f"{family} {variant.memory_gb:g}", variant)
            for size in (f"{variant.memory_gb:g}gb", f"{variant.memory_gb:g}g", f"{variant.memory_gb:g}gig"):
                index.add_new(f"{family} {size}", variant)
                index.add_new(f"{size} {family}", variant)
                index.add_new(f"{family} pcie {size}", variant)
                index.add_new(f"tesla {family} pcie {size}", variant)
    return {family: tuple(variants) for family, variants in families.items()}


def _named(term: ModelTerm) -> Named:
    return Named("model", term.key, domain=term.domain, family=term.family, params_b=term.params_b)


def _add_models(index: _Builder, vocabulary: Vocabulary, rules: NameRules) -> Mapping[str, Family]:
    members: dict[str, list[ModelTerm]] = defaultdict(list)
    networks = (
        ModelTerm(key=network.name, name=network.name, family=network.name, domain="vision", aliases=network.aliases)
        for network in published_networks()
    )
    for term in (*vocabulary.models, *networks):
        members[term.family].append(term)
    # An alias is given by the catalogue; a name, and with it a family, anybody may take who publishes a model.
    aliased = {form_of(alias): term for term in vocabulary.models for alias in term.aliases}
    for family, terms in members.items():
        if (other := aliased.get(form_of(family))) is not None and other.family != family:
            index.add(family, _named(other))
        usual = Counter(sorted(term.domain for term in terms)).most_common(1)[0][0]
        index.add(family, Named("model", family, domain=usual, family=family, exact=False))
    families: dict[str, Family] = {}
    for family, terms in members.items():
        tails: set[str] = set()
        forms: set[tuple[str, str]] = set()
        for term in terms:
            for written in (term.name, term.key.split("/")[-1], term.key, *term.aliases):
                index.add(written, _named(term))
                tails.update(_tail(written))
                forms.add((form_of(written), term.key))
        by_key = {term.key: term for term in terms}
        sorted_forms = tuple((form, by_key[key]) for form, key in sorted(forms))
        families[family] = Family(frozenset(tails), sorted_forms, any(term.domain == "llm" for term in terms))
    for line, domain in ((line, domain) for domain, lines in rules.families.items() for line in lines):
        index.add_new(line, Named("model", line, domain=domain, family=line, exact=False))
    return families


def _tail(written: str) -> Iterator[str]:
    """Words and numbers of a member's name after its first, which may go on a shorter form of it."""
    for token in tokens_of(written.split("/")[-1])[1:]:
        if token.is_word or token.is_figure:
            yield token.text
