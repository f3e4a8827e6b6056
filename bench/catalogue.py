"""A catalogue of any size, made by a seed: the starter's facts recombined, its cards' sentences told anew.

What is measured depends on how names, texts, prices and filters are spread, so nothing here is uniform noise: a model
has the domain, licence and size of a real one, and its card is about the same things in other words. Row n is the
same row in a catalogue of any size.
"""

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from bench.texts import Told, told, varied
from catalog.starter import Provider, read_charts, read_compute, read_models
from domain.models import ModelCard
from domain.offers import Gpu
from domain.packages import Package

SNAPSHOT = "bench"
PIECES_A_CARD = 4
SEVEN_FAMILIES = 64
"""So many cards are those of seven families: 1, 1, 2, 4, 8, 16 and 32 of them."""
REGIONS = 3
"""Of a cloud, at least: in the price lists of four clouds a machine with GPUs has 5.4 rows for each kind of pricing."""
COPIES = 5
"""Every fifth model is a copy of the one before, and has its card."""

Row = tuple[object, ...]


class Size(NamedTuple):
    """How many rows of each kind."""

    offers: int
    packages: int
    models: int
    chunks: int

    def times(self, factor: float) -> "Size":
        return Size(*(max(1, round(count * factor)) for count in self))


SEED = Size(offers=16_695, packages=13_435, models=30_403, chunks=96_193)
"""What the system this continues held."""

OFFER_COLUMNS = ("snapshot", "provider", "instance_type", "region", "pricing", "gpu", "gpu_count", "vcpu", "ram_gib",
                 "price_per_hour_usd")  # fmt: skip
PACKAGE_COLUMNS = ("snapshot", "key", "name", "display_name", "repository", "version", "category", "description",
                   "keywords", "official", "deprecated", "stars")  # fmt: skip
MODEL_COLUMNS = ("snapshot", "model_id", "name", "family", "aliases", "domain", "pipeline_tag", "use_cases", "params_b",
                 "native_dtype", "license", "commercial_use", "gated", "downloads", "likes", "summary")  # fmt: skip


