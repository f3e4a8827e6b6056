"""The names of the starter catalogue, read from its files: no database."""

from functools import lru_cache

from catalog.starter import read_charts, read_compute, read_models
from domain.vocabulary import ChartTerm, GpuTerm, ModelTerm, RegionTerm, Term, Vocabulary


@lru_cache
def starter_vocabulary() -> Vocabulary:
    """What `catalog.vocabulary` makes of the starter catalogue, without a database."""
    compute, models, charts = read_compute(), read_models(), read_charts()
    return Vocabulary(
        providers=tuple(
            Term(name=item.fact.provider, aliases=(item.fact.display_name, *item.fact.aliases))
            for item in compute.providers
        ),
        regions=tuple(
            RegionTerm(
                provider=item.provider,
                name=item.name,
                country=item.country,
                jurisdictions=item.jurisdictions,
                aliases=(*([item.display_name] if item.display_name else []), *item.aliases),
            )
            for item in compute.regions
        ),
        gpus=tuple(
            GpuTerm(name=gpu.name, family=gpu.family, memory_gb=gpu.memory_gb, aliases=gpu.aliases)
            for gpu in (item.fact for item in compute.gpus)
        ),
        models=tuple(
            ModelTerm(
                key=card.key,
                name=card.name,
                family=card.family,
                domain=card.domain,
                params_b=card.params_b,
                aliases=card.aliases,
            )
            for card in (item.fact.model for item in models.models)
        ),
        charts=tuple(
            ChartTerm(
                name=chart.package.name,
                category=chart.package.category,
                aliases=(chart.package.display_name, *chart.aliases),
            )
            for chart in (item.fact for item in charts.charts)
            if not chart.package.deprecated
        ),
    )
