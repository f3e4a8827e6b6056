"""Where a plan is taken to belong, when it was said where somebody is, or by which law, and not where to run: data that
not everybody may see stay with whoever has them; people in the European Union are served from it, others from near."""

from collections.abc import Sequence

from domain.reading import Home
from domain.workload import Evidence, WorkloadSpec
from graph.understanding.mentions.places import members_of
from sizing.rules import is_sensitive

PLACE = "location.jurisdictions"
HOPED_FOR = "location.preferred"
UNION = "EU"
SERVES = ("inference", "rag")
ALIKE = frozenset({UNION, "UK", "EEA", "CH"})
"""Laws so alike that personal data may move between them: people in several of them are served from any."""
LAWS = {"gdpr": ("GDPR", UNION), "uk_gdpr": ("the UK GDPR", "UK"), "hipaa": ("HIPAA", "US")}
"""Laws on personal data, and where no agreement on its transfer abroad is needed."""


def with_home(spec: WorkloadSpec, homes: Sequence[Home]) -> WorkloadSpec:
    """The jurisdiction of the one home that was told, as an assumption; of a member of the EU that of the EU, since
    data may move within it. Without a home, that of the law on personal data that was named.

    Unchanged where a place was said, where homes or laws differ, and for what nothing ties to a place.
    """
    if spec.location.jurisdictions or spec.location.regions or spec.owned:
        return spec
    if not homes:
        return _under_law(spec)
    where = {UNION if home.jurisdiction in members_of(UNION) else home.jurisdiction for home in homes}
    if not _is_one(where):
        return spec
    if is_sensitive(spec):
        why = "data of this kind are best kept there"
    elif UNION in where and spec.task_type in SERVES:
        why = "what people there send is under its law (GDPR)"
    else:
        return _nearby(spec, where, homes)
    named = " and ".join(dict.fromkeys(home.said.quote for home in homes))
    return _placed(spec, where, f"you spoke of {named}, and {why}", homes[-1].said)


def _nearby(spec: WorkloadSpec, where: set[str], homes: Sequence[Home]) -> WorkloadSpec:
    """A service as near to those who use it as it can be had; a job runs anywhere."""
    if spec.task_type not in SERVES or spec.location.preferred:
        return spec
    named = " and ".join(dict.fromkeys(home.said.quote for home in homes))
    places = " or ".join(sorted(where))
    told = f"Place hoped for: {places}, since you spoke of {named}, and each answer has its way there."
    return spec.model_copy(
        update={
            "location": spec.location.model_copy(update={"preferred": tuple(sorted(where))}),
            "assumptions": (*spec.assumptions, told), "assumed": {**spec.assumed, HOPED_FOR: told},
            "evidence": {**spec.evidence, HOPED_FOR: homes[-1].said},
        }
    )  # fmt: skip


def _under_law(spec: WorkloadSpec) -> WorkloadSpec:
    laws = [LAWS[law] for law in spec.compliance if law in LAWS]
    where = {place for _, place in laws}
    if not laws or not _is_one(where):
        return spec
    named = " and ".join(name for name, _ in laws)
    why = f"{named} applies, and data that leaves needs an agreement of its own"
    return _placed(spec, where, why, spec.evidence.get("compliance"))


def _is_one(where: set[str]) -> bool:
    return len(where) == 1 or where <= ALIKE


def _placed(spec: WorkloadSpec, where: set[str], why: str, said: Evidence | None) -> WorkloadSpec:
    told = f"Place assumed: {' or '.join(sorted(where))}, since {why}."
    return spec.model_copy(
        update={
            "location": spec.location.model_copy(update={"jurisdictions": tuple(sorted(where))}),
            "assumptions": (*spec.assumptions, told), "assumed": {**spec.assumed, PLACE: told},
            "evidence": {**spec.evidence, **({PLACE: said} if said is not None else {})},
        }
    )  # fmt: skip


def without_home(spec: WorkloadSpec) -> WorkloadSpec | None:
    """The spec anywhere, where its place was only assumed; null where it was said or is open."""
    told = spec.assumed.get(PLACE)
    if told is None:
        return None
    kept = tuple(said for said in spec.assumptions if said != told)
    anywhere = f"{told.partition(',')[0]} at first, but nothing there fits: the plan is for anywhere."
    return spec.model_copy(
        update={
            "location": spec.location.model_copy(update={"jurisdictions": ()}), "assumptions": (*kept, anywhere),
            "assumed": {path: said for path, said in spec.assumed.items() if path != PLACE},
        }
    )  # fmt: skip
