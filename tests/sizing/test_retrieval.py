"""A retrieval service in all its parts, against figures worked out by hand."""

from datetime import date

import pytest

from domain.base import Source
from domain.models import Architecture, ModelCard
from domain.offers import Gpu, Offer
from domain.parts import Retrieval, WorkloadPart
from domain.placement import MemoryProof, PlacementOption, Served
from domain.workload import Evidence, WorkloadSpec
from sizing.corpus import corpus_of
from sizing.encoders import embedder_of, reranker_of
from sizing.placement import place
from sizing.retrieval import retrieval
from sizing.vector_store import VectorStore, store_kinds

SOURCE = Source(name="made up", as_of=date(2026, 1, 1))
GPU = Gpu(name="G80", family="G80", vendor="nvidia", memory_gb=80, usable_gib=80.0, compute_capability=9.0,
          tflops_fp16=1000, tflops_bf16=1000)  # fmt: skip
WIDE = Architecture(layers=24, hidden_size=1024, intermediate_size=4096, attention_heads=16, kv_heads=16, head_dim=64,
                    vocab_size=250_002, context_tokens=8192)  # fmt: skip


def model(key: str, tag: str, architecture: Architecture = WIDE, params_b: float = 0.568) -> ModelCard:
    return ModelCard(key=key, name=key.split("/")[1], family=key, domain="embeddings", pipeline_tag=tag,
                     params_b=params_b, architecture=architecture, source=SOURCE)  # fmt: skip


EMBEDDER, RERANKER = model("a/bge-m3", "feature-extraction"), model("a/bge-reranker-v2-m3", "text-ranking")


def offer(name: str = "big", usd: float = 2.0, gpus: int = 1, **changes: object) -> Offer:
    fields: dict[str, object] = {
        "key": f"here/{name}", "provider": "here", "instance_type": name, "region": "north", "pricing": "on_demand",
        "gpu": GPU if gpus else None, "gpu_count": gpus, "vcpu": 16, "ram_gib": 128.0, "price_per_hour_usd": usd,
        "source": SOURCE,
    }  # fmt: skip
    return Offer.model_validate(fields | changes)


def generator(weights_gib: float = 16.0, in_flight: int = 10, **changes: object) -> PlacementOption:
    """Weights, 2 GiB beside them, 131,072 B of cache a token, contexts of 8,192 tokens; 0.92 of 80 GiB may be used."""
    machine = changes.pop("offer", offer())
    proof = MemoryProof(
        fits=True, mode="serve", memory_fraction=0.92, weights_gib=weights_gib, kv_cache_gib=40.0,
        kv_bytes_per_token=131_072, activation_gib=1.5, overhead_gib=0.5, total_gib=weights_gib + 3.0, usable_gib=80.0,
        context_tokens=8192, concurrency=1, binding_constraint="weights",
    )  # fmt: skip
    fields: dict[str, object] = {
        "label": "recommended", "offer": machine, "nodes": 1, "runs": "Llama-8B", "gpus": 1, "proof": proof,
        "price_per_hour_usd": 2.0, "hours_per_month": 730.0, "price_per_month_usd": 1460.0,
        "served": Served(in_flight=in_flight),
    }  # fmt: skip
    return PlacementOption.model_validate(fields | changes)


def rag(**said: object) -> WorkloadSpec:
    return WorkloadSpec.model_validate({"task_type": "rag", "domain": "llm", "gpu_needed": True, **said})


def part(found: Retrieval, role: str) -> WorkloadPart:
    return next(part for part in found.parts if part.role == role)


def beside(spec: WorkloadSpec, option: PlacementOption, *offers: Offer) -> Retrieval:
    return retrieval(spec, option, (EMBEDDER, RERANKER), offers)


def test_a_document_of_ten_pages_is_eighteen_chunks() -> None:
    corpus = corpus_of(rag(dataset={"items": 1_000, "modality": "documents"}))
    # 6,670 tokens: one chunk of 512, then 17 steps of 384 for the other 6,158
    assert corpus.chunks == 18_000
    assert corpus.embedded_tokens == 1_000 * (6_670 + 17 * 128)


def test_a_short_text_is_a_chunk_of_its_own_length() -> None:
    corpus = corpus_of(rag(volume={"amount": 4_000, "unit": "tokens"}, dataset={"items": 40, "modality": "text"}))
    assert (corpus.chunks, corpus.embedded_tokens) == (40, 4_000)


