"""Places by the names that offers carry: "Frankfurt" is a region of each provider under another name."""

from catalog.names import regions_named
from catalog.reference import Reference, load_reference
from catalog.starter import Region
from database import Database
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS


async def region_names(place: str, database: Database) -> tuple[str, ...]:
    """Every region the place means; an unknown place stays as it was said."""
    reference = await load_reference(database)
    return tuple(sorted({name for _, name in regions_named(place, reference)} or {place}))


async def with_region_names(spec: WorkloadSpec, database: Database) -> WorkloadSpec:
    """The spec as sizing compares it with offers."""
    if not spec.location.regions:
        return spec
    names = {name for place in spec.location.regions for name in await region_names(place, database)}
    return spec.model_copy(update={"location": spec.location.model_copy(update={"regions": tuple(sorted(names))})})


def law_of_place(spec: WorkloadSpec, reference: Reference) -> tuple[str, ...]:
    """The jurisdictions that hold where it was said to run: the unions of its countries, a country that is in none;
    empty where no place was said, or none that the catalogue knows."""
    names, wanted = set(spec.location.regions), {place.upper() for place in spec.location.jurisdictions}
    there = (
        region
        for (_, name), region in reference.regions.items()
        if name in names or wanted & {region.country, *region.jurisdictions}
    )
    laws = {law for region in there for law in _laws(region)}
    return tuple(sorted(laws))


def with_gpu_instead(spec: WorkloadSpec, hole: str) -> WorkloadSpec | None:
    """The spec on a machine with a GPU, where nobody asked for one without, and the catalogue has no price of those
    there (`hole` says so) or none of them ends a job in time; null elsewhere."""
    told = spec.assumed.get("gpu_needed")
    is_due = spec.task_type in JOB_TASKS and spec.deadline_hours is not None
    if not (hole or is_due) or told is None or spec.gpu_needed is not False:
        return None
    instead = "GPU assumed: needed, since no machine without one does it in the time that was said."
    if hole:
        instead = f"{hole} Planned there is a machine with a GPU, of which it has prices; one without does it too."
    return spec.model_copy(
        update={
            "gpu_needed": True,
            "assumptions": (*(said for said in spec.assumptions if said != told), instead),
            "assumed": {path: said for path, said in spec.assumed.items() if path != "gpu_needed"},
        }
    )


def _laws(region: Region) -> set[str]:
    unions = {name for name in region.jurisdictions if name != region.country}
    return unions or ({region.country} if region.country else set())
