"""Keeps a revised spec consistent: a region goes with its provider, a card's memory with the card."""

from collections.abc import Sequence, Set

from domain.workload import RequestedModel
from graph.understanding.mentions.index import NameIndex
from graph.understanding.mentions.mention import Named
from graph.understanding.mentions.name_rules import form_of
from graph.understanding.mentions.places import jurisdiction, members_of
from graph.understanding.mentions.units import hours_in
from graph.understanding.merge.draft import SHAPE, Draft
from graph.understanding.merge.models import kind_of
from graph.understanding.roles.claim import Claim

UNHELD = {
    "models": "No model is filtered by its line: swap a proposed one, since you ruled out {}.",
}  # fmt: skip
"""What can be ruled out and is not filtered by: owned up to until something is wanted in its place."""


IDENTITY = frozenset(
    {"entraid", "okta", "active-directory", "ldap", "oidc", "keycloak", "keycloakx", "authentik", "dex"}
)
"""Identity providers."""


def reconcile(draft: Draft, index: NameIndex, claims: Sequence[Claim]) -> None:
    """Moves or drops what a revision left behind, in place."""
    _regions_of_providers(draft, index)
    _carved_out(draft, claims)
    _regions_of_jurisdictions(draft, index, claims)
    _preferred_within(draft, index)
    _memory_of_cards(draft, index, claims)
    _volume_of_rate(draft)
    _period_of_users(draft)
    _prices_allowed(draft, claims)
    _domain_of_models(draft, index, claims)
    _own_up(draft, claims)
    _people_known(draft)
    _kinds_of_parts(draft, index)
    _without_cards(draft)


def _kinds_of_parts(draft: Draft, index: NameIndex) -> None:
    """A product that is wanted is the part of its kind: "Milvus instead of the vector database you chose" rules out no
    vector database, and "Weaviate as the vector store" wants one."""
    wanted = draft.lists["components.wanted"]
    kinds = {named.family for part in wanted for named in _named(index, part, "chart")}
    for field in ("components.wanted", "components.excluded"):
        draft.lists[field] = tuple(part for part in draft.lists[field] if part not in kinds)


def _without_cards(draft: Draft) -> None:
    """What must run without a GPU has no cards: memory beside its processors is the machine's."""
    if draft.scalars["gpu_needed"] is not False or draft.assumed("gpu_needed") or draft.lists["gpu.models"]:
        return
    held, evidence = draft.scalars["gpu.min_vram_gb"], draft.evidence.get("gpu.min_vram_gb")
    if held is not None and evidence is not None and draft.scalars["cpu.min_ram_gb"] is None:
        draft.scalars["cpu.min_ram_gb"], draft.evidence["cpu.min_ram_gb"] = held, evidence
    for leaf in SHAPE:
        draft.empty(f"gpu.{leaf}")


def _people_known(draft: Draft) -> None:
    """Who logs people in is there: no other one is wanted beside it."""
    if IDENTITY.isdisjoint(draft.lists["components.present"]):
        return
    draft.lists["components.wanted"] = tuple(w for w in draft.lists["components.wanted"] if w != "authentication")


def _named(index: NameIndex, written: str, kind: str) -> tuple[Named, ...]:
    return index.of(form_of(written), kind)


def _ruled_out(claims: Sequence[Claim], field: str, *operations: str) -> set[str]:
    values = [claim.value for claim in claims if claim.field == field and claim.operation in operations]
    return {value.name if isinstance(value, RequestedModel) else str(value) for value in values if value is not None}


def _regions_of_providers(draft: Draft, index: NameIndex) -> None:
    """A city named for one cloud is the same city at the next; a region only the old one has is dropped."""
    providers, regions = set(draft.lists["location.providers"]), draft.lists["location.regions"]
    left_out = set(draft.lists["location.excluded_providers"]) - providers
    if left_out and not providers and regions:
        _without_regions_of(draft, left_out, index)
    if not providers or not regions:
        return
    evidence = draft.evidence.get("location.regions")
    kept: set[str] = set()
    for region in regions:
        sold = _named(index, region, "region")
        if any(one.provider in providers for one in sold) or not sold:
            own = {one.name for one in sold if one.provider in providers}
            kept |= own if len(own) == 1 else {region}
        elif evidence is not None:
            kept |= {one.name for one in _named(index, evidence.quote, "region") if one.provider in providers}
    draft.lists["location.regions"] = tuple(sorted(kept))


def _without_regions_of(draft: Draft, left_out: Set[str], index: NameIndex) -> None:
    """What a seller that is left out calls a place goes with it; the country stays, where no other place is named."""
    evidence = draft.evidence.get("location.regions")
    if evidence is None:
        return
    of_them = {
        region: [one for one in _named(index, region, "region") if one.provider in left_out]
        for region in draft.lists["location.regions"]
    }
    gone = {region: sold for region, sold in of_them.items() if sold and region in evidence.quote.lower()}
    draft.lists["location.regions"] = tuple(one for one in draft.lists["location.regions"] if one not in gone)
    if gone and not draft.lists["location.jurisdictions"]:
        countries = {jurisdiction(one.country) for sold in gone.values() for one in sold if one.country}
        draft.lists["location.jurisdictions"] = tuple(sorted(countries))
        draft.evidence["location.jurisdictions"] = evidence


def _carved_out(draft: Draft, claims: Sequence[Claim]) -> None:
    """ "The EU, but not Germany": every other country of the union."""
    ruled_out = _ruled_out(claims, "location.jurisdictions", "exclude", "withdraw")
    held: set[str] = set()
    for place in draft.lists["location.jurisdictions"]:
        members = set(members_of(place))
        held |= members - ruled_out if members & ruled_out else {place}
    draft.lists["location.jurisdictions"] = tuple(sorted(held))


