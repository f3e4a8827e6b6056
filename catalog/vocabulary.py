"""Every name a user may write, from the catalogue that is loaded."""

from collections.abc import Iterable

from catalog.reference import load_reference
from catalog.starter import Provider, Region
from database import Database
from domain.offers import Gpu
from domain.vocabulary import ChartTerm, GpuTerm, InstanceTerm, ModelTerm, RegionTerm, Term, Vocabulary


async def load_vocabulary(database: Database) -> Vocabulary:
    """Names with their aliases, each kind in key order; a provider's display name is one of its aliases."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        models = await connection.execute(
            "SELECT model_id AS key, name, family, domain, params_b, aliases FROM hf.models ORDER BY model_id"
        )
        model_terms = tuple(ModelTerm(**row) for row in await models.fetchall())
        charts = await connection.execute(
            "SELECT DISTINCT ON (name, category) name, category, display_name, aliases"
            " FROM cloud.bitnami_packages WHERE NOT deprecated ORDER BY name, category, official DESC, key"
        )
        chart_rows = await charts.fetchall()
        licenses = await connection.execute(
            "SELECT DISTINCT license FROM hf.models WHERE license IS NOT NULL ORDER BY license"
        )
        license_rows = await licenses.fetchall()
        instances = await connection.execute(
            "SELECT DISTINCT provider, instance_type AS name, gpu, gpu_count FROM cloud.instances"
            " WHERE gpu IS NOT NULL AND gpu_count > 0 ORDER BY provider, instance_type, gpu, gpu_count"
        )
        instance_terms = tuple(InstanceTerm(**row) for row in await instances.fetchall())
    providers, regions, gpus = compute_names(reference.providers, reference.regions.values(), reference.gpus.values())
    return Vocabulary(
        providers=providers,
        regions=regions,
        gpus=gpus,
        instances=instance_terms,
        models=model_terms,
        charts=tuple(
            ChartTerm(
                name=row["name"], category=row["category"], aliases=_distinct(row["display_name"], *row["aliases"])
            )
            for row in chart_rows
        ),
        licenses=tuple(row["license"] for row in license_rows),
    )


def compute_names(
    providers: Iterable[Provider], regions: Iterable[Region], gpus: Iterable[Gpu]
) -> tuple[tuple[Term, ...], tuple[RegionTerm, ...], tuple[GpuTerm, ...]]:
    """What sellers, their regions and accelerators are called; a display name is one of the aliases."""
    return (
        tuple(Term(name=item.provider, aliases=_distinct(item.display_name, *item.aliases)) for item in providers),
        tuple(
            RegionTerm(
                provider=item.provider,
                name=item.name,
                country=item.country,
                jurisdictions=item.jurisdictions,
                aliases=_distinct(*([item.display_name] if item.display_name else []), *item.aliases),
            )
            for item in regions
        ),
        tuple(
            GpuTerm(
                name=gpu.name,
                family=gpu.family,
                memory_gb=gpu.memory_gb,
                aliases=gpu.aliases,
                rented=gpu.vendor != "apple",
            )
            for gpu in gpus
        ),
    )


def _distinct(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
