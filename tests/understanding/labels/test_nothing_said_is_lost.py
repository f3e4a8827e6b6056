"""What a request says beside its model and its load has a field, or is named as left out."""

import pytest

from domain.workload import OwnedHardware, WorkloadSpec
from tests.understanding.talking import starter_reader


def read(words: str) -> WorkloadSpec:
    return starter_reader().read_at_once([words], WorkloadSpec(), None, False).spec


@pytest.mark.parametrize(
    ("words", "present", "cluster"),
    [
        ("Serve Mistral on our EKS cluster with Karpenter and Argo CD", {"karpenter", "argo-cd"}, "eks"),
        ("we run GKE with Istio already. serve Llama 8B", {"istiod"}, "gke"),
        ("train xgboost, the data is in postgres, logins via our Keycloak", {"postgres", "keycloak"}, None),
        ("serve Llama 8B, RKE2 already installed, registry is Harbor", {"harbor"}, "rke2"),
        ("index 1M docs into Milvus (existing)", {"milvus"}, None),
    ],
)
def test_what_runs_already_is_present_and_never_wanted(words: str, present: set[str], cluster: str | None) -> None:
    spec = read(words)
    assert present <= set(spec.components.present)
    assert not present & set(spec.components.wanted)
    assert spec.cluster == cluster
    assert (spec.hosting == "existing_cluster") is (cluster is not None)


def test_what_is_asked_for_is_not_taken_for_present() -> None:
    spec = read("RAG for 100 lawyers with Elasticsearch, I want Open WebUI in front")
    assert set(spec.components.wanted) >= {"elasticsearch", "open-webui"}
    assert spec.components.present == ()


@pytest.mark.parametrize(
    ("words", "everywhere"),
    [
        ("serve Llama 8B in the US and in the EU", True),
        ("serve Llama 8B in 3 regions: Frankfurt, Virginia and Singapore", True),
        ("serve Llama 8B in Germany or France", None),
    ],
)
def test_places_that_are_all_meant(words: str, everywhere: bool | None) -> None:
    assert read(words).location.everywhere is everywhere


def test_whose_models_are_ruled_out_and_what_nothing_is_pulled_from() -> None:
    spec = read("a chatbot for 50 people, no chinese models allowed, no dockerhub access")
    assert spec.model_origin.excluded == ("CN",)
    assert spec.sources.excluded == ("docker.io",)
    assert "CN" not in (*spec.location.jurisdictions, *spec.location.regions)


def test_the_registry_that_images_come_from() -> None:
    spec = read("fine-tune Qwen3 14B, the registry is harbor.corp.local, no docker hub")
    assert (spec.sources.registry, spec.sources.excluded) == ("harbor.corp.local", ("docker.io",))


def test_languages_and_abilities() -> None:
    spec = read("transcribe calls in Hindi and English with speaker diarization, JSON output, word timestamps")
    assert spec.languages == ("en", "hi")
    assert set(spec.features) == {"diarization", "json_output", "word_timestamps"}


def test_the_language_of_the_message_is_no_language_of_the_work() -> None:
    assert read("sorry, in English: host phi-4 for 30 people").languages == ()


@pytest.mark.parametrize(
    ("words", "every"),
    [
        ("retrain our churn model (lightgbm, 12M rows) every Sunday night", "week"),
        ("xgboost on 40M rows, retrain nightly", "day"),
        ("fine-tune Llama 8B on our tickets, monthly retraining", "month"),
        ("forecast the weekly sales of 300 shops with LightGBM", None),
    ],
)
def test_how_often_a_single_job_runs(words: str, every: str | None) -> None:
    assert read(words).every == every


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        ("train 300 LoRA styles for SDXL, 25 images each", 300),
        ("train nnU-Net with 5-fold cross validation on 1,800 CT scans", 5),
        ("grid of 40 configs for a 1.3B pretraining run", 40),
        ("serve 120 LoRA adapters on one Llama 3.1 8B, 50 rps", None),
    ],
)
def test_how_many_times_over_something_is_trained(words: str, runs: int | None) -> None:
    assert read(words).training.runs == runs


def test_instances_at_hand_are_the_gpus_in_them() -> None:
    spec = read("deploy Llama 70B on our 2 p4d.24xlarge in us-east-1")
    assert spec.owned == (OwnedHardware(gpu="A100-40GB", count=8, vram_gb=40.0, nodes=2),)
    assert spec.gpu.models == ()


def test_a_cold_start_is_no_latency() -> None:
    spec = read("serve SDXL, scale to zero, cold start under a minute")
    assert spec.availability.cold_start_seconds == 60.0
    assert spec.traffic.latency_ms is None


def test_money_committed_to_a_cloud_is_no_wish_for_reserved_prices() -> None:
    assert read("serve Llama 8B to 200 nurses, can we reuse our Azure commitment").pricing is None


@pytest.mark.parametrize(
    ("words", "aspect"),
    [
        ("do I need kubernetes at all for one llama 8b on a single L4?", "kubernetes"),
        ("who should we buy 16 H200 from?", "seller"),
    ],
)
def test_what_is_asked_beside_the_fit(words: str, aspect: str) -> None:
    question = read(words).question
    assert question is not None
    assert aspect in question.aspects


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Whisper for 40 calls, SIP trunk, in Poland", ["SIP trunk"]),
        ("DPO of Qwen3 14B on 80k pairs with QLoRA", []),
        ("serve Llama 8B to 50 users, must be idempotent", ["must be idempotent"]),
        ("I want to run EviNoteRAG on my own computer, locally. Thanks for the excellent work!", []),
        ("Hi faster-whisper, how much VRAM does large-v3 need, roughly?", []),
    ],
)
def test_members_of_a_list_that_no_field_holds_are_named(words: str, left: list[str]) -> None:
    assert [one.quote for one in read(words).unplaced] == left