def _regions_of_jurisdictions(draft: Draft, index: NameIndex, claims: Sequence[Claim]) -> None:
    """A new jurisdiction drops the regions outside it, a new region the jurisdictions without it."""
    said = {claim.field for claim in claims if claim.operation == "add"}
    jurisdictions, regions = draft.lists["location.jurisdictions"], draft.lists["location.regions"]
    if not jurisdictions or not regions:
        return
    inside = _inside(regions, jurisdictions, index)
    if "location.jurisdictions" in said:
        draft.lists["location.regions"] = inside
    elif "location.regions" in said and not inside:
        draft.lists["location.jurisdictions"] = ()


def _inside(regions: Sequence[str], jurisdictions: Sequence[str], index: NameIndex) -> tuple[str, ...]:
    """The regions that are not known to be elsewhere; a country among them is one of its own."""
    allowed = {code for place in jurisdictions for code in (place, *members_of(place))}
    countries = {
        region: {jurisdiction(one.country) for one in _named(index, region, "region") if one.country}
        or ({region} if region.isupper() else set())
        for region in regions
    }
    return tuple(region for region in regions if not countries[region] or countries[region] & allowed)


def _preferred_within(draft: Draft, index: NameIndex) -> None:
    """A place is preferred within a wider one that holds: it goes with that, and a new bound drops what is outside."""
    preferred, jurisdictions = draft.lists["location.preferred"], draft.lists["location.jurisdictions"]
    narrowed = () if draft.lists["location.regions"] else _inside(preferred, jurisdictions, index)
    if preferred != narrowed:
        draft.lists["location.preferred"] = narrowed


def _memory_of_cards(draft: Draft, index: NameIndex, claims: Sequence[Claim]) -> None:
    """The memory that came with a card's name goes when the card does, and is no floor for the others named with it."""
    floor, evidence, cards = (
        draft.scalars["gpu.min_vram_gb"], draft.evidence.get("gpu.min_vram_gb"), draft.lists["gpu.models"],
    )  # fmt: skip
    said = {claim.field for claim in claims if claim.operation in ("set", "add")}
    if evidence is not None and "gpu.min_vram_gb" not in said and any(c.field == "gpu.models" for c in claims):
        words = evidence.quote.split()
        came_with = {one.name for at in range(len(words)) for one in _named(index, " ".join(words[at:]), "gpu")}
        if came_with and not came_with & set(cards):
            draft.empty("gpu.min_vram_gb")
    if isinstance(floor, int | float) and len(cards) > 1:
        largest = [_largest_memory(card, index) for card in cards]
        if floor in largest and any(0 < memory < floor for memory in largest):
            draft.empty("gpu.min_vram_gb")


def _volume_of_rate(draft: Draft) -> None:
    """A later rate of requests is the amount per period too that was said before: "1,000 a day ... make it 20k"."""
    rate, per = draft.scalars["traffic.requests_per_second"], draft.scalars["volume.per"]
    newer, older = (draft.evidence.get(name) for name in ("traffic.requests_per_second", "volume.amount"))
    hours = hours_in(str(per))
    if newer is None or older is None or newer.turn <= older.turn or not hours or not isinstance(rate, int | float):
        return
    draft.scalars["volume.amount"] = float(f"{rate * 3600 * hours:.5g}")
    for name in ("volume.amount", "volume.unit", "volume.per"):
        draft.evidence[name] = newer


def _period_of_users(draft: Draft) -> None:
    """Of the figure that it was said with alone: "20k members, 12k MAU"; "make it 500 users" ends it."""
    users, per = draft.evidence.get("traffic.users"), draft.evidence.get("traffic.users_per")
    if per is not None and users != per:
        draft.empty("traffic.users_per")


def _prices_allowed(draft: Draft, claims: Sequence[Claim]) -> None:
    """A later wish for one kind of price ends the permissions, a later permission of another kind ends the wish."""
    said = {claim.field for claim in claims if claim.operation in ("set", "add")}
    if "pricing" in said and "pricing_allowed" not in said:
        draft.empty("pricing_allowed")
    allowed = draft.lists["pricing_allowed"]
    if "pricing_allowed" in said and "pricing" not in said and draft.scalars["pricing"] not in (None, *allowed):
        draft.empty("pricing")


def _largest_memory(card: str, index: NameIndex) -> float:
    known = [one.memory_gb for one in _named(index, card, "gpu") if one.memory_gb]
    return max(known or [one.memory_gb or 0.0 for one in index.gpu_variants.get(card, ())] or [0.0])


def _domain_of_models(draft: Draft, index: NameIndex, claims: Sequence[Claim]) -> None:
    """The domain of a model that went goes with it; beside a language model, an embedder never settles the domain."""
    said = [claim for claim in claims if claim.field == "models"]
    kinds = {kind_of(model.name, index) for model in draft.models} if said else set()
    went = any(claim.operation in ("drop", "exclude", "withdraw") for claim in said)
    if None in kinds or not ((went and len(kinds) == 1) or kinds == {"llm", "embeddings"}):
        return
    kept = "llm" if "llm" in kinds else next(iter(kinds))
    if draft.scalars["domain"] not in (None, kept):
        draft.scalars["domain"] = kept
        draft.settle("domain")
        if "models" in draft.evidence:
            draft.evidence["domain"] = draft.evidence["models"]


def _own_up(draft: Draft, claims: Sequence[Claim]) -> None:
    wanted = {
        "models": draft.models,
    }
    for field, sentence in UNHELD.items():
        if wanted[field]:
            draft.settle(field)
            continue
        for value in sorted(_ruled_out(claims, field, "exclude")):
            draft.owns_up(field, value, sentence.format(value))
