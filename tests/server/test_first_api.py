"""The calls that clients of the first API make, in its names, beside ours."""

from pathlib import Path

import httpx
import pytest

from settings import Settings

SEARCHES = {
    "compute": {
        "gpu_needed": True, "min_vram_gb": 24, "max_price_monthly": 3000, "provider": "aws", "region": "us-east-1",
        "min_vcpu": 4, "min_ram_gb": 16, "top_k": 5,
    },
    "k8s": {"query": "prometheus", "top_k": 5},
    "hf": {"query": "object detection", "pipeline_tag": "object-detection", "license_filter": "apache-2.0", "top_k": 5},
}  # fmt: skip
OURS = {
    "compute": {
        "gpu_required": True, "min_vram_gb": 24, "max_price_monthly": 3000, "providers": ["aws"],
        "regions": ["us-east-1"], "min_vcpu": 4, "min_ram_gb": 16, "top_k": 5,
    },
    "k8s": {"text": "prometheus", "top_k": 5},
    "hf": {"text": "object detection", "pipeline_tag": "object-detection", "licenses": ["apache-2.0"], "top_k": 5},
}  # fmt: skip


def test_a_conversation_is_started_held_and_read_back(http: httpx.Client) -> None:
    started = http.post("/api/v1/chat/start", json={"user_id": "somebody", "title": "a name"})
    assert started.status_code == 200
    conversation_id = started.json()["conversation_id"]
    assert started.json()["message"]
    body = {"conversation_id": conversation_id, "message": "I need some GPUs"}
    assert http.post("/api/v1/chat/message", json=body).json()["response_type"] == "clarification"
    for number in range(26):
        http.post("/api/v1/chat/message", json={**body, "message": f"write me poem {number}"})
    read = http.get(f"/api/v1/chat/{conversation_id}").json()
    assert read["conversation_id"] == conversation_id
    assert [message["role"] for message in read["messages"]] == ["user", "assistant"] * 27
    assert read["messages"][0]["content"] == "I need some GPUs"
    assert read["messages"][-1]["reply"], "the newest come whole"


@pytest.mark.parametrize("tool", SEARCHES)
def test_a_search_in_its_names_finds_what_ours_finds(http: httpx.Client, tool: str) -> None:
    answers = [http.post(f"/api/v1/tools/{tool}/search", json=body) for body in (SEARCHES[tool], OURS[tool])]
    first, ours = (answer.json() for answer in answers)
    assert first["items"]
    assert first["items"] == ours["items"]


@pytest.mark.parametrize(
    ("tool", "body"),
    [
        ("compute", {"provider": "aws", "providers": ["gcp"]}),
        ("k8s", {"query": "a", "text": "b"}),
        ("compute", {"gpu": "A100"}),
        ("hf", {"query": "x" * 5000}),
        ("compute", {"provider": ["aws"] * 5000}),
    ],
)
def test_what_cannot_be_meant_is_refused(http: httpx.Client, tool: str, body: dict[str, object]) -> None:
    assert http.post(f"/api/v1/tools/{tool}/search", json=body).status_code == 422


def test_filters_that_are_null_filter_nothing(http: httpx.Client) -> None:
    everything = http.post("/api/v1/tools/compute/search", json={"top_k": 3}).json()["items"]
    nulls = {"gpu_needed": None, "provider": None, "region": None, "min_vram_gb": None, "top_k": 3}
    assert http.post("/api/v1/tools/compute/search", json=nulls).json()["items"] == everything


def test_its_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SUPABASE_DB_URL", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    with (tmp_path / ".env.local").open("w", encoding="utf-8") as file:
        file.write(
            "SUPABASE_DB_URL=postgresql://u:p@db.example:5432/postgres\nSUPABASE_PROJECT_URL=https://ref.supabase.co\n"
            "SUPABASE_JWT_SECRET=0123456789abcdef0123456789abcdef\nOPENAI_EMBED_MODEL=text-embedding-3-small\n"
            "HF_EMBEDDING_MODEL_NAME=text-embedding-3-small\nHF_CHUNKER_VERSION=hf_chunker_v1\n"
            "API_HOST=0.0.0.0\nAPI_PORT=8123\nENVIRONMENT=production\n"
        )
    read = Settings()
    assert read.database_url is not None
    assert read.database_url.get_secret_value().endswith("db.example:5432/postgres")
    assert (read.api_host, read.api_port, read.environment) == ("0.0.0.0", 8123, "production")
    assert (read.hf_embedding_model_name, read.hf_chunker_version) == ("minilm-256", "v1"), "ours are made by ours"
    assert read.openai_embed_model == "text-embedding-3-small"
