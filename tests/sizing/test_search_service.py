"""A service that searches by meaning: the store of its vectors and the first filling, against figures by hand."""

import pytest

from domain.offers import Offer
from domain.parts import Retrieval
from domain.placement import Throughput
from domain.workload import WorkloadSpec
from sizing.search_service import needs_store, search_service
from sizing.vector_store import VectorStore, store_for
from tests.sizing.test_retrieval import EMBEDDER, generator, offer


def search(**said: object) -> WorkloadSpec:
    asked = {"task_type": "inference", "domain": "embeddings", "use_case": "search", "models": [{"name": "bge-m3"}]}
    return WorkloadSpec.model_validate({**asked, "gpu_needed": True, **said})


def planned(spec: WorkloadSpec, *offers: Offer) -> Retrieval:
    """On a plan whose GPU embeds 1,000 texts a second for $2 an hour."""
    speed = Throughput(metric="requests_per_second", value=1000, low=300, high=3000)
    option = generator(model=EMBEDDER, runs=EMBEDDER.name, throughput=(speed,))
    return search_service(spec, option, [EMBEDDER], offers)


LARGE = offer("large", 6.0, gpus=0, vcpu=64, ram_gib=512.0)


def test_half_a_billion_vectors_are_not_twenty_gigabytes() -> None:
    """500M x 1,024 x 4 B x 1.5 = 2,861 GiB whole; a quarter of it as int8, with the vectors and texts on disk."""
    whole = VectorStore(5e8, 1024, 64)
    assert whole.memory_gib == pytest.approx(2861, rel=0.001)
    kept = store_for(5e8, 1024, 64)
    assert kept.quantized
    assert kept.memory_gib == pytest.approx(715.3, rel=0.001)
    assert kept.disk_gib == pytest.approx(715.3 + 2861 + 5e8 * 64 * 4 / 2**30, rel=0.001)
    assert not store_for(1e7, 1024, 64).quantized


def test_the_store_stands_on_machines_that_hold_it() -> None:
    found = planned(search(dataset={"items": 500_000_000}, traffic={"input_tokens": 64}), LARGE)
    model, store = found.parts
    assert (model.role, store.role, store.shards, store.quantization) == ("model", "vector store", 2, "int8")
    assert store.usd_per_month == pytest.approx(2 * 6.0 * 730)
    assert found.usd_per_month == pytest.approx(1460 + 2 * 6.0 * 730)
    assert any("2,861 GiB" in note for note in found.assumptions)


def test_the_first_filling_is_timed_at_the_plans_rate() -> None:
    """500M texts at 1,000 a second are 138.9 hours, at $2 each."""
    found = planned(search(dataset={"items": 500_000_000}, traffic={"input_tokens": 64}), LARGE)
    assert found.embed_hours == pytest.approx(138.9, rel=0.001)
    assert found.embed_usd == pytest.approx(277.8, rel=0.001)
    assert any("on 8 such GPUs" in note for note in found.assumptions)


def test_vectors_are_as_wide_as_was_said() -> None:
    found = planned(search(dataset={"items": 1_000_000}, media={"dimensions": 256}), LARGE)
    assert found.dimensions == 256
    assert found.parts[1].memory_gib == pytest.approx(1e6 * 256 * 4 * 1.5 / 2**30)


def test_searches_take_cores_on_every_shard() -> None:
    """300 searches x 2 shards / 155 a second and vCPU, x log(250M) / log(1M), 60 % busy."""
    found = planned(
        search(dataset={"items": 500_000_000}, traffic={"input_tokens": 64, "requests_per_second": 300}), LARGE
    )
    assert found.parts[1].vcpu == pytest.approx(300 * 2 / 154.75 * 1.3997 / 0.6, rel=0.01)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"dataset": {"items": 10**6}}, True),
        ({"dataset": {"items": 10**6}, "use_case": None, "components": {"wanted": ["qdrant"]}}, True),
        ({"dataset": {"items": 10**6}, "use_case": "reranking"}, False),
        ({"dataset": {"items": 10**6}, "use_case": None}, False),
        ({}, False),
        ({"dataset": {"items": 10**6}, "task_type": "rag", "domain": "llm"}, False),
    ],
)
def test_a_store_is_kept_where_vectors_are_searched(said: dict[str, object], kept: bool) -> None:
    assert needs_store(search(**said)) is kept


@pytest.mark.parametrize(
    ("present", "is_theirs"),
    [
        ("opensearch", True),
        ("elasticsearch", True),
        ("pgvector", True),
        ("pinecone", True),
        ("grafana", False),
        ("cloudnative-pg", False),
    ],
)
def test_a_store_that_is_there_is_not_rented_anew(present: str, is_theirs: bool) -> None:
    """It is told what it has to hold; no machine is paid for."""
    found = planned(search(dataset={"items": 10**6}, components={"present": [present]}), LARGE)
    kept = found.parts[1]
    assert (kept.place == "theirs") is is_theirs
    assert (kept.offer_key is None and kept.usd_per_month == 0.0) is is_theirs
    assert kept.memory_gib is not None