def test_items_that_were_said_to_be_pages_are_pages_and_no_documents() -> None:
    said = {"dataset.items": {"quote": "300,000 pages of contracts", "turn": 0}}
    corpus = corpus_of(rag(dataset={"items": 300_000, "modality": "documents"}, evidence=said))
    assert corpus.lines[0].value == 300_000 * 667
    assert corpus.documents is None


def test_pages_that_were_said_count_before_a_size_and_a_size_before_an_assumed_length() -> None:
    pages = {"volume": {"amount": 300, "unit": "pages"}}
    size = {"dataset": {"size_gb": 1, "items": 100, "modality": "documents"}}
    assert corpus_of(rag(**pages, **size)).lines[0].value == 300 * 667
    assert corpus_of(rag(**size)).lines[0].value == 64_782 * 667
    plain = {"dataset": {"size_gb": 1, "items": 100, "modality": "text"}}
    assert corpus_of(rag(**plain)).lines[0].value == 250e6


def test_chunks_are_no_longer_than_the_embedder_reads() -> None:
    corpus = corpus_of(rag(dataset={"items": 1}), longest_input=256)
    assert corpus.chunk_tokens == 256
    assert corpus.chunks == 35  # 256, then 34 steps of 192 for the other 6,414


def test_a_corpus_of_which_nothing_was_said_stays_unknown() -> None:
    found = beside(rag(), generator())
    assert found.corpus.chunks is None
    assert part(found, "vector store").memory_gib is None
    assert "5.7 GiB of RAM" in part(found, "vector store").where
    assert found.embed_hours is None
    assert any("per million chunks" in note for note in found.assumptions)


def test_a_million_vectors_take_what_the_makers_of_the_store_say() -> None:
    store = VectorStore(1e6, 1024, 512)
    assert store.memory_gib == pytest.approx(5.72, abs=0.01)  # Qdrant's own example
    assert store.disk_gib - store.memory_gib == pytest.approx(512 * 4e6 / 2**30)


def test_the_graph_is_never_left_out_of_narrow_vectors() -> None:
    store = VectorStore(1e6, 64, 512)
    assert store.memory_gib == pytest.approx(1e6 * (64 * 4 + 160) / 2**30)


def test_an_embedder_takes_weights_a_full_batch_and_its_runtime() -> None:
    embedder = embedder_of(rag(), (EMBEDDER,))
    # 1.058 GiB + 16,384 x (3 x 4,096 + 6 x 1,024) x 2 B + 0.8 GiB
    assert embedder.gpu_gib == pytest.approx(1.058 + 0.5625 + 0.8, abs=0.001)
    assert embedder.ram_gib == pytest.approx(0.568 * 4 * 1.5e9 / 2**30)


def test_the_table_of_words_is_stored_but_not_computed() -> None:
    embedder = embedder_of(rag(), (EMBEDDER,))
    computing = 568e6 - 250_002 * 1024
    assert embedder.flops_per_token(512) == pytest.approx(2 * computing + 4 * 24 * 1024 * 512)
    hours = embedder.hours_line(1e9, 512, GPU, 2)
    assert hours is not None
    assert hours.value == pytest.approx(1e9 * embedder.flops_per_token(512) / (2 * 0.35 * 1e15) / 3600)


@pytest.mark.parametrize(("gpu", "tokens_per_s"), [("L4", 62_100), ("MI210", 86_250)])
def test_embedding_is_as_fast_as_was_measured(
    starter_gpus: dict[str, Gpu], starter_models: tuple[ModelCard, ...], gpu: str, tokens_per_s: float
) -> None:
    """bge-large-en-v1.5 on texts of 449 tokens: Infinity's benchmarks, 0.54 and 0.75 requests/s of 115,000 tokens."""
    large = next(card for card in starter_models if card.key == "BAAI/bge-large-en-v1.5")
    line = embedder_of(rag(), (large,)).hours_line(1e9, 449, starter_gpus[gpu], 1)
    assert line is not None
    assert 1e9 / line.value / 3600 == pytest.approx(tokens_per_s, rel=0.25)


def test_models_that_were_named_come_before_the_first_found() -> None:
    other = model("b/other-embedder", "feature-extraction")
    spec = rag(models=[{"name": "other-embedder"}, {"name": "bge-reranker-v2-m3"}])
    assert embedder_of(spec, (EMBEDDER, RERANKER, other)).key == "b/other-embedder"
    assert reranker_of(spec, (EMBEDDER, RERANKER, other)).key == "a/bge-reranker-v2-m3"


