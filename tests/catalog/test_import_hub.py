"""Importing models of the Hugging Face Hub: from files, and from a Hub that answers over HTTP."""

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from catalog.embedder import load_embedder
from catalog.importers.hub import import_hub
from catalog.importers.hub_models import HubModel, model_of
from catalog.importers.withdraw import withdraw
from catalog.models import models_of
from catalog.quarantine import Doubt, quarantined
from catalog.reference import load_reference
from catalog.snapshot import catalog_ref
from catalog.vectors import Vectors
from database import Database
from domain.base import Source
from domain.errors import CatalogMismatch, ImportRefused
from domain.models import ModelCard

SOURCE = Source(name="a test", as_of=date(2026, 1, 1))
CONFIG = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 32, "hidden_size": 4096,
    "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
PARAMETERS = 8_030_261_248


def info(name: str = "acme/gizmo-8b", **fields: object) -> dict[str, object]:
    return {
        "id": name, "pipeline_tag": "text-generation", "downloads": 900, "likes": 7, "tags": ["license:mit"],
        "config": CONFIG, "safetensors": {"parameters": {"BF16": PARAMETERS}, "total": PARAMETERS},
        "createdAt": "2026-02-03T04:05:06.000Z", "lastModified": "2026-03-04T05:06:07.000Z",
    } | fields  # fmt: skip


def model(**fields: object) -> ModelCard:
    return model_of(HubModel(1, info() | fields, ""), SOURCE).model


def written(folder: Path, *infos: dict[str, object], name: str = "models.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(item) + "\n" for item in infos))
    return path


async def stored(database: Database, key: str) -> ModelCard | None:
    reference = await load_reference(database)
    async with database.connection() as connection:
        return next(iter(await models_of(connection, [key], reference)), None)


async def chunks(database: Database, like: str) -> list[str]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT content FROM hf.model_chunks WHERE model_id LIKE %s ORDER BY chunk_id", (like,)
        )
        return [row["content"] for row in await cursor.fetchall()]


def test_a_model_has_the_figures_of_its_configuration_and_its_tensors() -> None:
    found = model()
    assert (found.params_b, found.native_dtype, found.family, found.domain) == (8.0303, "bf16", "llama", "llm")
    assert (found.architecture.layers, found.architecture.kv_heads, found.architecture.context_tokens) == (
        32,
        8,
        131072,
    )
    assert found.weights_gib == 14.958
    assert (found.license, found.commercial_use, found.released) == ("mit", True, "2026-02-03")


@pytest.mark.parametrize(
    ("told", "known"), [(0, 0), (2**40 - 1, 2**40 - 1), (2**40, None), (-1, None), (True, None), ("9", None)]
)
def test_what_cannot_be_a_count_is_not_known(told: object, known: int | None) -> None:
    assert model(downloads=told).downloads == known


def test_packed_weights_are_counted_by_their_shapes() -> None:
    """Eight 4-bit weights share an integer: the file has 2 billion numbers, the model 8 billion parameters."""
    packed = {"I32": 872_415_232, "BF16": 1_052_000_000}
    awq = CONFIG | {"quantization_config": {"quant_method": "awq", "bits": 4}}
    found = model(config=awq, safetensors={"parameters": packed, "total": sum(packed.values())})
    assert found.params_b == pytest.approx(8.03, rel=0.01)
    assert found.native_dtype == "awq"
    unknown = model(config={}, safetensors={"parameters": packed, "total": sum(packed.values())})
    assert unknown.params_b is None


def test_of_experts_the_share_that_a_token_uses_is_told_apart() -> None:
    experts = CONFIG | {"num_local_experts": 8, "num_experts_per_tok": 2}
    found = model(config=experts, safetensors={"parameters": {"BF16": 46_700_000_000}, "total": 46_700_000_000})
    assert found.params_b == 46.7
    assert found.active_params_b == pytest.approx(12.9, rel=0.05)


@pytest.mark.parametrize(
    ("fields", "license_", "commercial"),
    [
        ({"cardData": {"license": "Apache-2.0"}}, "apache-2.0", True),
        ({"cardData": {"license": ["cc-by-nc-4.0", "mit"]}}, "cc-by-nc-4.0", False),
        ({"cardData": {"license": "other", "license_name": "acme-terms"}}, "acme-terms", None),
        ({"cardData": {"license": "<b>"}}, None, None),
        ({"tags": []}, None, None),
    ],
)
def test_a_licence_is_read_and_its_terms_are_known_or_left_open(
    fields: dict[str, object], license_: str | None, commercial: bool | None
) -> None:
    found = model(**fields)
    assert (found.license, found.commercial_use) == (license_, commercial)


