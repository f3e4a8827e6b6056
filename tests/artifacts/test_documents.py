"""The two programs that answer from documents, run against stand-ins of embedder, store, reranker and model."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifacts.steps import deployment_steps
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.plan import Recommendation
from domain.workload import Components, WorkloadSpec
from tests.artifacts.document_servers import BASIC, KEY, STORE_KEY, Kept, Servers, Standing, empty_database
from tests.artifacts.sample_plan import H100, offer, option

PROGRAMS = Path(__file__).parents[2] / "artifacts" / "program"
STORES = ("qdrant", "pgvector", "opensearch", "elasticsearch")


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.server.shutdown()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Kept]:
    """Every store that the programs speak to."""
    if request.param == "pgvector":
        with empty_database(request.getfixturevalue("postgres")) as made:
            yield made
    else:
        yield Standing(servers, request.param, BASIC if request.param == "opensearch" else STORE_KEY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "dataset" / "manuals"
    data.mkdir(parents=True)
    (data / "pumps.md").write_text("The pump P-7 is greased every month. " * 60)
    (data / "doors.html").write_text("<html><script>var pump = 1</script><p>Doors close by themselves.</p></html>")
    paragraphs = "<w:p><w:r><w:t>A second pump stands in hall 3.</w:t></w:r></w:p>"
    with zipfile.ZipFile(data / "halls.docx", "w") as office:
        office.writestr("word/document.xml", f'<w:document xmlns:w="w"><w:body>{paragraphs}</w:body></w:document>')
    return tmp_path


def reading(servers: Servers, store: Kept, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the program that reads."""
    environment = {**os.environ, **store.environment, "API_KEY": KEY, "PAUSE_S": "0"}
    return [
        sys.executable, str(PROGRAMS / "ingest_documents.py"), f"--data={folder / 'dataset'}", "--dimensions=2",
        f"--state={folder / 'state.json'}", f"--embedder={servers.url}", "--tokens=100", "--at-once=2",
    ], environment  # fmt: skip


def read(servers: Servers, store: Kept, folder: Path) -> list[dict[str, Any]]:
    command, environment = reading(servers, store, folder)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_documents_become_passages_with_file_and_page(servers: Servers, store: Kept, folder: Path) -> None:
    said = read(servers, store, folder)
    assert said[-1] == {"files": 3, "passages": len(store.payloads()), "pages without text": 0, "not read": 0}
    held = store.payloads()
    assert {one["file"] for one in held} == {"manuals/pumps.md", "manuals/doors.html", "manuals/halls.docx"}
    long = [one["text"] for one in held if one["file"].endswith("pumps.md")]
    assert len(long) > 3
    assert all(len(text) <= 440 for text in long)
    assert [one["text"] for one in held if one["file"].endswith("doors.html")] == ["Doors close by themselves."]
    assert any("hall 3" in one["text"] for one in held)


def test_only_what_has_changed_is_read_again_and_what_is_gone_is_removed(
    servers: Servers, store: Kept, folder: Path
) -> None:
    read(servers, store, folder)
    before = len(store.payloads())
    assert read(servers, store, folder)[-1]["files"] == 0
    assert len(store.payloads()) == before
    (folder / "dataset/manuals/doors.html").write_text("<p>Doors stay open.</p>")
    (folder / "dataset/manuals/halls.docx").unlink()
    assert read(servers, store, folder)[-1]["files"] == 1
    texts = [one["text"] for one in store.payloads()]
    assert "Doors stay open." in texts
    assert not any("hall 3" in text or "by themselves" in text for text in texts)
    with (folder / "state.json").open("a") as state:
        state.write('["manuals/pum')  # a kill in the middle of a line
    assert read(servers, store, folder)[-1]["files"] == 0


def test_a_broken_file_does_not_end_the_work_on_the_others(servers: Servers, store: Kept, folder: Path) -> None:
    (folder / "dataset/manuals/broken.docx").write_text("no archive")
    said = read(servers, store, folder)
    assert said[-1]["not read"] == 1
    assert said[-1]["files"] == 3


def test_a_run_that_was_killed_goes_on_and_holds_each_passage_once(servers: Servers, store: Kept, folder: Path) -> None:
    many = 30
    for number in range(many):
        (folder / f"dataset/manuals/hall-{number}.txt").write_text(f"In hall {number} stands a pump. " * 40)
    command, environment = reading(servers, store, folder)
    process = subprocess.Popen([*command, "--workers=1"], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(8):
        process.stdout.readline()
    process.kill()
    process.communicate()
    part = servers.embedded
    assert part > 0
    last = read(servers, store, folder)[-1]
    assert 0 < last["files"] <= many + 3 - 7
    held = store.payloads()
    whole = servers.embedded
    (folder / "state.json").unlink()
    read(servers, store, folder)
    assert len(store.payloads()) == len(held)
    assert servers.embedded - whole == len(held)
    assert whole - part < len(held)


@contextlib.contextmanager
def answering(servers: Servers, store: Kept) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        **dict.fromkeys(("GENERATOR_URL", "EMBEDDER_URL", "RERANKER_URL"), servers.url), **store.environment,
        "API_KEY": KEY, "PORT": str(port), "SHOWN": "2",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, str(PROGRAMS / "answer_documents.py")], env={**os.environ, **told})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
                break
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


def chat(url: str, key: str, question: str) -> Any:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}]}).encode()
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/chat/completions", body, head), timeout=30) as answer:
        return json.loads(answer.read())