def test_the_reference_does_the_arithmetic_of_bert_large() -> None:
    """24 layers 1,024 wide: two FLOPs for each of 335M parameters but the 30,522 words, and attention to all tokens."""
    reference = embedder_of(rag(), ())
    for length in (1, 512):
        attention = 4 * 24 * 1024 * length
        assert reference.flops_per_token(length) == pytest.approx(2 * (335e6 - 30_522 * 1024) + attention, rel=1e-6)
    assert (reference.longest_input, reference.shape.heads) == (512, 16)
    assert reference.gpu_lines[1].value == pytest.approx(16_384 * (3 * 4096 + 6 * 1024) * 2 / 2**30)


def test_without_a_model_the_reference_is_named_as_an_assumption() -> None:
    found = retrieval(rag(), generator(), ())
    assert part(found, "embedder").model is None
    assert found.dimensions == 1024
    assert any("No embedder was named" in note for note in found.assumptions)


def test_small_models_share_the_gpu_that_the_load_leaves_free() -> None:
    found = beside(rag(dataset={"items": 1_000}), generator())
    # 0.91 x 80 - 18 - 10 x 4,352 x 131,072 B
    free = 72.8 - 18 - 10 * 4352 * 131_072 / 2**30
    assert [part(found, role).place for role in ("embedder", "reranker")] == ["shared GPU", "shared GPU"]
    assert f"2.4 of {free:.1f} GiB" in part(found, "embedder").where
    # 0.92 - 2 x 2.42 / 80, rounded down
    assert found.generator_memory_fraction == 0.85
    assert found.usd_per_month == 1460.0


def test_what_the_generator_keeps_after_sharing_still_holds_its_load() -> None:
    found = beside(rag(dataset={"items": 1_000}), generator(weights_gib=62.0, in_flight=5))
    fraction = found.generator_memory_fraction
    assert fraction is not None
    assert 80 * fraction >= 62 + 2 + 5 * 4352 * 131_072 / 2**30


def test_a_gpu_that_runs_nothing_is_taken_first() -> None:
    option = generator(offer=offer(gpus=2), gpus=2)
    found = beside(rag(dataset={"items": 1_000}), option)
    assert part(found, "embedder").place == "spare GPU"
    assert found.generator_memory_fraction is None


def test_a_full_gpu_sends_them_to_the_machines_ram() -> None:
    found = beside(rag(dataset={"items": 1_000}), generator(weights_gib=60.0, in_flight=20))
    assert {part(found, role).place for role in ("embedder", "reranker", "vector store")} == {"same machine"}
    assert part(found, "embedder").memory_gib == pytest.approx(0.568 * 6e9 / 2**30)


def test_a_machine_without_cores_to_spare_takes_a_small_store_only() -> None:
    option = generator(weights_gib=60.0, in_flight=20, offer=offer(vcpu=4))
    found = beside(rag(dataset={"items": 1_000}), option, offer("cpu", 0.1, 0))
    assert part(found, "vector store").place == "same machine"
    assert part(found, "embedder").place == "CPU machine"


def test_what_the_machine_cannot_hold_goes_to_the_cheapest_machine_of_its_provider() -> None:
    spec = rag(dataset={"items": 2_000_000})  # 36,000,000 chunks: 206 GiB
    cheap, dear = offer("cpu-256", 1.0, 0, ram_gib=256.0), offer("cpu-512", 1.5, 0, ram_gib=512.0)
    elsewhere = offer("cpu-far", 0.5, 0, ram_gib=256.0, provider="there", key="there/cpu-far")
    found = beside(spec, generator(), dear, elsewhere, cheap)
    store = part(found, "vector store")
    assert store.place == "CPU machine"
    assert store.memory_gib == pytest.approx(36e6 * 1024 * 6 / 2**30)
    assert "1 x cpu-256" in store.where
    assert store.usd_per_month == pytest.approx(730.0)
    assert found.usd_per_month == pytest.approx(1460.0 + 730.0)


def test_several_machines_share_a_store_that_none_holds() -> None:
    spec = rag(dataset={"items": 2_000_000})
    found = beside(spec, generator(), offer("cpu-128", 0.4, 0))
    # 206 GiB over 0.9 x (128 - 2)
    assert "2 x cpu-128" in part(found, "vector store").where
    assert part(found, "vector store").usd_per_month == pytest.approx(2 * 0.4 * 730)


def test_without_any_price_the_sum_is_not_known() -> None:
    found = beside(rag(dataset={"items": 2_000_000}), generator())
    assert (part(found, "vector store").place, found.usd_per_month) == ("unknown", None)