@pytest.mark.parametrize(
    ("fields", "task", "domain"),
    [
        ({"pipeline_tag": None}, "text-generation", "llm"),
        ({"pipeline_tag": None, "config": {}, "tags": ["sentence-transformers"]}, "sentence-similarity", "embeddings"),
        ({"pipeline_tag": "automatic-speech-recognition", "config": {}}, "automatic-speech-recognition", "speech"),
        ({"pipeline_tag": None, "config": {}, "tags": ["object-detection"]}, "object-detection", "vision"),
    ],
)
def test_the_task_is_the_named_one_or_that_of_the_architecture(
    fields: dict[str, object], task: str, domain: str
) -> None:
    found = model(**fields)
    assert (found.pipeline_tag, found.domain) == (task, domain)


@pytest.mark.parametrize(
    ("fields", "card", "rule"),
    [
        ({"id": "../../etc/passwd"}, "", "no-such-name"),
        ({"id": ""}, "", "no-such-name"),
        ({"id": "a/b/c"}, "", "no-such-name"),
        ({"pipeline_tag": "mind-reading", "config": {}}, "", "no-task"),
        ({"private": True}, "", "not-public"),
        ({"safetensors": {"total": 10**15}}, "", "implausible-size"),
        ({}, "# Gizmo\n<script>alert(1)</script>", "script-in-card"),
        ({}, '<img src="x" onerror="alert(1)">', "script-in-card"),
        ({}, "[here](javascript:alert(1))", "script-in-card"),
    ],
)
def test_a_model_that_cannot_be_right_is_doubted(fields: dict[str, object], card: str, rule: str) -> None:
    with pytest.raises(Doubt) as doubted:
        model_of(HubModel(1, info() | fields, card), SOURCE)
    assert doubted.value.rule == rule


def test_code_in_a_card_is_text_and_its_settings_are_not_part_of_it() -> None:
    card = "---\nlicense: mit\n---\n# Gizmo\nRun `<script>` or\n```html\n<script>go()</script>\n```\nThe end.\0"
    text = model_of(HubModel(1, info(), card), SOURCE).card
    assert "<script>go()</script>" in text
    assert "license: mit" not in text
    assert "\0" not in text


@pytest.mark.parametrize("config", [{"num_hidden_layers": "many"}, {"num_hidden_layers": 0}, {"hidden_size": [1]}, {}])
def test_a_configuration_of_nonsense_gives_no_architecture(config: dict[str, object]) -> None:
    assert model(config=config).architecture.layers is None


async def test_an_import_is_stored_embedded_and_withdrawn(catalogue: Database, tmp_path: Path) -> None:
    before = await catalog_ref(catalogue)
    gizmo = info(card="# Gizmo\n\nWrites verses about volcanoes.")
    report = await import_hub(catalogue, source=written(tmp_path, gizmo, info("acme/other"), info("acme/none", id="?")))
    found = await stored(catalogue, "acme/gizmo-8b")
    assert found is not None
    assert found.source.as_of == date(2026, 3, 4)
    assert "Writes verses about volcanoes." in " ".join(await chunks(catalogue, "acme/gizmo-8b"))
    assert [(item.rows_stored, item.rows_quarantined) for item in report.sets] == [(2, 1)]
    assert [item.rule for item in await quarantined(catalogue, "hub/models")] == ["no-such-name"]
    await withdraw(catalogue, "hub/models")
    assert await catalog_ref(catalogue) == before
    assert await chunks(catalogue, "acme/%") == []


async def test_the_same_models_in_another_order_change_nothing(catalogue: Database, tmp_path: Path) -> None:
    infos = [info(f"acme/m-{n}", downloads=n % 3) for n in range(9)]
    await import_hub(catalogue, source=written(tmp_path, *infos))
    reference = await catalog_ref(catalogue)
    assert not (await import_hub(catalogue, source=written(tmp_path, *reversed(infos)))).changed
    assert await catalog_ref(catalogue) == reference


async def test_a_model_of_the_starter_catalogue_stays_as_we_describe_it(catalogue: Database, tmp_path: Path) -> None:
    ours = await stored(catalogue, "BAAI/bge-m3")
    report = await import_hub(catalogue, source=written(tmp_path, info("baai/BGE-M3"), info()))
    assert report.sets[0].kept_starter == 1
    assert await stored(catalogue, "BAAI/bge-m3") == ours


async def test_ids_that_differ_in_case_only_are_one_model_the_more_used_one(
    catalogue: Database, tmp_path: Path
) -> None:
    await import_hub(
        catalogue, source=written(tmp_path, info("acme/Gizmo", downloads=1), info("Acme/gizmo", downloads=9))
    )
    assert await stored(catalogue, "Acme/gizmo") is not None
    assert await stored(catalogue, "acme/Gizmo") is None


