"""The names of the starter catalogue, read from its files: no database."""

from functools import lru_cache

from catalog.starter import read_charts, read_compute, read_models
from catalog.vocabulary import compute_names
from domain.vocabulary import ChartTerm, InstanceTerm, ModelTerm, Vocabulary


@lru_cache
def starter_vocabulary() -> Vocabulary:
    """What `catalog.vocabulary` makes of the starter catalogue, without a database."""
    compute, models, charts = read_compute(), read_models(), read_charts()
    providers, regions, gpus = compute_names(
        (item.fact for item in compute.providers), compute.regions, (item.fact for item in compute.gpus)
    )
    sold = {
        (offer.provider, offer.instance_type, offer.gpu.name, offer.gpu_count)
        for offer in (item.fact for item in compute.offers) if offer.gpu and offer.gpu_count
    }  # fmt: skip
    return Vocabulary(
        providers=providers,
        regions=regions,
        gpus=gpus,
        instances=tuple(
            InstanceTerm(provider=provider, name=name, gpu=gpu, gpu_count=count)
            for provider, name, gpu, count in sorted(sold)
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
