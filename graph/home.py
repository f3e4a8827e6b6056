"""Where a plan is taken to belong, when it was said where somebody is and not where to run: data that not everybody may
see stay with whoever has them, and people in the European Union are served from it."""

from collections.abc import Sequence

from domain.reading import Home
from domain.workload import WorkloadSpec
from graph.understanding.mentions.places import members_of
from sizing.rules import is_sensitive

PLACE = "location.jurisdictions"
UNION = "EU"
SERVES = ("inference", "rag")
ALIKE = frozenset({UNION, "UK", "EEA", "CH"})
"""Laws so alike that personal data may move between them: people in several of them are served from any."""


def with_home(spec: WorkloadSpec, homes: Sequence[Home]) -> WorkloadSpec:
    """The jurisdiction of the one home that was told, as an assumption; of a member of the EU that of the EU, since
    data may move within it. Unchanged where a place was said, where homes differ in law, and for what nothing ties to a
    place."""
    where = {UNION if home.jurisdiction in members_of(UNION) else home.jurisdiction for home in homes}
    said = spec.location.jurisdictions or spec.location.regions
    if not where or not (len(where) == 1 or where <= ALIKE) or said or spec.owned:
        return spec
    if is_sensitive(spec):
        why = "data of this kind are best kept there"
    elif UNION in where and spec.task_type in SERVES:
        why = "what people there send is under its law (GDPR)"
    else:
        return spec
    named = " and ".join(dict.fromkeys(home.said.quote for home in homes))
    told = f"Place assumed: {' or '.join(sorted(where))}, since you spoke of {named}, and {why}."
    return spec.model_copy(
        update={
            "location": spec.location.model_copy(update={"jurisdictions": tuple(sorted(where))}),
            "assumptions": (*spec.assumptions, told), "assumed": {**spec.assumed, PLACE: told},
            "evidence": {**spec.evidence, PLACE: homes[-1].said},
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