def test_beside_own_hardware_nothing_is_rented() -> None:
    own = offer("mine", 0.0, provider="own hardware", key="own hardware/mine", ram_gib=None)
    found = beside(rag(dataset={"items": 2_000_000}), generator(offer=own, price_per_month_usd=0.0), offer("cpu", 1, 0))
    assert (part(found, "vector store").usd_per_month, found.usd_per_month) == (0.0, 0.0)


def test_a_reranker_that_is_not_wanted_is_left_out() -> None:
    found = beside(rag(components={"excluded": ["reranker"]}), generator())
    assert "reranker" not in {part.role for part in found.parts}


def test_the_plan_of_the_starter_catalogue_adds_up(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = rag(dataset={"items": 1_200_000, "modality": "documents"}, location={"providers": ["aws"]})
    found = retrieval(spec, place(spec, starter_models, starter_offers).options[0], starter_models, starter_offers)
    assert [part.role for part in found.parts] == ["generator", "embedder", "reranker", "vector store"]
    assert found.usd_per_month == pytest.approx(sum(part.usd_per_month or 0 for part in found.parts))
    assert part(found, "vector store").memory_gib == pytest.approx(1.2e6 * 18 * found.dimensions * 6 / 2**30)


@pytest.mark.parametrize(
    ("present", "is_theirs"),
    [("weaviate", True), ("qdrant", True), ("opensearch", True), ("elasticsearch", True), ("pgvector", True),
     ("postgres", False), ("redis", False)],
)  # fmt: skip
def test_a_store_that_is_there_holds_the_passages(present: str, is_theirs: bool) -> None:
    """A database is a store of vectors with the extension alone."""
    found = beside(
        rag(dataset={"items": 10**6}, components={"present": [present]}), generator(), offer("small", gpus=0)
    )
    store = part(found, "vector store")
    assert (store.place == "theirs") is is_theirs
    assert (present in store.where) is is_theirs


def test_an_extension_that_was_asked_for_is_in_the_database_that_is_there() -> None:
    said = {"present": ["postgres"], "wanted": ["pgvector"]}
    store = part(beside(rag(dataset={"items": 10**6}, components=said), generator()), "vector store")
    assert store.place == "theirs"
    assert "postgres with pgvector" in store.where


def test_what_a_store_at_hand_has_to_hold_is_told_of_a_corpus_of_unknown_size() -> None:
    store = part(beside(rag(components={"present": ["pgvector"]}), generator()), "vector store")
    assert (store.place, store.memory_gib, store.usd_per_month) == ("theirs", None, 0.0)
    assert store.where.endswith("for each million chunks")


def test_vectors_in_postgres_lie_three_to_a_page() -> None:
    """1,024 numbers of 2 B and 288 B beside them: 2,336 B, of a page's 8,160; whole they stand in the table, too."""
    store = VectorStore(3e6, 1024, 512, kind=store_kinds()["pgvector"])
    assert store.memory_gib * 2**30 == pytest.approx(1e6 * 8192)
    assert store.disk_gib * 2**30 == pytest.approx(1e6 * 8192 + 3e6 * (2048 + 2048))
    assert store.build_gib == pytest.approx(3e6 * (2048 + 715) / 2**30)


@pytest.mark.parametrize(
    ("kind", "each"),
    [("qdrant", 1024 * 6), ("opensearch", 1.1 * (4 * 1024 + 8 * 16)), ("elasticsearch", 1024 + 4 + 64)],
)
def test_a_vector_takes_what_the_makers_of_each_store_say(kind: str, each: float) -> None:
    assert VectorStore(1e6, 1024, 512, kind=store_kinds()[kind]).memory_gib * 2**30 == pytest.approx(1e6 * each)


def test_many_vectors_are_spread_over_machines_or_refused_with_the_reason() -> None:
    """750M passages are one chunk each; int8 copies of theirs take 1,073 GiB, 5 machines of 256 GiB, 50 times as many
    none."""
    large = offer("large", 6.0, gpus=0, vcpu=64, ram_gib=256.0)

    def store_of(passages: int) -> WorkloadPart:
        said = rag(dataset={"items": passages})
        quote = Evidence(quote=f"{passages} passages", turn=0)
        return part(beside(said.model_copy(update={"evidence": {"dataset.items": quote}}), generator(), large),
                    "vector store")  # fmt: skip

    spread = store_of(750_000_000)
    assert spread.memory_gib == pytest.approx(7.5e8 * 1024 * 1.5 / 2**30)
    assert (spread.place, spread.shards, spread.quantization) == ("CPU machine", 5, "int8")
    refused = store_of(37_500_000_000)
    assert (refused.place, refused.usd_per_month) == ("unknown", None)
    assert "more than 16 machines of 256 GiB hold" in refused.where