def test_the_model_is_asked_with_the_passages_that_fit(servers: Servers, store: Kept, folder: Path) -> None:
    read(servers, store, folder)
    with answering(servers, store) as url:
        assert chat(url, KEY, "How often is the pump greased?")["choices"][0]["message"]["content"] == "ok"
        prompt, question = servers.asked[-1]["messages"]
        assert "manuals/pumps.md, page 1" in prompt["content"]
        assert "Doors" not in prompt["content"]
        assert prompt["content"].count("manuals/") == 2
        assert question["content"] == "How often is the pump greased?"


def test_nobody_asks_without_the_key(servers: Servers) -> None:
    with answering(servers, Standing(servers, "qdrant")) as url, pytest.raises(urllib.error.HTTPError, match="401"):
        chat(url, "another", "How often is the pump greased?")


def test_a_large_corpus_is_turned_into_vectors_on_the_gpus_the_first_time() -> None:
    card = H100.model_copy(update={"compute_capability": 9.0})
    parts = (
        WorkloadPart(name="e", role="embedder", model="BAAI/bge-m3", place="shared GPU", where="", usd_per_month=0.0),
        WorkloadPart(name="q", role="vector store", place="CPU machine", where="", usd_per_month=0.0, memory_gib=2.0),
    )
    placed = option(offer=offer(gpu=card))

    def read(tokens: float) -> str:
        corpus = Corpus(documents=1, chunks=1, embedded_tokens=tokens, chunk_tokens=512)
        found = Retrieval(corpus=corpus, dimensions=1024, parts=parts, embed_hours=20.0)
        steps = deployment_steps(Recommendation(rank=1, option=placed), (), WorkloadSpec(task_type="rag"), found)
        return "\n".join(next(step for step in steps if step.title == "Read the documents").commands)

    large = read(4e9)
    told = ("--replicas=0", "name: embedder-filling", "job/read-documents --timeout=10m ||",
            "delete statefulset embedder-",
            "--replicas=1 &&")  # fmt: skip
    order = [large.index(text) for text in told]
    assert order == sorted(order)
    assert "nvidia.com/gpu: 1" in large
    assert f"replicas: {placed.gpus}\n" in large
    assert "name: embedder-filling" not in read(1e6)


def test_a_batch_puts_its_vectors_into_the_store_and_goes_on_when_it_was_killed(
    servers: Servers, store: Kept, tmp_path: Path
) -> None:
    count = 600
    rows = [{"id": number, "text": "a" * (number % 7 + 1)} for number in range(count)]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    kind = store.environment["STORE_KIND"]
    command = [
        sys.executable, str(PROGRAMS / "batch_requests.py"), "--task=embeddings", f"--data={tmp_path / 'data'}",
        f"--url={servers.url}", "--model=m", "--at-once=2", "--texts=8", f"--into-store={kind}",
        f"--output={tmp_path / 'output'}",
    ]  # fmt: skip
    environment = {**os.environ, **store.environment, "PAUSE_S": "0", "DATA_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(command, env=environment)
    while servers.embedded < 120 and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -9
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"resumes_from"' in done.stdout
    assert f'"in_store": {count}' in done.stdout
    assert sorted(int(one["id"]) for one in store.payloads()) == list(range(count))
    assert servers.embedded <= count + 3 * 8


SERVED = (
    WorkloadPart(name="e", role="embedder", model="BAAI/bge-m3", place="shared GPU", where="", usd_per_month=0.0),
    WorkloadPart(name="q", role="vector store", place="theirs", where="", usd_per_month=0.0, memory_gib=2.0),
)


def steps_with(*present: str) -> str:
    """The commands of a plan that answers from a million passages, for a user who has these."""
    found = Retrieval(corpus=Corpus(documents=1, chunks=1e6, embedded_tokens=1e6, chunk_tokens=512), dimensions=1024,
                      parts=SERVED)  # fmt: skip
    spec = WorkloadSpec(task_type="rag", components=Components(present=present))
    made = deployment_steps(Recommendation(rank=1, option=option()), (), spec, found)
    return "\n".join(text for step in made for text in (step.detail, *step.commands))


@pytest.mark.parametrize(
    ("present", "kind", "asked"),
    [("pgvector", "pgvector", "PGVECTOR_URL"), ("opensearch", "opensearch", "OPENSEARCH_KEY"),
     ("elasticsearch", "elasticsearch", "ELASTICSEARCH_KEY")],
)  # fmt: skip
def test_a_store_at_hand_is_filled_and_asked_in_place_of_the_plan_s_own(present: str, kind: str, asked: str) -> None:
    text = steps_with(present)
    assert "image: docker.io/qdrant" not in text
    assert "http://qdrant" not in text
    assert f'--from-literal=key="${{{asked}:?' in text
    objects = [
        made for command in re.findall(r"(?s)<<'EOF'[^\n]*\n(.*?)\nEOF", text) for made in yaml.safe_load_all(command)
        if isinstance(made, dict) and made.get("kind") in ("Job", "Deployment")
    ]  # fmt: skip
    told = [
        {one["name"]: one for one in container["env"]}
        for made in objects for container in made["spec"]["template"]["spec"]["containers"]
        if any("_documents.py" in word for word in container.get("command", ()))
    ]  # fmt: skip
    assert len(told) == 2
    for names in told:
        assert names["STORE_KIND"]["value"] == kind
        assert {"STORE_URL"} <= set(names)
        if kind == "pgvector":
            assert "secretKeyRef" in names["STORE_URL"]["valueFrom"]
    assert ("psycopg[binary]==" in text) is (kind == "pgvector")
    assert ("maintenance_work_mem of the database is 2.6 GiB" in text) is (kind == "pgvector")


def test_a_store_that_the_programs_do_not_speak_to_gets_none_of_them_and_no_other_store() -> None:
    text = steps_with("weaviate")
    assert "is a program of your own" in text
    assert "docker.io/qdrant" not in text
    assert "answer_documents.py" not in text
