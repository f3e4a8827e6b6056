"""Places by the names that offers carry: "Frankfurt" is a region of each provider under another name."""

from catalog.names import regions_named
from catalog.reference import load_reference
from database import Database
from domain.workload import WorkloadSpec


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
