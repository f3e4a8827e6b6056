"""The prices of hosted APIs that ship: believable, cited, of models that ship too, and found by their keys."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from catalog.hosted import hosted_beside, hosted_models, hosted_prices
from catalog.reference import load_reference
from catalog.starter import STARTER, read_hosted, read_models
from database import Database
from domain.errors import ImportRefused
from domain.hosted import weights_name
from tools import models

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"


def test_every_price_is_of_a_model_that_ships() -> None:
    shipped = {item.fact.model.key for item in read_models().models}
    assert {price.fact.model for price in read_hosted().prices} <= shipped


def test_every_price_names_the_day_and_the_page_of_its_api() -> None:
    for price, _ in read_hosted().prices:
        assert price.source.url is not None
        assert price.source.url.startswith("https://")


def test_prices_are_in_the_unit_of_the_models_work() -> None:
    domains = {item.fact.model.key: item.fact.model.domain for item in read_models().models}
    for price, _ in read_hosted().prices:
        unit = {
            "image_generation": price.usd_per_image,
            "speech": price.usd_per_audio_hour,
        }.get(domains[price.model], price.input_usd_per_million_tokens)
        assert unit is not None, price.key
        if domains[price.model] in ("llm", "multimodal"):
            assert price.output_usd_per_million_tokens is not None, price.key


def test_where_three_apis_have_a_model_no_price_is_ten_times_off_the_next() -> None:
    by_weights: dict[str, list[float]] = {}
    for price, _ in read_hosted().prices:
        tokens = (price.input_usd_per_million_tokens, price.output_usd_per_million_tokens)
        usd = sum(each for each in (*tokens, price.usd_per_image, price.usd_per_audio_hour) if each is not None)
        by_weights.setdefault(weights_name(price.model), []).append(usd)
    for model, prices in by_weights.items():
        steps = [high / low for low, high in pairwise(sorted(prices))]
        assert len(prices) < 3 or max(steps) <= 10, model


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("input_usd_per_million_tokens", "0", "between"),
        ("input_usd_per_million_tokens", "-0.1", "between"),
        ("output_usd_per_million_tokens", "1000000", "between"),
        ("usd_per_image", "0.02", "priced in 2 units"),
        ("source_id", "nobody", "unknown source"),
        ("input_usd_per_million_tokens", "nan", "no number"),
    ],
)
def test_nonsense_is_refused_by_row(tmp_path: Path, column: str, value: str, says: str) -> None:
    folder = tmp_path / "hosted"
    folder.mkdir()
    (folder / "sources.csv").write_text((STARTER / "hosted" / "sources.csv").read_text())
    with (STARTER / "hosted" / "prices.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        row = next(row for row in reader if row["output_usd_per_million_tokens"])
        names = list(reader.fieldnames or ())
    with (folder / "prices.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerow({**row, column: value})
    with pytest.raises(ImportRefused, match=f"row 2.*{says}"):
        read_hosted(tmp_path)


async def test_a_models_prices_are_found_by_its_key_and_by_its_quantised_copies(database: Database) -> None:
    own = await hosted_prices(database, [LLAMA])
    assert len({price.api for price in own}) >= 5
    assert {price.model for price in own} == {LLAMA}
    assert all(price.source.as_of.year >= 2026 for price in own)
    assert await hosted_prices(database, ["RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic"]) == own
    assert await hosted_prices(database, ["nobody/has-this"]) == ()


async def test_a_model_without_prices_comes_with_the_priced_ones_of_its_domain(database: Database) -> None:
    (named,) = (await models.lookup([LLAMA], database))[:1]
    own, cards = await hosted_beside(database, named)
    assert own
    assert cards == ()
    unlisted = named.model_copy(update={"key": "nobody/has-this"})
    prices, cards = await hosted_beside(database, unlisted)
    assert {card.domain for card in cards} == {"llm"}
    assert {weights_name(price.model) for price in prices} == {weights_name(card.key) for card in cards}
    assert await hosted_beside(database, None) == ((), ())


async def test_speech_and_images_have_priced_models(database: Database) -> None:
    assert "openai/whisper-large-v3-turbo" in {card.key for card in await hosted_models(database, "speech")}
    assert "black-forest-labs/FLUX.1-dev" in {card.key for card in await hosted_models(database, "image_generation")}
    assert (await load_reference(database)).source("starter/hosted/groq").url == "https://groq.com/pricing"