async def test_a_changed_list_keeps_the_vectors_of_the_cards_that_stay(catalogue: Database, tmp_path: Path) -> None:
    first, second, third = (info(f"acme/m-{n}", card=f"Card number {n}.") for n in range(3))
    await import_hub(catalogue, source=written(tmp_path, first, second))
    counting = _Counting()
    await import_hub(catalogue, source=written(tmp_path, second, third), embedder=counting)
    assert counting.encoded == len(await chunks(catalogue, "acme/m-2"))
    assert await chunks(catalogue, "acme/m-0") == []
    assert await chunks(catalogue, "acme/m-1") != []


class _Counting:
    """The catalogue's embedder, which counts; it breaks down after `until` texts."""

    def __init__(self, until: int = 10**9) -> None:
        self.encoded = 0
        self.until = until
        self.name, self.dim = load_embedder().name, load_embedder().dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.encoded + len(texts) > self.until:
            raise InterruptedError("killed")
        self.encoded += len(texts)
        return load_embedder().encode(texts)


async def test_an_import_that_breaks_off_goes_on_where_it_stopped(catalogue: Database, tmp_path: Path) -> None:
    path = written(tmp_path, *(info(f"acme/m-{n}", card=f"Card number {n}.") for n in range(600)))
    before = await catalog_ref(catalogue)
    first, second = _Counting(until=700), _Counting()
    with pytest.raises(InterruptedError):
        await import_hub(catalogue, source=path, embedder=first)
    assert await catalog_ref(catalogue) == before
    assert await stored(catalogue, "acme/m-1") is None
    await import_hub(catalogue, source=path, embedder=second)
    assert first.encoded > 0
    assert first.encoded + second.encoded == len(await chunks(catalogue, "acme/%"))


async def test_vectors_of_another_embedder_are_refused_with_the_command_that_mends_it(
    catalogue: Database, tmp_path: Path
) -> None:
    other = _Counting()
    other.name = "another"
    with pytest.raises(CatalogMismatch) as refused:
        await import_hub(catalogue, source=written(tmp_path, info()), embedder=other)
    assert "stack8s catalog embed" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<html></html>\n", "row 1 is a web page"),
        ('{"id": "acme/a", "pipeline_tag": "text-generation"}\n{"id": "acme/b", \n', "row 2 is not JSON"),
        ('{"id": "acme/a", "pipeline_tag": "text-generation"}\n[1]\n', "row 2 is not an object"),
        ('{"id": "acme/a", "pipeline_tag": "text-generation", "downloads": NaN}\n', "is not JSON"),
        ('{"id": "acme/a", "card": "<script>alert(1)</script>"}\n', "Row 1, acme/a: its card has a script"),
        ("", "is not JSON"),
        ("[" * 100_000 + "\n", "is not JSON"),
    ],
)
async def test_a_wrong_or_hostile_file_is_refused_by_row_and_nothing_of_it_stored(
    catalogue: Database, tmp_path: Path, text: str, place: str
) -> None:
    before = await catalog_ref(catalogue)
    path = tmp_path / "models.jsonl"
    path.write_text(text)
    with pytest.raises(ImportRefused) as refused:
        await import_hub(catalogue, source=path)
    assert place in refused.value.message
    assert await catalog_ref(catalogue) == before


class _Hub(BaseHTTPRequestHandler):
    """A Hub with two models; the second shows its files to friends only."""

    files = {  # noqa: RUF012
        "/acme/gizmo-8b/resolve/main/README.md": b"# Gizmo\n\nWrites verses about volcanoes.",
        "/acme/gizmo-8b/resolve/main/config.json": json.dumps(CONFIG).encode(),
    }

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/api/models":
            listed = [info(config={"model_type": "llama"}), info("acme/gated", gated="manual", config={})]
            return self._answer(200, json.dumps(listed).encode())
        if path in self.files:
            return self._answer(200, self.files[path])
        code = "GatedRepo" if "gated" in path else "EntryNotFound"
        return self._answer(403 if "gated" in path else 404, b"", {"X-Error-Code": code})

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        sent = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
            "X-Repo-Commit": "a" * 40,
            "Content-Length": str(len(body)),
        } | (headers or {})
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.file_download.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_the_hub_is_asked_for_models_cards_and_configurations(catalogue: Database, hub: str) -> None:
    report = await import_hub(catalogue, limit=10, source=hub)
    found, gated = await stored(catalogue, "acme/gizmo-8b"), await stored(catalogue, "acme/gated")
    assert found is not None
    assert gated is not None
    assert (found.architecture.layers, found.params_b, found.source.url) == (32, 8.0303, hub)
    assert "Writes verses about volcanoes." in " ".join(await chunks(catalogue, "acme/gizmo-8b"))
    assert (gated.gated, gated.architecture.layers) == (True, None)
    assert report.as_of == date.today()


async def test_a_hub_that_answers_otherwise_is_an_error_with_a_remedy(catalogue: Database, hub: str) -> None:
    with pytest.raises(ImportRefused, match="could not be read") as refused:
        await import_hub(catalogue, limit=1, source=f"{hub}/elsewhere")
    assert "from disk" in refused.value.remedy
