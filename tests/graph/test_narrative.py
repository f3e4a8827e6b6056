"""Whatever a request says and the spec holds is told under "As understood"."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.base import Frozen
from domain.workload import WorkloadSpec
from graph.narrative import understanding
from tests.graph.test_not_weighed import with_field

SAID: dict[str, Any] = {
    "task_type": "fine_tuning", "domain": "speech", "use_case": "ocr", "industry": "retail", "gpu_needed": False,
    "models": [{"name": "Phi 4"}], "gpu.models": ["L4"], "gpu.excluded": ["T4"], "gpu.min_count": 3,
    "gpu.max_count": 5, "gpu.min_vram_gb": 40, "gpu.max_vram_gb": 48, "gpu.min_total_vram_gb": 160,
    "gpu.min_nodes": 2, "gpu.max_nodes": 4, "gpu.vendors": ["amd"], "gpu.excluded_vendors": ["intel"],
    "gpu.interconnect": "nvlink", "owned": [{"gpu": "A30", "count": 4}], "purchase": True, "power.max_kw": 12,
    "power.price_per_kwh": 0.3, "cpu.min_vcpu": 32, "cpu.min_ram_gb": 256, "budget.amount": 900,
    "unit_price.amount": 0.02, "hosting": "existing_cluster", "cluster": "eks", "orchestration": "containers",
    "availability.uptime_percent": 99.9, "availability.zones": 2, "availability.min_replicas": 3,
    "availability.scale_to_zero": False, "availability.cold_start_seconds": 40, "location.providers": ["aws"],
    "location.excluded_providers": ["gcp"], "location.regions": ["us-east-2"], "location.jurisdictions": ["EU"],
    "location.excluded_jurisdictions": ["US"], "location.preferred": ["FR"], "location.owners": ["EU"],
    "location.excluded_owners": ["US"], "location.sellers": ["hyperscaler"],
    "location.excluded_sellers": ["marketplace"], "location.everywhere": True, "compliance": ["hipaa"],
    "sensitive": ["medical"], "stakes": "hobby", "dataset.size_gb": 700, "dataset.items": 12, "dataset.columns": 80,
    "dataset.modality": "mri", "traffic.users": 120, "traffic.concurrent_users": 9,
    "traffic.requests_per_second": 4, "traffic.calls_each": 6, "traffic.images_each": 2, "traffic.input_tokens": 900,
    "traffic.output_tokens": 60, "traffic.cached_input": 0.8, "traffic.ttft_ms": 300,
    "traffic.peak_concurrent_users": 40, "traffic.peak_requests_per_second": 11, "traffic.latency_ms": 900,
    "traffic.latency_percentile": 95, "traffic.tokens_per_second_per_user": 20, "traffic.tokens_per_second": 5000,
    "volume.amount": 700, "training.tokens": 1e9, "training.epochs": 3, "training.examples": 8000,
    "training.method": "dpo", "training.resolution": "512x512", "training.objective": "orpo",
    "training.result": "gguf", "training.runs": 5, "media.width": 640, "media.height": 480, "media.seconds": 6,
    "media.steps": 28, "media.points": 9000, "media.dimensions": 384, "media.live": True, "embedding_tables_gb": 40,
    "context_tokens": 32_000, "languages": ["pl", "cs"], "features": ["diarization"], "every": "week",
    "precision": "fp8", "pricing": "spot", "pricing_allowed": ["spot"], "commitment_months": 12,
    "hours_per_month": 50, "deadline_hours": 30, "deadline_date": "friday", "license.commercial": True,
    "license.allowed": ["mit"], "license.excluded": ["gpl-3.0"], "model_origin.allowed": ["FR"],
    "model_origin.excluded": ["CN"], "sources.registry": "harbor.example.org", "sources.excluded": ["docker.io"],
    "addresses.host": "ai.example.org", "addresses.data": "s3://scans", "addresses.results": "s3://masks",
    "addresses.account": "scans1", "components.wanted": ["milvus"], "components.excluded": ["grafana"],
    "components.present": ["opensearch"], "priorities.cost": "high", "priorities.latency": "low",
    "priorities.quality": "medium",
}  # fmt: skip
TOLD_WITH_ANOTHER = {
    "gpu.or_more": "gpu.min_count", "power.currency": "power.price_per_kwh", "budget.currency": "budget.amount",
    "budget.period": "budget.amount", "unit_price.currency": "unit_price.amount",
    "unit_price.per": "unit_price.amount", "traffic.users_per": "traffic.users", "volume.unit": "volume.amount",
    "volume.per": "volume.amount", "workloads": "each tells its own",
}  # fmt: skip
NOTHING_SAID = {"budget.rate", "question", "confidence", "evidence", "assumptions", "assumed", "unplaced"}
"""The catalogue's, what is asked, and how it was read: the page has places of its own for them."""


def leaves(kind: type[Frozen], prefix: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Frozen):
            yield from leaves(inner, f"{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_field_has_a_case() -> None:
    assert set(leaves(WorkloadSpec)) == {*SAID, *TOLD_WITH_ANOTHER, *NOTHING_SAID}


@pytest.mark.parametrize("path", SAID)
def test_what_the_spec_holds_is_told(path: str) -> None:
    assert understanding(with_field({}, path, SAID[path])) != understanding(WorkloadSpec())


@pytest.mark.parametrize(("asked", "told"), [
    ({"languages": ["pl", "cs"]}, "languages Polish and Czech"),
    ({"languages": ["hi"], "features": ["json_output"]}, "language Hindi; able to do json output"),
    ({"media": {"width": 1280, "height": 720, "seconds": 5}}, "1,280 x 720 pixels; 5 s each"),
    ({"traffic": {"users": 4000, "users_per": "day"}}, "4,000 users a day"),
    ({"unit_price": {"amount": 0.5, "per": "million_tokens"}}, "at most 0.5 USD for a million tokens"),
    ({"traffic": {"ttft_ms": 300, "latency_percentile": 99}}, "first token within 300 ms; at the 99th percentile"),
])  # fmt: skip
def test_in_words(asked: dict[str, Any], told: str) -> None:
    assert f": {told}." in understanding(WorkloadSpec.model_validate(asked))
