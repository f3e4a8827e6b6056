"""The built-in reader over the starter catalogue's names, read from its files, and conversations with it."""

import json
from functools import lru_cache
from pathlib import Path

import yaml

from catalog.embedder import load_embedder
from catalog.starter import read_charts, read_compute, read_models
from domain.reading import Clarification, Reading
from domain.vocabulary import ChartTerm, GpuTerm, ModelTerm, RegionTerm, Term, Vocabulary
from domain.workload import WorkloadSpec
from graph.understanding.builtin import BuiltinReader
from graph.understanding.conversation import next_round
from graph.understanding.draft import without_evidence

HERE = Path(__file__).parent


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


@lru_cache
def small_vocabulary() -> Vocabulary:
    """A small catalogue written for the tests: its names stay, whatever the starter's do."""
    names = yaml.safe_load((HERE / "vocabulary.yaml").read_text(encoding="utf-8"))
    return Vocabulary.model_validate(names)


@lru_cache
def starter_reader() -> BuiltinReader:
    return BuiltinReader(starter_vocabulary(), load_embedder())


@lru_cache
def small_reader() -> BuiltinReader:
    return BuiltinReader(small_vocabulary(), load_embedder())


async def converse(turns: list[str], reader: BuiltinReader | None = None) -> tuple[Reading, tuple[Clarification, ...]]:
    """The last reading, and the rounds of questions that are open after it."""
    used = reader or small_reader()
    reading = Reading(spec=WorkloadSpec())
    asked: tuple[Clarification, ...] = ()
    for count in range(1, len(turns) + 1):
        reading = await used.read(turns[:count], reading.spec, asked=asked[-1] if asked else None)
        asked = next_round(reading, asked)
    return reading, asked


async def spec_of(*turns: str) -> WorkloadSpec:
    """The spec after these turns, by the small catalogue."""
    return (await converse(list(turns)))[0].spec


async def said(*turns: str) -> str:
    """The requirement alone, for comparing two ways of saying it."""
    return json.dumps(without_evidence(await spec_of(*turns)).model_dump(mode="json"), sort_keys=True)
