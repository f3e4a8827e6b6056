"""Keeps a revised spec consistent: a region goes with its provider, a card's memory with the card."""

from collections.abc import Sequence

from domain.vocabulary import Vocabulary
from graph.understanding.claims import Claim
from graph.understanding.draft import Draft
from graph.understanding.marked import Marked
from graph.understanding.model_revision import kind_of
from graph.understanding.names import NameIndex, name_rules, normal
from graph.understanding.unheld import unheld


def reconcile(draft: Draft, vocabulary: Vocabulary, index: NameIndex, line: Marked, claims: Sequence[Claim]) -> None:
    """Moves or drops what a revision left behind, in place."""
    _regions_of_providers(draft, vocabulary, index)
    _carved_out(draft, claims)
    _regions_of_jurisdictions(draft, vocabulary, claims)
    _memory_of_cards(draft, index, claims)
    _memory_of_alternatives(draft, index)
    _domain_of_models(draft, claims)
    unheld(draft, claims)


def _memory_of_alternatives(draft: Draft, index: NameIndex) -> None:
    """ "A100-80 or L40S": the memory said of one card is no floor for the others that were named."""
    floor, cards = draft.scalars["gpu.min_vram_gb"], draft.lists["gpu.models"]
    if not isinstance(floor, int | float) or len(cards) < 2:
        return
    largest = {card: _largest_memory(card, index) for card in cards}
    if floor in largest.values() and any(memory and memory < floor for memory in largest.values()):
        draft.empty("gpu.min_vram_gb")


def _largest_memory(card: str, index: NameIndex) -> float:
    named = [name for name in index.forms.get(normal(card), ()) if name.kind == "gpu"]
    held = [name.memory_gb or 0.0 for name in named if name.memory_gb]
    return max(held or [variant.memory_gb or 0.0 for variant in index.gpu_variants.get(card, ())] or [0.0])


def _domain_of_models(draft: Draft, claims: Sequence[Claim]) -> None:
    """The domain of a model that went goes with it; beside a language model, an embedder never settles the domain."""
    kinds = {kind_of(model.name) for model in draft.models}
    went = any(claim.field == "models" and claim.operation in ("drop", "exclude", "withdraw") for claim in claims)
    if None not in kinds and ((went and len(kinds) == 1) or kinds == {"llm", "embeddings"}):
        kept = "llm" if "llm" in kinds else next(iter(kinds))
        if (
            draft.scalars["domain"] is not None
            and draft.scalars["domain"] != kept
            and any(claim.field == "models" for claim in claims)
        ):
            draft.scalars["domain"] = kept
            draft.settle("domain")
            if "models" in draft.evidence:
                draft.evidence["domain"] = draft.evidence["models"]


def _regions_of_providers(draft: Draft, vocabulary: Vocabulary, index: NameIndex) -> None:
    """A city named for one cloud is the same city at the next; a region only the old one has is dropped."""
    providers, regions = draft.lists["location.providers"], draft.lists["location.regions"]
    if not providers or not regions:
        return
    evidence = draft.evidence.get("location.regions")
    kept: set[str] = set()
    for region in regions:
        sellers = {
            term.provider for term in vocabulary.regions if normal(region) in map(normal, (term.name, *term.aliases))
        }
        if not sellers or sellers & set(providers):
            kept.add(_own_name(region, providers, index))
        elif evidence is not None:
            named = index.forms.get(normal(evidence.quote), ())
            kept.update(name.name for name in named if name.kind == "region" and name.provider in providers)
    draft.lists["location.regions"] = tuple(sorted(kept))


def _own_name(region: str, providers: Sequence[str], index: NameIndex) -> str:
    names = {
        named.name
        for named in index.forms.get(normal(region), ())
        if named.kind == "region" and named.provider in providers
    }
    return next(iter(names)) if len(names) == 1 else region


def _carved_out(draft: Draft, claims: Sequence[Claim]) -> None:
    """ "the EU, but not Germany": every other country of the union."""
    ruled_out = {
        str(claim.value)
        for claim in claims
        if claim.field == "location.jurisdictions" and claim.operation in ("exclude", "withdraw") and claim.value
    }
    held: set[str] = set()
    for place in draft.lists["location.jurisdictions"]:
        members = set(name_rules().members.get(place, ()))
        held |= members - ruled_out if members & ruled_out else {place}
    draft.lists["location.jurisdictions"] = tuple(sorted(held))


def _regions_of_jurisdictions(draft: Draft, vocabulary: Vocabulary, claims: Sequence[Claim]) -> None:
    """A new jurisdiction drops the regions outside it, a new region the jurisdictions without it."""
    said = {claim.field for claim in claims if claim.operation == "add"}
    places = {
        normal(written): {*term.jurisdictions, term.country}
        for term in vocabulary.regions
        for written in (term.name, *term.aliases)
    }
    jurisdictions, regions = set(draft.lists["location.jurisdictions"]), draft.lists["location.regions"]
    if not jurisdictions or not regions:
        return
    inside = tuple(
        region for region in regions if not places.get(normal(region)) or places[normal(region)] & jurisdictions
    )
    if "location.jurisdictions" in said:
        draft.lists["location.regions"] = inside
    elif "location.regions" in said and not inside:
        draft.lists["location.jurisdictions"] = ()


def _memory_of_cards(draft: Draft, index: NameIndex, claims: Sequence[Claim]) -> None:
    """The memory that came with a card's name goes when the card does."""
    if not any(claim.field == "gpu.models" for claim in claims) or any(
        claim.field == "gpu.min_vram_gb" and claim.operation == "set" for claim in claims
    ):
        return
    evidence = draft.evidence.get("gpu.min_vram_gb")
    if evidence is None:
        return
    named = [name for name in index.forms.get(normal(evidence.quote), ()) if name.kind == "gpu"]
    if named and not any(name.name in draft.lists["gpu.models"] for name in named):
        draft.empty("gpu.min_vram_gb")