def offers(count: int) -> Iterator[Row]:
    """Each machine is sold in several regions, on demand and as spot."""
    gpus, places = _gpus(), _places()
    for number in range(count):
        machine, region_number = divmod(number // 2, 8)
        chosen = random.Random(f"machine {machine}")
        provider, regions = places[machine % len(places)]
        gpu = chosen.choice(gpus) if chosen.random() < 0.6 else None
        gpu_count = chosen.choice((1, 1, 2, 4, 8)) if gpu else 0
        vcpu = chosen.choice((2, 4, 8, 16, 32, 64, 96)) * max(1, gpu_count)
        hourly = 0.04 * vcpu + (gpu_count * gpu.memory_gb * 0.03 if gpu else 0.0)
        region = regions[(machine + region_number) % len(regions)]
        round_trip = region_number // len(regions)
        spot = number % 2 == 1
        price = hourly * (1 + 0.05 * ((machine + region_number) % 9)) * (0.4 if spot else 1.0)
        yield (
            SNAPSHOT, provider.provider, f"bench-{machine}.{gpu_count}x" + "-b" * round_trip, region,
            "spot" if spot else "on_demand", gpu and gpu.name, gpu_count, vcpu, float(vcpu * 4), round(price, 4),
        )  # fmt: skip


def packages(count: int) -> Iterator[Row]:
    """Charts of the starter's kinds under names and repositories of their own."""
    charts = _charts()
    for number in range(count):
        chosen = random.Random(f"chart {number}")
        like, other = charts[number % len(charts)], chosen.choice(charts)
        name = f"{like.name}-{other.name.split('-')[0]}-{number}"
        repository = f"repository-{chosen.randrange(200)}"
        description = told(_words_of_charts(), like.category, chosen, sentences=2)
        yield (
            SNAPSHOT, f"{repository}/{name}", name, name.replace("-", " ").title(), repository,
            f"{chosen.randrange(30)}.{chosen.randrange(20)}.{chosen.randrange(9)}", like.category, description,
            list(like.keywords), chosen.random() < 0.05, chosen.random() < 0.1, chosen.randrange(20_000),
        )  # fmt: skip


def models(count: int) -> Iterator[Row]:
    """Models of the starter's kinds; one that is a copy of another has its card."""
    for number in range(count):
        chosen = random.Random(f"model {number}")
        like = _like(card_of(number))
        size = None if like.params_b is None else round(like.params_b * chosen.uniform(0.5, 2.0), 4)
        name, family = f"{like.name}-bench-{number}", f"{like.family}-{_family(card_of(number))}"
        unknown = chosen.random() < 0.1
        yield (
            SNAPSHOT, f"owner-{number % 997}/{name}", name, family, [], like.domain, like.pipeline_tag,
            list(like.use_cases), size, like.native_dtype, like.license, like.commercial_use, like.gated,
            None if unknown else int(10 ** chosen.uniform(0, 7)), None if unknown else int(10 ** chosen.uniform(0, 4)),
            like.summary,
        )  # fmt: skip


def model_id(number: int) -> str:
    return f"owner-{number % 997}/{_like(card_of(number)).name}-bench-{number}"


def card_of(number: int) -> int:
    """The number of this model's card."""
    return number - (number + 1) // COPIES


def card_id(number: int) -> str:
    return f"bench-card-{number:08}"


def pieces(count: int) -> Iterator[tuple[str, int, str]]:
    """Card id, position and text of each piece; four make a card, and the first says what the model is."""
    for number in range(count):
        card, position = divmod(number, PIECES_A_CARD)
        chosen = random.Random(f"piece {number}")
        like = _like(card)
        family = random.Random(f"family {_family(card)} {position}")
        text = told(_words_of_cards(), like.domain, family, sentences=family.randint(2, 4))
        text = varied(_words_of_cards(), like.domain, text, chosen)
        if position == 0:
            uses = ", ".join(use.replace("_", " ") for use in like.use_cases)
            text = f"{like.name}-bench-{card}: {text} {like.domain}, {like.pipeline_tag}. {uses}".replace("_", " ")
        yield card_id(card), position, text


def _like(card: int) -> ModelCard:
    """The real model that a card's family resembles."""
    known = _known_models()
    return known[_family(card) % len(known)]


def _family(card: int) -> int:
    block, place = divmod(card, SEVEN_FAMILIES)
    return block * 7 + place.bit_length()


@cache
def _known_models() -> tuple[ModelCard, ...]:
    return tuple(item.fact.model for item in read_models().models)


@cache
def _charts() -> tuple[Package, ...]:
    return tuple(item.fact.package for item in read_charts().charts)


@cache
def _gpus() -> tuple[Gpu, ...]:
    return tuple(item.fact for item in read_compute().gpus)


@cache
def _places() -> tuple[tuple[Provider, tuple[str, ...]], ...]:
    facts = read_compute()
    found = [
        (item.fact, tuple(region.name for region in facts.regions if region.provider == item.fact.provider))
        for item in facts.providers
    ]
    return tuple((provider, regions) for provider, regions in found if len(regions) >= REGIONS)


@cache
def _words_of_cards() -> Told:
    return Told.of((item.fact.model.domain, item.fact.card) for item in read_models().models)


@cache
def _words_of_charts() -> Told:
    return Told.of((chart.category, chart.description) for chart in _charts())


TABLES: tuple[tuple[str, tuple[str, ...], Callable[[int], Iterator[Row]]], ...] = (
    ("cloud.instances", OFFER_COLUMNS, offers),
    ("cloud.bitnami_packages", PACKAGE_COLUMNS, packages),
    ("hf.models", MODEL_COLUMNS, models),
)
