"""Importing list prices of hosted APIs."""

import json
from datetime import date
from pathlib import Path

import pytest

from catalog.hosted import hosted_prices
from catalog.importers.hosted import import_hosted
from catalog.importers.hosted_names import KnownModel, ModelNames
from catalog.importers.withdraw import withdraw
from catalog.quarantine import quarantined
from catalog.status import catalog_status
from database import Database
from domain.errors import ImportRefused

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
DAY = date(2026, 12, 1)
KNOWN = (
    KnownModel("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "llm"),
    KnownModel(LLAMA, "llm"),
    KnownModel("meta-llama/Llama-3.1-8B", "llm"),
    KnownModel("meta-llama/Llama-3.1-8B-Instruct", "llm"),
    KnownModel("openai/whisper-large-v3", "speech"),
    KnownModel("openai/whisper-large-v3-turbo", "speech"),
    KnownModel("black-forest-labs/FLUX.1-dev", "image_generation"),
    KnownModel("deepseek-ai/DeepSeek-V3.2", "llm"),
    KnownModel("stabilityai/stable-diffusion-3.5-large", "image_generation"),
)


def row(key: str, provider: str = "deepinfra", **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "key": f"{provider}/{key}",
        "litellm_provider": provider,
        "mode": "chat",
        "input_cost_per_token": 1e-07,
        "output_cost_per_token": 3e-07,
        "max_input_tokens": 131072,
        "source": "https://example.com",
    }
    return fields | changes


def written(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "prices.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    return path


@pytest.mark.parametrize(
    ("listed", "mode", "means"),
    [
        ("deepinfra/meta-llama/Llama-3.3-70B-Instruct-Turbo", "chat", LLAMA),
        ("fireworks_ai/accounts/fireworks/models/llama-v3p3-70b-instruct", "chat", LLAMA),
        ("meta.llama3-3-70b-instruct-v1:0", "chat", LLAMA),
        ("vertex_ai/meta/llama-3.3-70b-instruct-maas", "chat", LLAMA),
        ("cerebras/llama-3.1-8b", "chat", "meta-llama/Llama-3.1-8B-Instruct"),
        ("together_ai/meta-llama/Meta-Llama-3.1-8B", "chat", "meta-llama/Llama-3.1-8B"),
        ("deepseek.v3.2", "chat", "deepseek-ai/DeepSeek-V3.2"),
        ("groq/whisper-large-v3-turbo", "audio_transcription", "openai/whisper-large-v3-turbo"),
        ("groq/whisper-large-v3", "audio_transcription", "openai/whisper-large-v3"),
        ("fal_ai/fal-ai/flux/dev", "image_generation", "black-forest-labs/FLUX.1-dev"),
        ("fal_ai/fal-ai/flux-pro/dev", "image_generation", None),
        ("stability/sd3.5-large-turbo", "image_generation", None),
        ("fireworks_ai/accounts/fireworks/models/flux-1-dev", "chat", None),
        ("deepinfra/meta-llama/Llama-3.3-70B-Vision", "chat", None),
        ("deepinfra/llama", "chat", None),
        ("deepinfra/deepseek-v3", "chat", None),
    ],
)
def test_a_listed_name_means_one_model_exactly_or_none(listed: str, mode: str, means: str | None) -> None:
    assert ModelNames(KNOWN).meant(listed, mode) == means


async def test_a_list_replaces_the_prices_of_its_apis_until_it_is_withdrawn(
    catalogue: Database, tmp_path: Path
) -> None:
    before = await hosted_prices(catalogue, [LLAMA])
    report = await import_hosted(catalogue, written(tmp_path, row(LLAMA, input_cost_per_token=2e-07)), as_of=DAY)
    assert [(item.rows_stored, item.changed) for item in report.sets] == [(1, True)]
    now = await hosted_prices(catalogue, [LLAMA])
    deepinfra = [price for price in now if price.api == "DeepInfra"]
    assert [(p.input_usd_per_million_tokens, p.source.as_of) for p in deepinfra] == [(0.2, DAY)]
    assert [price for price in now if price.api != "DeepInfra"] == [p for p in before if p.api != "DeepInfra"]
    assert report.gone > 0

    again = await import_hosted(catalogue, written(tmp_path, row(LLAMA, input_cost_per_token=2e-07)), as_of=DAY)
    assert not again.changed
    shown = {(item.source, item.rows) for item in (await catalog_status(catalogue)).sets if item.kind == "hosted"}
    assert ("hosted/list", 1) in shown
    await withdraw(catalogue, "hosted/list")
    assert await hosted_prices(catalogue, [LLAMA]) == before


async def test_an_older_list_does_not_displace_newer_prices(catalogue: Database, tmp_path: Path) -> None:
    before = await hosted_prices(catalogue, [LLAMA])
    path = written(tmp_path, row(LLAMA, input_cost_per_token=2e-07), row(LLAMA, "cerebras"))
    report = await import_hosted(catalogue, path, as_of=date(2025, 1, 1))
    assert report.sets[0].kept_starter >= 1
    assert [p for p in await hosted_prices(catalogue, [LLAMA]) if p.api == "DeepInfra"] == [
        p for p in before if p.api == "DeepInfra"
    ]


async def test_what_is_not_believed_is_listed_with_its_reason(catalogue: Database, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        row(LLAMA),
        row("meta-llama/Llama-3.2-3B-Instruct", input_cost_per_token=0.0),
        row("openai/gpt-oss-20b", input_cost_per_token=0.5, output_cost_per_token=1.0),
        row("openai/gpt-oss-120b", output_cost_per_token=None),
        row("zai-org/GLM-4.6", deprecation_date="2026-11-30"),
        row("zai-org/GLM-4.7", deprecation_date="2027-11-30"),
        row("Qwen/Qwen3-14B", source=None),
        row("gpt-9", "openai"),
        row(LLAMA, "vercel_ai_gateway"),
    )
    report = await import_hosted(catalogue, path, as_of=DAY)
    assert report.sets[0].rows_read == 9
    assert report.sets[0].rows_stored == 2
    refused = {item.item.split("/")[-1]: item.rule for item in await quarantined(catalogue, "hosted/list")}
    assert refused == {
        "Llama-3.2-3B-Instruct": "absurd-price",
        "gpt-oss-20b": "absurd-price",
        "gpt-oss-120b": "half-a-price",
        "GLM-4.6": "retired",
        "Qwen3-14B": "no-page",
    }


async def test_a_price_that_mistakes_the_unit_stands_alone_and_goes(catalogue: Database, tmp_path: Path) -> None:
    rows = [row(LLAMA, provider) for provider in ("deepinfra", "nebius", "sambanova")]
    path = written(tmp_path, *rows, row(LLAMA, "nscale", input_cost_per_token=1e-08, output_cost_per_token=1e-08))
    await import_hosted(catalogue, path, as_of=DAY)
    assert [item.rule for item in await quarantined(catalogue, "hosted/list")] == ["far-from-others"]


async def test_of_an_apis_regions_only_what_is_not_undercut_is_kept(catalogue: Database, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        row("eu-west-1/meta.llama3-3-70b-instruct-v1:0", "bedrock", input_cost_per_token=2e-07),
        row("", "bedrock_converse") | {"key": "meta.llama3-3-70b-instruct-v1:0"},
    )
    await import_hosted(catalogue, path, as_of=DAY)
    found = [price.key for price in await hosted_prices(catalogue, [LLAMA]) if price.api == "Amazon Bedrock"]
    assert found == ["meta.llama3-3-70b-instruct-v1:0"]


async def test_the_published_form_one_object_of_names_is_read_too(catalogue: Database, tmp_path: Path) -> None:
    path = tmp_path / "model_prices_and_context_window.json"
    fields = row(LLAMA)
    whisper = row("whisper-large-v3", "groq", mode="audio_transcription", input_cost_per_second=3e-05)
    path.write_text(
        json.dumps(
            {"sample_spec": {"mode": "one of: chat"}, str(fields.pop("key")): fields, str(whisper.pop("key")): whisper},
            indent=1,
        )
    )
    report = await import_hosted(catalogue, path, as_of=DAY)
    assert report.sets[0].rows_stored == 2
    (price,) = [p for p in await hosted_prices(catalogue, ["openai/whisper-large-v3"]) if p.source.as_of == DAY]
    assert price.usd_per_audio_hour == pytest.approx(0.108)


async def test_a_file_without_a_price_of_ours_changes_nothing(catalogue: Database, tmp_path: Path) -> None:
    before = await hosted_prices(catalogue, [LLAMA])
    with pytest.raises(ImportRefused, match="no price of a model"):
        await import_hosted(catalogue, written(tmp_path, row("gpt-9", "openai")), as_of=DAY)
    assert await hosted_prices(catalogue, [LLAMA]) == before
